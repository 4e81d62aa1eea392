"""Jobs: open agreed lines, hand messages over, clear draws whose answer from the bank was lost, keep pages' sums."""

from __future__ import annotations

from procrastinate.contrib.django import app

from puhui import days, settings


@app.periodic(cron="* * * * *")
@app.task(name="lending.open_agreed", queueing_lock="lending.open_agreed")
def open_agreed(timestamp: int) -> None:
    """Open every line that was agreed to and is not open: a kill between the two leaves nobody waiting."""
    from puhui.lending import services  # noqa: PLC0415  rooms load when a job needs them

    services.open_agreed(on=days.today(), at=days.now(), by="the scheduler")


@app.periodic(cron="* * * * *")
@app.task(name="lending.deliver", queueing_lock="lending.deliver")
def deliver(timestamp: int) -> None:
    """Hand over the messages that wait, where a message service is set."""
    from puhui.lending.correspondence.outbox import HttpMessenger  # noqa: PLC0415  rooms load when a job needs them

    if settings.MESSENGER:
        from puhui.lending import services  # noqa: PLC0415

        services.deliver_messages(HttpMessenger.at(settings.MESSENGER), at=days.now())


@app.periodic(cron="*/20 * * * *")
@app.task(name="lending.keep_sums", queueing_lock="lending.keep_sums")
def keep_sums(timestamp: int) -> None:
    """Work out the sums over whole tables that pages show."""
    from puhui.lending import kept, selectors  # noqa: PLC0415  rooms load when a job needs them

    closed = selectors.last_closed()
    if closed is not None:
        kept.keep_sums(on=closed, at=days.now())
