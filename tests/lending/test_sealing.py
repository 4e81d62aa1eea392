"""Whom a draw pays and for what, and who paid money in: in no table, masked for staff, whole for the firm itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from paper_lines import OPENED, HonestBank, Line, noon, request

from puhui.governance.sight import Sight
from puhui.ids import RequestId
from puhui.lending import browsing, selectors, services
from puhui.lending.correspondence.incoming import Waiting
from puhui.lending.rail import Order, Outcome, Taken
from puhui.refusals import Code, Refused

PERSON, NUMBER, ACCOUNT = "欧阳娜娜", "6222020200111234567", "6217000010001234567"
PHONE = "13812341234"


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
        cursor.execute("select tablename from pg_tables where tablename ~ '^lending|^governance_(audit|proposal)'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"select t::text from {table} t")
            found += [text for (text,) in cursor.fetchall()]
    return "\n".join(found)


def test_what_may_name_a_person_lies_sealed_and_still_works(book: Path, tmp_path: Path) -> None:
    line = Line(account=ACCOUNT)
    line.bank = WatchfulBank()
    line.draw("1000", OPENED, payee=f"{PERSON} {NUMBER}", purpose=f"owed to {PERSON} {PHONE}", again="draw-1")
    services.close_days(date(2026, 4, 20), at=noon(OPENED), rail=line.bank)
    assert (line.bank.payee, line.bank.account) == (f"{PERSON} {NUMBER}", ACCOUNT)
    assert line.act("name_settlement_account", date(2026, 4, 21), NUMBER)
    line.draw("500", date(2026, 4, 22))
    services.close_days(date(2026, 5, 20), at=noon(OPENED), rail=line.bank)
    assert line.bank.account == NUMBER
    file, on = tmp_path / "day.csv", date(2026, 5, 21)
    owed = services.quote(line.facility, on=on, at=noon(on)).total
    file.write_text(
        f"day,amount,payer,reference,line\n{on},20,{PERSON},F{line.facility} {PHONE},L1\n"
        f"{on},{owed / 100:.2f},{PERSON},F{line.facility} {PHONE},L2\n{on},1,{PERSON},{PHONE} {NUMBER},L3\n"
    )
    done = services.import_statement(file, on=on, at=noon(on), by="t")
    assert (done.matched, done.waiting) == (1, 2), "what repays all is matched, though its payer is nobody's code"
    seen, other = selectors.incoming_waiting()
    assert (seen.payer, seen.reference) == ("欧**", f"F{line.facility} 138****1234")
    whole = selectors.incoming_waiting(sight=Sight.CLEAR)[1]
    assert (whole.payer, whole.reference) == (PERSON, f"{PHONE} {NUMBER}")
    back = services.send_back(other.number, why=f"called {PHONE}", on=on, at=noon(on), by="t")
    assert isinstance(back, Waiting) and back.payer == "欧**"
    line.act("freeze", on, why=f"asked by {PHONE}")
    assert services.propose_write_off(line.facility, why=PHONE, by="t", request=request(), at=noon(on))
    kept = _everything()
    assert "repaid" in kept and "collect-" in kept and "called 138" in kept, "the tables were read"
    for written in (PERSON, NUMBER, ACCOUNT, PHONE):
        assert written not in kept and written.encode().hex() not in kept


@pytest.mark.parametrize(
    ("sight", "seen"), [(Sight.CLEAR, f"{PERSON} {NUMBER}"), (Sight.MASKED, "欧** 6222 **** 4567")]
)
def test_a_payee_is_shown_as_far_as_the_reader_may_see(book: Path, sight: Sight, seen: str) -> None:
    line = Line()
    line.draw("1000", OPENED, payee=f"{PERSON} {NUMBER}", purpose=f"stock {PHONE}", again="draw-1")
    what = f"stock {PHONE}" if sight is Sight.CLEAR else "stock 138****1234"
    services.close_days(OPENED, at=noon(OPENED))
    assert browsing.draws(line.facility, sight=sight)[0].payee == seen
    assert browsing.draws(line.facility, sight=sight)[0].purpose == what
    facts = selectors.statement(line.facility, sight=sight)[0].facts
    assert (facts["payee"], facts["purpose"]) == (seen, what)
    days = {"since": OPENED, "until": OPENED, "at": noon(OPENED), "by": "t", "language": "en", "sight": sight}
    statement = services.issue_statement(line.facility, form="json", **days)
    receipt = services.issue_receipt(
        RequestId("draw-1"), form="json", language="en", at=noon(OPENED), by="t", sight=sight
    )
    for said in (seen, what):
        assert said in statement.content.decode() and said in receipt.content.decode()


def test_a_draw_asked_for_again_with_another_payee_is_another_draw(book: Path) -> None:
    line = Line()
    first = line.draw("1000", OPENED, payee=PERSON, again="r")
    assert line.draw("1000", OPENED, payee=PERSON, again="r") == first
    for changed in ({"payee": NUMBER}, {"payee": PERSON, "purpose": "another"}):
        other = line.draw("1000", OPENED, again="r", **changed)
        assert isinstance(other, Refused) and other.code is Code.REQUEST_HAS_OTHER_CONTENT
    assert selectors.disagreements(snapshot_of=None) == []
    services.close_days(OPENED + timedelta(days=1), at=noon(OPENED))
