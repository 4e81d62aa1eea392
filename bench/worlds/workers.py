"""How a bench measures on a server of its own: one process that measures, and workers that begin at the same moment.

The measuring process prints one JSON a line: `{"told": …}` while it works, what it found at the end. A worker warms up,
says "ready", waits for a line, works until its time is up and prints what it did a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from time import perf_counter
from typing import Any

from puhui.progress import Teller

WARM_UP = 20


def measure_apart(script: str, *arguments: object, teller: Teller) -> dict[str, Any]:
    """Run a script on a home and a server of its own, which are gone afterwards; returns what it printed last."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="puhui-bench-", ignore_cleanup_errors=True) as folder:
        surroundings = {**os.environ, "PUHUI_HOME": folder, "PUHUI_DATABASE_URL": "", "PUHUI_DEMO": ""}
        command = [sys.executable, "-W", "ignore", script, *map(str, arguments)]
        with subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, text=True) as measuring:
            assert measuring.stdout is not None
            for line in measuring.stdout:
                found = json.loads(line)
                if "told" in found:
                    teller.say(found["told"])
        assert measuring.returncode == 0, "the measuring process failed: its error is above"
    return found


def tell(text: str) -> None:
    """Say from the measuring process how far it is."""
    print(json.dumps({"told": text}), flush=True)


def start(*arguments: object, python: str = sys.executable) -> subprocess.Popen[str]:
    """Start a worker."""
    command = [python, "-W", "ignore", *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def together(workers: list[subprocess.Popen[str]]) -> float:
    """Let workers go at the same moment; the sum of their acts per second."""
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "ready"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return sum(float(worker.communicate()[0]) for worker in workers)


def work_on(act: Callable[[int], None], seconds: float) -> None:
    """Be a worker: act again and again until the time is up; prints acts per second."""
    for number in range(WARM_UP):
        act(number)
    print("ready", flush=True)
    sys.stdin.readline()
    done, started = 0, perf_counter()
    while perf_counter() - started < seconds:
        act(WARM_UP + done)
        done += 1
    print(done / (perf_counter() - started), flush=True)


def open_lines(names: Sequence[str], *, commitments: Any, limit_fen: int, on: date) -> None:
    """Open the accounts `NAME/line`, bounded by a limit, and `NAME/owed` of many facilities."""
    from puhui import days
    from puhui.ids import new_request
    from puhui.ledger import services
    from puhui.ledger.accounts import Bound, NewAccount
    from puhui.ledger.lines import transfer
    from puhui.money import Money

    bound = Bound.DEBITS_MUST_NOT_EXCEED_CREDITS
    lines = services.open_accounts([NewAccount(f"{name}/line", 3, bound) for name in names], on=on)
    services.open_accounts([NewAccount(f"{name}/owed", 4) for name in names], on=on)
    limits = [[transfer(commitments, line, Money(limit_fen), code=5)] for line in lines]
    services.book_each(limits, request=new_request(), on=on, at=days.now())


def books_balance() -> bool:
    """Whether the ledger holds together."""
    from puhui.ledger import selectors

    return selectors.check().holds
