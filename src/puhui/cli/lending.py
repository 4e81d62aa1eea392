"""Verbs of lending: schedules, the close of day, and papers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from puhui import days
from puhui.cli import rights
from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, print_json
from puhui.progress import Teller
from puhui.refusals import BadInput

if TYPE_CHECKING:
    from puhui.lending.issuing import Issued

app = typer.Typer()
Language = Annotated[str, typer.Option(help="Of a PDF: en or zh-hans.")]


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
    for each in answers:
        _print_rows(str(each["id"] or case.stem), each.get("rows") or each["accruals"])


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
    with teller.step("the book into the lake") as tell:
        services.publish_book(tell=tell)
    differing = selectors.disagreements()
    trial = selectors.trial_balance()
    if as_json:
        found = [{"on": each.on.isoformat(), "steps": each.steps} for each in closed]
        print_json({"closed": found, "differing": differing, "trial_balance": trial})
    else:
        _print_closed(closed, trial, differing)
    raise typer.Exit(1 if differing else 0)


@app.command()
def statement(
    facility: Annotated[int, typer.Argument(help="The number that opening the facility has answered.")],
    out_file: Annotated[Path, typer.Option("--out", help="Where to write it: .pdf, .csv or .json.")],
    since: Annotated[str, typer.Option("--from", help="First day (default: the facility's first).")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day (default: the last closed).")] = "",
    language: Language = "en",
) -> None:
    """Write a facility's statement for a period of closed days; it agrees with ledger and snapshots to the fen."""
    open_book()
    from puhui.lending import selectors, services
    from puhui.lending.facility import FacilityId

    number = FacilityId(facility)
    _let_in("statement", selectors.standing(number).enterprise)
    first, last = selectors.statement_days(number)
    issued = services.issue_statement(
        number,
        since=day(since) if since else first,
        until=day(until) if until else last,
        form=out_file.suffix.lstrip("."),
        language=language,
        at=days.now(),
        by=me(),
    )
    _write(issued, out_file)


@app.command()
def receipt(
    request: Annotated[str, typer.Argument(help="The request id of a repayment or of a draw.")],
    out_file: Annotated[Path, typer.Option("--out", help="Where to write it: .pdf or .json.")],
    language: Language = "en",
) -> None:
    """Write the receipt of a repayment, or the confirmation of a draw."""
    open_book()
    from puhui.ids import RequestId
    from puhui.lending import selectors, services

    named = RequestId(request)
    _let_in("receipt", selectors.receipt(named).enterprise)
    form = out_file.suffix.lstrip(".")
    _write(services.issue_receipt(named, form=form, language=language, at=days.now(), by=me()), out_file)


def _let_in(verb: str, firm: str) -> None:
    """A borrower reaches its own facilities only, and a member of a branch those of the branch."""
    if (refused := rights.objection(verb, rights.operator(), firm)) is not None:
        answer(refused, as_json=False)


def _write(issued: Issued, file: Path) -> None:
    """Write it whole or not at all."""
    try:
        beside = file.with_name(f".{file.name}.part")
        beside.write_bytes(issued.content)
        beside.replace(file)
    except OSError as wrong:
        raise BadInput(
            f"{file} cannot be written: {wrong.strerror}", then="name a file in a folder that is there"
        ) from None
    out.print(f"{file}  sha256 {issued.sha256}", highlight=False, soft_wrap=True)


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
