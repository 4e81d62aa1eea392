"""Tables as files for a spreadsheet. Promises that no cell can run as a formula; refuses nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

Exact = str | float | int | Decimal | date | None
FORMULA = re.compile(r"^[=+\-@\t\r]")


def harmless(cell: Exact) -> Exact:
    """Text that a spreadsheet would run gets an apostrophe before it.

    >>> harmless("=1+1"), harmless("plain"), harmless(-3)
    ("'=1+1", 'plain', -3)
    """
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def as_csv(title: str, heads: Sequence[str], rows: Iterable[Sequence[Exact]]) -> HttpResponse:
    """UTF-8 with a mark at the beginning, so that Excel reads Chinese."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    writer = csv.writer(response)
    writer.writerow(heads)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return _named(response, title, "csv")


def as_xlsx(title: str, heads: Sequence[str], rows: Iterable[Sequence[Exact]]) -> HttpResponse:
    """A workbook with one sheet; its first row stands still."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Puhui")
    sheet.freeze_panes = "A2"
    sheet.append(list(heads))
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                cell.data_type = "s"  # text stays text, whatever it begins with
            cells.append(cell)
        sheet.append(cells)
    held = io.BytesIO()
    book.save(held)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _named(HttpResponse(held.getvalue(), content_type=kind), title, "xlsx")


def _named(response: HttpResponse, title: str, ending: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(title)}.{ending}"
    return response


def _quoted(title: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "".join(f"%{b:02X}" for b in c.encode()) for c in title)


KINDS: Mapping[str, Callable[[str, Sequence[str], Iterable[Sequence[Exact]]], HttpResponse]] = {
    "csv": as_csv,
    "xlsx": as_xlsx,
}
