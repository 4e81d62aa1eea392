"""The room's jobs: move on applications that wait for data, and end those whose time is over."""

from __future__ import annotations

from procrastinate.contrib.django import app

from puhui import days

BY = "the scheduler"


@app.periodic(cron="* * * * *")
@app.task(name="approval.go_on", queueing_lock="approval.go_on")
def go_on(timestamp: int) -> None:
    """Take every application that waits as far as it goes: a source that answers again needs nobody to say so."""
    from puhui.approval import services  # noqa: PLC0415  the engines load when a job needs them

    for number in services.waiting():
        services.advance(number, on=days.today(), at=days.now(), by=BY)


@app.periodic(cron="7 17 * * *")  # UTC: 01:07 in China
@app.task(name="approval.expire", queueing_lock="approval.expire")
def expire(timestamp: int) -> None:
    """End the offers and applications that have run out."""
    from puhui.approval import services  # noqa: PLC0415

    services.expire(on=days.today(), at=days.now())
