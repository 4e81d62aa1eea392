"""What happens to a loan, in the order of its days: draws, payments, rate changes, pauses, and time itself.

Promises that every fen of a payment is either allocated, oldest instalment first, or kept as surplus, and that
nothing is late on its due date. Refuses nothing: `terms` has checked the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial

from puhui.lending.engine.interest import rounded
from puhui.lending.engine.schedule import Book, Early, Late, Row, Slot, plan, rows, running
from puhui.lending.engine.terms import (
    Allocation,
    Component,
    Draw,
    EarlyPayment,
    Loan,
    Pause,
    Payment,
    Payoff,
    PayoffCharge,
    RateChange,
    Rest,
)

# On one day: money goes out, comes in, then the rate changes, a pause begins, and the day ends.
DRAW, COMPONENT, PAYMENT, PAYOFF, RATE, PAUSE, END = range(7)


@dataclass(frozen=True, slots=True)
class Quote:
    """What repays a loan whole on a day."""

    on: date
    principal: int
    interest: int

    @property
    def total(self) -> int:
        """Principal and interest."""
        return self.principal + self.interest


def schedule_of(loan: Loan) -> tuple[Row, ...]:
    """The rows of a loan after all that is known of it.

    >>> from decimal import Decimal
    >>> from puhui.lending.engine.calendar import Frequency, Unit, due_dates, periods
    >>> from puhui.lending.engine.terms import Amortization, Terms
    >>> monthly, start = Frequency(Unit.MONTH), date(2026, 4, 2)
    >>> terms = Terms(Decimal("0.0615"), periods(start, due_dates(start, monthly, 2), monthly), Amortization.BULLET)
    >>> for row in schedule_of(Loan(terms, (Draw(start, 120_000_00),))):
    ...     print(row.due, row.principal, row.interest)
    2026-05-02 0 61500
    2026-06-02 12000000 63550
    """
    return rows(play(loan))


def quote(loan: Loan, on: date, charge: PayoffCharge = PayoffCharge.TO_DATE) -> Quote:
    """What repays the loan whole on a day, given what happened until then.

    Raises ValueError for terms under which payments change no row: such a schedule does not know what is still out.

    >>> from decimal import Decimal
    >>> from puhui.lending.engine.calendar import Period
    >>> from puhui.lending.engine.terms import Amortization, Terms
    >>> terms = Terms(Decimal("0.0615"), (Period(date(2026, 4, 2), date(2026, 7, 1)),), Amortization.ANY_TIME)
    >>> quote(Loan(terms, (Draw(date(2026, 4, 2), 120_000_00),)), date(2026, 5, 2))
    Quote(on=datetime.date(2026, 5, 2), principal=12000000, interest=61500)
    """
    if not loan.terms.recalculates:
        raise ValueError("a pay-off needs terms that recalculate: these rows do not follow what was paid")
    return _quote(play(loan, until=on), on, charge)


def accrued(loan: Loan, on: date) -> int:
    """Interest accrued by a day in its period: the row's rounded interest x days elapsed / days in the period, rounded.

    A due date belongs to the period that it ends. This is how the peer's books accrue; `quote` gives the interest
    that is owed to the day.

    >>> from decimal import Decimal
    >>> from puhui.lending.engine.calendar import Period
    >>> from puhui.lending.engine.terms import Amortization, Terms
    >>> terms = Terms(Decimal("0.12"), (Period(date(2024, 1, 1), date(2024, 2, 1)),), Amortization.BULLET)
    >>> accrued(Loan(terms, (Draw(date(2024, 1, 1), 100_00),)), date(2024, 1, 30))
    96
    """
    for row, period in zip(schedule_of(loan), loan.terms.periods, strict=True):
        if on <= period.due:
            elapsed = max((on - period.start).days, 0)
            return rounded(Fraction(row.interest * elapsed, period.days), loan.terms.rounding)
    return 0


def play(loan: Loan, until: date | None = None) -> Book:
    """The book of a loan after all its facts, or after those up to a day and with time run on to that day."""
    book = Book(loan.terms, [Slot() for _ in loan.terms.periods])
    known = _known_until(loan, until)
    for on, place, act in sorted(_acts(loan, until), key=lambda each: each[:2]):
        if until is None or on <= until:
            book.today = on
            # A new rate plans anew what was agreed; what is late counts when money moves, or at the day asked about.
            if loan.terms.late_rest and on <= known and place != RATE:
                _run_late(book, on)
            act(book)
    return book


def _known_until(loan: Loan, until: date | None) -> date:
    """The day until which what has not been paid is known to be unpaid: the day asked about, else the last payment's.

    Payments that name their parts settle what they name, so they alone make nothing late.
    """
    said = [day for day in (loan.as_of, until) if day]
    return max(said or [payment.on for payment in loan.payments], default=date.min)


def _acts(loan: Loan, until: date | None) -> list[tuple[date, int, Callable[[Book], None]]]:
    """All facts as (day, place within the day, what to do to the book)."""
    acts: list[tuple[date, int, Callable[[Book], None]]] = []
    acts += [(draw.on, DRAW, partial(_draw, draw=draw)) for draw in loan.draws]
    acts += [(change.on, RATE, partial(_change_rate, change=change)) for change in loan.rate_changes]
    acts += [(pause.on, PAUSE, partial(_pause, pause=pause)) for pause in loan.pauses]
    if not loan.terms.recalculates:
        return acts
    acts += [(each.on, COMPONENT, partial(_settle, component=each)) for each in loan.components]
    acts += [(each.on, PAYMENT, partial(_pay, payment=each, payoff=loan.payoff)) for each in loan.payments]
    if loan.payoff and loan.payoff.on and loan.payoff.on not in {payment.on for payment in loan.payments}:
        acts.append((loan.payoff.on, PAYOFF, partial(_pay_off, payoff=loan.payoff, on=loan.payoff.on)))
    return acts + [(day, END, lambda _: None) for day in {loan.as_of, until} if day]


def _draw(book: Book, *, draw: Draw) -> None:
    book.draws.append(draw)
    plan(book, book.terms.period_of(draw.on))


def _change_rate(book: Book, *, change: RateChange) -> None:
    book.rates.append(change)
    if book.draws:
        plan(book, book.terms.period_of(change.on))


def _pause(book: Book, *, pause: Pause) -> None:
    book.pauses.append(pause)


def _settle(book: Book, *, component: Component) -> None:
    """Book a payment that names its parts: it counts for its instalment, and no late interest follows from it."""
    number = next(n for n, period in enumerate(book.terms.periods) if period.due == component.due)
    _book(book, number, component.on, principal=component.principal, interest=component.interest)
    _close(book, number, rows(book, until=component.on)[number])


def _pay(book: Book, *, payment: Payment, payoff: Payoff | None) -> None:
    if payoff and payoff.on in {None, payment.on}:
        wanted = _quote(book, payment.on, payoff.charge).total
        if payment.amount >= wanted > 0:
            book.surplus += payment.amount - _allocate(book, payment.on, wanted, payoff.charge)
            return
    book.surplus += payment.amount - _allocate(book, payment.on, payment.amount, PayoffCharge.TO_DATE)


def _pay_off(book: Book, *, payoff: Payoff, on: date) -> None:
    _allocate(book, on, _quote(book, on, payoff.charge).total, payoff.charge)


def _charged_until(book: Book, on: date, charge: PayoffCharge) -> date:
    """The day until which a payment on a day bears interest."""
    if charge is PayoffCharge.TO_DATE or any(period.due == on for period in book.terms.periods):
        return on
    return book.terms.periods[book.terms.period_of(on)].due


def _quote(book: Book, on: date, charge: PayoffCharge) -> Quote:
    view = rows(book, until=_charged_until(book, on, charge))
    interest = sum(row.interest - slot.paid_interest for row, slot in zip(view, book.slots, strict=True))
    principal = book.drawn() - sum(slot.paid_principal + slot.extra for slot in book.slots)
    return Quote(on, principal, interest)


def _allocate(book: Book, on: date, amount: int, charge: PayoffCharge) -> int:
    """Allocate a payment, oldest instalment first; returns how much of it found something to settle."""
    left = amount
    for number, row in enumerate(running(book, until=_charged_until(book, on, charge))):
        slot = book.slots[number]
        if row.due > on and not book.terms.settles_ahead:
            left -= _repay_ahead(book, on, left, row)
            break
        if left == 0:
            break
        if slot.settled:
            continue
        principal = row.principal - slot.extra - slot.paid_principal
        interest = row.interest - slot.paid_interest
        if book.terms.allocation is Allocation.PRINCIPAL_FIRST:
            principal = min(principal, left)
            interest = min(interest, left - principal)
        else:
            interest = min(interest, left)
            principal = min(principal, left - interest)
        _book(book, number, on, principal=principal, interest=interest)
        left -= principal + interest
        _close(book, number, row)
    return amount - left


def _repay_ahead(book: Book, on: date, amount: int, current: Row) -> int:
    """Lower the principal at once with money that nothing due wants; the interest to its day comes first."""
    number = current.number - 1
    slot = book.slots[number]
    interest = min(max(current.interest - slot.paid_interest, 0), amount)
    out = book.drawn() - sum(each.paid_principal + each.extra for each in book.slots)
    principal = min(out, amount - interest)
    slot.paid_interest += interest
    if principal:
        slot.extra += principal
        book.early.append(Early(on, number, principal))
        if book.terms.early is EarlyPayment.LOWERS_INSTALMENT:
            plan(book, number)
    return interest + principal


def _book(book: Book, number: int, on: date, *, principal: int, interest: int) -> None:
    slot = book.slots[number]
    slot.paid_principal += principal
    slot.paid_interest += interest
    if principal and on < book.terms.periods[number].due:
        book.early.append(Early(on, number, principal))


def _close(book: Book, number: int, owed: Row) -> None:
    """Settle an instalment of which everything owed has been paid."""
    slot = book.slots[number]
    if slot.paid_principal + slot.extra >= owed.principal and slot.paid_interest >= owed.interest:
        slot.settled = slot.paid_principal + slot.paid_interest > 0


def _run_late(book: Book, day: date) -> None:
    """Let time run to a day: principal that was due and is unpaid bears interest, period after period."""
    for number, period in enumerate(book.terms.periods):
        start, end = max(period.start, book.late_until), min(period.due, day)
        if end <= start:
            continue
        if book.terms.late_rest is Rest.REPAYMENT_PERIOD:
            end = period.due
        if unpaid := _unpaid_before(book, number):
            book.late.append(Late(start, end, unpaid))
        book.late_until = end


def _unpaid_before(book: Book, number: int) -> int:
    """The unpaid principal of all instalments before one."""
    pairs = zip(rows(book)[:number], book.slots, strict=False)
    return sum(row.principal - slot.extra - slot.paid_principal for row, slot in pairs if not slot.settled)
