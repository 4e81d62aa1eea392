"""Stage: the whole life over HTTP, as an owner's phone and the bank's own programs would live it.

The house is served on a port of its own beside simulated outside services, and everything is asked for over HTTP with a
token: prove control, apply, consent, decide, look at the offer, agree, draw, repay, close. Refused in production.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.client import HTTPConnection
from time import perf_counter
from typing import Any

from django.conf import settings

from puhui import days
from puhui.governance import tokens, users
from puhui.governance.access import Role
from puhui.ids import EnterpriseId, new_request
from puhui.lending import selectors as lending
from puhui.products.definition import PRODUCTS
from puhui.progress import Step
from puhui.refusals import BadInput, Refused
from puhui.showcase.play import Cell, Play, Sheet, Stage, Told
from puhui.simulator import offices
from puhui.web import server
from puhui.words import Label

FIRMS = 2  # each applies for every product
FEN = 1_000_00
OWNER = "show-owner"
CLAIM = {"person": "the representative", "identity_number": "110101199003078515"}


@dataclass
class Seen:
    """One product's applications: how they ended, how long a decision took, and what was done on the lines."""

    outcomes: Counter[str] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    lived: int = 0


@dataclass(frozen=True, slots=True)
class Phone:
    """One owner's calls, all on one business date."""

    port: int
    token: str
    on: date

    def get(self, path: str) -> dict[str, Any]:
        """What is there, or the problem that was answered. Raises BadInput when the house itself fails."""
        return self._told("GET", path, None)

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        """What was done, once, or the problem that was answered."""
        return self._told("POST", path, {} if body is None else body)

    def _told(self, method: str, path: str, body: object) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Business-Date": self.on.isoformat()}
        headers |= {"Idempotency-Key": new_request(), "Content-Type": "application/json"} if method == "POST" else {}
        link = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            answer = link.getresponse()
            said: dict[str, Any] = json.loads(answer.read())
        finally:
            link.close()
        if answer.status >= 500:
            raise BadInput(f"{method} {path} answered {answer.status}: {said}", then="play the world in a new book")
        return said


def work(play: Play, tell: Step) -> Told:
    """Let a few firms live the whole way for every product, and say how they fared."""
    if settings.PRODUCTION:
        raise BadInput("a play has no place in production", then="unset PUHUI_PRODUCTION, or use a sandbox")
    closed = lending.last_closed()
    on = play.world.last if closed is None else max(play.world.last, closed + timedelta(days=1))
    users.add_user(OWNER, role=Role.BORROWER, email=f"{OWNER}@demo.invalid", by=play.by)
    made = tokens.issue(
        OWNER, label="show", scopes=tuple(tokens.Scope), lasts=timedelta(days=1), at=days.now(), by=play.by
    )
    assert not isinstance(made, Refused)
    seen = {product: Seen() for product in PRODUCTS}
    firms: list[EnterpriseId] = play.left["variables"][-FIRMS:]
    with _served() as port:
        phone = Phone(port, made.token, on)
        for number, firm in enumerate(firms):
            phone.post(f"/controls/{firm}", CLAIM)
            for product in PRODUCTS:
                tell((number + 1) / len(firms), f"{firm}: {product}")
                _live(phone, firm, product, seen[product])
    tokens.revoke(made.number, of=OWNER, at=days.now(), by=play.by)
    return _told(seen, on)


def _live(phone: Phone, firm: EnterpriseId, product: str, seen: Seen) -> None:
    """One application, and when it is offered a line, that line's whole life."""
    began = perf_counter()
    begun = phone.post(f"/firms/{firm}/applications", {"product": product, "asked_fen": 200_000_00})
    if "number" not in begun:
        return
    at = f"/applications/{begun['number']}"
    phone.post(f"{at}/consent", {"evidence": "pressed the button"})
    found = phone.post(f"{at}/advance")
    seen.ms.append((perf_counter() - began) * 1_000)
    if found["status"] != "offered":
        seen.outcomes[str(found["facts"].get("outcome", found["status"]))] += 1
        return
    seen.outcomes["approved"] += 1
    offer = phone.get(f"{at}/offer")
    opened = phone.post(f"{at}/agreement", {"contract_sha256": offer["contracts"]["zh"], "way": offer["ways"][0]})
    if "facility" not in opened:  # such as security that is not registered yet
        return
    line = f"/facilities/{opened['facility']}"
    drawn = phone.post(f"{line}/draws", {"amount_fen": FEN, "purpose": "stock", "payee": "a supplier"})
    if "act" in drawn:
        phone.post(f"{line}/repayments", {"amount_fen": phone.get(f"{line}/quote?on={phone.on}")["total"]})
    seen.lived += "act" in drawn and "act" in phone.post(f"{line}/closing")


@contextmanager
def _served() -> Iterator[int]:
    """The house on a port of its own, with simulated outside services; time is played meanwhile."""
    before = settings.OUTSIDE, settings.PLAYED, settings.CALLS_A_MINUTE
    with offices.open_all() as outside, server.beside() as port:
        settings.OUTSIDE, settings.PLAYED, settings.CALLS_A_MINUTE = outside, True, 100_000
        try:
            yield port
        finally:
            settings.OUTSIDE, settings.PLAYED, settings.CALLS_A_MINUTE = before


def _told(seen: dict[str, Seen], on: date) -> Told:
    rows: list[tuple[Cell, ...]] = []
    facts: dict[str, Any] = {}
    for product, one in seen.items():
        applied = sum(one.outcomes.values())
        through = (applied - one.outcomes["referred"]) / applied if applied else 0.0
        median = round(statistics.median(one.ms)) if one.ms else None
        rows.append((
            product, applied, one.outcomes["approved"], one.outcomes["declined"], one.outcomes["referred"],
            f"{through:.0%}", median, one.lived,
        ))  # fmt: skip
        facts[product] = {"applied": applied, **one.outcomes, "straight_through": round(through, 4)}
        facts[product] |= {"median_ms": median, "drawn_repaid_closed": one.lived}
    heads = ("product", "applied", "approved", "declined", "referred", "straight through", "median ms", "whole lives")
    return Told((Sheet(f"the whole life over HTTP, on {on}", heads, tuple(rows)),), facts)


STAGE = Stage("over_http", Label("live the whole life over HTTP", "全流程经接口办理"), work, ("variables",))
