"""A product's terms are dated data, in `products/catalogue/<product>_terms.json` above the house's own.

What all products share (the prime rate, the cost of capital, the master scale of grades) is in `house_terms.json`; a
product's own term of the same name stands in its place.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from puhui import dated
from puhui.dated import Term, Terms

__all__ = ["CATALOGUE", "HOUSE", "Term", "Terms", "load"]
CATALOGUE = Path(__file__).parent / "catalogue"
HOUSE = "house_terms.json"


def load(product: str, *, on: date, catalogue: Path = CATALOGUE) -> Terms:
    """The terms of a product on a day; see `dated.load`. A catalogue without the house's terms borrows the built-in.

    >>> load("invoice_credit", on=date(2020, 2, 19)).whole("lpr_1y_bp")
    415
    >>> load("invoice_credit", on=date(2020, 2, 20)).whole("lpr_1y_bp")
    405
    """
    return above_house(dated.load(catalogue / f"{product}_terms.json", on=on), catalogue=catalogue)


def above_house(own: Terms, *, catalogue: Path = CATALOGUE) -> Terms:
    """A product's own terms above the house's, of the same day."""
    there = catalogue / HOUSE
    house = dated.load(there if there.is_file() else CATALOGUE / HOUSE, on=own.on)
    return replace(own, terms=MappingProxyType({**house.terms, **own.terms}))
