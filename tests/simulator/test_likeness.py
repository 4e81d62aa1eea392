"""The simulated invoices are near the real ones, by stated distances."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path

import pytest

from puhui.simulator.services import simulate

LIKENESS = runpy.run_path(str(Path(__file__).parents[2] / "bench" / "likeness.py"))
# Widest gaps between distribution functions that a small world may have; docs/simulator.md tells those of a larger.
SALES = {"sizes": 0.2, "spread": 0.2, "partners": 0.2, "voids": 0.18, "returns": 0.2, "rhythm": 0.1}
PURCHASES = {"sizes": 0.3, "spread": 0.45, "partners": 0.3, "voids": 0.2, "returns": 0.3, "rhythm": 0.1}


def test_sizes_partners_voids_and_rhythm_are_near_the_real_ones(shared_data: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "world", seed=3, firms=250, months=36, first=date(2017, 1, 1), processes=1)
    found = LIKENESS["compare"](shared_data / "cumcm2020c", tmp_path / "world", report=tmp_path / "report.html")
    for side, bounds in (("sale", SALES), ("purchase", PURCHASES)):
        far = {name: found[side][name]["distance"] for name in bounds if found[side][name]["distance"] > bounds[name]}
        assert not far, f"{side}: {far} against {bounds}"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Partners of a firm" in page
    assert "企业交易对手数" in page


def test_a_distance_tells_the_same_from_the_other() -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    ks = LIKENESS["ks"]
    assert ks(rng.normal(size=2_000), rng.normal(size=2_000)) < 0.06
    assert ks(rng.normal(size=2_000), rng.normal(1.0, 1.0, 2_000)) == pytest.approx(0.38, abs=0.05)
