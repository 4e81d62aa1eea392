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
from puhui.refusals import BadInput, Refused

if TYPE_CHECKING:
    from puhui.governance.sight import Sight
    from puhui.lending.correspondence.issuing import Issued
    from puhui.lending.rail import Rail

app = typer.Typer()
messages = typer.Typer(no_args_is_help=True, help="Messages to borrowers: what falls due, what is overdue.")
incoming = typer.Typer(no_args_is_help=True, help="Credits on the bank's account: import, match, assign, return.")
Language = Annotated[str, typer.Option(help="Of a PDF or CSV: en or zh-hans.")]


@app.command()
def schedule(
    case: Annotated[Path, typer.Argument(help="A JSON file with one case or a list of them.")], as_json: AsJson = False
) -> None:
    """Compute repayment schedules (or accruals) from cases; one case gives one answer, a list gives a list."""
    from puhui.lending.engine import schedules

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
        closed = services.close_days(day(on), at=days.now(), rail=_rail(), pass_on=True, tell=tell)
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
    _let_in("statement", selectors.firm_of_line(number))
    first, last = selectors.statement_days(number)
    issued = services.issue_statement(
        number,
        since=day(since) if since else first,
        until=day(until) if until else last,
        form=out_file.suffix.lstrip("."),
        language=language,
        at=days.now(),
        by=me(),
        sight=_sight(selectors.firm_of_line(number)),
    )
    _write(issued, out_file)


@app.command()
def instalments(
    facility: Annotated[int, typer.Argument(help="The number that opening the facility has answered.")],
    out_file: Annotated[Path, typer.Option("--out", help="Where to write it: .pdf, .csv or .json.")],
    language: Language = "en",
) -> None:
    """Write what a facility's running loans will ask for, and when: what is due, and what is still to come."""
    open_book()
    from puhui.lending import selectors, services
    from puhui.lending.facility import FacilityId

    number, form = FacilityId(facility), out_file.suffix.lstrip(".")
    _let_in("instalments", selectors.firm_of_line(number))
    _write(services.issue_schedule(number, form=form, language=language, at=days.now(), by=me()), out_file)


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

    named, form = RequestId(request), out_file.suffix.lstrip(".")
    firm = selectors.firm_of(named)
    _let_in("receipt", firm)
    sight = _sight(firm)
    issued = services.issue_receipt(named, form=form, language=language, at=days.now(), by=me(), sight=sight)
    answer(issued, as_json=False) if isinstance(issued, Refused) else _write(issued, out_file)


@incoming.command("import")
def import_statement(
    file: Annotated[Path, typer.Argument(help="A bank statement: CAMT.053 (.xml), or CSV with day, amount, payer, …")],
    on: OnDay = "",
) -> None:
    """Match the credits of a bank statement to what is owed; what is not matched waits: puhui incoming list."""
    open_book()
    from puhui.lending import services

    print_json(services.import_statement(file, on=day(on), at=days.now(), by=me()))


@incoming.command("list")
def waiting(as_json: AsJson = False) -> None:
    """The credits that wait for a person."""
    open_book()
    from puhui.lending import selectors

    rows = selectors.incoming_waiting(sight=_sight(""))
    if as_json:
        print_json(rows)
        return
    table = Table("number", "day", "yuan", "payer", "reference", title=f"{len(rows)} credits wait for a person")
    for row in rows:
        table.add_row(str(row.number), str(row.on), f"{Decimal(row.fen) / 100:,.2f}", row.payer, row.reference)
    out.print(table if rows else "No credit waits for a person.")


@incoming.command()
def assign(number: int, facility: int, on: OnDay = "", as_json: AsJson = False) -> None:
    """Let a waiting credit repay a facility."""
    open_book()
    from puhui.lending import services
    from puhui.lending.facility import FacilityId

    answer(services.assign(number, FacilityId(facility), on=day(on), at=days.now(), by=me()), as_json)


@incoming.command("return")
def send_back(
    number: int, why: Annotated[str, typer.Option(help="The reason.")], on: OnDay = "", as_json: AsJson = False
) -> None:
    """Mark a waiting credit as returned to its payer."""
    open_book()
    from puhui.lending import services

    answer(services.send_back(number, why=why, on=day(on), at=days.now(), by=me()), as_json)


@messages.command("list")
def list_messages(
    waiting: Annotated[bool, typer.Option(help="Only those that the message service has not taken.")] = False,
    most: Annotated[int, typer.Option(help="How many at most.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """Messages to borrowers, the newest first; they are written by the close of day."""
    open_book()
    from puhui.lending import selectors

    rows = selectors.messages(waiting=waiting, most=most)
    if as_json:
        print_json(rows)
        return
    table = Table("day", "facility", "message", "taken", title=f"{len(rows)} messages, the newest first")
    for row in rows:
        taken = "waits" if row.taken_at is None else f"{row.taken_at:%Y-%m-%d %H:%M}"
        table.add_row(str(row.on), str(row.facility), f"{row.words.en}\n{row.words.zh}", taken)
    out.print(table if rows else "No message waits." if waiting else "No message has been written yet: puhui close.")


@messages.command()
def deliver(as_json: AsJson = False) -> None:
    """Hand the waiting messages to the message service now; the worker does so every minute."""
    from puhui import settings

    if not settings.MESSENGER:
        raise BadInput("no message service is set", then="set PUHUI_MESSENGER to its host:port")
    open_book()
    from puhui.lending import services
    from puhui.lending.correspondence.outbox import HttpMessenger

    taken, waiting = services.deliver_messages(HttpMessenger.at(settings.MESSENGER), at=days.now())
    if as_json:
        print_json({"taken": taken, "waiting": waiting})
    else:
        out.print(f"{taken:,} messages taken, {waiting:,} wait.")


def _let_in(verb: str, firm: str) -> None:
    """A borrower reaches its own facilities only, and a member of a branch those of the branch."""
    if (refused := rights.objection(verb, rights.operator(), {"firm": firm})) is not None:
        answer(refused, as_json=False)


def _sight(firm: str) -> Sight:
    """How much of whom a draw paid, or of who paid money in, the one who asks may see."""
    from puhui.governance.sight import sight_of
    from puhui.ids import EnterpriseId

    return sight_of(rights.operator().actor, EnterpriseId(firm))


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


def _rail() -> Rail | None:
    """The payment bank that the house is set up with, or None: then nothing is collected."""
    from puhui import settings
    from puhui.lending.rail import HttpRail

    return HttpRail.at(settings.PAYMENT_BANK) if settings.PAYMENT_BANK else None


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
