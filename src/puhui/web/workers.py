"""Several processes at one door, so that all cores serve.

Promises that every process takes calls from the same listening socket, that one which ends is begun anew, and that all
end with the process that began them, however it ends. What they share lies in the book, the lake and the keyset's file:
no answer depends on which of them gives it. Refuses to go on with NotReady when none of them stays up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Thread
from time import monotonic
from types import FrameType
from typing import NoReturn

from puhui.refusals import NotReady

THREADS = 8  # of each process
MOST = 8  # processes: beyond it the book's connections (one a thread) are what is short
GRACE_S = 15.0  # for the calls that are on their way when it stops
STAYS_S, TRIES = 10.0, 3  # so many that end so soon, one after another, and the fault is not one call's


@dataclass(frozen=True, slots=True)
class Served:
    """What each process is given: the door, the strategy's papers, and where outside services answer."""

    door: socket.socket
    report: Path | None
    outside: Mapping[str, str]


def fitting() -> int:
    """How many processes fit this machine: one for each core that is ours."""
    return max(1, min(len(os.sched_getaffinity(0)), MOST))


def keep(served: Served, count: int, tell: Callable[[str], None]) -> None:
    """Keep so many processes at the door until this one is told to stop (Ctrl-C, SIGTERM)."""
    before = signal.signal(signal.SIGTERM, _stop)
    at_work: dict[SpawnProcess, float] = {}  # and since when
    short = 0
    try:
        while True:
            while len(at_work) < count:
                at_work[_begun(served)] = monotonic()
            wait([process.sentinel for process in at_work])
            for process in [each for each in at_work if not each.is_alive()]:
                since = at_work.pop(process)
                short = short + 1 if monotonic() - since < STAYS_S else 0
                if short == TRIES:
                    raise NotReady(
                        f"{TRIES} serving processes ended as soon as they had begun (the last with {process.exitcode})",
                        then="run `puhui serve --workers 1`, which says what is wrong",
                    )
                tell(f"a serving process ended ({process.exitcode}): another takes its place")
    finally:
        signal.signal(signal.SIGTERM, before)
        _ended(list(at_work))


def _begun(served: Served) -> SpawnProcess:
    # Not forked: threads, and connections to the book and the lake, do not survive a fork.
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(served,), name="puhui-serves")
    process.start()
    return process


def _ended(processes: list[SpawnProcess]) -> None:
    for process in processes:
        process.terminate()
    until = monotonic() + GRACE_S
    for process in processes:
        process.join(max(0.0, until - monotonic()))
        if process.is_alive():
            process.kill()
            process.join()


def _work(served: Served) -> None:
    """One process: its own connections to the book and the lake, and the door that all share."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who began us tells us to stop
    signal.signal(signal.SIGTERM, _stop)
    Thread(target=_end_with_parent, daemon=True).start()
    from puhui import postgres  # noqa: PLC0415  after the signals, which may come at any moment
    from puhui.governance import redaction  # noqa: PLC0415

    redaction.install()
    postgres.open_book()
    from puhui.web import server  # noqa: PLC0415  its models want Django set up

    server.answer(served)
    postgres.stop()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker is begun by `keep`"
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
