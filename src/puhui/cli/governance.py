"""Verbs of governance: the audit chain."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from puhui.cli.showing import AsJson, open_book, out, print_json

app = typer.Typer(no_args_is_help=True, help="What happened, and whether the record of it holds.")


@app.command("verify")
def audit_verify(as_json: AsJson = False) -> None:
    """Walk the audit chain; say which record is the first that does not hold (exit code 1)."""
    open_book()
    from puhui.governance import services

    found = services.verify()
    if as_json:
        print_json({**asdict(found), "holds": found.holds})
    elif found.holds:
        out.print(f"{found.records:,} records, every one as it was written. Head {found.head[:16]}…")
    else:
        out.print(f"The chain is broken at record {found.broken_at}: {found.why}.")
    raise typer.Exit(0 if found.holds else 1)


@app.command("log")
def audit_log(count: Annotated[int, typer.Option(help="How many records.")] = 20, as_json: AsJson = False) -> None:
    """Show the newest records of the audit chain."""
    open_book()
    from puhui.governance import selectors

    records = selectors.latest(count)
    if as_json:
        print_json(records)
        return
    table = Table("number", "at", "act", "subject", "by", "facts")
    for record in records:
        facts = " ".join(f"{name}={value}" for name, value in record.body.items() if value is not None)
        table.add_row(
            str(record.number), f"{record.at:%Y-%m-%d %H:%M:%S}", record.act, record.subject, record.by, facts
        )
    out.print(table if records else "Nothing has been recorded yet.")
