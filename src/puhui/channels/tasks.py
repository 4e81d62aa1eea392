"""The room's jobs: pull what is due, minute by minute, and compact the lake at night.

How a pull ended is kept with its source (`pulling.states`), so a source that fails is no failed job.
"""

from __future__ import annotations

from contextlib import suppress

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from puhui import days
from puhui.refusals import BadInput

BY = "the scheduler"


@app.periodic(cron="* * * * *")
@app.task(name="channels.pull_due", queueing_lock="channels.pull_due")
def pull_due(timestamp: int) -> None:
    """Ask for a pull of every source whose time has come; one that waits already is not asked for again."""
    from puhui.channels.pulls import pulling  # noqa: PLC0415  the lake's engines load when a job needs them

    for name in pulling.due(days.now()):
        with suppress(AlreadyEnqueued):
            pull.configure(queueing_lock=f"channels.pull {name}").defer(source=name)


@app.task(name="channels.pull")
def pull(source: str) -> None:
    """Pull one source, unless somebody has since this was asked for."""
    from puhui.channels.pulls import pulling  # noqa: PLC0415

    with suppress(BadInput):
        if source in pulling.due(days.now()):
            pulling.pull(source, on=days.today(), by=BY)


@app.periodic(cron="17 18 * * *")  # UTC: 02:17 in China
@app.task(name="channels.compact_all", queueing_lock="channels.compact_all")
def compact_all(timestamp: int) -> None:
    """Make few files of many, channel by channel."""
    from puhui.channels import selectors, services  # noqa: PLC0415
    from puhui.channels.catalogue import CHANNELS  # noqa: PLC0415

    for name in CHANNELS:
        if selectors.deliveries(name):
            services.compact(name, by=BY, at=days.now())
