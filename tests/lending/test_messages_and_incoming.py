"""Messages are written once and delivered once; credits of a bank statement pay once, and what fits nowhere waits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from paper_lines import OPENED, Line, noon

from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId
from puhui.lending import selectors, services
from puhui.lending.close import closing
from puhui.lending.correspondence.incoming import Waiting
from puhui.lending.correspondence.outbox import HttpMessenger
from puhui.lending.facility import Component
from puhui.lending.models import LoanRow, MessageRow
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.simulator.messages import open_message_service

BY = "cli:a clerk"
DAY = date(2026, 4, 10)
ENTRY = """<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><BookgDt><Dt>2026-04-10</Dt></BookgDt>
<AcctSvcrRef>{line}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>{payer}</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def _camt(folder: Path, *entries: tuple[str, str, str, str, str], name: str = "day.xml") -> Path:
    keys = ("amount", "sign", "line", "payer", "words")
    body = "".join(ENTRY.format(**dict(zip(keys, entry, strict=True))) for entry in entries)
    space = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    file = folder / name
    file.write_text(f'<Document xmlns="{space}"><BkToCstmrStmt><Stmt>{body}</Stmt></BkToCstmrStmt></Document>')
    return file


def _import(file: Path) -> tuple[int, int, int, int]:
    done = services.import_statement(file, on=DAY, at=noon(DAY), by=BY)
    return done.credits, done.matched, done.waiting, done.repeated


def test_reminders_and_notices_are_written_once_and_delivered_once(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(closing.PASSED_ON, "lake")  # thirty commits that other tests look at
    for firm in ("E1", "silent firm", "deaf firm"):
        line = Line(firm=firm, until=date(2026, 4, 25))
        line.draw("100000", OPENED)
    line.act("charge_fee", date(2026, 4, 21), LoanRow.objects.latest("id").pk, Money(1_00), why="a letter")
    services.close_days(date(2026, 5, 3), at=noon(DAY), pass_on=True)
    written = MessageRow.objects.count()
    assert services.close_days(date(2026, 5, 3), at=noon(DAY), pass_on=True) == []
    on = {(row.kind, row.on.isoformat()) for row in MessageRow.objects.filter(enterprise="E1")}
    assert on == {
        ("due", "2026-04-17"),
        ("due", "2026-04-24"),  # the 25th is a Saturday, and Monday the 27th asks for it
        ("late", "2026-04-21"),
        ("late", "2026-04-27"),
    }
    matures = MessageRow.objects.get(enterprise="E1", on=date(2026, 4, 24))
    assert "2026-04-27" in matures.en and "E1" not in matures.en
    assert "Principal of 100,000.00 yuan" in matures.en and "本金 100,000.00 元" in matures.zh
    late = MessageRow.objects.filter(on=date(2026, 4, 27), kind="late").order_by("id").values_list("en", flat=True)
    first, _, third = (Decimal(text.split(": ")[1].split()[0].replace(",", "")) for text in late)
    assert third - first == 1, "a fee is in the sum"
    with open_message_service() as service:
        messenger = HttpMessenger("127.0.0.1", service.server_address[1], timeout_seconds=2)
        assert services.deliver_messages(messenger, at=noon(DAY)) == (written // 3, written * 2 // 3)
        assert services.deliver_messages(messenger, at=noon(DAY)) == (written // 3, written // 3)
        assert services.deliver_messages(messenger, at=noon(DAY)) == (0, written // 3), "the deaf hear nothing"
        assert len(service.delivered) == len({each["id"] for each in service.delivered}) == written * 2 // 3
    waiting = selectors.messages(waiting=True)
    assert len(waiting) == written // 3 and {each.facility for each in waiting} == {line.facility}
    assert selectors.messages(firm=EnterpriseId("E1"), most=1)[0].taken_at == noon(DAY)


def test_a_slow_service_is_handed_many_messages_side_by_side(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(closing.PASSED_ON, "lake")
    for number in range(4):
        Line(firm=f"slow firm {number}", opens=DAY).draw("1000", DAY)
    services.close_days(date(2026, 4, 17), at=noon(DAY), pass_on=True)
    with open_message_service() as service:
        messenger = HttpMessenger("127.0.0.1", service.server_address[1], timeout_seconds=9)
        assert services.deliver_messages(messenger, at=noon(DAY)) == (4, 0)
    assert {each["to"] for each in service.delivered} == {f"slow firm {number}" for number in range(4)}


def test_a_statement_pays_what_it_names_once_and_the_rest_waits(book: Path, tmp_path: Path) -> None:
    line, other = Line(firm="E1"), Line(firm="E2")
    for each in (line, other):
        each.draw("1000", OPENED)
    file = _camt(
        tmp_path,
        ("100.50", "CRDT", "L1", "E1", f"repayment F{line.facility}"),
        ("200", "CRDT", "L2", "E2", "thank you"),
        ("9", "CRDT", "L3", "nobody", "for what?"),
        ("5000", "CRDT", "L4", "E1", f"F{line.facility}: more than is owed"),
        ("7", "DBIT", "L5", "E1", f"F{line.facility}"),
    )
    assert _import(file) == (4, 2, 2, 0)
    assert _import(file) == (4, 0, 0, 4), "twice is once"
    paid = [selectors.standing(each.facility).owed for each in (line, other)]
    assert [owed[Component.PRINCIPAL] + owed[Component.INTEREST] for owed in paid] == [901_04, 801_54]
    same = tmp_path / "same.csv"
    same.write_text(
        f"day,amount,payer,reference,line\n2026-04-10,100.50,E1,F{line.facility},L1\n2026-04-10,-3,E1,,L9\n"
    )
    assert _import(same) == (1, 0, 0, 1), "the same line in another form is the same line"
    assert selectors.disagreements() == []


def test_a_person_assigns_or_returns_what_waits(book: Path, tmp_path: Path) -> None:
    line = Line(firm="E1")
    line.draw("1000", OPENED)
    entries = [("10", "CRDT", f"L{n}", "a cousin", "for the firm") for n in range(3)]
    assert _import(_camt(tmp_path, *entries)) == (3, 0, 3, 0)
    first, second, third = (each.number for each in selectors.incoming_waiting())
    done = services.assign(first, line.facility, on=DAY, at=noon(DAY), by=BY)
    assert isinstance(done, Waiting) and done.status == "assigned"
    back = services.send_back(second, why="not a customer", on=DAY, at=noon(DAY), by=BY)
    assert isinstance(back, Waiting) and back.status == "returned"
    for again in (first, second):
        refused = services.assign(again, line.facility, on=DAY, at=noon(DAY), by=BY)
        assert isinstance(refused, Refused) and refused.code is Code.ALREADY_SETTLED
    nowhere = services.assign(third, type(line.facility)(99), on=DAY, at=noon(DAY), by=BY)
    assert isinstance(nowhere, Refused) and nowhere.code is Code.FACILITY_UNKNOWN
    assert [each.number for each in selectors.incoming_waiting()] == [third]
    with pytest.raises(BadInput, match="no credit"):
        services.send_back(999, why="?", on=DAY, at=noon(DAY), by=BY)
    with pytest.raises(BadInput, match="without a reason"):
        services.send_back(third, why=" ", on=DAY, at=noon(DAY), by=BY)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.xml", "<Document/>", "no CAMT.053"),
        ("a.xml", "<Document", "no bank statement"),
        ("a.xml", '<!DOCTYPE d [<!ENTITY e "x">]><Document>&e;</Document>', "no bank statement"),
        ("a.csv", "day,amount\n", "no column line, payer, reference"),
        ("a.csv", "day,amount,payer,reference,line\n2026-04-10,1.234,E1,,L1\n", "line 2"),
        ("a.csv", "day,amount,payer,reference,line\n2026-04-10,1,E1,,\n", "no number"),
        ("a.csv", "\ud800", "no bank statement"),
        ("none.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_imports_nothing(
    book: Path, tmp_path: Path, name: str, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadInput, match=words):
        _import(tmp_path / name)
    assert selectors.incoming_waiting() == []


def test_money_that_is_learned_of_late_pays_as_of_its_day(book: Path, tmp_path: Path) -> None:
    known, late = Line(firm="E1"), Line(firm="E2")
    for each in (known, late):
        each.draw("100000", OPENED)
    services.close_days(DAY - timedelta(days=1), at=noon(DAY))
    known.repay("40000", DAY)
    services.close_days(DAY + timedelta(days=2), at=noon(DAY))
    assert _import(_camt(tmp_path, ("40000", "CRDT", "L1", "E2", f"F{late.facility}"))) == (1, 1, 0, 0)
    on = DAY + timedelta(days=3)
    assert late.owed(on) == known.owed(on), "three days later, the books say what they would have said in time"
    assert selectors.disagreements() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_statement_is_read_as_the_banks_of_the_country_write_it(book: Path, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("day,amount,payer,reference,line\n2026-04-10,88.00,某某供应链,还款,L1\n", encoding=encoding)
    assert _import(file) == (1, 0, 1, 0)
    (credit,) = selectors.incoming_waiting(sight=Sight.CLEAR)
    assert (credit.payer, credit.reference) == ("某某供应链", "还款")
