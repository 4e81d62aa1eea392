"""Is the simulated world learnable, and not trivially? `puhui bench world --json`.

A world of 2,000 firms over 36 months goes through every channel into a lake of its own; every variable is computed as
of two days; boosted trees learn who defaults in the twelve months after, from the registry alone, from invoices alone
and from all channels. Folds keep a firm's two days together. The truth folder is opened here and in tests only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from puhui import days
from puhui.progress import Teller

FIRMS, MONTHS, SEED = 2_000, 36, 7
SEEN_AFTER_MONTHS = (14, 24)  # the days as of which variables are computed: ends of these months of the world
OUTLOOK_MONTHS = 12
YOUNGEST_DAYS = 90
FOLDS, REPEATS = 5, 4
TREES = {
    "n_estimators": 250,
    "learning_rate": 0.02,
    "num_leaves": 7,
    "min_child_samples": 30,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.3,
    "reg_lambda": 20.0,
    "n_jobs": 1,
    "verbose": -1,
}


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Simulate, deliver, compute and learn; cross-validated AUCs with the number of variables. `data` is not read."""
    with tempfile.TemporaryDirectory(prefix="puhui-world-") as folder:
        from puhui.simulator import services

        world = Path(folder) / "world"
        with teller.step(f"simulate {FIRMS:,} firms × {MONTHS} months") as tell:
            services.simulate(world, seed=SEED, firms=FIRMS, months=MONTHS, tell=tell)
        with teller.step("deliver, compute, learn"):
            return learn_in_a_process(world, Path(folder) / "home")


def learn_in_a_process(world: Path, home: Path) -> dict[str, Any]:
    """Deliver and learn with a book and a lake in `home`, apart from the user's own."""
    surroundings = {**os.environ, "PUHUI_HOME": str(home), "PUHUI_DATABASE_URL": ""}
    command = [sys.executable, str(Path(__file__).resolve()), str(world)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"the world could not be learned:\n{done.stderr}"
    return json.loads(done.stdout)


def learn(world: Path) -> dict[str, Any]:
    """Deliver what is known by the last of the days, then compare what channels can tell."""
    page = json.loads((world / "world.json").read_text(encoding="utf-8"))
    first = date.fromisoformat(page["first_day"])
    snapshots = [days.add_months(first, months) - timedelta(days=1) for months in SEEN_AFTER_MONTHS]
    started = perf_counter()
    rows = _deliver(world, until=snapshots[-1])
    delivered = perf_counter()
    channel_of, table, firms, event = _snapshots(world, list(page["channels"]), snapshots)
    worked = perf_counter()
    groups = {
        "registry": [name for name, channel in channel_of.items() if channel == "registry"],
        "invoices": [name for name, channel in channel_of.items() if channel == "vat_invoices"],
        "all": list(channel_of),
    }
    return {
        "firms": len(set(firms)),
        "rows_delivered": rows,
        "observations": len(firms),
        "defaults": int(event.sum()),
        "as_of": [str(day) for day in snapshots],
        "variables": {name: len(columns) for name, columns in groups.items()},
        "auc": {name: _auc(table, columns, firms, event) for name, columns in groups.items()},
        "seconds": {
            "deliver": round(delivered - started, 1),
            "compute": round(worked - delivered, 1),
            "learn": round(perf_counter() - worked, 1),
        },
    }


def _deliver(world: Path, *, until: date) -> int:
    """Each month's files on the month's last day."""
    from puhui.channels import services

    rows = 0
    for arrives, channel, file in sorted(_files(world)):
        if arrives <= until:
            rows += services.deliver(channel, file, source=channel, on=arrives, by="bench").accepted
    return rows


def _files(world: Path) -> Iterator[tuple[date, str, Path]]:
    for file in (world / "channels").glob("*/*"):
        first = days.parse(f"{file.name[:7]}-01")
        yield days.add_months(first, 1) - timedelta(days=1), file.parent.name, file


def _snapshots(
    world: Path, channels: list[str], snapshots: list[date]
) -> tuple[dict[str, str], dict[str, np.ndarray], list[str], np.ndarray]:
    """Every variable of every living firm as of each day, and whether it defaults in the outlook."""
    from puhui.governance import services as governance
    from puhui.governance.purposes import Purpose
    from puhui.variables import registry, selectors
    from puhui.variables.declarations import Variable

    truth = pa.concat_tables(pq.read_table(file) for file in sorted((world / "truth").glob("firms*"))).to_pylist()
    everyone = sorted(row["enterprise"] for row in truth)
    governance.register_public_basis(
        everyone, channels=channels, dataset="bench-world", evidence="simulated", on=snapshots[-1], by="bench"
    )
    variables = list(registry.VARIABLES.values())
    columns: dict[str, list[np.ndarray]] = {variable.name: [] for variable in variables}
    firms: list[str] = []
    events: list[bool] = []
    for day in snapshots:
        horizon = days.add_months(day, OUTLOOK_MONTHS)
        lives = {
            row["enterprise"]: row["default_day"] is not None and row["default_day"] <= horizon
            for row in truth
            if row["founded_on"] <= day - timedelta(days=YOUNGEST_DAYS)
            and not (row["default_day"] and row["default_day"] <= day)
            and not (row["closed_on"] and row["closed_on"] <= day)
        }
        asked = sorted(lives)
        found = selectors.values(
            asked, purpose=Purpose.RESEARCH, as_of=day, variables=variables, on=snapshots[-1], by="bench"
        )
        assert not found.refused, f"the bench may not read {', '.join(found.refused)}"
        for variable in variables:
            columns[variable.name].append(found.table[variable.name].to_numpy().astype(float))
        firms += asked
        events += [lives[firm] for firm in asked]
    channel_of = {variable.name: variable.channel if isinstance(variable, Variable) else "" for variable in variables}
    return channel_of, {name: np.concatenate(parts) for name, parts in columns.items()}, firms, np.array(events)


def _auc(table: dict[str, np.ndarray], columns: list[str], firms: list[str], event: np.ndarray) -> float | None:
    """Cross-validated area under the curve, the mean over repeats; None where there is no variable."""
    from lightgbm import LGBMClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold

    if not columns:
        return None
    matrix = np.column_stack([table[name] for name in columns])
    areas = []
    for repeat in range(REPEATS):
        scores = np.zeros(event.size)
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=repeat)
        for train, test in folds.split(matrix, event, firms):
            model = LGBMClassifier(**TREES, random_state=repeat).fit(matrix[train], event[train])
            scores[test] = model.predict_proba(matrix[test])[:, 1]
        areas.append(roc_auc_score(event, scores))
    return round(float(np.mean(areas)), 4)


if __name__ == "__main__":
    import warnings

    from puhui import postgres

    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    postgres.open_book()
    print(json.dumps(learn(Path(sys.argv[1]))))
