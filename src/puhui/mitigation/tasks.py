"""The room's job: every night, what secures the lines is looked over: what falls due, what has passed its day."""

from __future__ import annotations

from procrastinate.contrib.django import app

from puhui import days
from puhui.mitigation import services

BY = "the scheduler"


@app.periodic(cron="17 18 * * *")  # UTC: 02:17 in China, when groups and caps have been worked out anew
@app.task(name="mitigation.watch", queueing_lock="mitigation.watch")
def watch(timestamp: int) -> None:
    """Note what falls due, and propose the margin calls of the day."""
    services.watch(on=days.today(), by=BY)
