"""A draw is paid at most once, whatever the bank answers, and 64 at once never exceed the line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from paper_books import at_once
from paper_lines import OPENED, HonestBank, Line, noon

from puhui.ids import RequestId
from puhui.ledger import selectors as ledger
from puhui.lending import selectors, services
from puhui.lending.acts import past
from puhui.lending.acts.acting import Acted
from puhui.lending.engine.terms import Amortization
from puhui.lending.models import FacilityRow, LoanRow
from puhui.lending.rail import HttpRail, Outcome
from puhui.refusals import Refused
from puhui.simulator.bank import Bank, open_bank


@pytest.fixture
def bank() -> Iterator[Bank]:
    with open_bank() as opened:
        yield opened


def _rail(bank: Bank) -> HttpRail:
    return HttpRail("127.0.0.1", bank.server_address[1], timeout_seconds=1)


@pytest.mark.parametrize(
    ("payee", "first", "later"),
    [
        ("a supplier", "active", "active"),
        ("blocked by the bank", "failed", "failed"),
        ("late, then lost", "pending", "active"),
        ("silent after paying", "pending", "active"),
        ("nonsense", "pending", "active"),
        ("twice", "active", "active"),
        ("deaf", "pending", "pending"),
    ],
)
def test_whatever_the_bank_answers_it_pays_once_or_never(
    book: Path, bank: Bank, payee: str, first: str, later: str
) -> None:
    line, rail = Line(), _rail(bank)
    answer = line.draw("1000", OPENED, payee=payee, rail=rail, again="r")
    assert isinstance(answer, Acted) and answer.facts["status"] == first
    held = selectors.standing(line.facility)
    assert held.available_fen == (500_000_00 if first == "failed" else 499_000_00), "what is under way is held back"

    for _ in range(2):
        again = line.draw("1000", OPENED, payee=payee, rail=rail, again="r")
        assert isinstance(again, Acted) and again.facts["status"] == later
    assert bank.asked.get("r", 0) <= 1, "asking again enquires, and never pays"
    assert bank.paid_fen == (1_000_00 if later == "active" else 0)
    assert selectors.standing(line.facility).owed["principal"] == bank.paid_fen
    assert selectors.disagreements() == []


def test_a_draw_that_the_bank_has_never_seen_is_set_free_after_its_time(book: Path, bank: Bank) -> None:
    line, rail = Line(), _rail(bank)
    line.draw("1000", OPENED, payee="deaf", rail=rail)
    soon, late = (services.resolve_draws(rail, at=noon(OPENED) + timedelta(minutes=m)) for m in (59, 60))
    assert soon["never_seen"] == late["never_seen"] == 1
    assert selectors.pending_draws() == []
    assert selectors.standing(line.facility).available_fen == 500_000_00
    assert selectors.disagreements() == []


def test_a_draw_that_is_cleared_days_later_bears_interest_from_its_day(book: Path, bank: Bank) -> None:
    line, rail = Line(), _rail(bank)
    line.draw("360000", OPENED, payee="silent", rail=rail)
    services.close_days(date(2026, 4, 22), at=noon(OPENED))
    assert services.resolve_draws(rail, at=noon(date(2026, 4, 23)))["paid"] == 1
    assert selectors.disagreements() == []
    services.close_days(date(2026, 4, 23), at=noon(OPENED))
    # 23 nights at 61.50; of these, 1,168.50 fell due on the 20th, and four nights of it cost 9.225 % a year.
    assert line.owed(date(2026, 4, 24)) == {
        "compound": "1.20",
        "interest": "1,414.50",
        "principal": "360,000.00",
    }
    assert selectors.disagreements(snapshot_of=date(2026, 4, 23)) == []


def test_a_draw_that_is_cleared_after_a_restructuring_is_watched_like_the_loans_beside_it(
    book: Path, bank: Bank
) -> None:
    line, rail = Line(), _rail(bank)
    line.draw("1000", OPENED)
    line.draw("9000", OPENED, payee="silent", rail=rail)
    services.close_days(date(2026, 4, 8), at=noon(OPENED))
    day = date(2026, 4, 9)
    answer = line.act("restructure", day, date(2027, 8, 20), way=Amortization.BULLET, why="orders fell away")
    assert isinstance(answer, Acted), answer
    services.close_days(day, at=noon(day))
    assert services.resolve_draws(rail, at=noon(date(2026, 4, 10)))["paid"] == 1
    services.close_days(date(2026, 4, 10), at=noon(OPENED))
    watched = date.fromisoformat(answer.facts["watch_until"])
    assert set(LoanRow.objects.values_list("watch_until", "tier")) == {(watched, 2)}
    assert selectors.disagreements(snapshot_of=date(2026, 4, 10)) == []


@pytest.mark.parametrize("change", ["extend", "change_rate", "repay"])
def test_what_is_done_while_the_bank_pays_holds_for_the_draw_too(book: Path, change: str) -> None:
    """Another act comes between a draw's reservation and its settlement: the acts played anew give what stands."""

    class Slow(HonestBank):
        def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
            if change == "extend":
                assert isinstance(line.act("extend", OPENED, date(2026, 12, 20)), Acted)
            elif change == "change_rate":
                assert isinstance(line.act("change_rate", date(2026, 4, 5), Decimal("0.08")), Acted)
            else:
                assert isinstance(line.repay("500", OPENED), Acted)
            return super().pay(request, payee=payee, fen=fen)

    line = Line(until=date(2026, 8, 20))
    line.draw("1000", OPENED)
    answer = line.draw("9000", OPENED, rail=Slow(), way="equal_instalments")
    assert isinstance(answer, Acted) and answer.facts["status"] == "active"
    row = FacilityRow.objects.get(pk=line.facility)
    assert set(LoanRow.objects.values_list("matures_on", flat=True)) == {row.matures_on}
    end = date(2026, 4, 21)
    services.close_days(end, at=noon(end))
    life = past.play(row, past.acts_of(line.facility), until=end)
    assert isinstance(life, past.Life) and past.stands(life)
    assert selectors.disagreements(snapshot_of=end) == []


def test_64_draws_at_once_never_exceed_the_line_and_the_bank_pays_what_is_owed(book: Path, bank: Bank) -> None:
    line, rail = Line("5,000"), _rail(bank)
    found = at_once(64, lambda n: line.draw(f"{100 + n}", OPENED, rail=rail, again=f"r{n % 60}"))
    drawn = {each.facts["loan"]: each.facts["fen"] for each in found if isinstance(each, Acted)}
    refused = [each for each in found if isinstance(each, Refused)]
    codes = {each.code.value for each in refused}
    assert codes <= {"ABOVE_AVAILABLE", "REQUEST_HAS_OTHER_CONTENT"} and "ABOVE_AVAILABLE" in codes
    services.resolve_draws(rail, at=noon(OPENED))
    seen = selectors.standing(line.facility)
    assert sum(drawn.values()) == seen.owed["principal"] == bank.paid_fen == 5_000_00 - seen.available_fen
    assert max(bank.asked.values()) == 1
    assert ledger.check().holds and selectors.disagreements() == []
    assert isinstance(line.repay("1", OPENED, again=RequestId("r0")), Refused), "a request id stands for one act"
