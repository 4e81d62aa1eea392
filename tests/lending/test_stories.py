"""The life of RMB loans as tables that a loan officer can read: actual/360, half a fen up.

In a story the columns after the bar are what is owed at the end of that day: principal, and interest to the day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from puhui.lending.engine.calendar import (
    BusinessDayRule,
    BusinessDays,
    Frequency,
    MonthEnd,
    Period,
    Unit,
    due_dates,
    periods,
)
from puhui.lending.engine.daycount import ACTUAL_360, THIRTY_360
from puhui.lending.engine.payments import accrued, play, quote, schedule_of
from puhui.lending.engine.terms import (
    Amortization,
    Draw,
    EarlyPayment,
    Loan,
    Pause,
    Payment,
    PayoffCharge,
    RateChange,
    Rest,
    Terms,
)

MONTHLY = Frequency(Unit.MONTH)
RATE = Decimal("0.0615")


def _fen(yuan: str) -> int:
    return int(Decimal(yuan.replace(",", "")) * 100)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"


def _terms(start: str, count: int, amortization: Amortization, **others: object) -> Terms:
    first = date.fromisoformat(start)
    return replace(Terms(RATE, periods(first, due_dates(first, MONTHLY, count), MONTHLY), amortization), **others)


def _live(terms: Terms, story: str) -> None:
    """Play a story day by day and compare what is owed after each of its lines."""
    draws: list[Draw] = []
    payments: list[Payment] = []
    rates: list[RateChange] = []
    for line in story.strip().splitlines()[1:]:
        said, owed = line.split("|")
        day, act, *value = said.split()
        on = date.fromisoformat(day)
        if act == "draw":
            draws.append(Draw(on, _fen(value[0])))
        elif act == "repay":
            payments.append(Payment(on, _fen(value[0])))
        elif act == "rate":
            rates.append(RateChange(on, Decimal(value[0]) / 100))
        else:
            assert act == "look", act
        loan = Loan(terms, tuple(draws), tuple(payments), rate_changes=tuple(rates))
        found = quote(loan, on)
        assert [_yuan(found.principal), _yuan(found.interest)] == owed.split(), line


def _table(loan: Loan) -> str:
    lines = [
        f"{row.due}  {_yuan(row.principal):>12}  {_yuan(row.interest):>9}  {_yuan(row.balance_after):>12}"
        for row in schedule_of(loan)
    ]
    return "\n".join(lines)


def test_a_line_that_is_drawn_and_repaid_at_any_time() -> None:
    _live(
        _terms("2026-04-02", 12, Amortization.ANY_TIME),
        """
        day         act     amount  |  principal   interest
        2026-04-02  draw   120,000  | 120,000.00       0.00
        2026-05-02  look            | 120,000.00     615.00
        2026-05-02  repay   60,615  |  60,000.00       0.00
        2026-05-03  look            |  60,000.00      10.25
        2026-05-12  draw    40,000  | 100,000.00     102.50
        2026-05-22  repay  100,273.33  |  0.00          0.00
        2026-06-02  look            |       0.00       0.00
        2026-06-10  draw    10,000  |  10,000.00       0.00
        2026-06-11  look            |  10,000.00       1.71
        """,
    )


def test_february_of_a_leap_year_has_one_day_more() -> None:
    for start, interest in (("2027-02-01", "478.33"), ("2028-02-01", "495.42")):
        terms = _terms(start, 1, Amortization.BULLET)
        assert _yuan(schedule_of(Loan(terms, (Draw(terms.start, _fen("100,000")),)))[0].interest) == interest


def test_the_rate_changes_with_the_loan_prime_rate_from_its_day() -> None:
    _live(
        _terms("2026-01-20", 12, Amortization.ANY_TIME),
        """
        day         act     amount  |  principal  interest
        2026-01-20  draw   360,000  | 360,000.00      0.00
        2026-02-19  rate      4.35  | 360,000.00  1,845.00
        2026-02-20  look            | 360,000.00  1,888.50
        2026-03-01  look            | 360,000.00  2,280.00
        """,
    )


def test_a_part_is_repaid_early_and_the_last_instalments_fall_away() -> None:
    terms = _terms("2026-01-15", 6, Amortization.EQUAL_INSTALMENTS)
    loan = Loan(terms, (Draw(terms.start, _fen("60,000")),), (Payment(date(2026, 1, 25), _fen("20,000")),))
    assert _table(loan) == (
        "2026-02-15     29,831.84     246.37     30,168.16\n"  # 102.50 for ten days, 143.87 for the rest
        "2026-03-15     10,036.41     144.30     20,131.75\n"
        "2026-04-15     10,074.10     106.61     10,057.65\n"
        "2026-05-15     10,057.65      51.55          0.00\n"
        "2026-06-15          0.00       0.00          0.00\n"
        "2026-07-15          0.00       0.00          0.00"
    )


def test_a_part_is_repaid_early_and_the_instalment_falls() -> None:
    terms = _terms("2026-01-15", 6, Amortization.EQUAL_INSTALMENTS, early=EarlyPayment.LOWERS_INSTALMENT)
    loan = Loan(terms, (Draw(terms.start, _fen("60,000")),), (Payment(date(2026, 1, 25), _fen("20,000")),))
    first, *others = schedule_of(loan)
    assert first.principal > _fen("20,000") - first.interest
    assert len({row.total for row in others[:-1]}) == 1
    assert _fen("6,700") < others[0].total < _fen("6,900"), "about a sixth of 40,000 with its interest"
    assert abs(others[-1].total - others[0].total) < _fen("40"), "interest saved before the first due date"


def test_interest_only_with_the_principal_at_the_end() -> None:
    terms = _terms("2026-11-30", 3, Amortization.BULLET)
    assert _table(Loan(terms, (Draw(terms.start, _fen("500,000")),))) == (
        "2026-12-30          0.00   2,562.50    500,000.00\n"
        "2027-01-30          0.00   2,647.92    500,000.00\n"
        "2027-02-28    500,000.00   2,477.08          0.00"
    )


def test_equal_principal_over_month_ends() -> None:
    terms = _terms("2024-01-31", 3, Amortization.EQUAL_PRINCIPAL)
    assert _table(Loan(terms, (Draw(terms.start, _fen("100,000")),))) == (
        "2024-02-29     33,333.33     495.42     66,666.67\n"
        "2024-03-31     33,333.33     353.06     33,333.34\n"
        "2024-04-30     33,333.34     170.83          0.00"
    )


def test_a_due_date_in_the_spring_festival_waits_and_bears_interest_meanwhile() -> None:
    spring = BusinessDays(
        holidays=frozenset(date(2024, 2, day) for day in range(10, 18)), worked=frozenset({date(2024, 2, 18)})
    )
    start = date(2024, 1, 10)
    dues = due_dates(start, MONTHLY, 2, rule=BusinessDayRule.FOLLOWING, business=spring)
    loan = Loan(Terms(RATE, periods(start, dues, MONTHLY), Amortization.BULLET), (Draw(start, _fen("120,000")),))
    assert _table(loan) == (
        "2024-02-18          0.00     799.50    120,000.00\n"  # 39 days
        "2024-03-11    120,000.00     451.00          0.00"  # 22 days: 10 March is a Sunday
    )


def test_the_published_instalments_of_a_million_over_twenty_and_thirty_years() -> None:
    """4.90 %, whole months: the figures that every Chinese mortgage table prints."""
    start = date(2020, 1, 20)
    for years, instalment in ((20, "6,544.44"), (30, "5,307.27")):
        split = periods(start, due_dates(start, MONTHLY, 12 * years), MONTHLY)
        agreed = Terms(Decimal("0.049"), split, Amortization.EQUAL_INSTALMENTS, day_count=THIRTY_360)
        rows = schedule_of(Loan(agreed, (Draw(start, _fen("1,000,000")),)))
        assert {_yuan(row.total) for row in rows[:-1]} == {instalment}
    falling = replace(agreed, amortization=Amortization.EQUAL_PRINCIPAL)
    first, second, *_ = schedule_of(Loan(falling, (Draw(start, _fen("1,000,000")),)))
    assert [_yuan(first.total), _yuan(second.total)] == ["6,861.11", "6,849.77"]


def test_an_adjusted_instalment_is_kept_only_if_the_last_comes_closer() -> None:
    """10.37 in three parts at 12 %: 3.53, 3.53, 3.51; with 3.52 the last would be 3.54, which is no closer."""
    start = date(2024, 1, 1)
    split = periods(start, due_dates(start, MONTHLY, 3), MONTHLY)
    agreed = Terms(Decimal("0.12"), split, Amortization.EQUAL_INSTALMENTS, day_count=THIRTY_360)
    assert [row.total for row in schedule_of(Loan(agreed, (Draw(start, 10_37),)))] == [3_53, 3_53, 3_51]


def test_late_principal_bears_nothing_here_unless_the_terms_say_so() -> None:
    """The penalty on RMB loans is charged beside the schedule; a contract with a daily rest puts it in the rows."""
    terms = _terms("2026-01-15", 3, Amortization.EQUAL_PRINCIPAL)
    loan = Loan(terms, (Draw(terms.start, _fen("90,000")),), as_of=date(2026, 2, 25))
    assert schedule_of(loan) == schedule_of(replace(loan, as_of=None))
    late = schedule_of(replace(loan, terms=replace(terms, late_rest=Rest.DAILY)))
    extra = [after.interest - before.interest for before, after in zip(schedule_of(loan), late, strict=True)]
    assert [_yuan(fen) for fen in extra] == ["0.00", "51.25", "0.00"]  # 30,000 for ten days


def test_a_pause_of_interest_is_free_of_interest_and_of_nothing_else() -> None:
    terms = _terms("2026-06-01", 2, Amortization.BULLET)
    loan = Loan(terms, (Draw(terms.start, _fen("360,000")),), pauses=(Pause(date(2026, 6, 11), date(2026, 6, 21)),))
    assert [_yuan(row.interest) for row in schedule_of(loan)] == ["1,230.00", "1,906.50"]


def test_what_repays_a_loan_today_and_on_its_next_due_date() -> None:
    terms = _terms("2026-06-01", 2, Amortization.BULLET)
    loan = Loan(terms, (Draw(terms.start, _fen("360,000")),))
    today = quote(loan, date(2026, 6, 11))
    assert _yuan(today.total) == "360,615.00"
    assert _yuan(quote(loan, date(2026, 6, 11), PayoffCharge.TO_NEXT_DUE_DATE).total) == "361,845.00"
    paid = play(replace(loan, payments=(Payment(today.on, today.total + 5),)))
    assert paid.surplus == 5, "money above what is owed is kept apart"
    fixed = replace(loan, terms=replace(terms, recalculates=False))
    with pytest.raises(ValueError, match="a pay-off needs terms that recalculate"):
        quote(fixed, date(2026, 6, 11))


def test_interest_accrues_evenly_over_its_period() -> None:
    terms = _terms("2026-06-01", 2, Amortization.BULLET)
    loan = Loan(terms, (Draw(terms.start, _fen("360,000")),))
    days = [date(2026, 6, 1), date(2026, 6, 2), date(2026, 7, 1), date(2026, 7, 2), date(2026, 9, 1)]
    assert [_yuan(accrued(loan, day)) for day in days] == ["0.00", "61.50", "1,845.00", "61.50", "0.00"]


def test_a_grace_carries_interest_only() -> None:
    terms = _terms("2026-06-01", 5, Amortization.EQUAL_INSTALMENTS, grace=2)
    rows = schedule_of(Loan(terms, (Draw(terms.start, _fen("300,000")),)))
    assert [row.principal for row in rows[:2]] == [0, 0]
    assert len({row.total for row in rows[2:4]}) == 1
    assert rows[-1].balance_after == 0


def test_instalments_in_whole_yuan() -> None:
    terms = _terms("2026-06-01", 12, Amortization.EQUAL_INSTALMENTS, multiple=100)
    rows = schedule_of(Loan(terms, (Draw(terms.start, _fen("100,000")),)))
    assert {row.total % 100 for row in rows[:-1]} == {0}


def test_what_no_contract_can_mean_cannot_be_built() -> None:
    day, later = date(2026, 1, 1), date(2026, 2, 1)
    whole = _terms("2026-01-01", 3, Amortization.BULLET)
    wrong = {
        "which is not later": lambda: Period(later, day),
        "no period to repay in": lambda: replace(whole, periods=()),
        "and the next begins on": lambda: replace(whole, periods=(whole.periods[0], whole.periods[2])),
        "a grace of 3 instalments": lambda: replace(whole, grace=3),
        "cannot be paid": lambda: replace(whole, multiple=0),
        "cannot be charged": lambda: replace(whole, annual_rate=Decimal("-0.01")),
        "nothing has been drawn": lambda: Loan(whole, ()),
        "must be more than nothing": lambda: Draw(day, 0),
        "is outside the term": lambda: Loan(whole, (Draw(whole.maturity, 1),)),
        "overlap": lambda: Loan(whole, (Draw(day, 1),), pauses=(Pause(day, later), Pause(day, later))),
        "the day that is asked about": lambda: Loan(whole, (Draw(day, 1),), (Payment(later, 1),), as_of=day),
    }
    for words, build in wrong.items():
        with pytest.raises(ValueError, match=words):
            build()
    with pytest.raises(TypeError, match="whole units of money"):
        Draw(day, 1.5)  # type: ignore[arg-type]
    assert (whole.day_count, MonthEnd.CLAMP.value) == (ACTUAL_360, "clamp")
