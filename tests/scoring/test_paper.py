"""A published model is reproduced: Li, Mickel, Taylor, "Should This Loan be Approved or Denied?" (2018), table 8."""

import numpy as np
import pytest

from puhui.scoring import logistic, tables
from puhui.scoring.columns import as_numbers


def test_logistic_regression_of_the_california_case(shared_data):
    table = tables.read(shared_data / "sba" / "sba_case_california_real_estate.csv")
    columns = {
        name: as_numbers(name, table[name]) for name in ("Selected", "RealEstate", "Portion", "Recession", "Default")
    }
    x = np.column_stack([columns[name] for name in ("RealEstate", "Portion", "Recession")])
    y, training = columns["Default"].astype(int), columns["Selected"] == 1
    assert int(training.sum()) == 1051

    line = logistic.fit(x[training], y[training])

    assert line.intercept == pytest.approx(1.3931, abs=0.02)
    assert line.weights == pytest.approx([-2.1282, -2.9875, 0.5041], abs=0.02)
    said_bad = line.log_odds(x[~training]) > 0.0  # a probability over 0.5
    assert float((said_bad != y[~training]).mean()) == pytest.approx(0.3216, abs=0.0005)
