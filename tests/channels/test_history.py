"""Corrections, repeats and mending: what was known when, and what changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from paper_invoices import GOOD, Writer, invoice

from puhui.channels import lake, planning, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.deliveries import Delivery
from puhui.governance import selectors as permissions
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Code, Refused

E1, E2 = EnterpriseId("E1"), EnterpriseId("E2")
pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture(autouse=True)
def consent(book: Path) -> Iterator[None]:
    governance.grant(
        [E1],
        channels=["vat_invoices"],
        purposes=[Purpose.CREDIT_DECISION],
        basis=Basis.CONSENT,
        evidence="a signed form",
        valid_from=date(2019, 1, 1),
        request=RequestId("consent"),
        by="a test",
    )
    yield


def deliver(path: Path, on: str, **more: Any) -> Delivery:
    return services.deliver("vat_invoices", path, on=date.fromisoformat(on), by="a test", **more)


def read(as_of: str, *columns: str, firms: tuple[EnterpriseId, ...] = (E1,), **more: Any) -> list[tuple[Any, ...]]:
    table = selectors.rows(
        "vat_invoices",
        firms,
        purpose=Purpose.CREDIT_DECISION,
        as_of=date.fromisoformat(as_of),
        columns=["invoice_number", *columns],
        **more,
    )
    assert not isinstance(table, Refused), table
    return sorted(tuple(row.values()) for row in table.to_pyarrow().to_pylist())


def test_a_correction_supersedes_from_its_day_on_and_not_before(paper: Writer) -> None:
    deliver(paper("a.csv", [invoice(), invoice(invoice_number="1002")]), "2019-08-01")
    voided = deliver(paper("b.csv", [invoice(status="作废发票")]), "2019-09-01")
    again = deliver(paper("c.csv", [invoice(status="valid", amount="200", total="213")]), "2019-09-01", source="upload")
    assert (voided.accepted, voided.corrections, again.corrections) == (1, 1, 1)

    assert read("2019-07-31", "status") == []
    assert read("2019-08-31", "status", "revision") == [("1001", "valid", 0), ("1002", "valid", 0)]
    assert read("2019-09-01", "status", "total_fen", "revision") == [
        ("1001", "valid", 21300, 2),
        ("1002", "valid", 11300, 0),
    ]
    assert read("2019-08-31", "total_fen")[0] == ("1001", 11300)


def test_a_correction_back_to_the_old_words_is_a_correction_too(paper: Writer) -> None:
    deliver(paper("a.csv", [invoice()]), "2019-08-01")
    deliver(paper("b.csv", [invoice(status="void")]), "2019-08-02")
    back = deliver(paper("c.csv", [invoice(), invoice(invoice_number="7")]), "2019-08-03")
    assert back.corrections == 1
    assert [read(f"2019-08-0{day}", "status")[0] for day in (1, 2, 3)] == [
        ("1001", "valid"),
        ("1001", "void"),
        ("1001", "valid"),
    ]


def test_an_archive_is_known_on_its_days_but_its_corrections_only_when_delivered(paper: Writer) -> None:
    deliver(paper("a.csv", [invoice(), invoice(invoice_number="2", date="2019-08-20")]), "2020-01-01", history=True)
    deliver(paper("b.csv", [invoice(status="void")]), "2020-02-01", history=True)
    assert read("2019-07-17") == []
    assert read("2019-07-18", "status") == [("1001", "valid")]
    assert read("2020-01-31", "status") == [("1001", "valid"), ("2", "valid")]
    assert read("2020-02-01", "status") == [("1001", "void"), ("2", "valid")]
    table = selectors.rows("vat_invoices", [E1], purpose=Purpose.CREDIT_DECISION, as_of=date(2019, 7, 18))
    assert not isinstance(table, Refused)
    assert table.learned_at.to_pyarrow().to_pylist() == [datetime(2019, 7, 18, 15, 59, 59, 999999, UTC)]


def test_what_is_learned_later_than_its_day_is_not_known_before(paper: Writer) -> None:
    deliver(paper("a.csv", [invoice()]), "2019-08-01", learned_at=datetime(2019, 8, 1, 9, 0, tzinfo=UTC))
    assert read("2019-07-31") == []
    assert read("2019-08-01") == [("1001",)]


def test_the_same_file_again_changes_nothing(paper: Writer) -> None:
    path = paper("a.csv", [invoice(), invoice(), invoice(date="?")])
    first = deliver(path, "2019-08-01", request=RequestId("r1"))
    assert (first.accepted, first.duplicates, first.quarantined, first.repeated) == (1, 1, 1, False)
    records = len(permissions.latest())
    again = deliver(paper("renamed.csv", [invoice(), invoice(), invoice(date="?")]), "2019-09-01")
    assert again.repeated
    assert {**again.as_dict(), "repeated": False} == first.as_dict()
    assert deliver(paper("other.csv", [invoice(invoice_number="9")]), "2019-08-02", request=RequestId("r1")).repeated
    assert len(permissions.latest()) == records
    assert selectors.deliveries("vat_invoices") == [first]


def test_the_same_rows_in_another_file_are_duplicates_and_of_another_source_are_not(paper: Writer) -> None:
    deliver(paper("a.csv", [invoice()]), "2019-08-01")
    again = deliver(paper("a.xlsx", [invoice()]), "2019-08-02")
    assert (again.accepted, again.duplicates, again.repeated) == (0, 1, False)
    other = deliver(paper("a.csv", [invoice()]), "2019-08-02", source="tax office")
    assert other.accepted == 1


def test_lines_of_one_file_that_disagree_are_not_guessed_about(paper: Writer) -> None:
    answer = deliver(
        paper("a.csv", [invoice(), invoice(status="void"), invoice(), invoice(status="void")]), "2019-08-01"
    )
    assert (answer.accepted, answer.duplicates, answer.reasons) == (1, 1, {"CONFLICTS_WITH_LINE": 2})
    rows = selectors.quarantine(answer.delivery, sight=Sight.CLEAR)
    assert [(row.line, row.reasons[0][0]) for row in rows] == [
        (3, "CONFLICTS_WITH_LINE 2"),
        (5, "CONFLICTS_WITH_LINE 2"),
    ]
    assert "(2)" in rows[0].reasons[0][1].en


def test_a_mended_row_goes_through_the_same_contract(paper: Writer) -> None:
    answer = deliver(paper("a.csv", [invoice(), invoice(invoice_number="2", date="2019/18/7")]), "2019-08-01")
    (row,) = selectors.quarantine(answer.delivery, sight=Sight.CLEAR)

    still = services.mend(row.id, {"开票日期": "2019/17/7"}, by="a clerk", on=date(2019, 8, 2))
    assert isinstance(still, Refused)
    assert still.code == Code.STILL_BROKEN
    assert still.details["reasons"] == "HAPPENED_ON_UNREADABLE"
    with pytest.raises(BadInput, match="no column 'weather'"):
        services.mend(row.id, {"weather": "fair"}, by="a clerk", on=date(2019, 8, 2))

    mended = services.mend(row.id, {"happened_on": "2019-07-18"}, by="a clerk", on=date(2019, 8, 2))
    assert isinstance(mended, Delivery)
    assert (mended.rows_in, mended.accepted) == (1, 1)
    assert read("2019-08-01") == [("1001",)]
    assert read("2019-08-02", "line", "source") == [("1001", 2, "upload"), ("2", 3, "upload")]
    (kept,) = selectors.quarantine(answer.delivery, sight=Sight.CLEAR)
    assert kept.raw["开票日期"] == "2019/18/7"
    assert kept.mended_by == mended.delivery
    again = services.mend(row.id, {"happened_on": "2019-07-19"}, by="a clerk", on=date(2019, 8, 3))
    assert isinstance(again, Refused)
    assert again.code == Code.ALREADY_MENDED
    with pytest.raises(BadInput, match="no quarantined row 12345"):
        services.mend(12345, {}, by="a clerk", on=date(2019, 8, 3))


def test_a_misshapen_row_is_mended_by_naming_its_cells(paper: Writer) -> None:
    path = paper("a.csv", [invoice()])
    path.write_bytes(path.read_bytes() + b"E1,1002\r\n")
    (row,) = selectors.quarantine(deliver(path, "2019-08-01").delivery, sight=Sight.CLEAR)
    cells = dict(
        zip(("enterprise", "invoice_number", "date", "buyer", "amount", "tax", "total", "status"), GOOD, strict=True)
    )
    mended = services.mend(row.id, cells | {"invoice_number": "1002"}, by="a clerk", on=date(2019, 8, 1))
    assert isinstance(mended, Delivery)
    assert read("2019-08-01", "direction") == [("1001", "sale"), ("1002", "sale")]


def test_many_small_files_become_few_and_nobody_notices(paper: Writer, book: Path) -> None:
    for day in range(1, 6):
        rows = [invoice(invoice_number=str(day)), invoice(invoice_number=f"{day}a", date="2018-05-01")]
        deliver(paper(f"{day}.csv", rows), f"2019-08-0{day}")
    for day in (6, 7):
        deliver(paper(f"{day}.csv", [invoice(status="void", invoice_number=str(day - 5))]), f"2019-08-0{day}")
    before = {day: read(f"2019-08-0{day}", "status", "revision", "line") for day in range(1, 8)}
    assert len(planning.plan(lake.current(CHANNELS["vat_invoices"]), firms=None).files) == 12

    now = datetime.now(UTC)
    answer = services.compact("vat_invoices", by="a test", at=now)
    assert (answer.files_before, answer.files_after) == (12, 3)
    assert {day: read(f"2019-08-0{day}", "status", "revision", "line") for day in range(1, 8)} == before
    plan = planning.plan(lake.current(CHANNELS["vat_invoices"]), firms=None)
    assert (len(plan.files), len(plan.correcting)) == (3, 1)
    assert len(list(book.rglob("*.parquet"))) == 15

    later = now.replace(year=now.year + 1)
    assert services.compact("vat_invoices", by="a test", at=later).files_before == 0
    assert sorted(str(path) for path in book.rglob("*.parquet")) == sorted(plan.files)
    assert read("2019-08-07", "status", "revision", "line") == before[7]
    assert deliver(paper("8.csv", [invoice(invoice_number="1")]), "2019-08-08").corrections == 1


def test_without_consent_nothing_is_read_and_every_read_is_recorded(paper: Writer) -> None:
    deliver(paper("a.csv", [invoice(), invoice(enterprise="E2")]), "2019-08-01")
    assert selectors.firms("vat_invoices") == [E1, E2]
    asked: dict[str, Any] = {"purpose": Purpose.CREDIT_DECISION, "as_of": date(2019, 8, 1)}
    refused = selectors.rows("vat_invoices", [E1, E2], **asked)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.details["firms"], refused.details["first"]) == (Code.NO_CONSENT, 1, "E2")
    assert isinstance(selectors.rows("vat_invoices", [E1], **(asked | {"purpose": Purpose.MONITORING})), Refused)

    assert len(read("2019-08-01", firms=(E1, E2), only_permitted=True)) == 1
    (record,) = permissions.latest(1)
    assert (record.act, record.subject, record.body["firms"], record.body["first"]) == (
        "read",
        "vat_invoices",
        1,
        ["E1"],
    )
    assert record.body["purpose"] == "credit_decision"


def test_a_withdrawn_consent_is_gone_for_last_years_rows_too(paper: Writer) -> None:
    deliver(paper("a.csv", [invoice()]), "2019-08-01")
    reason = {"channel": "vat_invoices", "purpose": Purpose.CREDIT_DECISION}
    governance.withdraw(E1, on=date(2019, 9, 1), request=RequestId("w"), by="E1", **reason)  # type: ignore[arg-type]
    assert read("2019-08-01", on=date(2019, 8, 31)) == [("1001",)]
    asked = selectors.rows("vat_invoices", [E1], purpose=Purpose.CREDIT_DECISION, as_of=date(2019, 8, 1))
    assert isinstance(asked, Refused)


def test_before_the_first_delivery_there_are_no_rows() -> None:
    assert selectors.firms("vat_invoices") == []
    assert read("2019-08-01", "happened_on", "learned_at") == []


def test_a_read_of_many_firms_is_the_same_as_of_each(paper: Writer) -> None:
    many = tuple(EnterpriseId(f"M{n:03}") for n in range(120))
    governance.grant(
        many,
        channels=["vat_invoices"],
        purposes=[Purpose.CREDIT_DECISION],
        basis=Basis.CONSENT,
        evidence="signed forms",
        valid_from=date(2019, 1, 1),
        request=RequestId("many"),
        by="a test",
    )
    deliver(paper("a.csv", [invoice(enterprise=firm, invoice_number=firm) for firm in (*many, "E9")]), "2019-08-01")
    assert read("2019-08-01", firms=many) == [(firm,) for firm in many]
    assert read("2019-08-01", firms=many[:60]) == [(firm,) for firm in many[:60]]
    assert read("2019-08-01", firms=many[:2]) == [(firm,) for firm in many[:2]]
