"""What a fit hands back: the models, and what the validation saw on rows that no choice had seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from puhui.scoring.additive import Additive
from puhui.scoring.challenger import Challenger
from puhui.scoring.columns import Floats
from puhui.scoring.measures import CalibrationBin, Interval, Ints
from puhui.words import Label


class Verdict(StrEnum):
    """What the sentinel says of a column."""

    OUTCOME = "outcome"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class Test:
    """One test that a column failed: what was measured against which threshold, and what that means in words."""

    name: str
    value: float
    threshold: float
    words: Label


@dataclass(frozen=True, slots=True)
class Finding:
    """A column too good to be known on the day. An OUTCOME is left out of the fit; a SUSPECT is named."""

    column: str
    verdict: Verdict
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Judged:
    """One model on rows it did not learn from. `pd` is the mean over repeats, in the table's row order.

    `auc` is the mean over folds and repeats; `slope` 1 and `offset` 0 would be perfect calibration.
    """

    auc: Interval
    auc_sd_folds: float
    gini: float
    ks: float
    brier: float
    slope: float
    offset: float
    pd: Floats
    roc: tuple[tuple[float, float], ...]
    calibration: tuple[CalibrationBin, ...]
    forms: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The figures, without the rows."""
        return {
            "auc": {"mean": self.auc.mean, "lo": self.auc.lo, "hi": self.auc.hi, "method": self.auc.method},
            "auc_sd_folds": self.auc_sd_folds,
            "gini": self.gini,
            "ks": self.ks,
            "brier": self.brier,
            "calibration": {
                "slope": self.slope,
                "offset": self.offset,
                "bins": [asdict(group) for group in self.calibration],
            },
            "roc": [list(point) for point in self.roc],
            "forms_chosen": dict(self.forms),
        }


@dataclass(frozen=True, slots=True)
class VariableBin:
    """One bin of a variable in the data, and its points in the champion (log-odds, more is worse)."""

    label: Label
    rows: int
    bads: int
    rate: float
    woe: float
    iv: float
    points: float


@dataclass(frozen=True, slots=True)
class VariableReport:
    """A term of the champion: how it ranks alone, what it weighs in the model, and its bins."""

    name: str
    label: Label
    iv: float
    auc: float
    missing_share: float
    weight: float
    bins: tuple[VariableBin, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """The rows of one period: ranking, level and drift of the score against the first period."""

    name: str
    rows: int
    bads: int
    auc: float | None
    mean_pd: float
    rate: float
    psi: float


@dataclass(frozen=True, slots=True)
class OutOfTime:
    """Fitted on the periods before `since`, judged on those from it on."""

    since: str
    rows: int
    bads: int
    champion: Interval
    challenger: Interval


@dataclass(frozen=True)
class Validation:
    """The whole examination. `y` and the models' `pd` are in the table's row order."""

    regime: str
    folds: int
    repeats: int
    rows: int
    bads: int
    y: Ints
    champion: Judged
    challenger: Judged
    variables: tuple[VariableReport, ...]
    findings: tuple[Finding, ...]
    left_out: Mapping[str, Label]
    periods: tuple[Period, ...] = ()
    out_of_time: OutOfTime | None = None
    without_suspects: float | None = None
    without_derived: float | None = None

    def to_json(self) -> dict[str, Any]:
        """metrics.json."""
        return {
            "regime": self.regime,
            "folds": self.folds,
            "repeats": self.repeats,
            "rows": self.rows,
            "bads": self.bads,
            "champion": self.champion.to_json(),
            "challenger": self.challenger.to_json(),
            "auc_without_suspects": self.without_suspects,
            "auc_without_derived": self.without_derived,
            "variables": [asdict(variable) for variable in self.variables],
            "sentinel": [asdict(finding) for finding in self.findings],
            "left_out": {name: asdict(why) for name, why in self.left_out.items()},
            "periods": [asdict(period) for period in self.periods],
            "out_of_time": asdict(self.out_of_time) if self.out_of_time else None,
        }


@dataclass(frozen=True)
class Fitted:
    """A champion, its challenger, and how they stood the examination."""

    champion: Additive
    challenger: Challenger
    validation: Validation
