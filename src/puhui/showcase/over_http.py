"""Stage: the whole life over HTTP, as an owner's phone and the bank's own programs would live it.

The house is served on a port of its own beside simulated outside services, and everything is asked for over HTTP with a
token: prove control, apply, consent, decide, look at the offer, agree, draw, repay, close. What a property loan needs
besides is proposed by an officer and judged by another person, over HTTP too. A few firms apply for every product, and
where none of them came as far as a line, one that the stage before has approved. Refused in production.
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
from urllib.parse import quote

from django.conf import settings

from puhui import days
from puhui.approval import selectors as approvals
from puhui.governance import tokens, users
from puhui.governance.access import Role
from puhui.ids import EnterpriseId, new_request
from puhui.lending import selectors as lending
from puhui.products.definition import PRODUCTS
from puhui.products.selectors import definition_of
from puhui.progress import Step
from puhui.refusals import BadInput, Refused
from puhui.showcase.play import Cell, Play, Sheet, Stage, Told
from puhui.simulator import offices
from puhui.web import server
from puhui.words import Label

FIRMS = 2  # each applies for every product
FEN = 1_000_00
OWNER, OFFICER, JUDGE = "show-owner", "show-officer", "show-judge"
ROLES = {OWNER: Role.BORROWER, OFFICER: Role.RELATIONSHIP_MANAGER, JUDGE: Role.RISK_MANAGER}
CLAIM = {"person": "the representative", "identity_number": "110101199003078515"}
WORTH_FEN, PAPER = 3_000_000_00, "ab" * 32  # a shop that is offered as security, and the hash of its papers
INSURED_MONTHS = 48


@dataclass
class Seen:
    """One product's applications: how they ended, how long a decision took, and what was done on the lines."""

    outcomes: Counter[str] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    lived: int = 0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: the owner, and the two people of the bank who see to what secures a loan."""

    owner: Phone
    officer: Phone
    judge: Phone


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
    on = play.world.lends_from if closed is None else max(play.world.lends_from, closed + timedelta(days=1))
    told = {name: _introduced(name, role, play) for name, role in ROLES.items()}
    seen = {product: Seen() for product in PRODUCTS}
    firms: list[EnterpriseId] = play.left["variables"][-FIRMS:]
    with _served() as port:
        cast = Cast(*(Phone(port, made.token, on) for made in told.values()))
        for place, product in enumerate(PRODUCTS):
            for firm in firms:
                tell(place / len(PRODUCTS), f"{firm}: {product}")
                _live(cast, firm, product, seen[product])
            if not seen[product].lived and (sound := _approved_before(product, but=firms)):
                _live(cast, sound, product, seen[product])
    for name, made in told.items():
        tokens.revoke(made.number, of=name, at=days.now(), by=play.by)
    return _told(seen, on)


def _introduced(name: str, role: Role, play: Play) -> tokens.Issued:
    users.add_user(name, role=role, email=f"{name}@demo.invalid", by=play.by)
    made = tokens.issue(
        name, label="show", scopes=tuple(tokens.Scope), lasts=timedelta(days=1), at=days.now(), by=play.by
    )
    assert not isinstance(made, Refused), "an operator's tokens are not bounded by a token"
    return made


def _approved_before(product: str, *, but: list[EnterpriseId]) -> EnterpriseId | None:
    """A firm to which the stage before has said yes, and which has not applied for itself."""
    found = [each for each in approvals.decisions(product=product, count=10_000) if each.outcome == "approved"]
    lined = {each.firm for each in approvals.applications(count=10_000)}
    return next((EnterpriseId(each.firm) for each in found if each.firm not in {*but, *lined}), None)


def _live(cast: Cast, firm: EnterpriseId, product: str, seen: Seen) -> None:
    """One application, and when it is offered a line, that line's whole life."""
    owner, thing = cast.owner, ""
    owner.post(f"/controls/{firm}", CLAIM)
    if "mortgage_yuan" in definition_of(product).told:
        thing = _offered_as_security(cast, firm)
    asked = {"product": product, "asked_fen": 200_000_00, "property": thing}
    begun = owner.post(f"/firms/{firm}/applications", asked)
    if "number" not in begun:
        return
    at = f"/applications/{begun['number']}"
    owner.post(f"{at}/consent", {"evidence": "pressed the button"})
    began = perf_counter()
    found = owner.post(f"{at}/advance")
    seen.ms.append((perf_counter() - began) * 1_000)
    if found["status"] != "offered":
        seen.outcomes[str(found["facts"].get("outcome", found["status"]))] += 1
        return
    seen.outcomes["approved"] += 1
    offer = owner.get(f"{at}/offer")
    if offer["mortgage_fen"]:
        _secured(cast, thing, offer)
    opened = owner.post(f"{at}/agreement", {"contract_sha256": offer["contracts"]["zh"], "way": offer["ways"][0]})
    if "facility" not in opened:
        raise BadInput(f"{firm} agreed to {product}, and no line opened: {opened}", then="play it in a new book")
    line = f"/facilities/{opened['facility']}"
    acts = [owner.post(f"{line}/draws", {"amount_fen": FEN, "purpose": "stock", "payee": "a supplier"})]
    acts.append(owner.post(f"{line}/repayments", {"amount_fen": owner.get(f"{line}/quote?on={owner.on}")["total"]}))
    acts.append(owner.post(f"{line}/closing"))
    if wrong := [each for each in acts if "act" not in each]:
        raise BadInput(f"{firm}'s line of {product} was not lived to its end: {wrong}", then="play it in a new book")
    seen.lived += 1


def _offered_as_security(cast: Cast, firm: EnterpriseId) -> str:
    """A shop of the firm's, registered, valued and insured; what it is called."""
    thing = f"shop of {firm}, {cast.owner.on}"
    content = {"kind": "commercial_property", "owner": firm, "identity": f"title of {thing}"}
    _by_two(cast, thing, "register", content)
    _by_two(cast, thing, "value", {"value": WORTH_FEN, "valuer": "a valuer", "document": PAPER})
    until = days.add_months(cast.owner.on, INSURED_MONTHS)
    _by_two(cast, thing, "insure", {"until": until.isoformat(), "document": PAPER})
    return thing


def _secured(cast: Cast, thing: str, offer: dict[str, Any]) -> None:
    """Our right is registered, and the line to come charged upon the shop: then the firm may agree."""
    _by_two(cast, thing, "perfect", {"document": PAPER})
    line = f"{offer['application']}-{offer['number']}"
    _by_two(cast, thing, "charge", {"facility": line, "cap": offer["mortgage_fen"]})


def _by_two(cast: Cast, thing: str, act: str, content: dict[str, Any]) -> None:
    made = cast.officer.post(f"/security/{quote(thing)}/proposals", {"act": act, "content": content})
    said = cast.judge.post(f"/proposals/{made.get('number', 0)}/verdict", {"agrees": True})
    if "agrees" not in said:
        raise BadInput(f"{act} of {thing}: {made}, {said}", then="play the world in a new book")


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
    everything = Seen(
        sum((one.outcomes for one in seen.values()), Counter()),
        [ms for one in seen.values() for ms in one.ms],
        sum(one.lived for one in seen.values()),
    )
    facts = {product: _facts(one) for product, one in seen.items()}
    of_all = facts["all"] = _facts(everything)
    heads = (
        "product", "applied", "approved", "declined", "referred", "straight through", "decided in, ms: median",
        "longest", "whole lives",
    )  # fmt: skip
    *rows, total = (_row(name, one) for name, one in facts.items())
    title = (
        f"the whole life over HTTP, on {on}: {of_all['straight_through']:.0%} straight through,"
        f" decided in {(of_all['median_ms'] or 0) / 1_000:.2f} s"
    )
    return Told((Sheet(title, heads, tuple(rows), total),), facts)


def _facts(one: Seen) -> dict[str, Any]:
    applied = sum(one.outcomes.values())
    through = (applied - one.outcomes["referred"]) / applied if applied else 0.0
    return {
        "applied": applied,
        **{outcome: one.outcomes[outcome] for outcome in ("approved", "declined", "referred")},
        "straight_through": round(through, 4),
        "median_ms": round(statistics.median(one.ms)) if one.ms else None,
        "longest_ms": round(max(one.ms)) if one.ms else None,
        "drawn_repaid_closed": one.lived,
    }


def _row(name: str, facts: dict[str, Any]) -> tuple[Cell, ...]:
    return (name, *(f"{each:.0%}" if what == "straight_through" else each for what, each in facts.items()))


STAGE = Stage("over_http", Label("live the whole life over HTTP", "全流程经接口办理"), work, ("variables", "decide"))
