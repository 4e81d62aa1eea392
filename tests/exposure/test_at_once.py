"""Sixty-four draws at once by sixteen firms that share a group, a trade and two guarantors, through kills and cuts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, connections
from paper_firms import DAY, Bank, Firm, noon
from paper_security import PROOF, agreed_long_ago, fund

from puhui import postgres
from puhui.exposure import selectors
from puhui.exposure import services as exposure
from puhui.exposure.caps import CapKey, Counts, Scope
from puhui.ids import EnterpriseId, new_request
from puhui.ledger import selectors as ledger
from puhui.lending import selectors as lending
from puhui.lending import services
from puhui.lending.models import LoanRow
from puhui.mitigation import acts
from puhui.mitigation.guarantees import Turn
from puhui.money import Money, yuan
from puhui.refusals import Code, Refused

pytestmark = pytest.mark.usefixtures("book")
GROUP, TRADE = CapKey(Scope.GROUP, "G1", Counts.ALL), CapKey(Scope.TRADE, "construction", Counts.ALL)


def cap(key: CapKey, amount: str) -> None:
    said = {"source": "credit committee", "why": "a story", "on": DAY, "at": noon(DAY)}
    asked = exposure.propose_cap(key, yuan(amount), by="a risk manager", request=new_request(), **said)
    assert not isinstance(asked, Refused)
    exposure.agree_cap(asked.number, why="", by="an approver", request=new_request(), at=noon(DAY))


def sixteen_firms() -> list[Firm]:
    for giver in ("F1", "F2"):
        fund(giver, "800,000")  # may stand for 8,000,000
    firms = []
    for number in range(16):
        giver = EnterpriseId(f"F{1 + number % 2}")
        promise = acts.Promise(
            f"L{number}", EnterpriseId(f"E{number}"), giver, yuan("1,000,000"), Decimal(1), Turn.PRO_RATA, False, PROOF
        )
        agreed_long_ago(f"S{number}", promise)
        place = {"group": "G1", "trade": "construction"}
        firms.append(Firm(f"E{number}", "2,000,000", guarantee="1,000,000", number=f"L{number}", **place))
    return firms


ENOUGH = 16  # connections cut in the middle of 64 draws


class Cutting(threading.Thread):
    """Cuts the connections of whoever is at work, a dozen and more, as a database that dies would."""

    def __init__(self) -> None:
        super().__init__()
        self.cut, self.over = 0, threading.Event()

    def run(self) -> None:
        while self.cut < ENOUGH and not self.over.wait(0.15):
            with connection.cursor() as cursor:
                cursor.execute(
                    """select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid()
                        and (state = 'idle in transaction' or query like 'insert into ledger_act%')
                    order by random() limit 3) chosen"""
                )
                self.cut += cursor.fetchone()[0]
        connections.close_all()


# A process with hands of its own: each draws on one of sixteen firms, and writes down what was answered.
HANDS = """
import json, os, sys
import django
django.setup()
from puhui import postgres
postgres.use(sys.argv[1])
sys.path.insert(0, sys.argv[2])
from concurrent.futures import ThreadPoolExecutor
import psycopg
from django.db import Error, connections
from paper_firms import DAY, Bank, noon
from puhui.ids import RequestId
from puhui.lending import services
from puhui.lending.facility import FacilityId
from puhui.money import yuan
from puhui.refusals import Refused

def draw(job):
    number, facility = job
    for _ in range(40):
        try:
            answer = services.draw(FacilityId(facility), yuan("500,000"), purpose="stock", payee="a supplier",
                rail=Bank(), request=RequestId(f"draw {number}"), on=DAY, at=noon(DAY))
        except (Error, psycopg.Error):
            connections.close_all()  # cut off: ask again, with the same request
            continue
        finally:
            connections.close_all()
        said = answer.code if isinstance(answer, Refused) else answer.facts["status"]
        os.write(1, (json.dumps([number, said]) + "\\n").encode())  # at once: sixteen hands share one line out
        return

with ThreadPoolExecutor(16) as pool:
    list(pool.map(draw, json.loads(sys.argv[3])))
"""


def hands(jobs: list[tuple[int, int]]) -> subprocess.Popen[str]:
    """Start one process of sixteen hands for these draws, each (number, facility)."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        HANDS,
        postgres.url(),
        str(Path(__file__).parent),
        json.dumps(jobs),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_sixty_four_draws_at_once_never_exceed_a_cap_though_killed_and_cut_off() -> None:
    cap(GROUP, "14,000,000")
    cap(TRADE, "13,500,000")
    facilities = [firm.facility for firm in sixteen_firms()]
    jobs = [(number, facilities[number % 16]) for number in range(64)]
    heard: dict[int, set[str]] = {}

    def note(line: str) -> None:
        number, said = json.loads(line)
        heard.setdefault(number, set()).add(said)

    with hands(jobs) as killed:  # in the middle of its draws: some are acknowledged, some are half done
        for _ in range(10):
            note(killed.stdout.readline())
        os.kill(killed.pid, signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    acknowledged = dict(heard)
    cutting = Cutting()
    cutting.start()
    with hands(jobs) as again:  # all ask again, with the same requests
        for line in again.stdout:
            note(line)
    assert again.returncode == 0
    cutting.over.set()
    cutting.join()
    assert cutting.cut, "nobody was cut off: the test has tried nothing"
    services.resolve_draws(Bank(), at=noon(DAY) + timedelta(hours=2))
    for number, said in acknowledged.items():
        assert heard[number] - {"pending"} == said - {"pending"}, "what was acknowledged before the kill stands"
    drawn = LoanRow.objects.filter(status="active")
    keys = [GROUP, TRADE, *(CapKey(Scope.GUARANTOR, giver, Counts.GUARANTEED) for giver in ("F1", "F2"))]
    for standing in selectors.standings(keys, on=DAY):
        if standing.rule in {"decided", "guarantor"}:
            assert standing.used <= standing.amount, standing
    assert drawn.count() == 27, "the trade's 13,500,000, drawn to the last fen and no further"
    assert set().union(*heard.values()) <= {"active", "pending", Code.ABOVE_CAP}
    assert selectors.standings([TRADE], on=DAY)[-1].used == yuan("13,500,000")
    assert selectors.standings([TRADE], on=DAY)[-1].pending == Money(0)
    assert lending.disagreements() == []
    assert ledger.check().holds
