"""What a version would have decided: past applications from their kept evidence, beside what was decided then.

Only the rules are new: the same inputs, the same models, the same caps. So nothing is read anew, no consent is needed
again, and thousands of applications are worked out in a second.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from time import perf_counter
from typing import Any

from puhui.approval import evidence, house_rules, working
from puhui.approval.evidence import Inputs
from puhui.approval.models import DecisionRow
from puhui.days import add_months
from puhui.ids import RequestId
from puhui.money import FEN_PER_YUAN
from puhui.products import selectors as products
from puhui.products import services as versions
from puhui.products.desks import ReadyProduct
from puhui.products.lifecycle import Role
from puhui.products.versions import Stepped
from puhui.refusals import BadInput, Refused

EXAMPLES = 20
OUTCOMES = ("approved", "declined", "referred")


@dataclass
class Side:
    """One version's side of a back-test. Amounts in fen; rate and loss are means over what is approved."""

    outcomes: Counter[str] = field(default_factory=Counter)
    limit_fen: int = 0
    rate_weighted: float = 0.0
    loss_fen: float = 0.0

    def count(self, outcome: str, limit_fen: int, rate_bp: int, loss_fen: float) -> None:
        """Count one application."""
        self.outcomes[outcome] += 1
        if outcome == "approved":
            self.limit_fen += limit_fen
            self.rate_weighted += rate_bp * limit_fen
            self.loss_fen += loss_fen

    def told(self, applications: int) -> dict[str, Any]:
        """The side in figures."""
        return {
            **{outcome: self.outcomes[outcome] for outcome in OUTCOMES},
            "approval_share": round(self.outcomes["approved"] / max(1, applications), 4),
            "limit_yuan": self.limit_fen // 100,
            "rate_bp": round(self.rate_weighted / max(1, self.limit_fen), 1),
            "expected_loss_yuan": round(self.loss_fen / 100, 2),
        }


@dataclass(frozen=True, slots=True)
class Backtested:
    """What a version would have done. `changes` counts who changes side, `why` the rules behind it, with examples."""

    product: str
    version: int
    since: date
    until: date
    applications: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changes: Mapping[str, int]
    why: Mapping[str, int]
    examples: tuple[Mapping[str, Any], ...]
    faults: int
    per_second: float
    stepped: Stepped | Refused | None = None


def backtest(
    product: str, number: int, *, months: int = 12, on: date, by: str, request: RequestId, at: datetime
) -> Backtested:
    """Work the last months' decisions out again under a version, and note it TESTED where that is its next step.

    Raises BadInput when nobody applied in these months: a version is not tested on nothing.
    """
    since = add_months(on, -months)
    ready = products.version(product, number, on=on)
    rows = DecisionRow.objects.filter(product=product, on__gt=since, on__lte=on).order_by("pk")
    before, after, changes, why = Side(), Side(), Counter[str](), Counter[str]()
    examples: list[Mapping[str, Any]] = []
    count = faults = 0
    started = perf_counter()
    for row in rows.iterator(chunk_size=2_000):
        count += 1
        then = _then(row)
        now = _now(ready, then)
        faults += now.fault
        lgd = float(ready.terms.number("lgd"))
        before.count(row.outcome, row.limit_fen, row.rate_bp, (then.pd or 0.0) * lgd * row.limit_fen)
        after.count(now.outcome, now.limit_fen, now.rate_bp, (then.pd or 0.0) * lgd * now.limit_fen)
        if now.outcome != row.outcome:
            changes[f"{row.outcome} → {now.outcome}"] += 1
            rules = sorted({*now.rules} ^ {*then.rules})
            why.update(rules)
            if len(examples) < EXAMPLES:
                examples.append({"decision": row.pk, "was": row.outcome, "is": now.outcome, "rules": rules})
    seconds = perf_counter() - started
    if not count:
        raise BadInput(f"nobody applied for {product} from {since} to {on}", then="test it on a simulated book first")
    told = Backtested(
        product, number, since, on, count, before.told(count), after.told(count), dict(changes), dict(why),
        tuple(examples), faults, round(count / seconds, 1),
    )  # fmt: skip
    facts = {"applications": count, "before": told.before, "after": told.after, "changes": told.changes}
    stepped = versions.note_tested(product, number, facts, by=by, request=request, at=at)
    return replace(told, stepped=stepped)


@dataclass(frozen=True, slots=True)
class _Then:
    inputs: Inputs
    pd: float | None
    score: int | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Now:
    outcome: str
    limit_fen: int
    rate_bp: int
    rules: tuple[str, ...]
    fault: bool


def _then(row: DecisionRow) -> _Then:
    said = json.loads(row.evidence)
    champion = said["answer"]["scores"].get(Role.CHAMPION)
    rules = tuple(said["answer"]["decided_by"])
    inputs = evidence.inputs_from(said["inputs"])
    pd, score = (champion["pd"], round(champion["score"])) if champion else (None, None)
    return _Then(inputs, pd, score, rules)


def _now(ready: ReadyProduct, then: _Then) -> _Now:
    """The version's outcome on kept inputs, without the trace that a customer's decision keeps."""
    inputs = then.inputs
    facts = working.facts_of_inputs(inputs, ready.definition) | {"pd": then.pd, "score": then.score}
    try:
        if ready.graph is None:
            raise ValueError(ready.fault)
        end = ready.graph.ends(facts)
        outcome = str(end["outcome"])
        assert outcome in OUTCOMES
        rules = tuple(_ruled(end, outcome))
        if outcome != "approved":
            return _Now(outcome, 0, 0, rules, fault=False)
        limit, rate = int(end["limit_yuan"]), int(end["annual_rate_bp"])
    except (RuntimeError, ValueError, KeyError, TypeError, AssertionError):
        return _Now("referred", 0, 0, ("FAULT",), fault=True)
    return _settled(ready, inputs, limit, rate, rules)


def _settled(ready: ReadyProduct, inputs: Inputs, limit: int, rate: int, rules: tuple[str, ...]) -> _Now:
    """The house's rules on what the graph lends."""
    limit = house_rules.allowed(inputs, limit, ready)
    if limit < ready.terms.whole("loan_least_yuan"):
        return _Now(house_rules.DECLINED, 0, 0, ("H03",), fault=False)
    if hits := house_rules.asking(inputs, limit * FEN_PER_YUAN):
        return _Now(house_rules.REFERRED, 0, 0, (*rules, *(hit.rule for hit in hits)), fault=False)
    return _Now(house_rules.APPROVED, limit * FEN_PER_YUAN, rate, rules, fault=False)


def _ruled(end: Mapping[str, Any], outcome: str) -> Iterator[str]:
    verdict = {"declined": "decline", "referred": "refer"}.get(outcome)
    for row in (*end["eligibility"], *end["policy"]):
        if row["verdict"] == verdict:
            yield row["rule"]
