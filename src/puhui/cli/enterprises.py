"""Verbs of the enterprises: whose records these are, what is known of a firm, and whether it is true."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, plain, print_json
from puhui.progress import Teller
from puhui.refusals import BadInput, Refused

if TYPE_CHECKING:
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
    from puhui.cli import firm_shown

    firm_shown.show_doubts(cases)


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
    from puhui.cli import firm_shown

    firm_shown.show_file(known)


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
    from puhui.cli import firm_shown

    firm_shown.show_check(found)


@app.command(name="owner-says")
def owner_says(
    firm: Firm,
    sales: Annotated[str, typer.Option(help="Yuan sold in a year.")] = "",
    staff: Annotated[int, typer.Option(help="People who work there.")] = -1,
    capital: Annotated[str, typer.Option(help="Yuan of registered capital.")] = "",
    request: Annotated[str, typer.Option(help="The same request says it once.")] = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Keep what an owner says of the firm: `puhui accuracy` holds it against registry, returns and insured staff."""
    open_book()
    from puhui.cli.cases import amount
    from puhui.enterprises import services
    from puhui.enterprises.owner import Matter
    from puhui.ids import RequestId, new_request

    said = {Matter.SALES: amount(sales).fen} if sales else {}
    said |= {Matter.CAPITAL: amount(capital).fen} if capital else {}
    said |= {Matter.STAFF: staff} if staff >= 0 else {}
    named = RequestId(request) if request else new_request()
    kept = services.owner_says(meant(firm), said, on=day(on), request=named, by=me())
    answer(kept if isinstance(kept, Refused) else {"kept": kept}, as_json)


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
