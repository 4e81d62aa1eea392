"""Tables that filter, sort, page, choose columns and export: on the server, from what the address bar says.

Promises that an export holds what the table shows, all pages of it, and that no cell of it can run as a formula.
Refuses to export more than `MOST_EXPORTED` rows, and says so in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from puhui.documents.blocks import Tag
from puhui.documents.wording import Cell, Form, sort_key
from puhui.ids import EnterpriseId
from puhui.money import Money
from puhui.web import doors, exports, naming, reading
from puhui.words import Label

Row = TypeVar("Row")
Given_co = TypeVar("Given_co", covariant=True)
ROWS_A_PAGE = 50
MOST_EXPORTED = 100_000
CUT = Label(f" - the first {MOST_EXPORTED:,}", f"（前{MOST_EXPORTED:,}行）")  # in the name of a file that is not all
MOST_COUNTED = 10_000  # a source of very many rows counts no further, and the page says "more than"


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere, or with no place to lead to stands as it is; `note` stands small below it."""

    text: Cell
    at: str
    note: Cell = None


@dataclass(frozen=True, slots=True)
class Firm:
    """A cell that is a firm: shown by its name where that may be read, with its code below, and leading to `at`."""

    code: EnterpriseId
    at: str


NOTHING = Label("Nothing here yet", "暂无内容")
Shown = Cell | Tag | Link | Firm | datetime


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column. `of` gives a row's cell; `choice` makes a menu of its values; `shown=False` hides it at first."""

    key: str
    label: Label
    of: Callable[[Row], Shown]
    form: Form = Form.TEXT
    digits: int | None = None
    unit: Label | None = None
    choice: bool = False
    shown: bool = True
    sorts: bool = True
    wide: bool = False

    @property
    def is_number(self) -> bool:
        """Numbers stand right, text stands left."""
        return self.form is not Form.TEXT


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks of a table."""

    words: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    order: str = ""
    down: bool = False
    first: int = 0
    many: int = ROWS_A_PAGE


class Source(Protocol[Given_co]):
    """Where rows come from: a list in memory, or a room's selector that pages in the database."""

    def page(self, asked: Asked) -> tuple[Sequence[Given_co], int]:
        """The rows asked for, and how many there are in all."""
        ...

    def values(self, column: str) -> Sequence[tuple[str, Label]]:
        """What can be chosen in a column's menu."""
        ...


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A table of one kind of row. `name` tells two tables of a page apart; the main one of a page is `rows`."""

    title: Label
    columns: tuple[Column[Row], ...]
    name: str = "rows"
    search: bool = True
    order: str = ""
    down: bool = False
    nothing: Label = NOTHING
    hint: Label | None = None

    def parameter(self, name: str) -> str:
        """How a parameter of this table is called in the address."""
        return name if self.name == "rows" else f"{self.name}-{name}"


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """Rows that are in memory already: a few thousand at most."""

    rows: Sequence[Row]
    columns: tuple[Column[Row], ...]

    def page(self, asked: Asked) -> tuple[Sequence[Row], int]:
        """Filter by words and choices, sort, cut."""
        found = [row for row in self.rows if self._fits(row, asked)]
        by = next((column for column in self.columns if column.key == asked.order), None)
        if by is not None:
            known = [row for row in found if _key(by.of(row)) is not None]
            missing = [row for row in found if _key(by.of(row)) is None]
            found = sorted(known, key=lambda row: _key(by.of(row)) or (0, 0.0, ""), reverse=asked.down) + missing
        return found[asked.first : asked.first + asked.many], len(found)

    def values(self, column: str) -> Sequence[tuple[str, Label]]:
        """The values that stand in a column, each once, in order."""
        of = next(each.of for each in self.columns if each.key == column)
        found = {_text(of(row)): _words(of(row)) for row in self.rows}
        return sorted(((key, label) for key, label in found.items() if key), key=lambda pair: pair[1].en)

    def _fits(self, row: Row, asked: Asked) -> bool:
        for column in self.columns:
            wanted = asked.choices.get(column.key)
            if wanted and _text(column.of(row)) != wanted:
                return False
        if not asked.words:
            return True
        text = " ".join(_both(column.of(row)) for column in self.columns).lower()
        return all(word in text for word in asked.words)


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading as it is shown."""

    column: Column[Any]
    at: str
    sorted: str  # "", "ascending" or "descending"


@dataclass(frozen=True, slots=True)
class Menu:
    """The menu of a column's values."""

    name: str
    label: Label
    chosen: str
    values: Sequence[tuple[str, Label]]


@dataclass(frozen=True, slots=True)
class View:
    """A table as it is shown now. Templates read it; `puhui.web.templatetags.parts` draws it."""

    table: Table[Any]
    heads: Sequence[Head]
    rows: Sequence[Sequence[tuple[Column[Any], Shown]]]
    menus: Sequence[Menu]
    words: str
    total: int
    page: int
    pages: int
    before: str
    after: str
    csv: str
    xlsx: str
    chosen: frozenset[str]
    order: str
    here: str
    kept: Sequence[tuple[str, str]]  # what else the address says: the page's own choices, other tables' parameters

    @property
    def counted(self) -> int:
        """How many rows there are, as far as they were counted."""
        return min(self.total, MOST_COUNTED)

    @property
    def is_more(self) -> bool:
        """Are there more rows than were counted?"""
        return self.total == MOST_COUNTED + 1

    @property
    def is_filtered(self) -> bool:
        """Does the reader see a part only?"""
        return bool(self.words) or any(menu.chosen for menu in self.menus)


def answer(
    request: HttpRequest,
    template: str,
    facts: Mapping[str, Any],
    **tables: tuple[Table[Any], Source[Any]],
) -> HttpResponse:
    """The page; or an export of one of its tables; or, when htmx asks for a table's rows, those alone."""
    for table, source in tables.values():
        kind = request.GET.get(table.parameter("export"), "")
        if kind in exports.KINDS:
            return _exported(request, table, source, kind)
        if f"rows-{table.name}" in request.headers.get("HX-Target", ""):
            return render(request, "parts/rows.html", {"view": view(request, table, source)})
    views = {name: view(request, table, source) for name, (table, source) in tables.items()}
    response = render(request, template, {**facts, **views})
    response.headers["Vary"] = "HX-Request, HX-Target, Accept-Language, Cookie"
    return response


class AsFile(Exception):
    """The address asks for a table of a part as a file; `lazily` answers with it."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("a table as a file")
        self.response = response


def wants_file(request: HttpRequest) -> bool:
    """Does the address ask for some table as a file?"""
    return any(name.endswith("export") and value in exports.KINDS for name, value in request.GET.items())


def view(request: HttpRequest, table: Table[Row], source: Source[Row]) -> View:
    """The table as the address asks for it. Raises AsFile where it asks for the file of just this table."""
    kind = request.GET.get(table.parameter("export"), "")
    if kind in exports.KINDS:
        raise AsFile(_exported(request, table, source, kind))
    asked, page = _asked(request, table)
    rows, total = source.page(asked)
    pages = max(1, -(-total // ROWS_A_PAGE))
    if page > pages:
        page = pages
        asked = Asked(asked.words, asked.choices, asked.order, asked.down, (page - 1) * ROWS_A_PAGE)
        rows, total = source.page(asked)
    chosen = _chosen(request, table)
    columns = [column for column in table.columns if column.key in chosen]
    menus = [
        Menu(table.parameter(column.key), column.label, asked.choices.get(column.key, ""), source.values(column.key))
        for column in table.columns
        if column.choice
    ]
    at = _Address(request, table)
    cells = _named(request, [[(column, column.of(row)) for column in columns] for row in rows])
    return View(
        table, [_head(column, asked, at) for column in columns], cells, menus, " ".join(asked.words), total, page,
        pages, at.to(page=page - 1) if page > 1 else "", at.to(page=page + 1) if page < pages else "",
        at.to(export="csv"), at.to(export="xlsx"), chosen, f"{'-' * asked.down}{asked.order}", request.path,
        at.others(),
    )  # fmt: skip


def _named(
    request: HttpRequest, rows: Sequence[Sequence[tuple[Column[Any], Shown]]]
) -> Sequence[Sequence[tuple[Column[Any], Shown]]]:
    """The rows with each firm by its name; the names of a page are read at once."""
    firms = [shown.code for row in rows for _column, shown in row if isinstance(shown, Firm)]
    if not firms:
        return rows
    mine = reading.within(request)
    firms = firms if mine is None else [firm for firm in firms if firm in mine]
    names = naming.names_of(firms, by=doors.who(request))
    return [[(column, _name(shown, names)) for column, shown in row] for row in rows]


def _name(shown: Shown, names: Mapping[EnterpriseId, str]) -> Shown:
    if not isinstance(shown, Firm):
        return shown
    return Link(names.get(shown.code, shown.code), shown.at, shown.code if shown.code in names else None)


def _head(column: Column[Any], asked: Asked, at: _Address) -> Head:
    mine = asked.order == column.key
    turned = f"-{column.key}" if mine and not asked.down else column.key
    how = "" if not mine else ("descending" if asked.down else "ascending")
    return Head(column, at.to(sort=turned, page=None) if column.sorts else "", how)


class _Address:
    """The page's own address with a table's parameters changed."""

    def __init__(self, request: HttpRequest, table: Table[Any]) -> None:
        self._now = {name: values for name, values in request.GET.lists() if not name.endswith("export")}
        self._table, self._path = table, request.path

    def others(self) -> list[tuple[str, str]]:
        """The parameters that are none of this table's, for the form that filters it."""
        table = self._table
        mine = {table.parameter(name) for name in ("q", "sort", "page", "cols", *(c.key for c in table.columns))}
        return [(name, value) for name, values in self._now.items() if name not in mine for value in values]

    def to(self, **changes: object) -> str:
        now = dict(self._now)
        for name, value in changes.items():
            now.pop(self._table.parameter(name), None)
            if value is not None:
                now[self._table.parameter(name)] = [str(value)]
        return f"{self._path}?{urlencode(now, doseq=True)}"


def _asked(request: HttpRequest, table: Table[Any]) -> tuple[Asked, int]:
    given = request.GET.get
    order = given(table.parameter("sort"), f"{'-' * table.down}{table.order}")
    known = {column.key for column in table.columns if column.sorts}
    by = order.lstrip("-") if order.lstrip("-") in known else ""
    try:
        page = max(1, int(given(table.parameter("page"), "1")))
    except ValueError:
        page = 1
    choices = {column.key: given(table.parameter(column.key), "") for column in table.columns if column.choice}
    words = tuple(given(table.parameter("q"), "").lower().split())
    return Asked(words, choices, by, order.startswith("-"), (page - 1) * ROWS_A_PAGE), page


def _chosen(request: HttpRequest, table: Table[Any]) -> frozenset[str]:
    asked = frozenset(request.GET.getlist(table.parameter("cols"))) & {column.key for column in table.columns}
    return asked or frozenset(column.key for column in table.columns if column.shown)


def _exported(request: HttpRequest, table: Table[Row], source: Source[Row], kind: str) -> HttpResponse:
    asked, _ = _asked(request, table)
    rows, total = source.page(Asked(asked.words, asked.choices, asked.order, asked.down, 0, MOST_EXPORTED))
    language = get_language() or "en"
    heads = [
        f"{column.label.in_(language)}{f' ({column.unit.in_(language)})' if column.unit else ''}"
        for column in table.columns
    ]
    cells = ([_exact(column.of(row), language) for column in table.columns] for row in rows)
    title = table.title.in_(language) + (CUT.in_(language) if len(rows) == MOST_EXPORTED else "")
    response = exports.KINDS[kind](title, heads, cells)
    response.headers["X-Rows"] = f"{len(rows)} of {total}"
    return response


def _exact(cell: Shown, language: str) -> str | float | int | Decimal | date | None:
    """A cell as a spreadsheet should hold it: numbers stay numbers, money is yuan."""
    if isinstance(cell, Firm | Link):
        return cell.code if isinstance(cell, Firm) else _exact(cell.text, language)
    if isinstance(cell, Tag):
        return cell.words.in_(language)
    if isinstance(cell, Label):
        return cell.in_(language)
    if isinstance(cell, Money):
        return cell.yuan
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    return cell


def _words(cell: Shown) -> Label:
    if isinstance(cell, Firm):
        return Label(cell.code, cell.code)
    if isinstance(cell, Link):
        return _words(cell.text)
    if isinstance(cell, Tag):
        return cell.words
    if isinstance(cell, Label):
        return cell
    return Label(str(cell), str(cell)) if cell is not None and cell != "" else Label("–", "–")


def _text(cell: Shown) -> str:
    return "" if cell is None or cell == "" else _words(cell).en


def _both(cell: Shown) -> str:
    words = _words(cell)
    note = f" {_both(cell.note)}" if isinstance(cell, Link) and cell.note is not None else ""
    return f"{words.en} {words.zh}{note}"


def _key(cell: Shown) -> tuple[int, float, str] | None:
    """What a cell sorts by: numbers before text, missing last whichever way."""
    if isinstance(cell, Firm):
        return 1, 0.0, cell.code
    if isinstance(cell, Link):
        return _key(cell.text)
    if cell is None or cell == "":
        return None
    if isinstance(cell, Money | int | float | Decimal):
        return 0, float(sort_key(cell)), ""
    if isinstance(cell, date | datetime):
        return 1, 0.0, cell.isoformat()
    return 1, 0.0, _words(cell).en.lower()
