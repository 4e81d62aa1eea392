"""Seeded random years beside a shadow that shares no code with lending: to the fen on every day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from years import Bank, Years, done

from puhui.lending import selectors

NewBook = Callable[[Path], AbstractContextManager[Path]]


# Around Chinese New Year, a leap day, and the long holiday of October; `puhui bench simulation` lives years on end.
@pytest.mark.parametrize(("seed", "since"), [(1, date(2020, 1, 8)), (2, date(2024, 1, 31)), (5, date(2025, 9, 5))])
def test_random_months_of_several_lines_agree_with_a_shadow_every_day(book: Path, seed: int, since: date) -> None:
    Years(seed, since=since, lines=4).live(36)


def _stands() -> dict[str, list[tuple[object, ...]]]:
    """What stands in the book: every balance of the ledger, every loan, everything that fell due, every snapshot."""
    asked = {
        "ledger": "select code, general, debits_posted, credits_posted, debits_pending, credits_pending"
        " from ledger_balance order by 1, 2, 3, 4, 5, 6",
        "loans": "select id, principal_fen, interest, penalty, compound, status, accrued_to, matures_on, way,"
        " days_past_due, tier from lending_loan order by 1",
        "dues": "select loan_id, due_on, kind, amount_fen, paid_fen from lending_due order by 1, 2, 3",
        "snapshots": 'select "on", loan, principal_fen, interest_fen, penalty_fen, tier'
        " from lending_snapshot order by 1, 2",
    }
    found = {}
    with connection.cursor() as cursor:
        for what, statement in asked.items():
            cursor.execute(statement)
            found[what] = cursor.fetchall()
    return found


def test_the_same_acts_in_order_give_the_same_ledger(new_book: NewBook, tmp_path: Path) -> None:
    with new_book(tmp_path / "lived"):
        years = Years(8, since=date(2024, 1, 25), lines=4)
        years.live(24)
        lived = _stands()
    assert all(lived.values()) and len(years.script) > 40
    with new_book(tmp_path / "again"):
        bank = Bank()
        for act, said, says in years.script:
            bank.says = says
            done(act, said | ({"rail": bank} if "rail" in said else {}))
        assert _stands() == lived
        assert selectors.disagreements(snapshot_of=years.day) == []
