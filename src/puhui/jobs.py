"""Jobs: work that waits in PostgreSQL until a worker takes it, and work that comes by the clock (procrastinate).

A room declares its jobs in its `tasks.py`. One worker runs inside the serving process unless told otherwise, and any
number may run beside it (`puhui work`): each job is taken once. A worker that is killed loses its job and no more, so
a job must be safe to run again, and holds what it must alone by locks of its own that die with it.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

GRACE_S = 20.0  # a job that takes longer to end is left; it is safe to run again
POLL_S = 5.0
AT_ONCE = 4  # jobs mostly wait for others: a source that is slow to answer holds up nobody


def work(*, until_idle: bool = False) -> None:
    """Work in this process until it is told to stop (Ctrl-C, SIGTERM), or until nothing waits."""

    async def run() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        await _worked(stopped, until_idle=until_idle)

    asyncio.run(run())


@contextmanager
def working() -> Iterator[None]:
    """A worker in a thread of this process, for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()
    ended: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(_worked(stopped, until_idle=False))
        except BaseException as error:
            ended.append(error)
            raise
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="puhui-worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        with suppress(RuntimeError):  # the loop is closed: the worker has ended by itself
            loop.call_soon_threadsafe(stopped.set)
        thread.join(GRACE_S + POLL_S)


async def _worked(stopped: asyncio.Event, *, until_idle: bool) -> None:
    from procrastinate.contrib.django import app  # noqa: PLC0415  only who works needs it
    from procrastinate.contrib.django.django_connector import DjangoConnector  # noqa: PLC0415

    assert isinstance(app.connector, DjangoConnector), "a process works once at a time"
    connector = app.connector.get_worker_connector()
    with app.replace_connector(connector) as worker:
        async with worker.open_async():
            run = asyncio.create_task(
                worker.run_worker_async(
                    wait=not until_idle,
                    install_signal_handlers=False,
                    concurrency=AT_ONCE,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=GRACE_S,
                    fetch_job_polling_interval=POLL_S,
                    name="puhui",
                )
            )
            stop = asyncio.create_task(stopped.wait())
            await asyncio.wait({run, stop}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if not run.done():
                run.cancel()
            with suppress(asyncio.CancelledError):
                await run
