"""Verbs of the models: fit and score any table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from puhui.cli.showing import AsJson, out, print_json
from puhui.progress import Teller

app = typer.Typer(no_args_is_help=True, help="Fit, validate and use a model on any table.")


@app.command("fit")
def model_fit(
    table: Annotated[Path, typer.Argument(help="A table of numbers and categories: CSV or Parquet.")],
    target: Annotated[str, typer.Option(help="The column to predict; it has two values.")],
    out_dir: Annotated[Path, typer.Option("--out", help="Where the model is written.")],
    time: Annotated[str, typer.Option(help="A column of periods or days, for stability and out-of-time.")] = "",
    drop: Annotated[str, typer.Option(help="Columns to leave out, separated by commas.")] = "",
    positive: Annotated[str, typer.Option(help="The target's value that is the event (default: the rarer).")] = "",
    plain: Annotated[bool, typer.Option("--plain", help="Use the columns as given; derive none from two.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit a champion and a challenger, validate them, and write model, metrics and report."""
    from puhui.scoring import services

    teller = Teller(quiet=as_json)
    with teller.step(f"fit {table.name}") as tell:
        services.fit_model(
            table,
            target,
            out=out_dir,
            time=time or None,
            drop=[name.strip() for name in drop.split(",") if name.strip()],
            positive=positive or None,
            derive=not plain,
            tell=tell,
        )
    metrics = json.loads((out_dir / "metrics.json").read_text(encoding="utf-8"))
    print_json(metrics) if as_json else _print_model(metrics, out_dir)


@app.command("score")
def model_score(
    model: Annotated[Path, typer.Argument(help="A folder that `model fit` has written.")],
    table: Annotated[Path, typer.Argument(help="The table to score: CSV or Parquet.")],
    out_file: Annotated[Path, typer.Option("--out", help="The file to write, .csv or .parquet.")],
    which: Annotated[str, typer.Option(help="champion or challenger")] = "champion",
    as_json: AsJson = False,
) -> None:
    """Score a table: one row each, in the same order, with the column `pd`."""
    from puhui.scoring import services

    rows = services.score_table(model, table, out_file, which=which)
    if as_json:
        print_json({"rows": rows, "out": str(out_file), "which": which})
    else:
        out.print(f"{rows:,} rows scored by the {which}: {out_file}")


def _print_model(metrics: dict[str, Any], out_dir: Path) -> None:
    table = Table("", "AUC", "95 % interval", "KS", "Brier", title="held-out figures")
    for which in ("champion", "challenger"):
        row = metrics[which]
        interval = f"{row['auc']['lo']:.3f} – {row['auc']['hi']:.3f}"
        table.add_row(which, f"{row['auc']['mean']:.3f}", interval, f"{row['ks']:.3f}", f"{row['brier']:.4f}")
    out.print(table)
    out.print(f"report: {out_dir / 'report.html'}")
