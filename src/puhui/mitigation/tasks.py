"""The room's job: every night, pledges that have lost their value are called, for a person to agree."""

from __future__ import annotations

from procrastinate.contrib.django import app

from puhui import days
from puhui.mitigation import services

BY = "the scheduler"


@app.periodic(cron="17 18 * * *")  # UTC: 02:17 in China, when groups and caps have been worked out anew
@app.task(name="mitigation.call_margins", queueing_lock="mitigation.call_margins")
def call_margins(timestamp: int) -> None:
    """Propose the margin calls of the day."""
    services.call_margins(on=days.today(), by=BY)
