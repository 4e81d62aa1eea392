"""Sixty-four draws at once by sixteen firms that share a group, a trade and two guarantors; connections are cut."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
from django.db import Error, connection, connections
from paper_firms import DAY, Firm, noon
from paper_security import PROOF, done, fund

from puhui.exposure import selectors
from puhui.exposure import services as exposure
from puhui.exposure.caps import CapKey, Counts, Scope
from puhui.ids import EnterpriseId, new_request
from puhui.ledger import selectors as ledger
from puhui.lending import selectors as lending
from puhui.lending.acts.acting import Acted
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
        done(f"S{number}", promise)
        place = {"group": "G1", "trade": "construction"}
        firms.append(Firm(f"E{number}", "2,000,000", guarantee="1,000,000", number=f"L{number}", **place))
    return firms


class Cutting(threading.Thread):
    """Cuts the connections of whoever is at work, again and again, as a crash would."""

    def __init__(self) -> None:
        super().__init__()
        self.cut, self.over = 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.15):
            with connection.cursor() as cursor:
                cursor.execute(
                    """select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid()
                        and (state = 'idle in transaction' or query like 'insert into ledger_act%')
                    order by random() limit 3) chosen"""
                )
                self.cut += cursor.fetchone()[0]
        connections.close_all()


# A connection that is cut cannot close what it had open; Python says so when it clears up.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_sixty_four_draws_at_once_never_exceed_a_cap_though_connections_are_cut() -> None:
    cap(GROUP, "14,000,000")
    cap(TRADE, "13,500,000")
    firms = sixteen_firms()

    def draw(number: int) -> Acted | Refused:
        request = f"draw {number}"
        for _ in range(40):
            try:
                return firms[number % 16].draw("500,000", again=request)
            except (Error, psycopg.Error):
                connections.close_all()  # cut off: ask again, with the same request
        raise AssertionError("cut off forty times")

    cutting = Cutting()
    cutting.start()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: _alone(draw, n), range(64)))
    cutting.over.set()
    cutting.join()
    assert cutting.cut, "nobody was cut off: the test has tried nothing"
    drawn = [each for each in answers if isinstance(each, Acted) and each.facts["status"] == "active"]
    codes = {each.code for each in answers if isinstance(each, Refused)}
    keys = [GROUP, TRADE, *(CapKey(Scope.GUARANTOR, giver, Counts.GUARANTEED) for giver in ("F1", "F2"))]
    for standing in selectors.standings(keys, on=DAY):
        if standing.rule in {"decided", "guarantor"}:
            assert standing.used <= standing.amount, standing
    assert (len(drawn), codes) == (27, {Code.ABOVE_CAP}), "the trade's 13,500,000, drawn to the last fen and no further"
    assert selectors.standings([TRADE], on=DAY)[-1].used == yuan("13,500,000")
    assert selectors.standings([TRADE], on=DAY)[-1].pending == Money(0)
    assert lending.disagreements() == []
    assert ledger.check().holds


def _alone(act: object, number: int) -> Acted | Refused:
    try:
        return act(number)
    finally:
        connections.close_all()
