"""Tables: what the address asks for is what is shown and what is exported."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from puhui.documents.wording import Form
from puhui.money import Money
from puhui.web import exports, tables
from puhui.words import Label

Row = tuple[str, int | None]


def _kind(row: Row) -> Label:
    return Label("even", "偶") if row[1] and row[1] % 2 == 0 else Label("odd", "奇")


COLUMNS = (
    tables.Column[Row]("name", Label("Name", "名称"), lambda row: row[0]),
    tables.Column[Row]("kind", Label("Kind", "类别"), _kind, choice=True),
    tables.Column[Row](
        "owed", Label("Owed", "欠款"), lambda row: None if row[1] is None else Money(row[1]), Form.MONEY, shown=False
    ),
)
TABLE = tables.Table(Label("Firms", "企业"), COLUMNS, order="name")


ROWS: list[Row] = [*((f"firm {n:03d}", n) for n in range(1, 121)), ("=cmd()", None)]


def shown(query: str) -> tables.View:
    return tables.view(RequestFactory().get(f"/x/?{query}"), TABLE, tables.Listed(ROWS, COLUMNS))


def names(view: tables.View) -> list[object]:
    return [row[0][1] for row in view.rows]


def test_a_page_holds_fifty_rows_in_the_order_of_the_table() -> None:
    view = shown("")
    assert (view.total, view.pages, len(view.rows)) == (121, 3, 50)
    assert names(view)[:2] == ["=cmd()", "firm 001"]


def test_words_choices_and_order_narrow_it_down() -> None:
    view = shown("q=FIRM+00&kind=even&sort=-owed&cols=name&cols=owed")
    assert names(view) == ["firm 100", "firm 008", "firm 006", "firm 004", "firm 002"]
    assert view.is_filtered and [head.sorted for head in view.heads] == ["", "descending"]


@pytest.mark.parametrize(("query", "page"), [("page=99", 3), ("page=-4", 1), ("page=x", 1)])
def test_a_page_that_is_not_there_is_the_nearest(query: str, page: int) -> None:
    assert shown(query).page == page


def test_what_is_missing_comes_last_whichever_way() -> None:
    assert names(shown("sort=owed&page=3"))[-1] == names(shown("sort=-owed&page=3"))[-1] == "=cmd()"


class Huge:
    """A source of more rows than anybody counts, as the tables of a big bank are."""

    def page(self, asked: tables.Asked) -> tuple[list[Row], int]:
        return [("a firm", 1)] * asked.many, tables.MOST_COUNTED + 1

    def values(self, column: str) -> list[tuple[str, Label]]:
        return []


def test_a_huge_table_is_counted_so_far_and_its_file_says_that_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    view = tables.view(RequestFactory().get("/x/?page=9999999"), TABLE, Huge())
    assert (view.is_more, view.counted, len(view.rows)) == (True, 10_000, 50)
    monkeypatch.setattr(tables, "MOST_EXPORTED", 70)
    answer = tables.answer(RequestFactory().get("/x/?export=csv"), "none.html", {}, rows=(TABLE, Huge()))
    assert len(answer.content.decode().splitlines()) == 71
    assert "first" in answer.headers["Content-Disposition"] and answer.headers["X-Rows"] == "70 of 10001"


@given(st.text(max_size=30), st.text(max_size=12), st.text(max_size=6))
def test_whatever_the_address_says_a_table_answers(words: str, order: str, column: str) -> None:
    request = RequestFactory().get("/x/", {"q": words, "sort": order, "cols": column, "kind": column})
    view = tables.view(request, TABLE, tables.Listed(ROWS, COLUMNS))
    assert 0 <= view.total <= len(ROWS) and view.heads


def exported(kind: str) -> bytes:
    request = RequestFactory().get(f"/x/?q=cmd&export={kind}")
    return tables.answer(request, "none.html", {}, rows=(TABLE, tables.Listed(ROWS, COLUMNS))).content


def test_an_export_holds_every_column_and_nothing_that_runs() -> None:
    lines = exported("csv").decode("utf-8-sig").splitlines()
    assert lines == ["Name,Kind,Owed", "'=cmd(),odd,"]
    sheet = openpyxl.load_workbook(io.BytesIO(exported("xlsx"))).active
    assert [cell.value for cell in sheet[2]] == ["=cmd()", "odd", None]
    assert sheet["A2"].data_type != "f"


def test_an_export_is_not_cut_to_a_page() -> None:
    request = RequestFactory().get("/x/?export=csv")
    answer = tables.answer(request, "none.html", {}, rows=(TABLE, tables.Listed(ROWS, COLUMNS)))
    assert len(answer.content.decode().splitlines()) == 122
    assert answer.headers["X-Rows"] == "121 of 121"


@given(st.text())
def test_no_text_begins_as_a_formula(text: str) -> None:
    assert not str(exports.harmless(text)).startswith(("=", "+", "-", "@", "\t", "\r"))
