"""Verbs of the simulator."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from puhui import days
from puhui.cli.showing import AsJson, out, print_json
from puhui.progress import Teller
from puhui.refusals import BadInput

app = typer.Typer()


class Shape(StrEnum):
    """What is made: a world with all channels, or invoices as the public data set has them."""

    WORLD = "world"
    PUBLIC = "public"


@app.command()
def simulate(
    out_dir: Annotated[Path, typer.Option("--out", help="Where the files are written: an empty folder.")],
    firms: Annotated[int, typer.Option(help="How many firms live in the world.")] = 2_000,
    months: Annotated[int, typer.Option(help="For how many months, at least 13.")] = 36,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    first: Annotated[str, typer.Option("--from", help="The first month, such as 2022-01.")] = "2022-01",
    processes: Annotated[int, typer.Option(help="How many work side by side; the bytes do not change.")] = 2,
    shape: Annotated[Shape, typer.Option(help="A world with all channels, or the public set's files.")] = Shape.WORLD,
    with_record: Annotated[int, typer.Option(help="Public shape: firms whose outcome is known.")] = 80,
    without_record: Annotated[int, typer.Option(help="Public shape: firms to decide on.")] = 160,
    as_json: AsJson = False,
) -> None:
    """Make a bank in a box: firms over years and every channel's files, with a truth folder for tests only."""
    from puhui.simulator import services

    teller = Teller(quiet=as_json)
    if shape is Shape.PUBLIC:
        with teller.step(f"simulate {with_record + without_record} firms"):
            services.write_public_set(out_dir, seed=seed, with_record=with_record, without_record=without_record)
        out.print(f"written to {out_dir}")
        return
    try:
        begins = days.parse(f"{first}-01")
    except ValueError as wrong:
        raise BadInput(f"'{first}' is not a month", then="write it as 2022-01") from wrong
    with teller.step(f"simulate {firms:,} firms × {months} months") as tell:
        page = services.simulate(
            out_dir, seed=seed, firms=firms, months=months, first=begins, processes=processes, tell=tell
        )
    print_json(page) if as_json else _show(page, out_dir)


def _show(page: dict[str, Any], folder: Path) -> None:
    table = Table("channel", "rows", "files", "as", title=f"{page['first_day']} to {page['last_day']}")
    for channel, of in page["channels"].items():
        table.add_row(channel, f"{of['rows']:,}", f"{of['files']:,}", f"{of['kind']}, {of['encoding']}")
    out.print(table)
    out.print(f"written to {folder}; its truth folder is for tests and benchmarks only")
