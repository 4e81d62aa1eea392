"""Whom a draw pays and from which account a firm repays: in no table, masked for staff, whole for the firm itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from paper_lines import OPENED, HonestBank, Line, noon

from puhui.governance.sight import Sight
from puhui.ids import RequestId
from puhui.lending import browsing, selectors, services
from puhui.lending.rail import Order, Outcome, Taken
from puhui.refusals import Code, Refused

PERSON, NUMBER, ACCOUNT = "欧阳娜娜", "6222020200111234567", "6217000010001234567"


class WatchfulBank(HonestBank):
    """Remembers whom it paid and from where it took."""

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        self.payee = payee
        return super().pay(request, payee=payee, fen=fen)

    def collect(self, orders: Sequence[Order]) -> list[Taken]:
        self.account = orders[-1].account
        return super().collect(orders)


def _everything() -> str:
    """Every row of every table of the room, as text."""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where tablename like 'lending%'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"select t::text from {table} t")
            found += [text for (text,) in cursor.fetchall()]
    return "\n".join(found)


def test_a_payee_and_an_account_lie_sealed_and_still_work(book: Path) -> None:
    line = Line(account=ACCOUNT)
    line.bank = WatchfulBank()
    line.draw("1000", OPENED, payee=f"{PERSON} {NUMBER}", again="draw-1")
    services.close_days(date(2026, 4, 20), at=noon(OPENED), rail=line.bank)
    assert (line.bank.payee, line.bank.account) == (f"{PERSON} {NUMBER}", ACCOUNT)
    assert line.act("name_settlement_account", date(2026, 4, 21), NUMBER)
    line.draw("500", date(2026, 4, 22))
    services.close_days(date(2026, 5, 20), at=noon(OPENED), rail=line.bank)
    assert line.bank.account == NUMBER
    kept = _everything()
    assert "stock" in kept and "collect-" in kept, "the tables were read"
    for written in (PERSON, NUMBER, ACCOUNT):
        assert written not in kept and written.encode().hex() not in kept


@pytest.mark.parametrize(
    ("sight", "seen"), [(Sight.CLEAR, f"{PERSON} {NUMBER}"), (Sight.MASKED, "欧** 6222 **** 4567")]
)
def test_a_payee_is_shown_as_far_as_the_reader_may_see(book: Path, sight: Sight, seen: str) -> None:
    line = Line()
    line.draw("1000", OPENED, payee=f"{PERSON} {NUMBER}", again="draw-1")
    services.close_days(OPENED, at=noon(OPENED))
    assert browsing.draws(line.facility, sight=sight)[0].payee == seen
    assert selectors.statement(line.facility, sight=sight)[0].facts["payee"] == seen
    days = {"since": OPENED, "until": OPENED, "at": noon(OPENED), "by": "t", "language": "en", "sight": sight}
    statement = services.issue_statement(line.facility, form="json", **days)
    receipt = services.issue_receipt(
        RequestId("draw-1"), form="json", language="en", at=noon(OPENED), by="t", sight=sight
    )
    assert seen in statement.content.decode() and seen in receipt.content.decode()


def test_a_draw_asked_for_again_with_another_payee_is_another_draw(book: Path) -> None:
    line = Line()
    first = line.draw("1000", OPENED, payee=PERSON, again="r")
    assert line.draw("1000", OPENED, payee=PERSON, again="r") == first
    other = line.draw("1000", OPENED, payee=NUMBER, again="r")
    assert isinstance(other, Refused) and other.code is Code.REQUEST_HAS_OTHER_CONTENT
    assert selectors.disagreements(snapshot_of=None) == []
    services.close_days(OPENED + timedelta(days=1), at=noon(OPENED))
