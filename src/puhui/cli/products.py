"""Verbs of the products: the credit strategy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from puhui.cli.showing import AsJson, OnDay, day, open_book, out, plain, print_json
from puhui.money import yuan
from puhui.progress import Teller
from puhui.refusals import BadInput

app = typer.Typer()


@app.command()
def strategy(
    data: Annotated[Path, typer.Option(help="A folder with invoices and firms, as the public data set has them.")],
    budget: Annotated[str, typer.Option(help="Yuan that all limits together may not exceed.")],
    out_dir: Annotated[Path, typer.Option("--out", help="Where decisions, summary and report are written.")],
    shock: Annotated[str, typer.Option(help="The scenario under which to decide again.")] = "epidemic-2020",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Decide on many firms at once: whom to lend to, how much and at what rate, under one budget."""
    try:
        money = yuan(budget)
    except (ValueError, ArithmeticError) as wrong:
        raise BadInput(f"'{budget}' is not an amount in yuan", then="write it as 100000000") from wrong
    open_book()
    from puhui.products import services

    summary = services.strategy(data, money, out_dir, shock=shock, on=day(on), teller=Teller(quiet=as_json))
    if as_json:
        print_json(summary)
    else:
        _print_strategy(plain(summary), out_dir)


def _print_strategy(summary: dict[str, Any], out_dir: Path) -> None:
    auc = summary["auc_cv"]
    lines = {
        "lent to": f"{summary['lent_to']:,} of {summary['enterprises']:,} firms",
        "allocated": f"{summary['allocated_yuan']:,.0f} of {summary['budget_yuan']:,.0f} yuan",
        "expected profit": f"{summary['expected_profit_yuan']:,.0f} yuan a year",
        "optimality gap": f"{summary['gap']:.3%}",
        "cross-validated AUC": f"{auc['mean']:.3f} ({auc['lo']:.3f} – {auc['hi']:.3f})",
        "took": f"{summary['seconds']:.1f} s, {summary['peak_rss_mb']:,.0f} MB",
        "report": str(out_dir / "report.html"),
    }
    for name, value in lines.items():
        out.print(f"{name:<22}{value}", highlight=False)
