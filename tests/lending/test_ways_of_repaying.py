"""Lines repaid in instalments, around holidays, with fees, other rates and other terms.

After the bar: available, principal, interest, penalty, compound interest, in yuan, as counted up to that day. The
interest is 6.15 % a year, actual/360, and falls due on the 20th.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db.models import F, Sum
from paper_lines import OPENED, Line, approval, noon

from puhui.lending import selectors, services
from puhui.lending.acts import owing, past
from puhui.lending.acts.acting import Acted
from puhui.lending.engine.terms import Amortization
from puhui.lending.facility import Component
from puhui.lending.models import DueRow, FacilityRow, LoanRow
from puhui.money import Money
from puhui.refusals import Code, Refused


def _plan(line: Line) -> list[tuple[str, str]]:
    """The day each instalment of the first loan is asked for, and its principal in yuan."""
    loan = LoanRow.objects.filter(facility=line.facility).order_by("id")[0]
    return [(str(each.due_on), f"{each.principal / 100:.2f}") for each in owing.plan_of(loan)]


def _stands(line: Line, until: date) -> bool:
    """Whether the acts alone give what stands in the tables."""
    life = past.play(FacilityRow.objects.get(pk=line.facility), past.acts_of(line.facility), until=until)
    assert not isinstance(life, Refused)
    return past.stands(life)


def test_equal_instalments_are_paid_down_to_nothing(book: Path) -> None:
    """20 June is a holiday of 2026 (Dragon Boat): the third instalment is asked for on Monday the 22nd."""
    line = Line(until=date(2026, 7, 20))
    line.play("""
        2026-04-01 | draw 120000 equal_instalments | 380000 120000 0.00 0 0
        2026-04-20 | repay 30333.68                | 409944.18 90055.82 0.00 0 0
    """)
    assert [each for each, _ in _plan(line)] == ["2026-04-20", "2026-05-20", "2026-06-22", "2026-07-20"]
    planned = owing.plan_of(LoanRow.objects.get(facility=line.facility))
    total = {each.principal + each.interest for each in planned[:-1]}
    assert total == {30_333_68}, "the same amount each time"
    for day in (date(2026, 5, 20), date(2026, 6, 22)):
        services.close_days(day - timedelta(days=1), at=noon(day))
        assert isinstance(line.repay("30333.68", day), Acted)
        assert DueRow.objects.filter(due_on=day, paid_fen=F("amount_fen")).count() == 2
    day = date(2026, 7, 20)
    left = services.quote(line.facility, on=day, at=noon(day)).total
    assert abs(left - total.pop()) <= 2, "the last takes the residue of rounding"
    assert isinstance(line.repay(f"{left / 100:.2f}", day), Acted)
    assert line.owed(day) == {} and selectors.disagreements() == []


def test_equal_principal_falls_due_in_parts_and_what_is_late_bears_a_penalty(book: Path) -> None:
    Line(until=date(2026, 7, 1)).play("""
        2026-04-01 | draw 100000 equal_principal | 400000 100000   0.00  0.00 0.00
        2026-04-20 | close                       | 400000 100000 324.58  0.00 0.00
        2026-04-20 | repay 1                     | refused DAY_IS_CLOSED
        2026-04-21 | close                       | 400000 100000 337.39  6.41 0.08
        2026-04-22 | repay 25337.56              | 425000  75000  25.63  0.00 0.00
        2026-05-20 | repay 25384.38              | 450000  50000   0.00  0.00 0.00
    """)


def test_interest_each_month_and_principal_at_maturity_around_holidays(book: Path) -> None:
    """1 May 2027 is a Saturday and a holiday until Sunday: what matures then is asked for on Monday the 3rd."""
    line = Line(until=date(2027, 5, 1), opens=OPENED)
    line.play("""
        2026-06-01 | draw 36000 bullet | 464000 36000   0.00 0 0
        2026-06-21 | close             | 464000 36000 123.00 0 0
        2026-06-22 | close             | 464000 36000 129.15 0 0
        2026-06-22 | repay 1           | refused DAY_IS_CLOSED
    """)
    assert DueRow.objects.get(loan__facility=line.facility).due_on == date(2026, 6, 22)
    day = date(2027, 5, 3)
    assert isinstance(line.repay("1", day), Acted)
    last = DueRow.objects.filter(loan__facility=line.facility).latest("due_on", "kind")
    assert (last.due_on, last.kind, last.amount_fen) == (day, owing.PRINCIPAL, 36_000_00)


@pytest.mark.parametrize(
    ("drawn", "until", "days"),
    [
        (date(2026, 1, 31), date(2026, 5, 31), ["2026-02-24", "2026-03-20", "2026-04-20", "2026-05-20", "2026-06-01"]),
        (date(2023, 12, 20), date(2024, 2, 29), ["2024-01-22", "2024-02-20", "2024-02-29"]),
        (date(2025, 1, 10), date(2025, 2, 1), ["2025-01-20", "2025-02-05"]),
    ],
    ids=["month ends and Chinese New Year 2026", "a leap year", "a maturity within Chinese New Year 2025"],
)
def test_due_days_are_moved_off_holidays(book: Path, drawn: date, until: date, days: list[str]) -> None:
    line = Line(until=until, opens=drawn)
    assert isinstance(line.draw("30000", drawn, way="equal_principal"), Acted)
    assert [each for each, _ in _plan(line)] == days
    parts = [float(part) for _, part in _plan(line)]
    assert sum(parts) == 30_000 and max(parts) - min(parts) <= 0.05
    end = until + timedelta(days=10)
    services.close_days(end, at=noon(end))
    fallen = DueRow.objects.filter(loan__facility=line.facility, kind=owing.PRINCIPAL).order_by("due_on")
    assert [str(due.due_on) for due in fallen] == days
    assert _stands(line, end) and selectors.disagreements(snapshot_of=end) == []


def test_early_principal_costs_its_fee_and_shortens_the_term(book: Path) -> None:
    line = Line(until=date(2026, 12, 20), product="working_capital")
    line.draw("90000", OPENED, way="equal_principal")
    before = _plan(line)
    assert len(before) == 9 and {part for _, part in before} == {"10000.00"}
    answer = line.repay("40667.92", date(2026, 4, 20))
    assert isinstance(answer, Acted)
    assert answer.facts == {"fees": 300_75, "penalty": 0, "compound": 0, "interest": 292_13, "principal": 40_075_04}
    after = _plan(line)
    assert [day for day, _ in after] == ["2026-05-20", "2026-06-22", "2026-07-20", "2026-08-20", "2026-09-20"]
    assert [part for _, part in after] == ["10000.00"] * 4 + ["9924.96"]
    quote = services.quote(line.facility, on=date(2026, 4, 20), at=noon(OPENED))
    assert quote.parts[Component.FEES] == 499_25 and isinstance(line.repay("50424.21", date(2026, 4, 20)), Acted)
    assert line.owed(date(2026, 4, 20)) == {} and selectors.disagreements() == []


def test_early_principal_without_a_fee_lowers_what_is_left(book: Path) -> None:
    line = Line(until=date(2026, 8, 20))
    line.draw("50000", OPENED, way="equal_principal")
    line.repay("30162.29", date(2026, 4, 20))
    assert {part for _, part in _plan(line)} == {"5000.00"} and len(_plan(line)) == 4
    assert _stands(line, date(2026, 4, 20))


def test_grace_days_cost_the_contract_rate_only(book: Path) -> None:
    """Three days of grace: the penalty begins with the night after them."""
    Line(until=date(2026, 5, 8), product="working_capital").play("""
        2026-04-20 | draw 36000 bullet | 464000 36000   0.00 0.00 0.00
        2026-05-08 | close             | 464000 36000 110.70 0.00 0.00
        2026-05-11 | close             | 464000 36000 129.15 0.00 0.00
        2026-05-12 | close             | 464000 36000 129.15 9.23 0.03
    """)


def test_a_fee_is_due_at_once_and_paid_first(book: Path) -> None:
    line = Line()
    line.draw("1000", OPENED)
    loan = LoanRow.objects.get().pk
    day = date(2026, 4, 11)
    assert isinstance(line.act("charge_fee", day, loan, Money(50_00), why="a court"), Acted)
    assert isinstance(line.act("charge_fee", day, loan, Money(1_00), why="a stamp"), Acted)
    other = line.act("charge_fee", day, 99, Money(1), why="nothing")
    assert isinstance(other, Refused) and other.code is Code.LOAN_NOT_RUNNING
    assert line.owed(day) == {"fees": "51.00", "interest": "1.71", "principal": "1,000.00"}
    paid = line.repay("60", day)
    assert isinstance(paid, Acted) and paid.facts["fees"] == 51_00
    assert selectors.disagreements() == [] and _stands(line, day)


def test_a_way_that_was_not_approved_is_refused(book: Path) -> None:
    line = Line(ways=("any_time",))
    refused = line.draw("1000", OPENED, way="equal_principal")
    assert isinstance(refused, Refused) and refused.code is Code.WAY_NOT_APPROVED


def test_the_rate_follows_the_loan_prime_rate_on_the_anniversary(book: Path) -> None:
    """LPR 3.45 % on 1 April 2024, 3.10 % a year later: 6.15 % becomes 5.80 %, for nights from that day on."""
    line = Line(opens=date(2024, 4, 1), until=date(2026, 4, 1))
    line.draw("36000", date(2025, 3, 31))
    day = date(2025, 4, 3)
    assert line.owed(day)["interest"] == "17.75"  # 6.15, then 5.80 twice
    assert isinstance(line.repay("17.75", day), Acted)
    assert FacilityRow.objects.get().overdue_rate == 8_700_000
    reset = [entry for entry in selectors.statement(line.facility) if entry.act == "reprice"]
    assert [(entry.on, entry.facts["rate"]) for entry in reset] == [(date(2025, 4, 1), "0.058")]
    assert _stands(line, day) and selectors.disagreements() == []


def test_the_rate_follows_at_once_and_instalments_are_planned_anew(book: Path) -> None:
    """LPR 3.45 % until 22 July 2024, 3.35 % from then on."""
    line = Line(opens=date(2024, 7, 1), until=date(2024, 12, 20), product="working_capital")
    line.draw("60000", date(2024, 7, 1), way="equal_instalments")
    before = _plan(line)
    day = date(2024, 7, 23)
    services.close_days(day, at=noon(day))
    assert FacilityRow.objects.get().rate == 6_050_000
    assert _plan(line) != before and sum(float(part) for _, part in _plan(line)) < 60_000
    assert _stands(line, day) and selectors.disagreements(snapshot_of=day) == []


@pytest.mark.parametrize(
    ("product", "opens", "moves", "drawn"),
    [
        ("working_capital", date(2024, 7, 1), date(2024, 7, 22), True),
        ("any_time", date(2024, 4, 1), date(2025, 4, 1), False),
    ],
    ids=["at once, with a loan", "on the anniversary, with nothing drawn"],
)
def test_a_missed_day_moves_the_rate_once_whoever_comes_first(
    book: Path, product: str, opens: date, moves: date, drawn: bool
) -> None:
    """Three days are missed, the rate moves on the second, and the borrower acts before they are closed."""
    line = Line(opens=opens, until=date(2026, 1, 20), product=product)
    if drawn:
        line.draw("60000", opens, way="equal_instalments")
    services.close_days(moves - timedelta(days=2), at=noon(moves))
    day = moves + timedelta(days=2)
    assert isinstance(line.act("extend", day, date(2026, 2, 20)), Acted)
    early = line.draw("1", moves)
    assert isinstance(early, Refused) and early.code is Code.DAY_BEFORE_LAST_ACT, "the terms hold from a later day on"
    services.close_days(day, at=noon(day))
    resets = [entry.on for entry in selectors.statement(line.facility) if entry.act == "reprice"]
    assert resets == [moves]
    assert _stands(line, day) and selectors.disagreements(snapshot_of=day) == []


def test_a_term_is_extended_as_far_as_the_law_allows(book: Path) -> None:
    line = Line(until=date(2026, 10, 1))
    line.draw("60000", OPENED, way="equal_principal")
    far = line.act("extend", date(2026, 4, 2), date(2027, 4, 3))
    assert isinstance(far, Refused) and (far.code, far.details["latest"]) == (Code.EXTENDED_TOO_FAR, "2027-04-02")
    assert isinstance(line.act("extend", date(2026, 4, 21), date(2027, 1, 20)), Acted)
    assert [day for day, _ in _plan(line)][-1] == "2027-01-20"
    assert _stands(line, date(2026, 4, 21)) and selectors.disagreements() == []


def test_a_line_is_renewed_with_its_loans_running(book: Path) -> None:
    line, day = Line(until=date(2026, 10, 1)), date(2026, 9, 21)
    line.draw("60000", OPENED)
    late = services.renew(line.facility, approval("80,000", opens=day, until=date(2027, 9, 1)), on=day, at=noon(day))
    assert isinstance(late, Refused) and late.code is Code.OVERDUE
    services.repay(line.facility, Money(1_800_00), request="r1", on=day, at=noon(day))
    small = services.renew(line.facility, approval("50,000", opens=day, until=date(2027, 9, 1)), on=day, at=noon(day))
    assert isinstance(small, Refused) and small.code is Code.ABOVE_AVAILABLE
    signed = approval("80,000", opens=day, until=date(2027, 9, 1), rate="0.05")
    again = [services.renew(line.facility, signed, on=day, at=noon(day)) for _ in range(2)]
    assert isinstance(again[0], Acted) and again[0] == again[1]
    used = services.open_facility(signed, on=day, at=noon(day))
    assert isinstance(used, Refused) and used.code is Code.APPROVAL_IS_USED
    seen = selectors.standing(line.facility)
    assert seen.limit_fen == 80_000_00 and LoanRow.objects.get().matures_on == date(2027, 9, 1)
    assert isinstance(line.draw("1", date(2026, 12, 1)), Acted)
    assert _stands(line, date(2026, 12, 1)) and selectors.disagreements() == []


def test_a_restructured_loan_is_watched_for_a_year_and_a_day_late_begins_it_anew(book: Path) -> None:
    line = Line(until=date(2026, 5, 20))
    line.draw("60000", OPENED)
    services.close_days(date(2026, 8, 25), at=noon(OPENED))
    assert selectors.standing(line.facility).tier == 3
    day = date(2026, 8, 26)
    answer = line.act("restructure", day, date(2028, 8, 20), way=Amortization.EQUAL_PRINCIPAL, why="orders fell away")
    assert isinstance(answer, Acted) and answer.facts["watch_until"] == "2027-09-20"
    assert isinstance(line.draw("1", day), Refused), "the line is frozen"
    parts = services.quote(line.facility, on=day, at=noon(day)).parts
    owed = sum(parts.values()) - parts[Component.PRINCIPAL]
    assert isinstance(line.repay(f"{owed / 100:.2f}", day), Acted)
    assert len(_plan(line)) == 24 and _stands(line, day)
    services.close_days(date(2026, 9, 20), at=noon(day))
    assert selectors.standing(line.facility).tier == 3, "substandard until it has been on time for half a year"
    assert LoanRow.objects.get().cure_until == date(2027, 2, 26)
    services.close_days(date(2026, 9, 21), at=noon(day))  # the first instalment was not paid on the 20th, a day worked
    loan = LoanRow.objects.get()
    assert (loan.watch_until, loan.cure_until) == (date(2027, 9, 21), date(2027, 3, 21))
    assert selectors.disagreements(snapshot_of=date(2026, 9, 21)) == []
    due = DueRow.objects.filter(due_on=date(2026, 9, 20)).aggregate(fen=Sum(F("amount_fen") - F("paid_fen")))["fen"]
    booked = line.repay(f"{due / 100:.2f}", date(2026, 9, 22), value_on=date(2026, 9, 20))
    assert isinstance(booked, Acted), "the money had come in time, and was booked late"
    loan = LoanRow.objects.get()
    assert (loan.watch_until, loan.cure_until) == (date(2027, 9, 20), date(2027, 2, 26))
