"""The close of a business date: a list of small set-based steps, each finished before the next begins.

    cut off -> count the night -> fall due -> reprice -> collect -> age -> classify -> stage -> snapshot
            -> signals -> messages -> lake

Loans are walked in lots, one transaction each, so a customer waits for one lot at most; a step that is finished is
written down, and one that was killed goes on where it stopped, because what a lot has counted is not counted again.
With the snapshot a day's books are closed; what comes after passes on what they say, holds no loan, and is done once
for a day as well. Days are closed in order and missed ones first, to the fen what closing each of them in time would
have given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Max, Min

from puhui.ids import new_request
from puhui.ledger import services as ledger
from puhui.lending import chart, nights
from puhui.lending.acts import repricing
from puhui.lending.acts.acting import LAST_STEP, cut_off, last_closed
from puhui.lending.close import collecting, lake, signals
from puhui.lending.correspondence import outbox
from puhui.lending.models import CloseStepRow, FacilityRow, LoanRow
from puhui.lending.rail import Rail
from puhui.lending.standing import STANDING
from puhui.progress import Step
from puhui.refusals import BadInput, Refused

DayStep = Callable[[date, datetime], int]  # of a whole day whose books are closed; it returns how many it wrote
LotStep = Callable[[date, dict[str, int], datetime], tuple[int, int]]  # a day, a lot of numbers, a moment
LOT = 2_000
COLLECT = "collect"
CLOSING = 7_015_2026  # the advisory lock that lets closes take turns
LOT_OF_LOANS = "l.id between %(first)s and %(last)s"
LOT_OF_FACILITIES = "f.id between %(first)s and %(last)s"


@dataclass(frozen=True, slots=True)
class Closed:
    """One finished close: for each step, how many loans it touched and how many fen it moved."""

    on: date
    steps: dict[str, tuple[int, int]]


def close_days(
    on: date, *, at: datetime, rail: Rail | None = None, pass_on: bool = False, tell: Step | None = None
) -> list[Closed]:
    """Close a business date, and before it every earlier one that is still open; none when it is closed already.

    From the cut-off on, customers act on the following day; they wait for a lot at most. Without a rail to the payment
    bank nothing is collected. With `pass_on` the day goes on to monitoring, to the borrowers and to the lake, and so
    does every closed day that has not yet. Raises BadInput when no facility was ever opened.
    """
    days, done = _open_days(on, passed_on=pass_on), list[Closed]()
    names = [*STEPS, *PASSED_ON] if pass_on else [*STEPS]
    for number, day in enumerate(days):
        steps = {}
        cut_off(day, at)
        for place, name in enumerate(names):
            steps[name] = _once(day, name, at, rail)
            if tell:
                tell((number + (place + 1) / len(names)) / len(days), f"{day} {name}")
        done.append(Closed(day, steps))
    return done


def _open_days(on: date, *, passed_on: bool) -> list[date]:
    closed = last_closed()
    if closed is None:
        first = FacilityRow.objects.aggregate(first=Min("opened_on"))["first"]
        if first is None:
            raise BadInput("there is nothing to close", then="open a facility first")
        closed = first - timedelta(days=1)
    left = _not_passed_on(on) if passed_on else []
    return left + [closed + timedelta(days=n) for n in range(1, (on - closed).days + 1)]


def _not_passed_on(until: date) -> list[date]:
    """Closed days that a kill has left before all was passed on, or that were closed without."""
    closed = CloseStepRow.objects.filter(step=LAST_STEP, on__lte=until).values_list("on", flat=True)
    noted = CloseStepRow.objects.filter(step__in=PASSED_ON).values_list("on").annotate(steps=Count("id"))
    finished = {day for day, steps in noted if steps == len(PASSED_ON)}
    return sorted(day for day in closed if day not in finished)


def _once(day: date, name: str, at: datetime, rail: Rail | None) -> tuple[int, int]:
    """Do a step, unless it is written down as finished; what it lets the bank do comes last, outside of locks."""
    if (before := CloseStepRow.objects.filter(on=day, step=name).first()) is not None:
        return before.loans, before.fen
    if name in PASSED_ON:
        return _pass_on(day, name, at)
    loans, fen = _in_lots(day, STEPS[name], at)
    if name == COLLECT and rail is not None:
        loans, fen = collecting.carry_out(rail, at=at)
    with transaction.atomic():
        _take_turns()
        return _note(day, name, at, loans, fen)


def _in_lots(day: date, step: LotStep, at: datetime) -> tuple[int, int]:
    last = max(each.objects.aggregate(last=Max("id"))["last"] or 0 for each in (LoanRow, FacilityRow))
    loans = fen = 0
    for first in range(1, last + 1, LOT):
        with transaction.atomic():
            _take_turns()
            touched, moved = step(day, {"first": first, "last": first + LOT - 1}, at)
        loans, fen = loans + touched, fen + moved
    return loans, fen


def _pass_on(day: date, name: str, at: datetime) -> tuple[int, int]:
    with transaction.atomic():
        _take_turns()
        if (before := CloseStepRow.objects.filter(on=day, step=name).first()) is not None:
            return before.loans, before.fen
        return _note(day, name, at, PASSED_ON[name](day, at), 0)


def _note(day: date, name: str, at: datetime, loans: int, fen: int) -> tuple[int, int]:
    row, _ = CloseStepRow.objects.get_or_create(on=day, step=name, defaults={"at": at, "loans": loans, "fen": fen})
    return row.loans, row.fen


def _night(day: date, lot: dict[str, int], at: datetime) -> tuple[int, int]:
    passed = nights.count_night(day, LOT_OF_LOANS, lot)
    if lines := chart.accrued(passed.parts):
        # A fresh id: what makes it once is that the lot's nights are counted in the same transaction.
        answer = ledger.book(lines, request=new_request(), on=day, at=at)
        assert not isinstance(answer, Refused), answer
    return passed.loans, sum(passed.parts.values())


def _fall_due(day: date, lot: dict[str, int], at: datetime) -> tuple[int, int]:
    return nights.fall_due(day, LOT_OF_LOANS, lot)


def _reprice(day: date, lot: dict[str, int], at: datetime) -> tuple[int, int]:
    return repricing.reprice(day, LOT_OF_FACILITIES, lot, at=at), 0


def _order(day: date, lot: dict[str, int], at: datetime) -> tuple[int, int]:
    return collecting.order(day, **lot), 0


def _standing(name: str) -> LotStep:
    return lambda day, lot, at: (STANDING[name](day, LOT_OF_LOANS, lot), 0)


def _take_turns() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [CLOSING])


STEPS: dict[str, LotStep] = {
    "count the night": _night,
    "fall due": _fall_due,
    "reprice": _reprice,
    COLLECT: _order,
    **{name: _standing(name) for name in STANDING},
}
assert list(STEPS)[-1] == LAST_STEP
PASSED_ON: dict[str, DayStep] = {
    "signals": signals.feed,
    "messages": outbox.write,
    "lake": lambda day, at: lake.publish(day),
}
