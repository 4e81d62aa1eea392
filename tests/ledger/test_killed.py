"""Killed in the middle of load, the database or the application: no acknowledged act is lost, none is half done."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

# Books draws as fast as it can from four threads, and writes down each act once it is acknowledged.
LOAD = """
import os, sys, threading
from datetime import UTC, date, datetime
from puhui import postgres
postgres.open_book()
from puhui.ids import RequestId
from puhui.ledger import services
from puhui.ledger.accounts import Bound, NewAccount
from puhui.ledger.lines import transfer
from puhui.money import Money

day, noon = date(2026, 4, 1), datetime(2026, 4, 1, 4, tzinfo=UTC)
line = NewAccount("line", 3, Bound.DEBITS_MUST_NOT_EXCEED_CREDITS)
opened = services.open_accounts([NewAccount("cash", 1, general=True), line, NewAccount("loan", 4)], on=day)
cash, line, loan = opened
services.book([transfer(cash, line, Money(10**15), code=1)], request=RequestId("limit"), on=day, at=noon)
journal = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def draw(thread):
    for number in range(10**9):
        request = RequestId(f"{os.getpid()}/{thread}/{number}")
        lines = [transfer(line, cash, Money(7), code=2), transfer(loan, cash, Money(7), code=3)]
        try:
            answer = services.book(lines, request=request, on=day, at=noon)
        except Exception:
            os._exit(7)  # the database is gone
        if number % 50 == 49:
            services.fold()
        os.write(journal, f"{request} {answer.act}\\n".encode())

threads = [threading.Thread(target=draw, args=(thread,)) for thread in range(4)]
[thread.start() for thread in threads]
"""
CHECK = """
import json, sys
from datetime import UTC, date, datetime
from puhui import postgres
postgres.open_book()
from puhui.ledger import selectors
from puhui.ids import RequestId
from django.db import connection

acknowledged = [entry.split() for entry in open(sys.argv[1]).read().splitlines()]
lost = [r for r, act in acknowledged if (seen := selectors.act(RequestId(r))) is None or seen.number != int(act)]
with connection.cursor() as cursor:
    cursor.execute("select count(*), (select count(*) from ledger_transfer) from ledger_act")
    acts, transfers = cursor.fetchone()
names = selectors.accounts(["cash", "line", "loan"])
drawn = {name: selectors.balance(account.id).debits_posted for name, account in names.items()}
print(json.dumps({"acknowledged": len(acknowledged), "lost": lost, "acts": acts, "transfers": transfers,
    "drawn": drawn, "wrong": selectors.check().wrong}))
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home for a server of its own: this one is killed."""
    folder = Path(tempfile.mkdtemp(prefix="puhui-killed-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _kill_the_database(home: Path) -> None:
    postmaster = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
    for process in [postmaster, *postmaster.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs([postmaster], timeout=10)


def test_no_acknowledged_act_is_lost_and_none_is_half_done(home: Path) -> None:
    surroundings = {**os.environ, "PUHUI_HOME": str(home)}
    journal, deaths = home / "journal", 0
    for victim in ("the database", "the application", "the database"):  # a mended book must bear another death
        with subprocess.Popen([sys.executable, "-W", "ignore", "-c", LOAD, str(journal)], env=surroundings) as load:
            _wait_until(journal, 200 * (deaths + 1), load)
            if victim == "the database":
                _kill_the_database(home)
                load.wait(timeout=30)
            else:
                load.kill()
            deaths += 1
        found = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", CHECK, str(journal)],
            env=surroundings,
            capture_output=True,
            text=True,
            check=True,
        )
        seen = json.loads(found.stdout)
        assert seen["lost"] == [] and seen["wrong"] == []
        draws = seen["acts"] - 1  # the first act gives the line its limit
        assert seen["acknowledged"] <= draws <= seen["acknowledged"] + 4 * deaths, "only unanswered acts may be there"
        assert seen["transfers"] == 1 + 2 * draws
        assert seen["drawn"]["line"] == seen["drawn"]["loan"] == 7 * draws


def _wait_until(journal: Path, acts: int, load: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while not (journal.exists() and journal.read_text().count("\n") > acts):
        assert load.poll() is None, "the load ended by itself"
        assert time.monotonic() < until, "the load is too slow"
        time.sleep(0.05)
