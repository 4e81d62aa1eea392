"""Stage: models learn from the bank's own past loans, and every firm is decided on by all five products.

A world too short to have loans whose time is over lends nothing to learn from: then the models are those that the
bank's earlier book has taught (`past_loans`), and each decision has the answers of all three beside each other.
Leaves the numbers of applications that were agreed to (`list[str]`).
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from time import perf_counter
from typing import Any

import pyarrow as pa

from puhui.approval import deciding, gathering, selectors, services
from puhui.approval.gathering import Question
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.money import yuan
from puhui.products import selectors as products
from puhui.products import services as versions
from puhui.products.definition import PRODUCTS
from puhui.progress import Step
from puhui.refusals import BadInput, Refused
from puhui.showcase import past_loans
from puhui.showcase.play import Cell, Play, Sheet, Stage, Told
from puhui.variables import selectors as variables
from puhui.variables.registry import VARIABLES, named
from puhui.words import Label

WHOLE_LIVES = 2  # firms that apply themselves, from consent to contract, and whose decisions are timed
CARRIES = 1_500_000  # yuan that every third firm's property may carry: nobody in the world tells of property


@dataclass
class Seen:
    """One product's decisions."""

    outcomes: Counter[str] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    limit_fen: int = 0
    learned: dict[str, Any] = field(default_factory=dict)


def work(play: Play, tell: Step) -> Told:
    """Learn, give roles by two people, decide on everybody, and let a few live the whole way to a contract."""
    on, firms = play.world.lends_from, play.left["variables"]
    at = _noon(on)
    versions.install(at=at)
    seen = {product: Seen() for product in PRODUCTS}
    loans = past_loans.known(play, tell)
    for number, product in enumerate(PRODUCTS):
        tell(0.2 + 0.3 * number / len(PRODUCTS), f"{product}: models")
        seen[product].learned = _learn(product, loans, play, at)
    tell(0.5, "variables of every firm")
    asked = list(VARIABLES)
    found = variables.values(firms, purpose=Purpose.RESEARCH, as_of=on, variables=named(asked), on=on, by=play.by)
    rows = found.table.to_pylist()
    for number, product in enumerate(PRODUCTS):
        tell(0.6 + 0.2 * number / len(PRODUCTS), f"{product}: {len(rows)} decisions")
        _decide_all(product, rows, seen[product], play, at)
    play.left["approvals"] = _whole_lives(firms, seen, play, tell, at)
    return _told(seen, len(firms), on)


def _learn(product: str, loans: pa.Table, play: Play, at: datetime) -> dict[str, Any]:
    """Fit the product's models where it has none, and give them their roles by two people."""
    on = play.world.lends_from
    if products.models(product, on=on):
        return {"form": "kept"}
    learned = past_loans.learned(product, loans)
    for role, model in learned.by_role().items():
        name = RequestId(f"show-{product}-{role}-{on}")
        kept = versions.keep_model(product, model, facts=learned.facts, by="show: analyst", request=name, at=at)
        proposed = versions.propose_role(
            product, kept.number, role, since=on, why="learned from the bank's past loans", by="show: analyst",
            request=name, at=at,
        )  # fmt: skip
        if isinstance(proposed, Refused):
            raise BadInput(str(proposed), then="play the world in a book of its own")
        governance.judge(proposed.number, agrees=True, why="", by="show: risk manager", request=name, at=at)
        versions.give_role(proposed.number, by="show: risk manager", request=name, at=at)
    return dict(learned.facts)


def _decide_all(product: str, rows: list[dict[str, Any]], seen: Seen, play: Play, at: datetime) -> None:
    """Decide on every firm from variables that were computed for all at once; each decision keeps its evidence."""
    on = play.world.lends_from
    for number, row in enumerate(rows):
        firm = EnterpriseId(row["enterprise"])
        ready = products.live(product, on=on, firm=firm)
        if ready is None:
            raise BadInput(f"{product} is not live on {on}", then="play the world in a book of its own")
        bench = gathering.bench(ready, on=on)
        told = (
            {"mortgage_yuan": float(CARRIES if number % 3 == 0 else 0)}
            if "mortgage_yuan" in ready.definition.told
            else None
        )
        question = Question(firm, product, on, on, play.by, purpose=Purpose.RESEARCH, told=told)
        values = {name: row[name] for name in gathering.needed(bench)}
        inputs = gathering.put_together(question, bench, values, {})
        request = RequestId(f"show-{product}-{firm}-{on}"[:80])
        made = deciding.keep(inputs, bench, application="", by=play.by, request=request, at=at, started=perf_counter())
        seen.outcomes[made.outcome] += 1
        seen.limit_fen += made.limit_fen


def _whole_lives(firms: list[EnterpriseId], seen: dict[str, Seen], play: Play, tell: Step, at: datetime) -> list[str]:
    """A few firms apply themselves: consent, data, decision, offer, contract; who is approved agrees."""
    on, agreed = play.world.lends_from, []
    for number, firm in enumerate(firms[:WHOLE_LIVES]):
        tell(0.8 + 0.2 * number / WHOLE_LIVES, f"{firm} applies")
        for product in PRODUCTS:
            name = f"show/{product}/{firm}/{on}"
            begun = services.apply(
                firm, product, asked=yuan(200_000), by=play.by, request=RequestId(name), on=on, at=at
            )
            if isinstance(begun, Refused):
                continue
            services.consent(begun.number, evidence="a play", by=play.by, on=on, at=at)
            services.advance(begun.number, on=on, at=at, by=play.by)
            seen[product].ms += [each.took_ms for each in selectors.decisions(application=begun.number)]
            if (offer := selectors.offer(begun.number)) is not None:
                done = services.agree(
                    begun.number, contract_sha256=offer.contracts["zh"], way=offer.ways[0], by=play.by,
                    request=RequestId(f"{name}/agree"), on=on, at=at,
                )  # fmt: skip
                agreed += [] if isinstance(done, Refused) else [begun.number]
    return agreed


def _told(seen: dict[str, Seen], firms: int, on: date) -> Told:
    rows: list[tuple[Cell, ...]] = []
    facts: dict[str, Any] = {}
    for product, one in seen.items():
        through = (one.outcomes["approved"] + one.outcomes["declined"]) / max(1, sum(one.outcomes.values()))
        median = round(statistics.median(one.ms), 1) if one.ms else None
        auc = one.learned.get("auc")
        facts[product] = {**one.outcomes, "straight_through": round(through, 4), "median_ms": median}
        facts[product] |= {"limit_yuan": one.limit_fen // 100, "learned": one.learned}
        rows.append((
            product, one.outcomes["approved"], one.outcomes["declined"], one.outcomes["referred"], f"{through:.0%}",
            one.limit_fen // 100, median, f"{auc[0]:.2f}" if auc else one.learned.get("form", "–"),
        ))  # fmt: skip
    heads = ("product", "approved", "declined", "referred", "straight through", "limits, yuan", "median ms", "AUC")
    return Told((Sheet(f"{firms:,} firms decided on by five products as of {on}", heads, tuple(rows)),), facts)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


STAGE = Stage("decide", Label("decide on every firm by five products", "以五种产品审批每家企业"), work, ("variables",))
