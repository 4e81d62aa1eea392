"""The room's job: every night, who shares which cap is worked out anew."""

from __future__ import annotations

from procrastinate.contrib.django import app

from puhui import days

BY = "the scheduler"


@app.periodic(cron="47 17 * * *")  # UTC: 01:47 in China, when trust has been worked out anew
@app.task(name="exposure.regroup", queueing_lock="exposure.regroup")
def regroup(timestamp: int) -> None:
    """Read the ties anew and let groups, circles and caps follow."""
    from puhui.exposure import nightly  # noqa: PLC0415  the engines load when a job needs them

    nightly.regroup_by_ties(on=days.today(), at=days.now(), by=BY, tell=lambda done, note="": None)
