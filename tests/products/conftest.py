"""What the room's tests may ask for: the desk at which firms are decided on."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sound_firm import ON

from puhui.products import graph, terms
from puhui.products.churn import Churn
from puhui.products.planning import Desk


@pytest.fixture(scope="session")
def desk() -> Desk:
    """The real graph and terms of 2020-02-21, and a small churn table."""
    rates = tuple(Decimal(text) for text in ("0.04", "0.06", "0.08", "0.1", "0.12", "0.15"))
    lost = {
        "A": (0.0, 0.4, 0.58, 0.72, 0.82, 0.92),
        "B": (0.0, 0.35, 0.54, 0.68, 0.78, 0.88),
        "C": (0.0, 0.33, 0.52, 0.67, 0.77, 0.89),
    }
    return Desk(graph.load(terms.load("invoice_credit", on=ON)), Churn(rates, lost))
