"""A lot of collections is booked at once or one by one, and nothing tells afterwards which it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction
from paper_lines import OPENED, HonestBank, Line, fen, noon

from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted, take_turns
from puhui.lending.close import collecting, settling
from puhui.lending.models import CollectionRow, LoanRow
from puhui.lending.rail import Order, Taken
from puhui.money import Money

DUE, YESTERDAY = date(2026, 5, 20), date(2026, 5, 19)
NEXT_DAY = timedelta(days=1)
ORDINARY = 6  # of the lines below
SHARD = "regexp_replace({}, '^(cap/.*)/[0-9]+$', '\\1')"  # which part of a wide cap an approval is counted in
STANDS = {
    "acts": "select request, facility, kind, \"on\", at, asked, answered from lending_act where kind = 'collect'",
    "dues": "select loan_id, due_on, kind, amount_fen, paid_fen from lending_due",
    "loans": "select id, principal_fen, interest, penalty, compound, accrued_to, status, plan, days_past_due, tier,"
    " stage, watch_until, cure_until from lending_loan",
    "collections": 'select facility, "on", request, asked_fen, taken_fen, status from lending_collection',
    "entries": """select a.request, t.happened_on, t.learned_at, t.code, t.kind, t.amount_fen,
            {} as debit, {} as credit
        from ledger_transfer t join ledger_act a on a.number = t.id / 10000
            join ledger_account d on d.id = t.debit_account join ledger_account c on c.id = t.credit_account
        where a.request like 'collect-%'""".format(*(SHARD.format(f"{each}.name") for each in "dc")),
    "balances": f"select {SHARD.format('name')} as name, sum(debits_posted), sum(credits_posted), sum(debits_pending),"
    " sum(credits_pending) from ledger_account where not general group by 1",
    "totals": "select code, debits_posted, credits_posted from ledger_balance where general",
    "caps": "select firm, drawn, pending from exposure_line",
    "snapshots": "select * from lending_snapshot where \"on\" >= '2026-05-19'",
}


def _lived(bank: HonestBank) -> dict[str, Line]:
    """Lines with all that may be due on the day: of the first six, nothing is principal."""
    ways = dict.fromkeys(("interest", "late", "fees", "two loans"), "any_time") | {"principal": "equal_principal"}
    lines = {name: Line(account="" if name == "late" else "an account", firm=f"of {name}") for name in ways}
    for number, (name, way) in enumerate(ways.items()):
        assert isinstance(lines[name].draw(f"{100_000 + 7_919 * number}", OPENED, way=way), Acted)
    lines["two loans"].draw("33,333.33", date(2026, 4, 29))
    for name in ("grace", "grace again"):  # two lines of one firm
        lines[name] = Line(account="an account", firm="E7", product="working_capital")
        lines[name].draw("77,777.77", date(2026, 4, 8))
    lines["paid since"] = Line(account="an account", firm="E8")
    assert isinstance(lines["paid since"].draw("10,000", OPENED), Acted)
    lines["late"].act("mark_misused", date(2026, 5, 10))
    services.close_days(YESTERDAY, at=noon(YESTERDAY), rail=bank)
    loan = LoanRow.objects.get(facility=lines["fees"].facility).pk
    lines["fees"].act("charge_fee", DUE, loan=loan, amount=Money(fen("12.34")), why="a court")
    lines["late"].act("name_settlement_account", DUE, account="an account at last")
    return lines


class _PaidMeanwhile(HonestBank):
    """While the bank is asked, a customer pays."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Line] = []

    def collect(self, orders: list[Order]) -> list[Taken]:
        for line in self.meanwhile:
            assert isinstance(line.repay("10,049", DUE + NEXT_DAY), Acted)
        self.meanwhile.clear()
        return super().collect(orders)


def _stands() -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with connection.cursor() as cursor:
        for what, statement in STANDS.items():
            cursor.execute(f"select * from ({statement}) found order by found::text")
            found[what] = cursor.fetchall()
    return found


def test_the_same_lot_booked_both_ways_gives_the_same_acts_dues_and_entries(
    new_book: Callable[[Path], AbstractContextManager[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands, at_once = {}, dict[str, int]()
    settle = settling.settle
    for way in ("at once", "one by one"):

        def counted(day: date, numbers: list[int], *, at: Any, way: str = way) -> set[int]:
            done = settle(day, numbers, at=at) if way == "at once" else set[int]()
            at_once[way] = at_once.get(way, 0) + (len(done) if day == DUE else 0)
            return done

        monkeypatch.setattr(collecting.settling, "settle", counted)
        with new_book(tmp_path / way):
            bank = _PaidMeanwhile()
            lines = _lived(bank)
            bank.meanwhile = [lines["paid since"]]
            services.close_days(DUE, at=noon(DUE), rail=bank)
            assert selectors.disagreements() == []
            assert CollectionRow.objects.filter(on=DUE, status="taken").count() == len(lines)
            stands[way] = _stands()
    assert at_once == {"at once": ORDINARY, "one by one": 0}
    for what, rows in stands["at once"].items():
        assert rows and rows == stands["one by one"][what], what
    told = [json.loads(row[6]).get("facts", {}) for row in stands["at once"]["acts"]]
    kinds = {part for facts in told for part, paid in facts.items() if paid}
    assert {} in told, "one found nothing to pay, and is kept"
    assert kinds - {"adjusted"} == {"fees", "penalty", "compound", "interest", "principal"}, (
        "something of each kind was taken"
    )


def test_a_lot_waits_for_the_firm_whose_turn_it_is(book: Path) -> None:
    line = Line(account="an account")
    line.draw("100,000", OPENED)
    day = date(2026, 4, 20)
    services.close_days(day - NEXT_DAY, at=noon(day))
    held, free, order = Event(), Event(), list[str]()

    class Slow(HonestBank):
        def collect(self, orders: list[Order]) -> list[Taken]:
            hand.start()
            assert held.wait(10)
            waiter.start()
            return super().collect(orders)

    def acts() -> None:
        with transaction.atomic():
            take_turns(line.facility)
            held.set()
            assert free.wait(10)
            order.append("the act")
        connections.close_all()

    def lets_go() -> None:
        """Once the lot waits, and not before, the act goes on."""
        asks = "select count(*) from pg_locks where locktype = 'advisory' and classid = %s and not granted"
        with connection.cursor() as cursor:
            for _ in range(500):
                cursor.execute(asks, [settling.FIRMS])
                if cursor.fetchone()[0]:
                    order.append("the lot waits")
                    break
                free.wait(0.01)
        free.set()
        connections.close_all()

    hand, waiter = Thread(target=acts), Thread(target=lets_go)
    services.close_days(day, at=noon(day), rail=Slow())
    hand.join()
    waiter.join()
    assert order == ["the lot waits", "the act"]
    assert CollectionRow.objects.get().status == "taken"
