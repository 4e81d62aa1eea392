"""The room's jobs: values stand ready for the day that begins, and for the firms of which data have just come."""

from __future__ import annotations

from datetime import timedelta

from procrastinate.contrib.django import app

from puhui import days
from puhui.governance.purposes import Purpose

BY = "the scheduler"
LOOKS_BACK = timedelta(minutes=10)  # a delivery of which a minute's job was lost is seen by the next ones


@app.periodic(cron="37 16 * * *")  # UTC: 00:37 in China
@app.task(name="variables.make_all_ready", queueing_lock="variables.make_all_ready")
def make_all_ready(timestamp: int) -> None:
    """Work out the values of every firm that may be decided on today, and drop those of past days."""
    from puhui.governance import selectors as permissions  # noqa: PLC0415  the engines load when a job needs them
    from puhui.variables import ready  # noqa: PLC0415

    today = days.today()
    firms = permissions.firms_granted(purpose=Purpose.CREDIT_DECISION, on=today)
    ready.make_ready(firms, purpose=Purpose.CREDIT_DECISION, as_of=today, on=today, by=BY)
    ready.forget(before=today)


@app.periodic(cron="* * * * *")
@app.task(name="variables.make_arrived_ready", queueing_lock="variables.make_arrived_ready")
def make_arrived_ready(timestamp: int) -> None:
    """Work out the values of the firms of which data have just come; after a big delivery, of a part of them a turn."""
    from puhui.variables import ready  # noqa: PLC0415

    today = days.today()
    purpose = Purpose.CREDIT_DECISION
    came = ready.arrived(days.now() - LOOKS_BACK, purpose=purpose, as_of=today)
    came += ready.left_behind(purpose=purpose, as_of=today)
    if came:
        ready.make_ready(came, purpose=purpose, as_of=today, on=today, by=BY)
