"""Killed in the middle of draws, repayments and closes, the database or the application: nothing acknowledged is lost.

The payment bank is a process of its own that outlives every death; what it has paid and taken is held against the book.
"""

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
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from puhui.ids import RequestId
from puhui.lending.rail import HttpRail
from puhui.simulator.bank import Bank, open_bank

# Three customers draw and repay as fast as they can and write down what was acknowledged; beside them, days are closed.
LOAD = """
import os, random, sys, threading
from time import sleep
from puhui import postgres
postgres.open_book()
from datetime import UTC, date, datetime, time, timedelta
sys.path.insert(0, sys.argv[3])
from paper_lines import approval
from puhui.ids import RequestId
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.engine.terms import Amortization
from puhui.lending.models import FacilityRow
from puhui.lending.rail import HttpRail
from puhui.money import Money

FIRST = date(2026, 4, 1)
journal = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
rail = HttpRail("127.0.0.1", int(sys.argv[2]), timeout_seconds=5)
at = lambda day: datetime.combine(day, time(4), UTC)
for number in range(FacilityRow.objects.count(), 3):
    signed = approval(firm=f"E{number // 2}")  # two lines are of one firm, and leave a day behind together
    services.open_facility(signed, on=FIRST, at=at(FIRST), settlement_account=f"account {number}")
today = lambda: (selectors.last_closed() or FIRST - timedelta(days=1)) + timedelta(days=1)

def customer(facility):
    chance = random.Random(f"{os.getpid()}/{facility}")
    for number in range(10**9):
        request, fen = RequestId(f"{os.getpid()}-{facility}-{number}"), chance.randrange(1, 100_00)
        on = today()
        draws = chance.random() < 0.6
        if draws:
            way = Amortization(chance.choice(["any_time", "equal_instalments"]))
            answer = services.draw(facility, Money(fen), purpose="p", payee="a supplier", rail=rail, request=request,
                on=on, at=at(on), way=way)
        else:
            answer = services.repay(facility, Money(fen), request=request, on=on, at=at(on))
        if isinstance(answer, Acted):
            status = answer.facts.get("status", "paid")
            os.write(journal, f"{request} {'draw' if draws else 'repay'} {fen} {status}\\n".encode())

def closer():
    while True:
        sleep(0.5)
        day = today()
        services.close_days(day, at=at(day), rail=rail)
        os.write(journal, f"{day} close 0 done\\n".encode())

def until_the_database_is_gone(work, *said):
    try:
        work(*said)
    except Exception as wrong:
        sys.stderr.write(repr(wrong))
        os._exit(7)

work = [(customer, number) for number in (1, 2, 3)] + [(closer,)]
threads = [threading.Thread(target=until_the_database_is_gone, args=each) for each in work]
[thread.start() for thread in threads]
"""
CHECK = """
import json, sys
from datetime import UTC, datetime, timedelta
from time import sleep
from puhui import postgres
from puhui.refusals import NotReady
for waits in range(60):  # a server that has lost a backend recovers first
    try:
        postgres.open_book()
        break
    except NotReady:
        sleep(1)
from puhui.lending import selectors, services
from puhui.lending.acts import past
from puhui.lending.models import ActRow, CollectionRow, FacilityRow, LoanRow, SnapshotRow
from puhui.lending.rail import HttpRail

rail = HttpRail("127.0.0.1", int(sys.argv[2]), timeout_seconds=5)
late = datetime(2026, 4, 1, 4, tzinfo=UTC) + timedelta(days=4000)  # long enough that an order never seen is let go
services.resolve_draws(rail, at=late)
# Beyond what a close that was killed had cut off: on such a day nothing has happened but the close itself.
day = (selectors.last_closed() or datetime(2026, 3, 31).date()) + timedelta(days=3)
services.close_days(day, at=late, rail=rail)
acts = {row.request: row for row in ActRow.objects.all()}
lost = []
for entry in open(sys.argv[1]).read().splitlines():
    request, kind, fen, status = entry.split()
    if kind != "close" and (request not in acts or acts[request].asked["fen"] != int(fen)):
        lost.append(entry)
    if kind == "close" and not selectors.last_closed() >= datetime.fromisoformat(request).date():
        lost.append(entry)
    if kind == "draw" and status == "active" and LoanRow.objects.get(request=request).status == "failed":
        lost.append(entry)
reach = {row.pk: row for row in FacilityRow.objects.all()}
stand = []
for number, row in reach.items():
    life = past.play(row, past.acts_of(number), until=day)
    stand.append(past.stands(life))
print(json.dumps({
    "lost": lost, "wrong": selectors.disagreements(snapshot_of=day), "stand": stand,
    "drawn": {loan.request: loan.drawn_fen for loan in LoanRow.objects.filter(status__in=["active", "repaid"])},
    "pending": LoanRow.objects.filter(status="pending").count(),
    "taken": {row.request: row.taken_fen for row in CollectionRow.objects.filter(status="taken")},
    "days": SnapshotRow.objects.values("on").distinct().count(),
}))
"""
HERE = Path(__file__).parent


@pytest.fixture
def home() -> Iterator[Path]:
    """A home for a server of its own: this one is killed."""
    folder = Path(tempfile.mkdtemp(prefix="puhui-killed-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _postmaster(home: Path) -> psutil.Process:
    return psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def _kill(victim: str, home: Path, load: subprocess.Popen[bytes]) -> None:
    if victim == "the application":
        load.kill()
        load.wait(timeout=30)
        return
    postmaster = _postmaster(home)
    processes = postmaster.children(recursive=True)
    if victim == "a backend":  # PostgreSQL then ends all of them and recovers
        processes = [each for each in processes if "puhui" in " ".join(_command(each))]
    else:
        processes.append(postmaster)
    assert processes, "somebody is there to be killed"
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # one that ended by itself meanwhile
            process.send_signal(signal.SIGKILL)
    load.wait(timeout=60)


def test_draws_repayments_and_closes_survive_every_death(home: Path) -> None:
    surroundings, journal = {**os.environ, "PUHUI_HOME": str(home)}, home / "journal"
    with open_bank() as bank:
        for number, victim in enumerate(
            ("the application", "the database", "a backend"), start=1
        ):  # a mended book must bear another death
            asked = [sys.executable, "-W", "ignore", "-c", LOAD, str(journal), str(bank.server_address[1]), str(HERE)]
            said = home / f"said {number}"
            with said.open("wb") as errors, subprocess.Popen(asked, env=surroundings, stderr=errors) as load:
                _wait_until(journal, 40 * number, load)
                _kill(victim, home, load)
            _let_the_bank_finish(bank)
        seen = _checked(journal, bank, surroundings)
    assert seen["lost"] == [] and seen["wrong"] == [] and seen["pending"] == 0
    assert all(seen["stand"]), "the acts played anew give what stands in the tables"
    paid = {name: each["fen"] for name, each in bank.payments.items() if each["outcome"] == "paid"}
    assert seen["drawn"] == paid, "what the bank has paid is owed, and nothing else"
    taken = {name: each["taken"] for name, each in bank.collections.items()}
    assert seen["taken"] == taken, "what the bank has taken is booked, and nothing else"
    assert max(bank.asked.values()) == 1, "nothing was asked for twice"
    assert seen["days"] > 1 and len(paid) > 20


def _let_the_bank_finish(bank: Bank) -> None:
    """Calls of the dead may still wait at the door: one of our own is let in after them; then all are answered."""
    HttpRail("127.0.0.1", bank.server_address[1]).enquire(RequestId("is anybody before me?"), fen=1)
    until = time.monotonic() + 30
    while bank.in_hand:
        assert time.monotonic() < until, "the bank does not come to an end"
        time.sleep(0.01)


def _checked(journal: Path, bank: Bank, surroundings: dict[str, str]) -> dict[str, object]:
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHECK, str(journal), str(bank.server_address[1])],
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    seen: dict[str, object] = json.loads(found.stdout)
    return seen


def _wait_until(journal: Path, acts: int, load: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 300  # a busy machine is no failure; a load that stands still is
    while not (journal.exists() and journal.read_text().count("\n") > acts):
        assert load.poll() is None, (
            f"the load ended by itself: {[each.read_text() for each in journal.parent.glob('said*')]}"
        )
        assert time.monotonic() < until, "the load is too slow"
        time.sleep(0.05)
