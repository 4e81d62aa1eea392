"""What must hold for every loan: principal adds up, nothing is negative, every day is counted once."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from puhui.lending.engine.calendar import BusinessDayRule, Frequency, MonthEnd, Unit, due_dates, periods
from puhui.lending.engine.daycount import ACTUAL_360, ACTUAL_364, ACTUAL_365, ACTUAL_ACTUAL, THIRTY_360
from puhui.lending.engine.interest import RoundingMode, rounded
from puhui.lending.engine.payments import play, quote, schedule_of
from puhui.lending.engine.schedule import Row, rows
from puhui.lending.engine.terms import (
    Allocation,
    Amortization,
    Draw,
    EarlyPayment,
    InterestRounding,
    Loan,
    Pause,
    Payment,
    PayoffCharge,
    RateChange,
    Rest,
    Terms,
)

ONE_DAY = timedelta(days=1)


@st.composite
def terms(draw: st.DrawFn, amortization: Amortization | None = None) -> Terms:
    frequency = Frequency(draw(st.sampled_from([Unit.MONTH, Unit.MONTH, Unit.WEEK, Unit.DAY])), draw(st.integers(1, 3)))
    if frequency.unit is Unit.DAY:
        frequency = Frequency(Unit.DAY, 5 + 10 * frequency.every)
    start = draw(st.dates(date(2022, 12, 20), date(2025, 3, 31)))
    count = draw(st.integers(1, 10))
    dues = due_dates(
        start,
        frequency,
        count,
        month_end=draw(st.sampled_from(MonthEnd)),
        rule=draw(st.sampled_from([BusinessDayRule.NONE, BusinessDayRule.FOLLOWING])),
    )
    return Terms(
        annual_rate=draw(st.decimals(0, "0.36", places=4)),
        periods=periods(start, dues, frequency),
        amortization=amortization or draw(st.sampled_from(Amortization)),
        day_count=draw(st.sampled_from([ACTUAL_360, ACTUAL_364, ACTUAL_365, ACTUAL_ACTUAL, THIRTY_360])),
        rounding=draw(st.sampled_from(RoundingMode)),
        interest_rounded=draw(st.sampled_from(InterestRounding)),
        late_rest=draw(st.sampled_from([None, *Rest])),
        early=draw(st.sampled_from(EarlyPayment)),
        allocation=draw(st.sampled_from(Allocation)),
        grace=draw(st.integers(0, min(2, count - 1))),
        multiple=draw(st.sampled_from([1, 1, 100])),
    )


@st.composite
def loans(draw: st.DrawFn, amortization: Amortization | None = None, payments: bool = True) -> Loan:
    agreed = draw(terms(amortization))
    span = (agreed.maturity - agreed.start).days

    def day(beyond: int = 0) -> date:
        return agreed.start + timedelta(days=draw(st.integers(0, span - 1 + beyond)))

    amounts = st.integers(1, 20_000_000)
    draws = [Draw(agreed.start, draw(amounts))] if draw(st.booleans()) else []
    draws += [Draw(day(), draw(amounts)) for _ in range(draw(st.integers(0 if draws else 1, 2)))]
    first = min(each.on for each in draws)
    pause = day()
    paid = [Payment(max(day(60), first), draw(amounts)) for _ in range(draw(st.integers(0, 5)) if payments else 0)]
    last_paid = max((payment.on for payment in paid), default=first)
    return Loan(
        terms=agreed,
        draws=tuple(draws),
        payments=tuple(paid),
        rate_changes=tuple(
            RateChange(day(), draw(st.decimals(0, "0.36", places=4))) for _ in range(draw(st.integers(0, 2)))
        ),
        pauses=(Pause(pause, pause + timedelta(days=draw(st.integers(1, 40)))),) if draw(st.booleans()) else (),
        as_of=max(day(60), last_paid) if draw(st.booleans()) else None,
    )


@given(loans())
@settings(max_examples=300, deadline=None)
def test_principal_adds_up_and_nothing_is_negative(loan: Loan) -> None:
    found = schedule_of(loan)
    assert [row.due for row in found] == [period.due for period in loan.terms.periods]
    assert sum(row.principal for row in found) == sum(each.amount for each in loan.draws)
    assert all(min(row.principal, row.interest, row.balance_after) >= 0 for row in found)
    assert found[-1].balance_after == 0


@given(loans())
@settings(max_examples=200, deadline=None)
def test_every_fen_of_a_payment_is_allocated_or_kept(loan: Loan) -> None:
    book = play(loan)
    allocated = sum(slot.paid_principal + slot.extra + slot.paid_interest for slot in book.slots)
    assert allocated + book.surplus == sum(payment.amount for payment in loan.payments)
    for row, slot in zip(rows(book), book.slots, strict=True):
        assert slot.paid_principal + slot.extra <= row.principal
        assert slot.paid_interest <= row.interest


@given(loans(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_facts_told_in_another_order_give_the_same_rows(loan: Loan, chance: random.Random) -> None:
    # Several facts of one kind on one day keep their order: it is the order in which they came.
    days = {kind: [each.on for each in getattr(loan, kind)] for kind in ("draws", "payments", "rate_changes")}
    mixed = {
        kind: tuple(chance.sample(getattr(loan, kind), len(on))) for kind, on in days.items() if len(set(on)) == len(on)
    }
    assert schedule_of(replace(loan, **mixed)) == schedule_of(loan)


@given(loans(), st.data())
@settings(max_examples=150, deadline=None)
def test_paying_the_quote_ends_the_loan(loan: Loan, data: st.DataObject) -> None:
    held = [draw for draw in loan.draws if draw.on <= max(loan.first_draw, loan.terms.start)]
    loan = replace(loan, draws=tuple(held), as_of=None)
    start = max([payment.on for payment in loan.payments], default=loan.first_draw)
    on = data.draw(st.dates(start, max(start, loan.terms.maturity)))
    # A late part is charged to the end of its rest, at the rates known on the day: later facts are another story.
    loan = replace(
        loan,
        rate_changes=tuple(change for change in loan.rate_changes if change.on < on),
        pauses=tuple(pause for pause in loan.pauses if pause.on < on),
    )
    asked = quote(loan, on)
    assert asked.principal >= 0
    if not asked.total:
        return
    paid = replace(loan, payments=(*loan.payments, Payment(on, asked.total)), as_of=on)
    assert quote(paid, on).total == 0
    later = on + timedelta(days=45)
    assert quote(paid, later).total == 0, "nothing accrues on nothing"
    assert quote(loan, on, PayoffCharge.TO_NEXT_DUE_DATE).total >= asked.total


@given(loans(payments=False))
@settings(max_examples=150, deadline=None)
def test_interest_is_what_the_days_add_up_to(loan: Loan) -> None:
    loan = replace(loan, as_of=None)
    found = schedule_of(loan)
    carried = 0
    for number, (row, period) in enumerate(zip(found, loan.terms.periods, strict=True)):
        exact, stretches = _day_by_day(loan, found, number)
        accrued = rounded(exact, loan.terms.rounding) + carried
        slack = stretches if loan.terms.interest_rounded is InterestRounding.PER_SEGMENT else 0
        moves_on = loan.terms.amortization is Amortization.EQUAL_INSTALMENTS and row.principal == 0
        if moves_on and row.interest < accrued:
            carried = accrued - row.interest
            continue
        carried = 0
        assert abs(row.interest - accrued) <= slack, f"{row} of {period}"


def _day_by_day(loan: Loan, found: tuple[Row, ...], number: int) -> tuple[Fraction, int]:
    """Interest of one period, a day at a time and without the engine; and how many stretches it may be cut into."""
    period, total = loan.terms.periods[number], Fraction(0)
    day = period.start
    while day < period.due:
        balance = sum(draw.amount for draw in loan.draws if draw.on <= day)
        balance -= sum(row.principal for row in found[:number])
        rate = loan.terms.annual_rate
        for change in sorted(loan.rate_changes, key=lambda each: each.on):
            rate = change.annual_rate if change.on <= day else rate
        paused = any(pause.on <= day < pause.until for pause in loan.pauses)
        if not paused:
            total += balance * Fraction(rate) * _part_of_year(loan, day, number)
        day += ONE_DAY
    return total, 1 + len(loan.draws) + len(loan.rate_changes) + 2 * len(loan.pauses)


def _part_of_year(loan: Loan, day: date, number: int) -> Fraction:
    count, period = loan.terms.day_count, loan.terms.periods[number]
    if count.month_of_30 and period.months:
        return period.months / 12 / (period.due - period.start).days
    following = day + ONE_DAY
    return Fraction(1, count.year or (366 if following.year % 4 == 0 else 365))


@given(terms(Amortization.EQUAL_INSTALMENTS), st.integers(100_000, 100_000_000))
@settings(max_examples=200, deadline=None)
def test_instalments_are_equal_but_the_last(agreed: Terms, amount: int) -> None:
    agreed = replace(agreed, grace=0, multiple=1)
    found = schedule_of(Loan(agreed, (Draw(agreed.start, amount),)))
    assert len({row.total for row in found[:-1]}) <= 1
    slack = len(found) if agreed.interest_rounded is InterestRounding.PER_PERIOD else 2 * len(found)
    assert abs(found[-1].total - found[0].total) <= max(2, slack)


@given(terms(Amortization.EQUAL_PRINCIPAL), st.integers(100_000, 100_000_000))
@settings(max_examples=50, deadline=None)
def test_principal_parts_are_equal_but_the_last(agreed: Terms, amount: int) -> None:
    agreed = replace(agreed, grace=0, multiple=1)
    found = schedule_of(Loan(agreed, (Draw(agreed.start, amount),)))
    assert len({row.principal for row in found[:-1]}) <= 1
    assert abs(found[-1].principal - found[0].principal) <= len(found)


@given(terms(), st.integers(100_000, 100_000_000))
@settings(max_examples=150, deadline=None)
def test_paying_each_row_on_its_due_date_keeps_the_schedule(agreed: Terms, amount: int) -> None:
    plain = Loan(agreed, (Draw(agreed.start, amount),))
    before = schedule_of(plain)
    paid = tuple(Payment(row.due, row.total) for row in before if row.total)
    book = play(replace(plain, payments=paid, as_of=agreed.maturity))
    assert rows(book) == before
    assert book.surplus == 0


@given(loans(Amortization.ANY_TIME))
@settings(max_examples=200, deadline=None)
def test_a_line_repaid_at_any_time_agrees_with_a_shadow_ledger(loan: Loan) -> None:
    agreed = replace(
        loan.terms,
        late_rest=None,
        grace=0,
        interest_rounded=InterestRounding.PER_PERIOD,
        allocation=Allocation.INTEREST_FIRST,
        day_count=ACTUAL_360,
    )
    loan = replace(loan, terms=agreed, as_of=None)
    end = max([agreed.maturity, *(payment.on for payment in loan.payments)])
    owed_principal, owed_interest = _shadow(loan, end)
    asked = quote(loan, end)
    assert (asked.principal, asked.interest) == (owed_principal, owed_interest)


def _shadow(loan: Loan, end: date) -> tuple[int, int]:
    """A line kept by hand, a day at a time: interest of each period in exact fractions, rounded when it is paid."""
    out = paid_in_period = due_interest = 0
    accrued, day, ends = Fraction(0), loan.terms.start, {period.due for period in loan.terms.periods}
    while day <= end:
        if day in ends:
            due_interest += rounded(accrued, loan.terms.rounding) - paid_in_period
            accrued, paid_in_period = Fraction(0), 0
        out += sum(draw.amount for draw in loan.draws if draw.on == day)
        for payment in (each for each in loan.payments if each.on == day):
            left = payment.amount
            from_due = min(left, due_interest)
            due_interest, left = due_interest - from_due, left - from_due
            so_far = min(left, rounded(accrued, loan.terms.rounding) - paid_in_period)
            paid_in_period, left = paid_in_period + so_far, left - so_far
            out -= min(left, out)
        rate = loan.terms.annual_rate
        for change in sorted(loan.rate_changes, key=lambda each: each.on):
            rate = change.annual_rate if change.on <= day else rate
        if day < loan.terms.maturity and not any(pause.on <= day < pause.until for pause in loan.pauses):
            accrued += out * Fraction(rate) / 360
        day += ONE_DAY
    return out, due_interest


def test_a_yearly_rate_of_nothing_spreads_the_principal() -> None:
    monthly, start = Frequency(Unit.MONTH), date(2024, 1, 1)
    agreed = Terms(Decimal(0), periods(start, due_dates(start, monthly, 3), monthly), Amortization.EQUAL_INSTALMENTS)
    assert [row.total for row in schedule_of(Loan(agreed, (Draw(start, 100_00),)))] == [33_33, 33_33, 33_34]
