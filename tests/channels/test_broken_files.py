"""Files as they should not be: each is refused in words, or its broken rows are quarantined with all reasons."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from paper_invoices import CHINESE, ENGLISH, Writer, invoice, written

from puhui.channels import lake, planning, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.deliveries import Delivery
from puhui.channels.models import DeliveryRow
from puhui.governance.sight import Sight
from puhui.refusals import BadInput

ON = date(2020, 2, 29)
FORMS = [
    ("csv", "utf-8", CHINESE),
    ("csv", "utf-8-sig", ENGLISH),
    ("csv", "gb18030", CHINESE),
    ("csv", "gbk", ENGLISH),
    ("xlsx", "-", CHINESE),
    ("xlsx", "-", ENGLISH),
    ("parquet", "-", CHINESE),
    ("parquet", "-", ENGLISH),
]
STORIES = {
    "HAPPENED_ON_UNREADABLE": {"date": "2019/13/1"},
    "HAPPENED_ON_MISSING": {"date": ""},
    "DATE_IN_FUTURE": {"date": "2020-03-01"},
    "DATE_TOO_EARLY": {"date": "1993-12-31"},
    "AMOUNT_FEN_UNREADABLE": {"amount": "一百"},
    "TAX_FEN_MISSING": {"tax": ""},
    "TOTAL_FEN_UNREADABLE": {"total": "113.005"},
    "TOTAL_DIFFERS": {"total": "113.03"},
    "STATUS_UNREADABLE": {"status": "不详"},
    "ENTERPRISE_MISSING": {"enterprise": "\u3000"},
    "INVOICE_NUMBER_UNREADABLE": {"invoice_number": "1.23E+11"},
    "COUNTERPARTY_MISSING": {"buyer": ""},
    "AMOUNT_OUT_OF_RANGE": {"amount": "100000000001", "tax": "0", "total": "100000000001"},
}


pytestmark = pytest.mark.usefixtures("module_book")


def deliver(path: Path, **more: object) -> Delivery:
    """Deliver as a source of its own, so that the tests of this module share a book and not their rows."""
    given = {"on": ON, "by": "a test", "source": str(path)[-80:]} | more
    return services.deliver("vat_invoices", path, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("suffix", "encoding", "headers"), FORMS)
def test_every_kind_of_broken_row_is_quarantined_as_it_came(
    paper: Writer, suffix: str, encoding: str, headers: tuple[str, ...]
) -> None:
    rows = [invoice(**({"invoice_number": str(n)} | story)) for n, story in enumerate(STORIES.values())]
    answer = deliver(paper(f"invoices.{suffix}", [*rows, invoice()], headers, encoding))

    assert (answer.rows_in, answer.accepted, answer.quarantined, answer.duplicates) == (len(STORIES) + 1, 1, 13, 0)
    assert answer.reasons == dict.fromkeys(sorted(STORIES), 1)
    first = 1 if suffix == "parquet" else 2
    for place, (row, code) in enumerate(
        zip(selectors.quarantine(answer.delivery, sight=Sight.CLEAR), STORIES, strict=True)
    ):
        assert row.line == place + first
        assert [reason for reason, _ in row.reasons] == [code]
        assert tuple(text or "" for text in row.raw.values()) == rows[place]
        assert tuple(row.raw) == headers


def test_a_row_is_quarantined_with_all_its_reasons(paper: Writer) -> None:
    answer = deliver(paper("a.csv", [invoice(date="soon", total="1", status="?")]))
    (row,) = selectors.quarantine(answer.delivery, sight=Sight.CLEAR)
    assert {code for code, _ in row.reasons} == {"HAPPENED_ON_UNREADABLE", "TOTAL_DIFFERS", "STATUS_UNREADABLE"}
    assert dict(row.reasons)["STATUS_UNREADABLE"].zh == "发票状态无法识别"
    assert dict(row.reasons)["TOTAL_DIFFERS"].en == "amount and tax do not make the total"


def test_a_row_that_does_not_fit_the_header_is_kept_as_text(tmp_path: Path, paper: Writer) -> None:
    path = paper("a.csv", [invoice()])
    path.write_bytes(path.read_bytes() + "E1,1002\r\nE1,1003,2019/7/18,B1,1,0,1,有效发票,more\r\n".encode())
    answer = deliver(path)
    assert (answer.accepted, answer.reasons) == (1, {"WRONG_NUMBER_OF_CELLS": 2})
    assert [(row.line, row.raw) for row in selectors.quarantine(answer.delivery, sight=Sight.CLEAR)] == [
        (3, {"": "E1,1002"}),
        (4, {"": "E1,1003,2019/7/18,B1,1,0,1,有效发票,more"}),
    ]


def test_amounts_are_read_as_people_write_them(paper: Writer) -> None:
    texts = {"1,234.50": 123450, "￥5": 500, "-0.01": -1, "+7.": 700, "0.10000000000000001": 10, " 8.8 ": 880}
    rows = [invoice(invoice_number=str(n), amount=text, tax="0", total=text) for n, text in enumerate(texts)]
    assert _delivered(deliver(paper("a.csv", rows)), "total_fen") == list(texts.values())


def test_days_are_read_as_people_write_them(paper: Writer) -> None:
    texts = ["2017/7/18", "2017-07-18", "20170718", "42934", "2017年7月18日", "2017.7.18", "2017-07-18 09:30:00"]
    rows = [invoice(invoice_number=str(n), date=text) for n, text in enumerate(texts)]
    assert _delivered(deliver(paper("a.csv", rows)), "happened_on") == [date(2017, 7, 18)] * len(texts)


def test_a_spreadsheets_own_dates_and_numbers_are_read(tmp_path: Path) -> None:
    row = ("E1", 1001, date(2017, 7, 18), "B1", 100, 13.0, 113, "valid")
    answer = deliver(written(tmp_path / "a.xlsx", [row]))  # type: ignore[list-item]
    assert _delivered(answer, "(happened_on, invoice_number)") == [(date(2017, 7, 18), "1001")]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_a_missing_column_is_named_with_those_found(paper: Writer, suffix: str) -> None:
    rows = [invoice()[:2] + invoice()[3:]]
    with pytest.raises(BadInput, match=r"no column for happened_on.*开票日期.*found: 企业代号, 发票号码, 购方单位代号"):
        deliver(paper(f"a.{suffix}", rows, CHINESE[:2] + CHINESE[3:]))


def test_a_counterparty_whose_side_is_not_told_needs_a_direction(paper: Writer) -> None:
    headers = tuple(h.replace("buyer", "counterparty") for h in ENGLISH)
    with pytest.raises(BadInput, match=r"no column for direction"):
        deliver(paper("a.csv", [invoice()], headers))
    answer = deliver(paper("b.csv", [(*invoice(), "purchase")], (*headers, "Direction")))
    assert answer.accepted == 1
    assert _delivered(answer, "direction") == ["purchase"]


def test_a_new_column_is_reported_and_does_no_harm(paper: Writer) -> None:
    answer = deliver(paper("a.csv", [(*invoice(), "hello")], (*CHINESE, "备注")))
    assert (answer.accepted, answer.unknown_headers) == (1, ("备注",))


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_a_file_with_no_row_is_refused(paper: Writer, suffix: str) -> None:
    path = paper(f"a.{suffix}", [])
    with pytest.raises(BadInput, match="has 0 rows"):
        deliver(path)
    assert not DeliveryRow.objects.filter(source=str(path)[-80:]).exists()


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_file_cut_short_is_refused(paper: Writer, suffix: str, share: float) -> None:
    path = paper(f"a.{suffix}", [invoice(invoice_number=str(n)) for n in range(500)])
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadInput, match=r"damaged or cut short.*fetch the file again"):
        deliver(path)
    assert not DeliveryRow.objects.filter(source=str(path)[-80:]).exists()


def test_a_parquet_file_damaged_in_its_middle_is_refused(paper: Writer) -> None:
    path = paper("a.parquet", [invoice(invoice_number=str(n)) for n in range(5_000)])
    damaged = bytearray(path.read_bytes())
    damaged[4:2_000] = b"\xff" * 1_996
    path.write_bytes(bytes(damaged))
    with pytest.raises(BadInput, match="damaged or cut short"):
        deliver(path)
    assert not DeliveryRow.objects.filter(source=str(path)[-80:]).exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "企业代号,发票号码\n".encode("utf-16"), "is UTF-16"),
        ("a.csv", b"a,b\n\x80\x81\xff\xff,2\n", "neither UTF-8 .*nor GBK"),
        ("a.csv", b"a,b\n1\x002\n", "neither UTF-8"),
        ("a.csv", b"PAR1....PAR1", "is a Parquet file"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"a,a\n1,2\n", "has the header a twice"),
        ("a.csv", "金额,amount\n1,2\n".encode(), "both give amount_fen"),
        ("a.xlsx", b"not a workbook", "damaged or cut short"),
        ("a.pdf", b"%PDF", "of no known kind"),
    ],
)
def test_what_is_no_file_of_rows_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=said):
        deliver(tmp_path / name)


def test_what_is_no_file_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no file"):
        deliver(tmp_path / "a.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match="is not a file"):
        deliver(tmp_path / "folder.csv")
    with pytest.raises(BadInput, match=r"there is no channel 'weather'\. To go on: name one of vat_invoices"):
        services.deliver("weather", tmp_path / "a.csv", on=ON, by="a test")


def _delivered(answer: Delivery, column: str) -> list[object]:
    """A column of a delivery's rows in the file's order, read past the consent that these tests are not about."""
    table = lake.current(CHANNELS[answer.channel])
    con = lake.connect()
    found = con.con.execute(
        f"select {column} from read_parquet({list(planning.plan(table, firms=None).files)})"
        f" where delivery = '{answer.delivery}' order by line"
    ).fetchall()
    con.disconnect()
    return [value for (value,) in found]
