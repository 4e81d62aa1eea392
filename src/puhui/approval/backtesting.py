"""What a version would have decided: past applications from their kept evidence, beside what was decided then.

Only the rules are new: the same inputs, the same models, the same caps. So nothing is read anew, no consent is needed
again, and thousands of applications are worked out in a second. A product for which nobody has applied yet is tested on
a simulated book: in a house that only plays, as if each of its firms applied on a day.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from time import perf_counter
from typing import Any, TypeVar

from django.conf import settings

from puhui.approval import evidence, gathering, house_rules, working
from puhui.approval.evidence import Inputs
from puhui.approval.gathering import Question
from puhui.approval.models import DecisionRow
from puhui.approval.working import Bench
from puhui.channels import selectors as lake
from puhui.days import add_months
from puhui.enterprises import selectors as enterprises
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.money import FEN_PER_YUAN
from puhui.products import selectors as products
from puhui.products import services as versions
from puhui.products.desks import ReadyProduct
from puhui.products.lifecycle import Role
from puhui.products.versions import Stepped
from puhui.refusals import BadInput, Refused
from puhui.variables import ready
from puhui.words import Label

EXAMPLES = 20
AT_ONCE = 500  # decisions that are read and worked out together
Each = TypeVar("Each")
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
    mine = products.version(product, number, on=on)
    rows = DecisionRow.objects.filter(product=product, on__gt=since, on__lte=on).order_by("pk")
    found = _Found()
    started = perf_counter()
    for together in _batched(rows.iterator(chunk_size=AT_ONCE)):
        _work_out(mine, [_past(row) for row in together], found)
    found.seconds = perf_counter() - started
    if not found.count:
        raise BadInput(
            Label(f"nobody applied for {product} from {since} to {on}", f"{since}至{on}期间无人申请{product}"),
            then=Label(
                "test it on a simulated book (`puhui studio backtest --book`, where PUHUI_DEMO=1) first",
                "请先在模拟账簿上回测（在PUHUI_DEMO=1的环境中运行puhui studio backtest --book）",
            ),
        )
    return _tested(product, number, found, since=since, on=on, by=by, request=request, at=at)


def backtest_on_book(product: str, number: int, *, on: date, by: str, request: RequestId, at: datetime) -> Backtested:
    """Work a version out on every firm of a simulated house, as if each applied on a day, beside the version then live.

    Nothing is decided and nothing kept but that the version was tested; each read is on record, and what a firm has not
    consented to stays unread. Raises BadInput where the house does not play (there nobody is looked at who has not
    applied), and where no channel that the product needs tells of any firm.
    """
    if not settings.DEMO:
        raise BadInput(
            Label("this house is no simulated one", "本系统并非模拟环境"),
            then=Label(
                "test on past applications, or in a house that plays (PUHUI_DEMO=1)",
                "请用历史申请回测，或在模拟环境（PUHUI_DEMO=1）中回测",
            ),
        )
    mine = products.version(product, number, on=on)
    told = {firm for name in mine.definition.needed for firm in lake.firms(name)}
    firms = sorted(set(enterprises.standing_of(told).values()))
    if not firms:
        raise BadInput(
            Label(f"no channel that {product} needs tells of any firm", f"{product}所需渠道均无企业数据"),
            then=Label("deliver a simulated world first", "请先送达模拟数据"),
        )
    ready.make_ready(firms, purpose=Purpose.CREDIT_DECISION, as_of=on, on=on, by=by)
    bench, found = gathering.bench(mine, on=on), _Found()
    for together in _batched(firms):
        pasts = [_as_if(firm, bench, on=on, by=by) for firm in together]
        started = perf_counter()
        _work_out(mine, pasts, found)
        found.seconds += perf_counter() - started
    return _tested(product, number, found, since=on, on=on, by=by, request=request, at=at)


def _tested(
    product: str, number: int, found: _Found, *, since: date, on: date, by: str, request: RequestId, at: datetime
) -> Backtested:
    """What was found, noted with the version."""
    count = found.count
    told = Backtested(
        product, number, since, on, count, found.before.told(count), found.after.told(count), dict(found.changes),
        dict(found.why), tuple(found.examples), found.faults, round(count / found.seconds, 1),
        by_version={version: side.told(side.outcomes.total()) for version, side in sorted(found.by_version.items())},
    )  # fmt: skip
    facts = {"applications": count, "before": told.before, "after": told.after, "changes": told.changes}
    stepped = versions.note_tested(product, number, facts, by=by, request=request, at=at)
    return replace(told, stepped=stepped)


def _batched(rows: Iterable[Each]) -> Iterator[list[Each]]:
    left = iter(rows)
    while together := list(islice(left, AT_ONCE)):
        yield together


@dataclass
class _Found:
    """What a back-test has counted so far; `by_version` are the decisions as they were made, by who made them."""

    count: int = 0
    faults: int = 0
    seconds: float = 0.0
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    by_version: dict[int, Side] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    examples: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Past:
    """One application as it was decided: by which version (0: none was live), how, and on what."""

    named: int | str
    version: int
    outcome: str
    limit_fen: int
    rate_bp: int
    inputs: Inputs
    pd: float | None
    score: int | None
    rules: tuple[str, ...]


def _work_out(mine: ReadyProduct, pasts: Sequence[_Past], found: _Found) -> None:
    """Count some applications as they were decided, and as the version would have decided them."""
    lgd = float(mine.terms.number("lgd"))
    for then, now in zip(pasts, _now(mine, pasts), strict=True):
        found.count += 1
        found.faults += now.fault
        loss = (then.pd or 0.0) * lgd
        found.after.count(now.outcome, now.limit_fen, now.rate_bp, loss * now.limit_fen)
        if not then.version:
            continue
        for side in (found.before, found.by_version.setdefault(then.version, Side())):
            side.count(then.outcome, then.limit_fen, then.rate_bp, loss * then.limit_fen)
        if now.outcome != then.outcome:
            found.changes[f"{then.outcome} → {now.outcome}"] += 1
            rules = sorted({*now.rules} ^ {*then.rules})
            found.why.update(rules)
            if len(found.examples) < EXAMPLES:
                found.examples.append({"decision": then.named, "was": then.outcome, "is": now.outcome, "rules": rules})


def _past(row: DecisionRow) -> _Past:
    """A decision from its kept evidence."""
    said = json.loads(row.evidence)
    champion = said["answer"]["scores"].get(Role.CHAMPION)
    pd, score = (champion["pd"], round(champion["score"])) if champion else (None, None)
    inputs, rules = evidence.inputs_from(said["inputs"]), tuple(said["answer"]["decided_by"])
    return _Past(row.pk, row.version, row.outcome, row.limit_fen, row.rate_bp, inputs, pd, score, rules)


def _as_if(firm: EnterpriseId, bench: Bench, *, on: date, by: str) -> _Past:
    """A firm of a simulated house as if it applied today, and what the live version would answer it."""
    asked = Question(firm, bench.product.product, as_of=on, on=on, by=by)
    inputs = gathering.gather(asked, bench)
    champion = working.work_out(inputs, bench).body["scores"].get(Role.CHAMPION)
    pd, score = (champion["pd"], round(champion["score"])) if champion else (None, None)
    live = products.live(bench.product.product, on=on, firm=firm)
    if live is None:
        return _Past(firm, 0, "", 0, 0, inputs, pd, score, ())
    theirs = gathering.bench(live, on=on)
    was = working.work_out(gathering.gather(asked, theirs), theirs)
    return _Past(firm, live.number, was.outcome, was.limit_fen, was.rate_bp, inputs, pd, score, was.rules)


@dataclass(frozen=True, slots=True)
class _Now:
    outcome: str
    limit_fen: int
    rate_bp: int
    rules: tuple[str, ...]
    fault: bool


FAULT = _Now("referred", 0, 0, ("FAULT",), fault=True)


def _now(mine: ReadyProduct, thens: Sequence[_Past]) -> Iterator[_Now]:
    """The version's outcomes on kept inputs, without the traces that customers' decisions keep."""
    if mine.graph is None:
        yield from (FAULT for _ in thens)
        return
    facts = [
        working.facts_of_inputs(then.inputs, mine.definition) | {"pd": then.pd, "score": then.score} for then in thens
    ]
    for then, end in zip(thens, mine.graph.ends_of(facts), strict=True):
        yield _read(mine, then.inputs, end)


def _read(mine: ReadyProduct, inputs: Inputs, end: Mapping[str, Any] | Exception) -> _Now:
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
    return _settled(mine, inputs, limit, rate, rules)


def _settled(mine: ReadyProduct, inputs: Inputs, limit: int, rate: int, rules: tuple[str, ...]) -> _Now:
    """The house's rules on what the graph lends."""
    limit = house_rules.allowed(inputs, limit, mine)
    if limit < mine.terms.whole("loan_least_yuan"):
        return _Now(house_rules.DECLINED, 0, 0, ("H03",), fault=False)
    if hits := house_rules.asking(inputs, limit * FEN_PER_YUAN):
        return _Now(house_rules.REFERRED, 0, 0, (*rules, *(hit.rule for hit in hits)), fault=False)
    return _Now(house_rules.APPROVED, limit * FEN_PER_YUAN, rate, rules, fault=False)


def _ruled(end: Mapping[str, Any], outcome: str) -> Iterator[str]:
    verdict = {"declined": "decline", "referred": "refer"}.get(outcome)
    for row in (*end["eligibility"], *end["policy"]):
        if row["verdict"] == verdict:
            yield row["rule"]
