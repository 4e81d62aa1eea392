"""Money booked late: to the fen as if it had been booked in time, by new entries only, and in open periods only."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

import pytest
from paper_lines import OPENED, Line, noon

from puhui import postgres
from puhui.ledger import selectors as ledger
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.models import DueRow, LoanRow
from puhui.refusals import BadInput, Code, Refused

LIVING = ("principal_fen", "interest", "penalty", "compound", "status", "matures_on")
TODAY = date(2026, 5, 4)


def _stands() -> list[object]:
    """What stands: loans, what fell due, and the trial balance."""
    dues = DueRow.objects.filter(amount_fen__gt=0).order_by("loan", "due_on", "kind")
    said = list(dues.values_list("loan", "due_on", "kind", "amount_fen", "paid_fen"))
    balance = [(each.code, each.balance.net_debit) for each in ledger.trial_balance()]
    return [list(LoanRow.objects.order_by("id").values_list(*LIVING)), said, balance]


@pytest.mark.parametrize("way", ["any_time", "equal_principal"])
def test_money_booked_late_is_to_the_fen_as_if_it_had_been_booked_in_time(template_book: str, way: str) -> None:
    """Money of 18 April, seen on 4 May: a due day, a later draw, a later payment and a new rate lie between."""
    before, states = postgres.url(), []
    for in_time in (True, False):
        postgres.use(postgres.create(f"late_{uuid.uuid4().hex[:8]}", template=template_book))
        line = Line(until=date(2026, 6, 20))
        line.draw("100000", OPENED, way=way)
        if in_time:
            assert isinstance(line.repay("33333.33", date(2026, 4, 18)), Acted)
        line.draw("2000", date(2026, 4, 27), way="bullet")
        line.repay("500", date(2026, 4, 29))
        line.play("2026-04-30 | rate 0.05 | " + " ".join(f"{fen / 100:.2f}" for fen in _shown_on_30_april(line)))
        services.close_days(date(2026, 5, 3), at=noon(TODAY))
        if not in_time:
            entries = ledger.check().transfers
            answer = line.repay("33333.33", TODAY, value_on=date(2026, 4, 18), again="late")
            assert isinstance(answer, Acted) and answer.facts["adjusted"], answer
            assert answer == line.repay("33333.33", TODAY, value_on=date(2026, 4, 18), again="late")
            assert ledger.check().transfers > entries, "new entries, on the day it became known"
        services.close_days(TODAY, at=noon(TODAY))
        assert selectors.disagreements(snapshot_of=TODAY) == []
        states.append(_stands())
    postgres.use(before)
    assert states[0] == states[1]


def _shown_on_30_april(line: Line) -> list[int]:
    """What the line shows once it is counted to 30 April; the story below changes its rate only."""
    assert isinstance(line.act("freeze", date(2026, 4, 30), why="to count the nights"), Acted)
    assert isinstance(line.act("unfreeze", date(2026, 4, 30), why="counted"), Acted)
    return line.shown()


def test_money_of_a_closed_period_or_of_the_future_is_refused(book: Path) -> None:
    line = Line()
    line.draw("1000", OPENED)
    services.close_days(date(2026, 5, 4), at=noon(OPENED))
    assert isinstance(line.repay("1", date(2026, 5, 5), value_on=date(2026, 4, 30)), Acted), "open for five days more"
    services.close_days(date(2026, 5, 5), at=noon(OPENED))
    late = line.repay("1", date(2026, 5, 6), value_on=date(2026, 4, 30))
    assert isinstance(late, Refused) and late.code is Code.PERIOD_IS_CLOSED
    assert late.details == {"value_on": "2026-04-30", "open_from": "2026-05-01"}
    with pytest.raises(BadInput, match="cannot be booked"):
        line.repay("1", date(2026, 5, 6), value_on=date(2026, 5, 7))


def test_money_that_leaves_a_later_payment_nothing_to_pay_is_refused(book: Path) -> None:
    line = Line()
    line.draw("1000", OPENED)
    assert isinstance(line.repay("1001.71", date(2026, 4, 11)), Acted)
    early = line.repay("600", date(2026, 4, 12), value_on=date(2026, 4, 5))
    assert isinstance(early, Refused) and early.code is Code.ABOVE_OWED and early.details["on"] == "2026-04-11"
    before = line.repay("1", date(2026, 4, 12), value_on=date(2026, 4, 1))
    assert isinstance(before, Refused), "nothing is left to pay"
    assert selectors.disagreements() == []
