"""The papers of a strategy run: `decisions.csv`, `summary.json` and `report.html`, all of them or none."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from puhui.products.values import FirmRow, StrategyRun, StrategySummary
from puhui.refusals import BadInput

DECISIONS, SUMMARY, REPORT = "decisions.csv", "summary.json", "report.html"
COLUMNS = (
    "enterprise",
    "outcome",
    "pd",
    "score",
    "grade",
    "limit_yuan",
    "annual_rate",
    "expected_profit_yuan",
    "reasons",
    "trade",
    "policy_limit_yuan",
    "policy_rate",
    "churn",
    "reasons_zh",
    "outcome_shock",
    "pd_shock",
    "grade_shock",
    "limit_shock_yuan",
    "rate_shock",
    "expected_profit_shock_yuan",
    "change_shock",
    "reasons_shock",
    "reasons_shock_zh",
)


def write(
    run: StrategyRun,
    out: Path,
    *,
    summarise: Callable[[], StrategySummary],
    report: Callable[[StrategyRun, Path], None],
) -> StrategySummary:
    """Write the three papers of a run into `out`: all appear together, or what was there stays.

    `summarise` is asked last, so that the seconds it states hold the report's own. Raises BadInput when `out`
    cannot be written to.
    """
    with _all_or_none(out) as beside:
        _write_decisions(run, beside / DECISIONS)
        report(run, beside / REPORT)
        summary = summarise()
        text = json.dumps(asdict(summary), ensure_ascii=False, indent=2)
        (beside / SUMMARY).write_text(text + "\n", encoding="utf-8")
    return summary


def require_writable(out: Path) -> None:
    """Raises BadInput when `out` cannot be written to: better said before the work than after it."""
    there = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise BadInput(f"{out} cannot be written to", then="name another folder")


@contextmanager
def _all_or_none(out: Path) -> Iterator[Path]:
    """A folder beside `out`; its files move into `out` when the block ends well, and vanish when it does not."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".strategy-", dir=out))
    except OSError as problem:
        raise BadInput(f"{out} cannot be written to ({problem.strerror})", then="name another folder") from None
    try:
        yield beside
        for path in sorted(beside.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_decisions(run: StrategyRun, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row_of(firm) for firm in run.firms)


def row_of(firm: FirmRow) -> dict[str, object]:
    """One line of `decisions.csv`. Amounts in whole yuan; rates and shares as fractions; reasons split by "; "."""
    policy_limit = getattr(firm.decision, "limit", None)
    policy_rate = getattr(firm.decision, "annual_rate", "")
    shock = firm.shock
    return {
        "enterprise": firm.enterprise,
        "outcome": firm.outcome,
        "pd": f"{firm.pd:.6f}",
        "score": firm.score,
        "grade": firm.grade,
        "limit_yuan": firm.limit_yuan,
        "annual_rate": firm.annual_rate,
        "expected_profit_yuan": f"{firm.expected_profit_yuan:.2f}",
        "reasons": "; ".join(reason.en for reason in firm.reasons),
        "trade": firm.trade,
        "policy_limit_yuan": policy_limit.fen // 100 if policy_limit else 0,
        "policy_rate": policy_rate,
        "churn": f"{firm.churn:.6f}",
        "reasons_zh": "；".join(reason.zh for reason in firm.reasons),
        "outcome_shock": shock.outcome,
        "pd_shock": f"{shock.pd:.6f}",
        "grade_shock": shock.grade,
        "limit_shock_yuan": shock.limit_yuan,
        "rate_shock": shock.annual_rate,
        "expected_profit_shock_yuan": f"{shock.expected_profit_yuan:.2f}",
        "change_shock": shock.change,
        "reasons_shock": "; ".join(reason.en for reason in shock.reasons),
        "reasons_shock_zh": "；".join(reason.zh for reason in shock.reasons),
    }
