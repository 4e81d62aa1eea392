"""Fit a model on any table, and score any table with it.

`fit` works in memory; `fit_model` and `score_table` work on files and leave nothing half written.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from puhui.documents import services as documents
from puhui.progress import Step
from puhui.refusals import BadInput
from puhui.scoring import tables
from puhui.scoring.additive import Additive
from puhui.scoring.challenger import Challenger
from puhui.scoring.intake import IS_SILENT, Intake, take_in
from puhui.scoring.report import report
from puhui.scoring.values import Fitted
from puhui.words import Label

MODEL, CHALLENGER, METRICS, REPORT = "model.json", "challenger", "metrics.json", "report.html"
REASONS = 3


def _say_nothing(done: float, note: str = "") -> None:
    """The listener of one who does not wait."""


def fit(
    table: pa.Table,
    *,
    target: str,
    worse_when: Mapping[str, str] | None = None,
    labels: Mapping[str, Label] | None = None,
    drop: Sequence[str] = (),
    time: str | None = None,
    positive: str | None = None,
    derive: bool = True,
    seed: int = 1,
    tell: Step = _say_nothing,
) -> Fitted:
    """Fit and examine a champion and a challenger on the rows of a table.

    `worse_when` says for some columns which side is worse ("higher", "lower"); `time` names a column of dates or
    periods for stability and the out-of-time test; `positive` names the bad value of a target of two texts; without
    `derive` no column is made of two others. A constant or all-missing column is left out and said so in
    `validation.left_out`. The same table and seed give the same model. Raises BadInput for a target that cannot be
    learned, NotReady without the extra `modelling`.
    """
    intake = take_in(table, target, drop=drop, time=time, positive=positive)
    periods = table[time] if time else None
    return _fit(intake, periods, worse_when or {}, labels or {}, derive=derive, seed=seed, tell=tell)


def fit_model(
    table_path: Path,
    target: str,
    *,
    out: Path,
    time: str | None = None,
    drop: Sequence[str] = (),
    positive: str | None = None,
    worse_when: Mapping[str, str] | None = None,
    labels: Mapping[str, Label] | None = None,
    derive: bool = True,
    seed: int = 1,
    tell: Step = _say_nothing,
) -> Fitted:
    """Fit on a CSV or Parquet file; write `model.json`, `challenger/`, `metrics.json` and `report.html` into `out`.

    As `fit`, but a constant or all-missing column is refused until it is dropped by name. Nothing is written unless
    all of it is; an `out` that holds something else than a model is refused.
    """
    require_model_folder(out)
    table = tables.read(table_path)
    intake = take_in(table, target, drop=drop, time=time, positive=positive)
    if intake.silent:
        names = ",".join(intake.silent)
        raise BadInput(
            f"{len(intake.silent)} column(s) are constant or all missing and say nothing: {names}",
            then=f"mend them, or leave them out with --drop {','.join([*drop, *intake.silent])}",
        )
    periods = table[time] if time else None
    fitted = _fit(intake, periods, worse_when or {}, labels or {}, derive=derive, seed=seed, tell=tell)
    write_model(fitted, out, source=table_path.name)
    return fitted


def score_table(model_dir: Path, table_path: Path, out_file: Path, *, which: str = "champion") -> int:
    """Score a CSV or Parquet file; write `out_file` (by its suffix) with column `pd`, in the table's row order.

    Also writes `score` and, for the champion, `reason_1` to `reason_3` (the columns that cost the most points, with
    their values). Returns the number of rows. Raises BadInput naming the columns of the model that the table misses.
    """
    tables.require_suffix(out_file)
    if which not in ("champion", "challenger"):
        raise BadInput(f"there is no model '{which}'", then="name champion or challenger")
    model: Additive | Challenger = load(model_dir) if which == "champion" else Challenger.load(model_dir / CHALLENGER)
    table = tables.read(table_path)
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    scored = model.score(columns)
    written: dict[str, Any] = {"pd": scored.pd, "score": np.round(scored.score, 2)}
    if isinstance(model, Additive):
        written |= _reason_columns(model, columns)
    tables.write(pa.table(written), out_file)
    return len(scored.pd)


def load(model_dir: Path) -> Additive:
    """The champion of a model folder. Raises BadInput when there is none."""
    return Additive.load(model_dir / MODEL)


def write_model(fitted: Fitted, out: Path, *, source: str) -> None:
    """Write a model folder whole or not at all; a model that stood there before is replaced."""
    require_model_folder(out)
    tables.make_folder(out.parent)
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        fitted.champion.save(beside / MODEL)
        (beside / CHALLENGER).mkdir()
        fitted.challenger.save(beside / CHALLENGER)
        metrics = {"model_sha256": fitted.champion.hash, "table": source, **fitted.validation.to_json()}
        text = json.dumps(metrics, ensure_ascii=False, indent=1, allow_nan=False)
        (beside / METRICS).write_text(text, encoding="utf-8")
        documents.write(report(fitted, source=source), beside / REPORT)
        beside.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        beside.replace(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def require_model_folder(out: Path) -> None:
    """Raises BadInput when `out` holds something that is no model, so that nothing of anybody's is replaced."""
    nearest = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    if not os.access(nearest, os.W_OK) or (nearest != out.absolute() and not nearest.is_dir()):
        raise BadInput(f"{out} cannot be made in {nearest}", then="name a folder you may write to")
    if out.exists() and not (out.is_dir() and ((out / MODEL).exists() or not any(out.iterdir()))):
        raise BadInput(f"{out} exists and is not a model folder", then="name a new or empty folder")


def _fit(
    intake: Intake,
    periods: pa.ChunkedArray | None,
    worse_when: Mapping[str, str],
    labels: Mapping[str, Label],
    *,
    derive: bool,
    seed: int,
    tell: Step,
) -> Fitted:
    # Imported here, so that a machine that only serves needs no training library.
    from puhui.scoring.training import fitting  # noqa: PLC0415

    intake = intake.without(dict.fromkeys(intake.silent, IS_SILENT))
    return fitting.fit_and_examine(
        intake, periods, worse_when=worse_when, labels=labels, derive=derive, seed=seed, tell=tell
    )


def _reason_columns(model: Additive, columns: Mapping[str, Any]) -> dict[str, list[str]]:
    """The heaviest reasons of every row, as text."""
    found = [
        [f"{r.column} = {r.value} ({r.points:+.0f})" for r in row] for row in model.all_reasons(columns, most=REASONS)
    ]
    return {f"reason_{at + 1}": [row[at] if at < len(row) else "" for row in found] for at in range(REASONS)}
