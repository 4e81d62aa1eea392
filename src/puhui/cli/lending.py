"""Verbs of lending: schedules, and the close of day."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from puhui import days
from puhui.cli.showing import AsJson, OnDay, day, open_book, out, print_json
from puhui.progress import Teller

app = typer.Typer()


@app.command()
def schedule(
    case: Annotated[Path, typer.Argument(help="A JSON file with one case or a list of them.")], as_json: AsJson = False
) -> None:
    """Compute repayment schedules (or accruals) from cases; one case gives one answer, a list gives a list."""
    from puhui.lending import schedules

    answers = schedules.schedule(case)
    if as_json:
        print_json(answers[0] if len(answers) == 1 else answers)
        return
    for answer in answers:
        _print_rows(str(answer["id"] or case.stem), answer.get("rows") or answer["accruals"])


@app.command("close")
def close_day(on: OnDay = "", as_json: AsJson = False) -> None:
    """Close a business date, and before it every earlier one that is open. Killed, it goes on where it stopped.

    Exit code 1 when loans and ledger differ by a fen afterwards.
    """
    open_book()
    from puhui.lending import selectors, services

    teller = Teller(quiet=as_json)
    with teller.step(f"close {day(on)}") as tell:
        closed = services.close_days(day(on), at=days.now(), tell=tell)
    differing = selectors.disagreements()
    trial = selectors.trial_balance()
    if as_json:
        found = [{"on": each.on.isoformat(), "steps": each.steps} for each in closed]
        print_json({"closed": found, "differing": differing, "trial_balance": trial})
    else:
        _print_closed(closed, trial, differing)
    raise typer.Exit(1 if differing else 0)


def _print_closed(closed: list[Any], trial: list[tuple[str, int, int]], differing: list[str]) -> None:
    if not closed:
        out.print("This day is closed already; nothing has changed.")
    for each in closed[-1:]:
        table = Table("step", "loans", "yuan", title=f"close of {each.on} ({len(closed)} days closed)")
        for name, (loans, fen) in each.steps.items():
            table.add_row(name, f"{loans:,}", f"{Decimal(fen) / 100:,.2f}")
        out.print(table)
    table = Table("account", "debit", "credit", title="trial balance, yuan")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, debit, credit in trial:
        table.add_row(name, f"{Decimal(debit) / 100:,.2f}", f"{Decimal(credit) / 100:,.2f}")
    debits, credits = sum(row[1] for row in trial), sum(row[2] for row in trial)
    table.add_row("total", f"{Decimal(debits) / 100:,.2f}", f"{Decimal(credits) / 100:,.2f}")
    out.print(table)
    out.print("Loans and ledger agree to the fen." if not differing else "\n".join(differing))


def _print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="left" if name in {"due", "date"} else "right")
    for row in rows:
        table.add_row(*(f"{Decimal(cell):,}" if "." in str(cell) else str(cell) for cell in row.values()))
    out.print(table)
