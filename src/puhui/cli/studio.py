"""Verbs of the studio: a product's version from a draft to a live one and to its end, with its second person."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from puhui import days
from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, plain, print_json
from puhui.ids import RequestId, new_request
from puhui.refusals import BadInput

app = typer.Typer(no_args_is_help=True, help="Take a product's version from a draft to a live one.")
Product = Annotated[str, typer.Argument(help="The product, such as tax_credit.")]
Number = Annotated[int, typer.Argument(help="The version's number.")]
Proposal = Annotated[int, typer.Argument(help="The proposal's number.")]
Why = Annotated[str, typer.Option(help="Why, for the second person and for the record.")]
Request = Annotated[str, typer.Option(help="The same request is done once.")]


@app.command()
def draft(
    product: Product,
    why: Why,
    graph: Annotated[
        Path | None, typer.Option(help="The decision graph (JDM); as in the last version if left out.")
    ] = None,
    terms: Annotated[Path | None, typer.Option(help="The dated terms; as in the last version if left out.")] = None,
    definition: Annotated[Path | None, typer.Option(help="The definition; as in the last version if left out.")] = None,
    request: Request = "",
    as_json: AsJson = False,
) -> None:
    """Keep a new version, made of the files given and of the last version."""
    open_book()
    from puhui.products import services

    _known(product)
    made = services.draft(
        product,
        definition_text=_text(definition),
        graph_text=_text(graph),
        terms_text=_text(terms),
        why=why,
        by=me(),
        request=_named(request),
        at=days.now(),
    )
    answer(made, as_json)


@app.command()
def texts(product: Product, into: Annotated[Path, typer.Option(help="The folder to write into.")], number: Annotated[
    int, typer.Option("--version", help="The version (default: the newest).")
] = 0) -> None:  # fmt: skip
    """Write a version's three texts as files, to be changed and drafted again."""
    open_book()
    from puhui.products import selectors

    _known(product)
    found = selectors.texts(selectors.version_row(product, number or selectors.versions(product)[0].number))
    into.mkdir(parents=True, exist_ok=True)
    for name in ("definition", "graph", "terms"):
        file = into / f"{product}_{name}.json"
        file.write_text(getattr(found, name), encoding="utf-8")
        out.print(str(file), highlight=False)


@app.command()
def check(product: Product, number: Number, on: OnDay = "", as_json: AsJson = False) -> None:
    """Examine a version: every cell and rule, and every path by generated cases. Exit code 3 when it is not sound."""
    open_book()
    from puhui.products import selectors, services

    _known(product)
    found = services.examine(product, selectors.texts(selectors.version_row(product, number)), on=day(on))
    cases = found.covered.cases if found.covered else 0
    if as_json:
        print_json({"sound": found.sound, "problems": found.problems, "remarks": found.remarks, "cases": cases})
    else:
        for line in (*found.problems, *found.remarks):
            out.print(f"  {line}", highlight=False, markup=False)
        out.print(f"{product} v{number}: {'sound' if found.sound else 'not sound'}, {cases} cases tried")
    if not found.sound:
        raise typer.Exit(3)


@app.command("backtest")
def back_test(
    product: Product,
    number: Number,
    months: Annotated[int, typer.Option(help="How many months of past applications.")] = 12,
    book: Annotated[
        bool, typer.Option("--book", help="As if every firm of this simulated house applied on the day instead.")
    ] = False,
    on: OnDay = "",
    request: Request = "",
    as_json: AsJson = False,
) -> None:
    """Work the past months' decisions out again under a version: who changes side, and why."""
    open_book()
    from puhui.approval import services

    _known(product)
    if not 1 <= months <= 120:
        raise BadInput(f"{months} months cannot be tested", then="name 1 to 120")
    said: Any = {"on": day(on), "by": me(), "request": _named(request), "at": days.now()}
    if book:
        found = services.backtest_on_book(product, number, **said)
    else:
        found = services.backtest(product, number, months=months, **said)
    if as_json:
        print_json(found)
        return
    table = Table("", "then", f"under v{number}", title=f"{found.applications:,} applications since {found.since}")
    for name in found.before:
        table.add_row(name.replace("_", " "), f"{found.before[name]:,}", f"{found.after[name]:,}")
    out.print(table)
    if len(found.by_version) > 1:
        beside = Table("then", *(f"v{number}" for number in found.by_version), title="by the version that decided")
        for name in found.before:
            beside.add_row(name.replace("_", " "), *(f"{side[name]:,}" for side in found.by_version.values()))
        out.print(beside)
    for what, count in {**found.changes, **{f"by {rule}": many for rule, many in found.why.items()}}.items():
        out.print(f"  {count:>6,}  {what}", highlight=False)
    out.print(f"{found.per_second:,.0f} a second, {found.faults} faults: {plain(found.stepped)}", highlight=False)


@app.command()
def propose(
    product: Product,
    number: Number,
    why: Why,
    live_from: Annotated[str, typer.Option("--from", help="The day from which it decides (default: today).")] = "",
    share: Annotated[str, typer.Option(help="The share of firms that it decides on, such as 0.1.")] = "1",
    request: Request = "",
    as_json: AsJson = False,
) -> None:
    """Propose that a back-tested version goes live; another person judges it."""
    open_book()
    from puhui.products import services

    _known(product)
    try:
        part = Decimal(share)
    except InvalidOperation:
        raise BadInput(f"'{share}' is no share", then="write it as 0.1") from None
    made = services.propose(
        product,
        number,
        live_from=day(live_from),
        share=part,
        why=why,
        by=me(),
        request=_named(request),
        at=days.now(),
    )
    answer(made, as_json)


@app.command()
def live(number: Proposal, request: Request = "", as_json: AsJson = False) -> None:
    """Carry out a proposal that was judged: the version is live from its day, or rejected."""
    open_book()
    from puhui.products import services

    answer(services.go_live(number, by=me(), request=_named(request), at=days.now()), as_json)


@app.command("propose-end")
def propose_end(
    product: Product, number: Number, why: Why, on: OnDay = "", request: Request = "", as_json: AsJson = False
) -> None:
    """Propose that a live version is retired from a day on; another person judges it."""
    open_book()
    from puhui.products import services

    _known(product)
    made = services.propose_retirement(
        product, number, on=day(on), why=why, by=me(), request=_named(request), at=days.now()
    )
    answer(made, as_json)


@app.command()
def retire(number: Proposal, request: Request = "", as_json: AsJson = False) -> None:
    """Carry out a retirement that was agreed to."""
    open_book()
    from puhui.products import services

    answer(services.retire(number, by=me(), request=_named(request), at=days.now()), as_json)


def _known(product: str) -> None:
    from puhui.products import selectors, services

    services.install(at=days.now())
    if not selectors.versions(product):
        raise BadInput(f"there is no product '{product}'", then="name one such as tax_credit")


def _named(request: str) -> RequestId:
    return RequestId(request or new_request()[:36])


def _text(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise BadInput(f"{file} cannot be read ({wrong})", then="name a text file in UTF-8") from None
