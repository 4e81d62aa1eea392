"""Short ways to fit a paper model, to give it a role by two people, and to bring an application as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time

import numpy as np
import psycopg

from puhui import postgres
from puhui.approval import services
from puhui.governance import services as governance
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.products import selectors
from puhui.products import services as products
from puhui.products.lifecycle import Role
from puhui.scoring.additive import Additive, Cuts, Term
from puhui.words import Label

CHANNELS = ("tax_filings", "registry")  # a needed channel that says nothing leaves its rules silent
ON = date(2023, 3, 20)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


def request() -> RequestId:
    return RequestId(new_request()[:36])


def model(*, kind_points: float = 0.0) -> Additive:
    """Ten years of tax paid in one scorecard: below 1,000 yuan a year is risky, above is sound."""
    term = Term((Cuts("tax_paid_12m", (1_000.0,)),), np.array([0.5, 2.0, -0.5]) + kind_points, 0.0)
    labels = {"tax_paid_12m": Label("Tax paid, last 12 months (yuan)", "近12个月纳税额（元）")}
    return Additive("defaulted", "1", -4.2, (term,), labels=labels)


def give_role(product: str, made: Additive, role: Role, *, since: date = date(2022, 1, 1)) -> None:
    """Keep a model and let two people give it a role."""
    kept = products.keep_model(product, made, facts={}, by="analyst", request=request(), at=noon(ON))
    proposed = products.propose_role(
        product, kept.number, role, since=since, why="first", by="analyst", request=request(), at=noon(ON)
    )
    governance.judge(proposed.number, agrees=True, why="", by="risk", request=request(), at=noon(ON))
    products.give_role(proposed.number, by="risk", request=request(), at=noon(ON))


def applied(
    firm: EnterpriseId, product: str = "tax_credit", *, on: date = ON, asked: object = None, **brings: str
) -> object:
    """An application that is consented and taken as far as it goes."""
    begun = services.apply(firm, product, asked=asked, **brings, by="owner", request=request(), on=on, at=noon(on))
    services.consent(begun.number, evidence="a signed form", by="owner", on=on, at=noon(on))
    return services.advance(begun.number, on=on, at=noon(on), by="owner")


@contextmanager
def altered(sha256: str, old: str, new: str) -> Iterator[None]:
    """What only somebody with the database's own rights can do: write past the trigger; for as long as the block."""
    text = selectors.text(sha256)
    assert old in text
    _written_over(sha256, text.replace(old, new, 1))
    try:
        yield
    finally:
        _written_over(sha256, text)


def _written_over(sha256: str, text: str) -> None:
    with psycopg.connect(postgres.as_owner(postgres.url()), autocommit=True) as cursor:
        cursor.execute("alter table products_artefact disable trigger append_only")
        cursor.execute("update products_artefact set text = %s where sha256 = %s", [text, sha256])
        cursor.execute("alter table products_artefact enable always trigger append_only")
