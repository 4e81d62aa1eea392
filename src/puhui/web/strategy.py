"""The strategy run that the workbench shows: the folder that `puhui strategy` wrote, named when the server starts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import HttpRequest

from puhui.documents.blocks import Figure
from puhui.documents.wording import Form
from puhui.money import FEN_PER_YUAN, Money
from puhui.refusals import BadInput
from puhui.words import Label

FOLDER = "puhui.report"  # the key under which the server tells each request where the run lies
PAPERS = {
    "report.html": "text/html; charset=utf-8",
    "summary.json": "application/json",
    "decisions.csv": "text/csv; charset=utf-8",
}
YUAN = Label("yuan", "元")


@dataclass(frozen=True, slots=True)
class Run:
    """A strategy run on disk."""

    folder: Path
    summary: dict[str, Any]

    def figures(self) -> tuple[Figure, ...]:
        """The key figures of the run, as `summary.json` has them."""
        found = self.summary
        auc = found["auc_cv"]
        between = f"{auc['lo']:.3f} – {auc['hi']:.3f}"
        return (
            Figure(
                Label("Lent to", "放款企业"),
                found["lent_to"],
                Form.COUNT,
                unit=Label(f"of {found['enterprises']} firms", f"家，共 {found['enterprises']} 家"),
            ),
            Figure(Label("Allocated", "已分配额度"), _yuan(found["allocated_yuan"]), Form.MONEY_SHORT, unit=YUAN),
            Figure(Label("Budget", "预算"), _yuan(found["budget_yuan"]), Form.MONEY_SHORT, unit=YUAN),
            Figure(
                Label("Expected profit, one year", "预期年利润"),
                _yuan(found["expected_profit_yuan"]),
                Form.MONEY_SHORT,
                unit=YUAN,
            ),
            Figure(Label("Gap to the upper bound", "与上界的差距"), found["gap"], Form.PERCENT, 3),
            Figure(
                Label("AUC on firms not seen", "样本外 AUC"), auc["mean"], Form.NUMBER, unit=Label(between, between)
            ),
        )


def latest(request: HttpRequest) -> Run | None:
    """The run the server was started with; None when there is none. Raises BadInput when its summary is broken."""
    folder = request.META.get(FOLDER)
    if folder is None or not (Path(folder) / "summary.json").is_file():
        return None
    try:
        run = Run(Path(folder), json.loads((Path(folder) / "summary.json").read_text(encoding="utf-8")))
        run.figures()
    except (ValueError, KeyError, TypeError, OSError) as problem:
        raise BadInput(
            f"the strategy's summary cannot be read ({type(problem).__name__})", then="run `puhui strategy` again"
        ) from None
    return run


def _yuan(amount: float) -> Money:
    return Money(round(amount * FEN_PER_YUAN))
