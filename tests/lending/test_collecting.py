"""What is due is taken from the settlement account once, whatever the bank answers, and booked on its day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from paper_lines import OPENED, HonestBank, Line, noon

from puhui.lending import selectors, services
from puhui.lending.close import collecting
from puhui.lending.models import CollectionRow, LoanRow
from puhui.lending.rail import HttpRail, Order, Outcome, Taken
from puhui.simulator.bank import open_bank

DUE = date(2026, 4, 20)
INTEREST = 324_58


@pytest.mark.parametrize(
    ("account", "taken", "status", "later"),
    [
        ("an account", INTEREST, "taken", INTEREST),
        ("twice", INTEREST, "taken", INTEREST),
        ("late", INTEREST, "taken", INTEREST),
        ("silent", INTEREST, "taken", INTEREST),
        ("nonsense", INTEREST, "taken", INTEREST),
        ("half", INTEREST // 2, "taken", None),
        ("empty", 0, "failed", 0),
        ("deaf", 0, "sent", 0),
    ],
)
def test_what_is_due_is_taken_once(book: Path, account: str, taken: int, status: str, later: int | None) -> None:
    line = Line(account=account)
    line.draw("100000", OPENED)
    services.close_days(DUE - timedelta(days=1), at=noon(OPENED))
    with open_bank() as bank:
        rail = HttpRail("127.0.0.1", bank.server_address[1], timeout_seconds=1)
        services.close_days(DUE, at=noon(DUE), rail=rail)
        assert (bank.taken_fen, CollectionRow.objects.get().status) == (taken, status)
        assert selectors.disagreements(snapshot_of=DUE) == []
        services.close_days(DUE + timedelta(days=1), at=noon(DUE + timedelta(days=1)), rail=rail)
        if later is not None:
            assert bank.taken_fen == later
        assert max(bank.asked.values(), default=0) <= 1, "an order is given once"
    assert selectors.disagreements() == []
    assert LoanRow.objects.get().days_past_due == (0 if taken == INTEREST else 1)


class DeadBank(HonestBank):
    """It answers nothing, and counts how often it was asked."""

    asked = 0

    def collect(self, orders: list[Order]) -> list[Taken]:
        self.asked += 1
        return [Taken(Outcome.UNKNOWN)] * len(orders)

    enquire_collections = collect


def test_a_bank_that_answers_nothing_is_left_alone_until_the_next_close(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "AT_ONCE", 2)
    lines = [Line(account="an account", firm=f"E{number}") for number in range(10)]
    for line in lines:
        line.draw("100000", OPENED)
    dead, bank, day_after = DeadBank(), HonestBank(), DUE + timedelta(days=1)
    services.close_days(DUE, at=noon(DUE), rail=dead)
    assert dead.asked == 2 * collecting.GIVES_UP, "each lot once, and once after what became of it"
    states = list(CollectionRow.objects.order_by("id").values_list("status", flat=True))
    assert states == ["sent"] * 6 + ["ordered"] * 4
    services.close_days(day_after, at=noon(day_after + timedelta(days=1)), rail=bank)
    assert set(bank.taken) == {f"collect-{line.facility}-{DUE}" for line in lines[6:]}, "what was not given is"
    states = list(CollectionRow.objects.order_by("id").values_list("status", flat=True))
    assert states == ["failed"] * 6 + ["taken"] * 4, "the bank has never seen the others, and may take none so late"
    assert set(LoanRow.objects.filter(id__gt=6).values_list("days_past_due", flat=True)) == {0}
    assert selectors.disagreements() == []
