"""A product's terms are dated data, in `products/catalogue/<product>_terms.json`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from puhui import dated
from puhui.dated import Term, Terms

__all__ = ["CATALOGUE", "Term", "Terms", "load"]
CATALOGUE = Path(__file__).parent / "catalogue"


def load(product: str, *, on: date, catalogue: Path = CATALOGUE) -> Terms:
    """The terms of a product on a day; see `dated.load`.

    >>> load("invoice_credit", on=date(2020, 2, 19)).whole("lpr_1y_bp")
    415
    >>> load("invoice_credit", on=date(2020, 2, 20)).whole("lpr_1y_bp")
    405
    """
    return dated.load(catalogue / f"{product}_terms.json", on=on)
