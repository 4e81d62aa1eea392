"""The same verbs from a terminal.

Results go to stdout (JSON with --json), progress to stderr. Exit code 0 is success, 2 is bad input with what to do
next, 3 is a refusal by the rules; anything else is a bug. Rooms are imported by the verb that needs them, so that
`puhui --help` answers at once.
"""

from __future__ import annotations

import getpass
import json
import sys
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from puhui import days
from puhui.money import yuan
from puhui.progress import Teller
from puhui.refusals import BadInput, Refused

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
model_app = typer.Typer(no_args_is_help=True, help="Fit, validate and use a model on any table.")
audit_app = typer.Typer(no_args_is_help=True, help="What happened, and whether the record of it holds.")
app.add_typer(model_app, name="model")
app.add_typer(audit_app, name="audit")
out = Console()

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
OnDay = Annotated[str, typer.Option("--on", help="Business date, such as 2020-02-29 (default: today).")]


def main() -> None:
    """The entry point: bad input ends with what to do next and exit code 2, a refusal with exit code 3."""
    try:
        app()
    except BadInput as wrong:
        print(f"puhui: {wrong}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("puhui: stopped; nothing is half done. To go on: run the same command again.", file=sys.stderr)
        sys.exit(130)


# ---- channels ----------------------------------------------------------------------------------------------------


@app.command()
def deliver(
    channel: Annotated[str, typer.Argument(help="The channel, such as vat_invoices.")],
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX or Parquet file.")],
    source: Annotated[str, typer.Option(help="Who delivers: rows of one source supersede each other.")] = "upload",
    on: OnDay = "",
    history: Annotated[bool, typer.Option(help="An archive: its rows were known on the day they happened.")] = False,
    as_json: AsJson = False,
) -> None:
    """Deliver a file to a channel: every row is accepted, quarantined or a duplicate. Twice is once."""
    _open_book()
    from puhui.channels import services

    teller = Teller(quiet=as_json)
    with teller.step(f"deliver {file.name}") as tell:
        done = services.deliver(
            channel, file, source=source, on=_day(on), history=history, request=None, by=_me(), tell=tell
        )
    if as_json:
        _print_json(done)
        return
    table = Table("rows in", "accepted", "quarantined", "duplicates", title=f"{channel} · {done.delivery}")
    table.add_row(*(f"{n:,}" for n in (done.rows_in, done.accepted, done.quarantined, done.duplicates)))
    out.print(table)
    if done.repeated:
        out.print("This file was delivered before; nothing has changed.")
    for code, count in done.reasons.items():
        out.print(f"  {count:>9,}  {code}")
    if done.quarantined:
        out.print(f"See the rows and their reasons: puhui quarantine {done.delivery}")


@app.command()
def quarantine(
    delivery: Annotated[str, typer.Argument(help="The delivery's id.")],
    limit: Annotated[int, typer.Option(help="Show at most so many rows.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the quarantined rows of a delivery, raw, with line and reasons."""
    _open_book()
    from puhui.channels import selectors
    from puhui.ids import DeliveryId

    rows = selectors.quarantine(DeliveryId(delivery))[:limit]
    if as_json:
        _print_json(rows)
        return
    table = Table("id", "line", "reasons", "raw row")
    for row in rows:
        table.add_row(
            str(row.id),
            str(row.line),
            "\n".join(words.en for _, words in row.reasons),
            json.dumps(row.raw, ensure_ascii=False),
        )
    out.print(table if rows else "No row of this delivery is in quarantine.")


@app.command()
def mend(
    row: Annotated[int, typer.Argument(help="The quarantined row's id (puhui quarantine DELIVERY).")],
    changes: Annotated[list[str], typer.Argument(help="FIELD=VALUE, as in the file's own headers.")],
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Mend a quarantined row and replay it through the contract. The raw row is kept."""
    _open_book()
    from puhui.channels import services

    pairs = [change.split("=", 1) for change in changes]
    if any(len(pair) != 2 for pair in pairs):
        raise BadInput("a change is FIELD=VALUE", then="write it as 税额=13.00, in quotes if it holds spaces")
    _answer(services.mend(row, dict(pairs), by=_me(), on=_day(on)), as_json)


# ---- variables ---------------------------------------------------------------------------------------------------


@app.command()
def variables(as_json: AsJson = False) -> None:
    """List the variables: name, label, unit, which side is worse, and why."""
    from puhui.variables import registry

    listed = [
        {
            "name": variable.name,
            "en": variable.label.en,
            "zh": variable.label.zh,
            "unit": variable.unit,
            "channel": variable.channel,
            "worse_when": variable.worse_when,
            "why": variable.why.en,
        }
        for variable in registry.VARIABLES.values()
    ]
    if as_json:
        _print_json(listed)
        return
    table = Table("name", "label", "", "unit", "worse when")
    for row in listed:
        table.add_row(row["name"], row["en"], row["zh"], row["unit"], row["worse_when"] or "–")
    out.print(table)
    out.print(f"{len(listed)} variables")


# ---- models ------------------------------------------------------------------------------------------------------


@model_app.command("fit")
def model_fit(
    table: Annotated[Path, typer.Argument(help="A table of numbers and categories: CSV or Parquet.")],
    target: Annotated[str, typer.Option(help="The column to predict; it has two values.")],
    out_dir: Annotated[Path, typer.Option("--out", help="Where the model is written.")],
    time: Annotated[str, typer.Option(help="A column of periods or days, for stability and out-of-time.")] = "",
    drop: Annotated[str, typer.Option(help="Columns to leave out, separated by commas.")] = "",
    positive: Annotated[str, typer.Option(help="The target's value that is the event (default: the rarer).")] = "",
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
            tell=tell,
        )
    metrics = json.loads((out_dir / "metrics.json").read_text(encoding="utf-8"))
    _print_json(metrics) if as_json else _print_model(metrics, out_dir)


@model_app.command("score")
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
        _print_json({"rows": rows, "out": str(out_file), "which": which})
    else:
        out.print(f"{rows:,} rows scored by the {which}: {out_file}")


# ---- products ----------------------------------------------------------------------------------------------------


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
    _open_book()
    from puhui.products import services

    summary = services.strategy(data, money, out_dir, shock=shock, on=_day(on), teller=Teller(quiet=as_json))
    if as_json:
        _print_json(summary)
    else:
        _print_strategy(_plain(summary), out_dir)


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


# ---- lending -----------------------------------------------------------------------------------------------------


@app.command()
def schedule(
    case: Annotated[Path, typer.Argument(help="A JSON file with one case or a list of them.")], as_json: AsJson = False
) -> None:
    """Compute repayment schedules (or accruals) from cases; one case gives one answer, a list gives a list."""
    from puhui.lending import services

    answers = services.schedule(case)
    if as_json:
        _print_json(answers[0] if len(answers) == 1 else answers)
        return
    for answer in answers:
        _print_rows(str(answer["id"] or case.stem), answer.get("rows") or answer["accruals"])


# ---- the house ---------------------------------------------------------------------------------------------------


@audit_app.command("verify")
def audit_verify(as_json: AsJson = False) -> None:
    """Walk the audit chain; say which record is the first that does not hold (exit code 1)."""
    _open_book()
    from puhui.governance import services

    found = services.verify()
    if as_json:
        _print_json({**asdict(found), "holds": found.holds})
    elif found.holds:
        out.print(f"{found.records:,} records, every one as it was written. Head {found.head[:16]}…")
    else:
        out.print(f"The chain is broken at record {found.broken_at}: {found.why}.")
    raise typer.Exit(0 if found.holds else 1)


@audit_app.command("log")
def audit_log(count: Annotated[int, typer.Option(help="How many records.")] = 20, as_json: AsJson = False) -> None:
    """Show the newest records of the audit chain."""
    _open_book()
    from puhui.governance import selectors

    records = selectors.latest(count)
    if as_json:
        _print_json(records)
        return
    table = Table("number", "at", "act", "subject", "by", "facts")
    for record in records:
        facts = " ".join(f"{name}={value}" for name, value in record.body.items() if value is not None)
        table.add_row(
            str(record.number), f"{record.at:%Y-%m-%d %H:%M:%S}", record.act, record.subject, record.by, facts
        )
    out.print(table if records else "Nothing has been recorded yet.")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8000,
    report: Annotated[Path | None, typer.Option(help="A folder that `puhui strategy` has written.")] = None,
) -> None:
    """Serve the workbench on http://127.0.0.1:8000."""
    _open_book()
    from puhui.web import server

    server.serve(port, report)


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="What to measure: variables.")],
    big: Annotated[bool, typer.Option(help="Also the data repeated 50 times (55 M rows).")] = True,
    data: Annotated[Path, typer.Option(help="The public data set.", envvar="PUHUI_BENCH_DATA")] = Path(
        "../shared/data/cumcm2020c"
    ),
    as_json: AsJson = False,
) -> None:
    """Measure speed and memory side by side with a named peer, in the same run."""
    file = Path(__file__).parents[2] / "bench" / f"{name}.py"
    if not file.is_file():
        names = ", ".join(sorted(path.stem for path in file.parent.glob("[a-z]*.py"))) or "none: run it in a checkout"
        raise BadInput(f"there is no bench '{name}'", then=f"name one of: {names}")
    import runpy

    result = runpy.run_path(str(file))["run"](data, big=big, teller=Teller(quiet=as_json))
    _print_json(result)


# ---- how answers are shown ---------------------------------------------------------------------------------------


def _open_book() -> None:
    from puhui import postgres

    postgres.open_book()


def _day(text: str) -> date:
    if not text:
        return days.today()
    try:
        return days.parse(text)
    except ValueError as wrong:
        raise BadInput(str(wrong).split(":")[0], then="write the day as 2020-02-29") from wrong


def _me() -> str:
    return f"cli:{getpass.getuser()}"


def _answer(answer: object, as_json: bool) -> None:
    if isinstance(answer, Refused):
        print(f"puhui: refused. {answer}", file=sys.stderr)
        raise typer.Exit(3)
    _print_json(answer) if as_json else out.print(_plain(answer))


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever a room answers, as JSON can hold it
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Enum | Decimal | Path):
        return str(value.value if isinstance(value, Enum) else value)
    return value


def _print_json(value: object) -> None:
    print(json.dumps(_plain(value), ensure_ascii=False, indent=2))


def _print_model(metrics: dict[str, Any], out_dir: Path) -> None:
    table = Table("", "AUC", "95 % interval", "KS", "Brier", title="held-out figures")
    for which in ("champion", "challenger"):
        row = metrics[which]
        interval = f"{row['auc']['lo']:.3f} – {row['auc']['hi']:.3f}"
        table.add_row(which, f"{row['auc']['mean']:.3f}", interval, f"{row['ks']:.3f}", f"{row['brier']:.4f}")
    out.print(table)
    out.print(f"report: {out_dir / 'report.html'}")


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


def _print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="left" if name in {"due", "date"} else "right")
    for row in rows:
        table.add_row(*(f"{Decimal(cell):,}" if "." in str(cell) else str(cell) for cell in row.values()))
    out.print(table)


if __name__ == "__main__":
    main()
