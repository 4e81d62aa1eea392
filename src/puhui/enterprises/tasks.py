"""The room's job: every night, trust that rests on an identity that has changed is worked out anew."""

from __future__ import annotations

from procrastinate.contrib.django import app

from puhui import days

BY = "the scheduler"


@app.periodic(cron="37 17 * * *")  # UTC: 01:37 in China
@app.task(name="enterprises.recompute", queueing_lock="enterprises.recompute")
def recompute(timestamp: int) -> None:
    """For each purpose that a night may read for; a firm that may be read for neither keeps its mark until it may."""
    from puhui.enterprises import services  # noqa: PLC0415  the engines load when a job needs them
    from puhui.governance.purposes import Purpose  # noqa: PLC0415

    for purpose in (Purpose.MONITORING, Purpose.QUALITY):
        services.recompute(purpose=purpose, as_of=days.today(), on=days.today(), by=BY)
