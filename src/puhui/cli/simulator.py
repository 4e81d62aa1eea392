"""Verbs of the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from puhui.cli.showing import out
from puhui.progress import Teller

app = typer.Typer()


@app.command()
def simulate(
    out_dir: Annotated[Path, typer.Option("--out", help="Where the files are written.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    with_record: Annotated[int, typer.Option(help="Firms whose outcome is known.")] = 80,
    without_record: Annotated[int, typer.Option(help="Firms to decide on.")] = 160,
) -> None:
    """Make invoices and firms in the shape of the public data set."""
    from puhui.simulator import services

    with Teller().step(f"simulate {with_record + without_record} firms"):
        services.write_public_set(out_dir, seed=seed, with_record=with_record, without_record=without_record)
    out.print(f"written to {out_dir}")
