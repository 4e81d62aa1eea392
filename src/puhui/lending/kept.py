"""Sums over whole tables that are worked out by a job and kept: the book, the trial balance, what stands against whom.

Promises that whoever reads them is told when they were worked out, and that in a book for which none are kept yet they
are worked out at once. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from puhui.exposure.caps import Scope
from puhui.exposure.view import AtRisk, at_risk
from puhui.ledger import selectors as ledger
from puhui.ledger.accounts import Balance, TrialRow
from puhui.lending import browsing, selectors
from puhui.lending.models import KeptSumsRow
from puhui.money import Money

Row = TypeVar("Row")
TRIAL, BOOK, MOST = "trial balance", "book at the close", 500  # subjects of a scope
SUMS = ("limits", "owed", "late", "doubtful")
AMOUNTS = ("approved", "committed", "drawn", "pending", "mortgaged", "guaranteed", "expected")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Row]):
    """The rows of a sum and the moment as of which they hold; None: they were worked out for whoever asks."""

    rows: Sequence[Row]
    made_at: datetime | None


def keep_sums(*, on: date, at: datetime) -> None:
    """Work all of them out and keep them in place of those kept before."""
    bodies: dict[str, list[Any]] = {TRIAL: [_of_trial(row) for row in ledger.trial_balance()]}
    for scope in Scope:
        bodies[_name(scope)] = [_of_risk(one) for one in at_risk(scope, on=on, most=MOST)]
    if (closed := selectors.last_closed()) is not None:
        book = browsing.book_at(closed)
        bodies[BOOK] = [closed.isoformat(), book.facilities, book.firms, *(getattr(book, name).fen for name in SUMS)]
    for name, body in bodies.items():
        KeptSumsRow.objects.update_or_create(name=name, defaults={"body": body, "made_at": at})


def trial_balance(*, now: bool = False) -> Kept[TrialRow]:
    """Every account, summed by currency and code; `now` asks for them as they stand at this moment."""
    row = None if now else KeptSumsRow.objects.filter(name=TRIAL).first()
    if row is None:
        return Kept(ledger.trial_balance(), None)
    return Kept([TrialRow(one[0], one[1], one[2], Balance(*one[3:])) for one in row.body], row.made_at)


def book_at(day: date) -> browsing.Book:
    """The whole book at the close of a day: as it was kept, or worked out where another day's is."""
    row = KeptSumsRow.objects.filter(name=BOOK).first()
    if row is None or row.body[0] != day.isoformat():
        return browsing.book_at(day)
    facilities, firms, *sums = row.body[1:]
    return browsing.Book(facilities, firms, *map(Money, sums))


def largest(scope: Scope, *, on: date, now: bool = False) -> Kept[AtRisk]:
    """The subjects of a scope with most committed; `now` asks for them as they stand at this moment."""
    row = None if now else KeptSumsRow.objects.filter(name=_name(scope)).first()
    if row is None:
        return Kept(at_risk(scope, on=on, most=MOST), None)
    found = [AtRisk(scope, one[0], one[1], one[2], *(Money(fen) for fen in one[3:])) for one in row.body]
    return Kept(found, row.made_at)


def _name(scope: Scope) -> str:
    return f"at risk by {scope}"


def _of_trial(row: TrialRow) -> list[Any]:
    held = row.balance
    amounts = (held.debits_pending, held.debits_posted, held.credits_pending, held.credits_posted)
    return [row.currency, row.code, row.accounts, *map(int, amounts)]


def _of_risk(one: AtRisk) -> list[Any]:
    return [one.subject, one.firms, one.lines, *(getattr(one, name).fen for name in AMOUNTS)]
