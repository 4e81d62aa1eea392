"""Statement, ledger and snapshot say the same in three ways: to the fen, on every day of a played month."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_lines import OPENED, HonestBank, Line, noon, request

from puhui import postgres
from puhui.governance.models import AuditRecord
from puhui.ids import RequestId
from puhui.ledger import selectors as ledger
from puhui.ledger.lines import AccountId
from puhui.lending import chart, selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.correspondence import papers, statements
from puhui.lending.facility import Component
from puhui.lending.models import FacilityRow, SnapshotRow
from puhui.lending.rail import Outcome
from puhui.money import yuan
from puhui.refusals import BadInput, Code, Refused

BY = "cli:a clerk"
TWO_MONTHS = date(2026, 6, 1)


def play_month(seed_acts: list[tuple[int, int, int, int]], *, nights: int = 33) -> list[Line]:
    """Two lines that live for a month: acts are (day, line, draw or repay, yuan); every day is closed."""
    lines = [Line("300,000", firm="E1", until=date(2026, 4, 24)), Line("200,000", firm="E2")]
    for day in (OPENED + timedelta(days=n) for n in range(nights)):
        for number, which, kind, amount in seed_acts:
            if OPENED + timedelta(days=number) == day:
                line = lines[which]
                if kind:
                    line.draw(str(amount), day)
                else:
                    owed = services.quote(line.facility, on=day, at=noon(day)).total
                    if owed:
                        line.repay(f"{min(owed, amount * 100 + 7) / 100:.2f}", day)
        services.close_days(day, at=noon(day))
    return lines


ACTS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 1), st.integers(0, 1), st.integers(1, 90_000)), min_size=3, max_size=12
)


@settings(max_examples=2)
@given(acts=ACTS)
def test_snapshot_ledger_and_statement_agree_on_every_day(template_book: str, acts: list[tuple[int, ...]]) -> None:
    before = postgres.url()
    postgres.use(postgres.create(f"month_{request()[:8]}", template=template_book))
    try:
        lines = play_month(acts)
        for day in (OPENED + timedelta(days=n) for n in range(33)):
            _agree(lines, day)
        _halves_add_up(lines)
    finally:
        postgres.use(before)


def _agree(lines: list[Line], day: date) -> None:
    told = [statements.statement(line.facility, since=OPENED, until=day) for line in lines]
    booked = {row.code: row.balance.net_debit for row in ledger.trial_balance(on=day)}
    for each in Component:
        kept = sum(getattr(row, f"{each}_fen") for row in SnapshotRow.objects.filter(on=day))
        assert sum(one.closing[each] for one in told) == kept, (day, each)
        if each in chart.INCOME:
            assert sum(one.charged[each] for one in told) == -booked[chart.INCOME[each]], (day, each)
            assert kept == booked[chart.RECEIVABLE[each]], (day, each)
    for one in told:
        owed = FacilityRow.objects.get(id=one.facility).owed_account
        assert one.closing[Component.PRINCIPAL] == ledger.balance(AccountId(owed), on=day).net_debit
        assert one.lines == () or one.lines[-1].principal_fen == one.closing[Component.PRINCIPAL]


def _halves_add_up(lines: list[Line]) -> None:
    """Two statements, one after the other, say what one over both periods says."""
    for line in lines:
        cut, end = OPENED + timedelta(days=15), OPENED + timedelta(days=32)
        whole = statements.statement(line.facility, since=OPENED, until=end)
        first = statements.statement(line.facility, since=OPENED, until=cut)
        second = statements.statement(line.facility, since=cut + timedelta(days=1), until=end)
        assert first.closing == second.opening
        assert whole.drawn_fen == first.drawn_fen + second.drawn_fen
        assert all(whole.charged[each] == first.charged[each] + second.charged[each] for each in Component)
        assert (*first.lines, *second.lines) == whole.lines


@pytest.fixture(scope="module")
def lived(module_book: Path) -> Line:
    """A line that is drawn for a reason that tries to be a formula, repaid, and late."""
    line = Line("500,000", until=TWO_MONTHS)
    line.draw("120000", OPENED, payee="=HYPERLINK(1)", again="draw-1")
    services.close_days(date(2026, 4, 19), at=noon(OPENED))
    line.repay("389.50", date(2026, 4, 20), again="pay-1")
    services.close_days(date(2026, 5, 5), at=noon(OPENED))
    line.repay("60,000", date(2026, 5, 6), again="pay-2")
    services.close_days(date(2026, 5, 9), at=noon(OPENED))
    line.draw("80,000.01", date(2026, 5, 10), again="draw-2")
    services.close_days(date(2026, 6, 12), at=noon(OPENED))
    return line


def _text(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_every_form_of_a_statement_says_the_same(lived: Line) -> None:
    told = statements.statement(lived.facility, since=OPENED, until=date(2026, 6, 12))
    issued = {
        (form, language): services.issue_statement(
            lived.facility, since=told.since, until=told.until, form=form, language=language, at=noon(OPENED), by=BY
        )
        for form, language in (("pdf", "en"), ("pdf", "zh-hans"), ("csv", "en"), ("csv", "zh-hans"), ("json", "en"))
    }
    owed = f"{sum(told.closing.values()) / 100:,.2f}"
    assert told.closing[Component.PENALTY] > 0 and told.closing[Component.COMPOUND] > 0
    for language, words in (("en", "Carried forward"), ("zh-hans", "期末余额")):
        said = _text(issued["pdf", language].content)
        assert all(each in said for each in (owed, words, "80,000.01", "60,000.00", told.number)), said
    rows = list(csv.DictReader(io.StringIO(issued["csv", "en"].content.decode("utf-8-sig"))))
    assert [rows[0]["act"], rows[-1]["act"]] == ["opening", "closing"]
    told_in_chinese = list(csv.reader(io.StringIO(issued["csv", "zh-hans"].content.decode("utf-8-sig"))))
    assert told_in_chinese[0][:4] == ["日期", "事项", "流水号", "支出（元）"] and told_in_chinese[-1][1] == "期末余额"
    assert [each[2:] for each in told_in_chinese[1:]] == [list(row.values())[2:] for row in rows]
    moved = sum(yuan(row["out"]).fen - yuan(row["of_principal"]).fen for row in rows[1:-1])
    assert moved == yuan(rows[-1]["principal_owed"]).fen == told.closing[Component.PRINCIPAL]
    machine = json.loads(issued["json", "en"].content)
    assert machine["closing_fen"] == {str(each): fen for each, fen in told.closing.items()}
    assert len(machine["lines"]) == len(rows) - 2 == len(told.lines)


def test_a_repayment_and_a_draw_have_their_papers(lived: Line) -> None:
    paid = services.issue_receipt(RequestId("pay-2"), form="pdf", language="en", at=noon(OPENED), by=BY)
    assert "60,000.00" in _text(paid.content) and "Receipt of a repayment" in _text(paid.content)
    drawn = services.issue_receipt(RequestId("draw-2"), form="pdf", language="zh-hans", at=noon(OPENED), by=BY)
    assert all(each in _text(drawn.content) for each in ("提款确认书", "80,000.01", "6.1500", "stock"))
    machine = json.loads(
        services.issue_receipt(RequestId("pay-1"), form="json", language="en", at=noon(OPENED), by=BY).content
    )
    assert machine["parts_fen"] == {"interest": 389_50}
    record = AuditRecord.objects.order_by("-number").values_list("act", "body").first()
    assert record[0] == "paper issued" and "receipt-pay-1.json" in record[1]


def test_what_cannot_be_told_is_refused_with_what_to_do(lived: Line) -> None:
    ask = lambda **changed: services.issue_statement(  # noqa: E731
        **{"facility": lived.facility, "since": OPENED, "until": OPENED, "form": "pdf", "language": "en"} | changed,
        at=noon(OPENED),
        by=BY,
    )
    for changed, words in (
        ({"until": date(2026, 6, 13)}, "not closed yet"),
        ({"since": date(2026, 4, 2)}, "no period"),
        ({"facility": 99}, "no facility 99"),
        ({"form": "xls"}, "cannot be given out"),
        ({"language": "fr"}, "written in 'fr'"),
    ):
        with pytest.raises(BadInput, match=words):
            ask(**changed)
    with pytest.raises(BadInput, match="nothing was paid"):
        selectors.receipt(RequestId("nobody's"))


def test_a_cell_that_a_spreadsheet_would_run_is_text(lived: Line) -> None:
    assert lived.repay("1", date(2026, 6, 13), again="=1+1") is not None
    services.close_days(date(2026, 6, 13), at=noon(OPENED))
    told = statements.statement(lived.facility, since=date(2026, 6, 13), until=date(2026, 6, 13))
    assert "'=1+1" in papers.statement_csv(told, "en")


def test_a_draw_that_the_bank_has_not_paid_is_not_confirmed(lived: Line) -> None:
    answer = lived.draw("9,999,999", date(2026, 6, 14), again="too-much")
    assert isinstance(answer, Refused)
    with pytest.raises(BadInput, match="nothing was paid"):
        selectors.receipt(RequestId("too-much"))
    assert isinstance(lived.repay("2", date(2026, 6, 14)), Acted)


@pytest.mark.parametrize(
    ("says", "code"), [(Outcome.UNKNOWN, Code.PAYMENT_UNDER_WAY), (Outcome.REJECTED, Code.NOT_PAID_OUT)]
)
def test_a_draw_that_is_under_way_or_was_not_paid_has_no_paper_and_says_why(
    book: Path, says: Outcome, code: Code
) -> None:
    class Silent(HonestBank):
        def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
            return says

    line = Line()
    line.draw("1000", OPENED, rail=Silent(), again="lost")
    asked = {"form": "pdf", "language": "en", "at": noon(OPENED), "by": BY}
    for answer in (selectors.receipt(RequestId("lost")), services.issue_receipt(RequestId("lost"), **asked)):
        assert isinstance(answer, Refused) and answer.code is code and answer.details == {"request": "lost"}
