"""The README is run: its verbs, in their order, on a home of its own where nothing is before the first one."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from puhui.simulator import services as simulator
from readme_verbs import BY_HAND, NEED_A_BANK, PLAYS_IT, shown_verbs

ELSEWHERE = BY_HAND | NEED_A_BANK | PLAYS_IT


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the placeholders of the README stand for."""
    folder = tmp_path_factory.mktemp("readme")
    simulator.write_public_set(folder / "data", seed=3, with_record=60, without_record=20)
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 3))
    events = rng.random(400) < 1 / (1 + np.exp(2 - 1.5 * rows[:, 0] + rows[:, 1]))
    lines = [
        ",".join([*(f"{cell:.4f}" for cell in row), str(int(event))]) for row, event in zip(rows, events, strict=True)
    ]
    (folder / "table.csv").write_text("\n".join(["a,b,c,bad", *lines]))
    return folder


def _stands_for(shown: str, place: Path, case: Path) -> str:
    """A command of the README with real things in place of its capitals."""
    verb = shown.split(" --", maxsplit=1)[0]
    for capital, real in (
        ("--firms 2000 --months 36", "--firms 20 --months 13"),
        ("--data DIR", f"--data {place / 'data'}"),
        ("--out DIR", f"--out {place / 'out' / verb.split()[0]}"),
        ("--out FILE", f"--out {place / 'scores.csv'}"),
        ("score DIR", f"score {place / 'out' / 'model'}"),
        ("vat_invoices FILE", f"vat_invoices {place / 'data' / 'with_record_sales_invoices.parquet'}"),
        ("TABLE", str(place / "table.csv")),
        ("COL", "bad"),
        ("YUAN", "5000000"),
        ("CASE.json", str(case)),
    ):
        shown = shown.replace(capital, real)
    assert not re.search(r"\b[A-Z]{3,}\b", shown.replace(str(place), "")), (
        f"say what the capitals of '{shown}' stand for"
    )
    return shown


def test_the_verbs_of_the_readme_run_in_their_order(place: Path, shared_data: Path) -> None:
    case = shared_data.parent / "peer-cases" / "schedules.json"
    home = os.environ | {"PUHUI_HOME": str(place / "home")}
    ran = []
    for shown in shown_verbs():
        if shown.split()[0] in ELSEWHERE:
            continue
        words = shlex.split(_stands_for(shown, place, case))
        done = subprocess.run(
            [sys.executable, "-c", "from puhui.cli.verbs import main; main()", *words],
            env=home,
            cwd=place,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"puhui {shown}: {done.stderr[-2000:]}"
        assert done.stdout, f"puhui {shown} says nothing"
        ran.append(words[0])
    assert {"deliver", "strategy", "model", "schedule", "audit"} <= set(ran)
    for made in ("out/strategy/report.html", "out/model/report.html", "scores.csv"):
        assert (place / made).stat().st_size > 1000
