"""What a version would have decided: past applications from their kept evidence, beside what was decided then.

Only the rules are new: the same inputs, the same models, the same caps. So nothing is read anew, no consent is needed
again, and thousands of applications are worked out in a second.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
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
from puhui.words import Label

EXAMPLES = 20
AT_ONCE = 500  # decisions that are read and worked out together
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
    """What a version would have done. `changes` counts who changes side, `why` the rules behind it, with examples.

    `by_version` is `before` by the version that decided: two that share the firms stand beside each other there.
    """

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
    by_version: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
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
    found = _Found()
    started = perf_counter()
    for together in _batched(rows.iterator(chunk_size=AT_ONCE)):
        _work_out(ready, together, found)
    seconds = perf_counter() - started
    if not found.count:
        raise BadInput(
            Label(f"nobody applied for {product} from {since} to {on}", f"{since}至{on}期间无人申请{product}"),
            then=Label("test it on a simulated book first", "请先在模拟账簿上回测"),
        )
    count = found.count
    told = Backtested(
        product, number, since, on, count, found.before.told(count), found.after.told(count), dict(found.changes),
        dict(found.why), tuple(found.examples), found.faults, round(count / seconds, 1),
        by_version={version: side.told(side.outcomes.total()) for version, side in sorted(found.by_version.items())},
    )  # fmt: skip
    facts = {"applications": count, "before": told.before, "after": told.after, "changes": told.changes}
    stepped = versions.note_tested(product, number, facts, by=by, request=request, at=at)
    return replace(told, stepped=stepped)


def _batched(rows: Iterable[DecisionRow]) -> Iterator[list[DecisionRow]]:
    left = iter(rows)
    while together := list(islice(left, AT_ONCE)):
        yield together


@dataclass
class _Found:
    """What a back-test has counted so far; `by_version` are the decisions as they were made, by who made them."""

    count: int = 0
    faults: int = 0
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    by_version: dict[int, Side] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    examples: list[Mapping[str, Any]] = field(default_factory=list)


def _work_out(ready: ReadyProduct, rows: Sequence[DecisionRow], found: _Found) -> None:
    """Count some decisions as they were, and as the version would have made them."""
    thens = [_then(row) for row in rows]
    lgd = float(ready.terms.number("lgd"))
    for row, then, now in zip(rows, thens, _now(ready, thens), strict=True):
        found.count += 1
        found.faults += now.fault
        loss = (then.pd or 0.0) * lgd
        for side in (found.before, found.by_version.setdefault(row.version, Side())):
            side.count(row.outcome, row.limit_fen, row.rate_bp, loss * row.limit_fen)
        found.after.count(now.outcome, now.limit_fen, now.rate_bp, loss * now.limit_fen)
        if now.outcome != row.outcome:
            found.changes[f"{row.outcome} → {now.outcome}"] += 1
            rules = sorted({*now.rules} ^ {*then.rules})
            found.why.update(rules)
            if len(found.examples) < EXAMPLES:
                found.examples.append({"decision": row.pk, "was": row.outcome, "is": now.outcome, "rules": rules})


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


FAULT = _Now("referred", 0, 0, ("FAULT",), fault=True)


def _then(row: DecisionRow) -> _Then:
    said = json.loads(row.evidence)
    champion = said["answer"]["scores"].get(Role.CHAMPION)
    rules = tuple(said["answer"]["decided_by"])
    inputs = evidence.inputs_from(said["inputs"])
    pd, score = (champion["pd"], round(champion["score"])) if champion else (None, None)
    return _Then(inputs, pd, score, rules)


def _now(ready: ReadyProduct, thens: Sequence[_Then]) -> Iterator[_Now]:
    """The version's outcomes on kept inputs, without the traces that customers' decisions keep."""
    if ready.graph is None:
        yield from (FAULT for _ in thens)
        return
    facts = [
        working.facts_of_inputs(then.inputs, ready.definition) | {"pd": then.pd, "score": then.score} for then in thens
    ]
    for then, end in zip(thens, ready.graph.ends_of(facts), strict=True):
        yield _read(ready, then.inputs, end)


def _read(ready: ReadyProduct, inputs: Inputs, end: Mapping[str, Any] | Exception) -> _Now:
    if isinstance(end, Exception):
        return FAULT
    try:
        outcome = str(end["outcome"])
        assert outcome in OUTCOMES
        rules = tuple(_ruled(end, outcome))
        if outcome != "approved":
            return _Now(outcome, 0, 0, rules, fault=False)
        limit, rate = int(end["limit_yuan"]), int(end["annual_rate_bp"])
    except (ValueError, KeyError, TypeError, AssertionError):
        return FAULT
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
