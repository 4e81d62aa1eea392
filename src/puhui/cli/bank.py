"""The bank in a box: a simulated world through every room of the house, one table a stage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from puhui.cli.showing import AsJson, me, open_book, out, print_json
from puhui.money import Money
from puhui.progress import Teller
from puhui.showcase.play import Cell, Sheet

app = typer.Typer()


@app.command()
def bank(
    world: Annotated[Path, typer.Argument(help="A folder that `puhui simulate` has written.")], as_json: AsJson = False
) -> None:
    """Play a simulated world through the house, from the first file that comes in to the books at the end."""
    open_book()
    from puhui.showcase import services

    facts = {}
    for stage, told in services.show(world, by=me(), teller=Teller(quiet=as_json)):
        facts[stage.name] = told.facts
        if not as_json:
            for sheet in told.sheets:
                out.print(_table(sheet))
    if as_json:
        print_json(facts)


def _table(sheet: Sheet) -> Table:
    table = Table(title=sheet.title, title_justify="left")
    for place, head in enumerate(sheet.heads):
        texts = all(isinstance(row[place], str) and not str(row[place]).endswith("%") for row in sheet.rows)
        table.add_column(head, justify="left" if place == 0 or texts else "right")
    for row in sheet.rows:
        table.add_row(*map(_written, row))
    if sheet.total:
        table.add_section()
        table.add_row(*map(_written, sheet.total))
    return table


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return f"{cell.fen / 100:,.2f}"
    if isinstance(cell, float):
        return f"{cell:,.1f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
