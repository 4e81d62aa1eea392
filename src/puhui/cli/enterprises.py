"""Verbs of the enterprises: whose records these are, what is known of a firm, and whether it is true."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, plain, print_json
from puhui.progress import Teller
from puhui.refusals import BadInput, Refused

if TYPE_CHECKING:
    from puhui.enterprises.accuracy.checking import Checked
    from puhui.enterprises.dossier import EnterpriseFile
    from puhui.ids import EnterpriseId

app = typer.Typer()
Firm = Annotated[str, typer.Argument(help="A credit code, an id, or SOURCE:CODE of a source's own.")]
For = Annotated[str, typer.Option("--for", help="The purpose of the reading: the firm's consent must cover it.")]
AsOf = Annotated[
    str, typer.Option("--as-of", help="What was known by the end of this day (default: the business date).")
]


@app.command()
def link(
    file: Annotated[
        Path, typer.Argument(help="Records: source, record, own_code, code, name, address, phone, person.")
    ],
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Link records to firms, by code or by likeness. What is doubtful waits: puhui doubts."""
    import duckdb

    from puhui.enterprises import services

    if file.suffix not in {".csv", ".parquet"} or not file.is_file():
        raise BadInput(f"{file} is no CSV or Parquet file", then="give a file with the columns source and record")
    with duckdb.connect() as con:
        reader = f"read_csv('{file}', all_varchar = true)" if file.suffix == ".csv" else f"read_parquet('{file}')"
        records = con.sql(f"select * from {reader}").to_arrow_table()  # noqa: S608  a file's name
    open_book()
    with Teller(quiet=as_json).step(f"link {file.name}") as tell:
        done = services.link(records, on=day(on), by=me(), tell=tell)
    print_json(done) if as_json else out.print(plain(done))


@app.command()
def doubts(
    kind: Annotated[str, typer.Option(help="One kind only, such as would_merge.")] = "",
    limit: Annotated[int, typer.Option(help="Show at most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what is doubtful about identities and waits for a person, with the evidence."""
    open_book()
    from puhui.enterprises import selectors

    cases = selectors.doubts(kind=kind, limit=limit)
    if as_json:
        print_json(cases)
        return
    table = Table("case", "kind", "firm", "other", "chance", "evidence")
    for case in cases:
        chance = f"{case.probability:.3f}" if case.probability is not None else "–"
        table.add_row(str(case.id), case.kind, case.enterprise, case.other or "–", chance, str(case.evidence))
    out.print(table if cases else "Nothing is doubtful.")


@app.command()
def firm(firm: Firm, purpose: For = "quality", as_of: AsOf = "", on: OnDay = "", as_json: AsJson = False) -> None:
    """Show the enterprise file: everything known of a firm, from where, since when, as far as consent reaches."""
    open_book()
    from puhui.enterprises import dossier

    known = dossier.enterprise_file(
        meant(firm), purpose=purpose_named(purpose), as_of=_day(as_of, on), on=day(on), by=me()
    )
    if isinstance(known, Refused) or as_json:
        answer(known, as_json)
        return
    _show_file(known)


@app.command()
def accuracy(firm: Firm, purpose: For = "quality", as_of: AsOf = "", on: OnDay = "", as_json: AsJson = False) -> None:
    """Hold a firm's facts from all sources side by side: verdicts, trust, signs of fraud, what would settle it."""
    open_book()
    from puhui.enterprises import selectors, services

    named = meant(firm)
    found = services.check(
        named, selectors.lake_keys(named), purpose=purpose_named(purpose), as_of=_day(as_of, on), on=day(on), by=me()
    )
    if isinstance(found, Refused) or as_json:
        answer(found, as_json)
        return
    _show_check(found)


def meant(text: str) -> EnterpriseId:
    """The firm that a text names."""
    from puhui.enterprises import selectors
    from puhui.ids import EnterpriseId

    return selectors.firm_named(text) or EnterpriseId(text.strip())


def _day(as_of: str, on: str) -> date:
    return day(as_of or on)


def purpose_named(text: str) -> Any:  # noqa: ANN401  the enum is imported late
    from puhui.governance.purposes import Purpose

    try:
        return Purpose(text)
    except ValueError as wrong:
        raise BadInput(f"there is no purpose '{text}'", then=f"name one of {', '.join(Purpose)}") from wrong


def _show_file(known: EnterpriseFile) -> None:
    out.print(f"[bold]{known.firm}[/bold]  known since {known.known_since or '–'}", highlight=False)
    for scheme, values in known.codes.items():
        out.print(f"  {scheme}: {', '.join(values)}", highlight=False)
    table = Table("channel", "rows", "from", "to", "sources")
    for held in known.held:
        said = held.refused or ", ".join(held.sources)
        table.add_row(held.channel, f"{held.rows:,}", str(held.first_day or "–"), str(held.last_day or "–"), said)
    out.print(table)
    for statement in known.statements[-12:]:
        out.print(f"  {statement.since}  {statement.what}: {statement.value}  ({statement.source})", highlight=False)
    for record in known.records[:20]:
        said = f"record {record.number} ({record.source} {record.record}): by {record.how}, since {record.since}"
        out.print(f"  {said}", highlight=False)
    for act in known.history:
        undone = " (undone)" if act.undone else ""
        out.print(f"  act {act.act}, {act.on}: {act.kind} {act.enterprise} / {act.other}: {act.reason}{undone}")
    for case in known.doubts:
        out.print(f"  doubtful: {case.kind} {case.enterprise} / {case.other or case.record}", highlight=False)


def _show_check(found: Checked) -> None:
    score = f"{found.trust:.1f} of 100" if found.trust is not None else "–"
    parts = ", ".join(f"{name} {part:.2f}" for name, part in found.parts.items())
    out.print(f"[bold]{found.firm}[/bold]  trust {score} ({parts}): {found.says.en}", highlight=False)
    table = Table("compared", "left", "right", "right / left", "allowed", "verdict", "would settle it")
    for one in found.compared:
        left, right = (_amount(amount, one.unit) for amount in (one.left_amount, one.right_amount))
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else "–"
        settles = one.settles.en if one.verdict == "differ" else ""
        table.add_row(one.label.en, left, right, ratio, f"{one.low:g} – {one.high:g}", one.words.en, settles)
    out.print(table)
    for sign in found.signs:
        out.print(f"  {sign.kind} ({sign.strength:.2f}): {plain(sign.evidence)}", highlight=False)
    for channel, why in found.not_read.items():
        out.print(f"  not read: {channel}: {why}", highlight=False)


def _amount(amount: float, unit: str) -> str:
    return f"{amount / 100:,.0f} yuan" if unit == "fen" else f"{amount:,.0f} {unit}"
