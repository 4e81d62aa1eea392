"""The engine: from what has happened so far to the rows of the schedule.

Promises that principal over all rows is exactly what was drawn, that no row has a negative part, and that the same
book gives the same rows. Refuses nothing: `terms` has checked the facts, `payments` keeps the book.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

from puhui.lending.engine.calendar import ONE_DAY, Period
from puhui.lending.engine.daycount import year_fraction
from puhui.lending.engine.instalment import adjustment, constant_instalment, in_multiples
from puhui.lending.engine.interest import rounded
from puhui.lending.engine.terms import Amortization, Draw, InterestRounding, Pause, RateChange, Terms


@dataclass(frozen=True, slots=True)
class Row:
    """One instalment: what falls due on a day, and the balance after it. Amounts in whole units."""

    number: int
    due: date
    principal: int
    interest: int
    balance_after: int

    @property
    def total(self) -> int:
        """Principal and interest."""
        return self.principal + self.interest


@dataclass(slots=True)
class Slot:
    """What is kept of one instalment: the amount planned for it and what has been paid of it.

    `planned` is the whole instalment under equal instalments and the principal under equal principal; `extra` is
    principal repaid on top of it. A settled slot stays as it was paid; interest that accrues on it afterwards moves
    to the next open one.
    """

    planned: int = 0
    extra: int = 0
    paid_principal: int = 0
    paid_interest: int = 0
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Early:
    """Principal of an instalment that came before its due date: it bears no interest from that day."""

    on: date
    number: int
    amount: int


@dataclass(frozen=True, slots=True)
class Late:
    """Principal that was due and unpaid from a day until a day: it bears interest as if it were not yet due."""

    start: date
    end: date
    amount: int


@dataclass(slots=True)
class Book:
    """All that the rows follow from. Kept by `payments.play`, which alone changes it."""

    terms: Terms
    slots: list[Slot]
    draws: list[Draw] = field(default_factory=list)
    rates: list[RateChange] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    early: list[Early] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    late_until: date = date.min  # up to this day, `late` says all there is to say
    today: date = date.min  # facts come in the order of their days, so nothing before this day changes any more
    past: list[tuple[Row, int]] = field(default_factory=list)  # settled rows before today, and what each carries on
    surplus: int = 0  # paid above all that was owed

    def drawn(self, before: date | None = None) -> int:
        """What has been paid out, all of it or before a day."""
        return sum(draw.amount for draw in self.draws if before is None or draw.on < before)

    def rate_on(self, day: date) -> Fraction:
        """The yearly rate of a day, 0 in a pause."""
        paused = any(pause.on <= day < pause.until for pause in self.pauses)
        return Fraction(0) if paused else self.agreed_rate_on(day)

    def agreed_rate_on(self, day: date) -> Fraction:
        """The yearly rate of a day, whether interest is paused or not."""
        current = self.terms.annual_rate
        for change in self.rates:
            if change.on <= day:
                current = change.annual_rate
        return Fraction(current)


def rows(book: Book, until: date | None = None) -> tuple[Row, ...]:
    """The schedule's rows; with `until`, interest only as far as that day."""
    return tuple(running(book, until))


def running(book: Book, until: date | None = None) -> Iterator[Row]:
    """The rows one by one: what a payment settles meanwhile in a row already given does not change the next.

    An instalment takes its interest, then principal as the terms say; the last open one takes the rest.
    """
    last = max((number for number, slot in enumerate(book.slots) if not slot.settled), default=-1)
    paid_ahead = sum(slot.paid_principal + slot.extra for slot in book.slots[len(book.past) :])
    yield from (row for row, _ in book.past)
    assigned, carried = sum(row.principal for row, _ in book.past), book.past[-1][1] if book.past else 0
    for number in range(len(book.past), len(book.slots)):
        period, slot = book.terms.periods[number], book.slots[number]
        paid_ahead -= slot.paid_principal + slot.extra
        accrued = carried + _interest(book, number, assigned, until)
        gone = assigned + paid_ahead + slot.extra
        if slot.settled:
            principal, interest = slot.paid_principal, slot.paid_interest
        elif number == last:
            principal, interest = book.drawn() - gone, max(accrued, slot.paid_interest)
        else:
            most = max(book.drawn(before=period.due) - gone, slot.paid_principal)
            principal, interest = _split(book, number, accrued, most)
        carried = max(accrued - interest, 0)
        principal += slot.extra
        assigned += principal
        row = Row(number + 1, period.due, principal, interest, book.drawn(before=period.due) - assigned)
        if slot.settled and period.due < book.today and len(book.past) == number:
            book.past.append((row, carried))
        yield row


def _split(book: Book, number: int, accrued: int, most: int) -> tuple[int, int]:
    """Principal and interest of an open instalment that is not the last; never more principal than `most`."""
    slot, terms = book.slots[number], book.terms
    if number < terms.grace or terms.amortization is Amortization.BULLET:
        return slot.paid_principal, max(accrued, slot.paid_interest)
    if terms.amortization is not Amortization.EQUAL_INSTALMENTS:
        return min(max(slot.planned, slot.paid_principal), most), max(accrued, slot.paid_interest)
    # Early principal may leave no room for the interest that accrues after it: that interest moves on.
    squeezed = slot.paid_principal > slot.planned - accrued
    interest = slot.paid_interest if squeezed else max(accrued, slot.paid_interest)
    interest = max(min(interest, slot.planned), slot.paid_interest)
    return min(max(slot.planned - interest, slot.paid_principal), most), interest


def _interest(book: Book, number: int, assigned: int, until: date | None) -> int:
    """The interest that accrues in one period, where `assigned` is the principal of all rows before it."""
    terms, period = book.terms, book.terms.periods[number]
    end = period.due if until is None else min(period.due, until)
    parts = [
        (_late(book, start) + (_out(book, number, assigned, start) if start < end else 0))
        * book.rate_on(start)
        * year_fraction(terms.day_count, start, stop, period)
        for start, stop in _segments(book, number, assigned, end)
    ]
    if terms.interest_rounded is InterestRounding.PER_SEGMENT:
        return sum(rounded(part, terms.rounding) for part in parts)
    return rounded(sum(parts, Fraction(0)), terms.rounding)


def _out(book: Book, number: int, assigned: int, day: date) -> int:
    """The principal that is out and not yet due on a day of a period."""
    drawn = sum(draw.amount for draw in book.draws if draw.on <= day)
    early = sum(each.amount for each in book.early if each.number >= number and each.on <= day)
    return max(drawn - assigned - early, 0)


def _late(book: Book, day: date) -> int:
    """The principal that bears interest on a day because it is late."""
    return sum(each.amount for each in book.late if each.start <= day < each.end)


def _segments(book: Book, number: int, assigned: int, end: date) -> Iterator[tuple[date, date]]:
    """The stretches of a period in which neither balance nor rate changes, until a day.

    What is late is charged further, to the end of its rest; that is a stretch of its own if more than that was out.
    """
    period = book.terms.periods[number]
    if end <= period.start:
        return
    cuts = {period.start} | {draw.on for draw in book.draws}
    cuts |= {change.on for change in book.rates} | {each.on for each in book.early}
    cuts |= {day for pause in book.pauses for day in (pause.on, pause.until)}
    cuts |= {day for late in book.late for day in (late.start, late.end)}
    reach = max([end, *(late.end for late in book.late if period.start <= late.start < period.due)])
    if reach == end or _out(book, number, assigned, end - ONE_DAY):
        cuts.add(end)
    inside = sorted(cut for cut in cuts if period.start <= cut <= reach)
    yield from pairwise(inside)


def plan(book: Book, first: int) -> None:
    """Plan the instalments from one number on anew: after a draw or a change of rate.

    A pause that reaches into them lowers none: it leaves the instalments as they were agreed, and the last one smaller.
    What is not in the rows before is spread as if it had been out from that period's start. An instalment of which
    more has been paid than the new one asks for stays as it was, and takes no part in evening out what is left.
    """
    terms = book.terms
    first = max(first, terms.grace)
    if terms.amortization in {Amortization.BULLET, Amortization.ANY_TIME}:
        book.slots[-1].settled = False
        return
    for slot in book.slots[first:]:
        slot.settled = False
    pauses, starts = book.pauses, terms.periods[first].start
    book.pauses = [replace(pause, until=min(pause.until, starts)) for pause in pauses if pause.on < starts]
    _spread(book, first)
    book.pauses = pauses


def _spread(book: Book, first: int) -> None:
    """Spread what is out, and not in the rows before, over the instalments from one number on."""
    terms = book.terms
    due = book.terms.periods[first].due
    repaid = sum(row.principal for row in rows(book)[:first]) + sum(slot.extra for slot in book.slots[first:])
    balance = book.drawn(before=due) - repaid
    count = len(book.slots) - first
    if terms.amortization is Amortization.EQUAL_PRINCIPAL:
        _put(book, first, in_multiples(Fraction(balance, count), terms.multiple, terms.rounding))
        return
    factors = [_factor(book, period) for period in terms.periods[first:]]
    instalment = in_multiples(constant_instalment(balance, factors), terms.multiple, terms.rounding)
    _put(book, first, instalment)
    before, sharing = _residue(book), sum(_paid(book, slot) <= instalment for slot in book.slots[first:])
    tried = in_multiples(
        Fraction(instalment + adjustment(before, count, sharing, terms.rounding)), terms.multiple, terms.rounding
    )
    if tried == instalment:
        return
    _put(book, first, tried)
    if abs(_residue(book)) >= abs(before):
        _put(book, first, instalment)


def _factor(book: Book, period: Period) -> Fraction:
    """What one unit that is out for the whole period bears, at the rates known so far; a pause lowers no instalment."""
    cuts = {period.start, period.due, *(change.on for change in book.rates)}
    inside = sorted(cut for cut in cuts if period.start <= cut <= period.due)
    spans = pairwise(inside)
    count = book.terms.day_count
    return sum((book.agreed_rate_on(a) * year_fraction(count, a, b, period) for a, b in spans), Fraction(0))


def _put(book: Book, first: int, planned: int) -> None:
    for slot in book.slots[first:]:
        paid = _paid(book, slot)
        slot.planned = max(slot.planned, 1) if paid > planned else planned
        slot.settled = 0 < slot.planned <= paid
    if all(slot.settled for slot in book.slots):
        book.slots[-1].settled = False  # someone has to take the rest


def _paid(book: Book, slot: Slot) -> int:
    """What has been paid of what is planned for an instalment."""
    with_interest = book.terms.amortization is Amortization.EQUAL_INSTALMENTS
    return slot.paid_principal + (slot.paid_interest if with_interest else 0)


def _residue(book: Book) -> int:
    """By how much the last open instalment differs from the open one before it."""
    totals = [row.total for row, slot in zip(rows(book), book.slots, strict=True) if not slot.settled]
    return totals[-1] - totals[-2] if len(totals) > 1 else 0
