"""Verbs of lending: schedules."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from puhui.cli.showing import AsJson, out, print_json

app = typer.Typer()


@app.command()
def schedule(
    case: Annotated[Path, typer.Argument(help="A JSON file with one case or a list of them.")], as_json: AsJson = False
) -> None:
    """Compute repayment schedules (or accruals) from cases; one case gives one answer, a list gives a list."""
    from puhui.lending import services

    answers = services.schedule(case)
    if as_json:
        print_json(answers[0] if len(answers) == 1 else answers)
        return
    for answer in answers:
        _print_rows(str(answer["id"] or case.stem), answer.get("rows") or answer["accruals"])


def _print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="left" if name in {"due", "date"} else "right")
    for row in rows:
        table.add_row(*(f"{Decimal(cell):,}" if "." in str(cell) else str(cell) for cell in row.values()))
    out.print(table)
