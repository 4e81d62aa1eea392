"""What holds beyond a product's own graph: repeated and split applications, caps of exposure, the amount asked. Pure.

Promises that the limit is the smallest of named formulas, the graph's and these, and that a rule here only ever makes
an answer more careful.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from puhui.approval.evidence import Inputs
from puhui.money import FEN_PER_YUAN, Money
from puhui.products.desks import ReadyProduct
from puhui.products.values import BASIS_POINT, Approved, Decision, Declined, LimitPart, RuleHit
from puhui.words import Label

APPROVED, DECLINED, REFERRED = "approved", "declined", "referred"
HOUSE = "House"
HOLDS, REFERS = "holds", "refers"
GOES_ILL = {
    "frozen": ("is frozen", "已冻结"),
    "written_off": ("was written off as a loss", "已核销"),
    "non_performing": ("is non-performing", "已列为不良"),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome after the house's rules: `deciding` are the hits that made it, `hits` all of them."""

    outcome: str
    limit_fen: int
    mortgage_fen: int
    guarantee_fen: int
    rate_bp: int
    limit_parts: tuple[LimitPart, ...]
    hits: tuple[RuleHit, ...]
    deciding: tuple[RuleHit, ...]


def settle(inputs: Inputs, decision: Decision, product: ReadyProduct) -> Settled:
    """The graph's decision under the house's rules: a decline stays one, an approval may become less or none."""
    refers = tuple(_refers(inputs))
    if isinstance(decision, Declined):
        return _ended(DECLINED, decision, decision.reasons, refers)
    if not isinstance(decision, Approved):
        return _ended(REFERRED, decision, (*decision.reasons, *refers), refers)
    parts = _limit_parts(inputs, decision)
    least = product.terms.whole("loan_least_yuan")
    limit = allowed(inputs, min(part.yuan for part in parts), product)
    if limit < least:
        binding = next(part for part in parts if part.binding)
        hit = RuleHit(HOUSE, "H03", _too_little(binding, least))
        return replace(_ended(DECLINED, decision, (hit,), (*refers, hit)), limit_parts=parts)
    if referring := asking(inputs, limit * FEN_PER_YUAN):
        return replace(_ended(REFERRED, decision, referring, referring), limit_parts=parts)
    mortgage, guarantee = secured(limit * FEN_PER_YUAN, decision.mortgage.fen, decision.guarantee.fen, inputs.told)
    return Settled(
        APPROVED,
        limit * FEN_PER_YUAN,
        mortgage,
        guarantee,
        int(decision.annual_rate / BASIS_POINT),
        parts,
        decision.trace.hits,
        (),
    )


def secured(limit_fen: int, mortgage_fen: int, guarantee_fen: int, told: Mapping[str, float | None]) -> tuple[int, int]:
    """What of a limit a property carries and a guarantor answers for, where the limit became less than the graph's.

    A guarantor answers for its share of what no property carries; the bank's own share is credit.

    >>> secured(600_000_00, 500_000_00, 400_000_00, {"guarantee_share": 0.8})
    (50000000, 8000000)
    """
    mortgage = min(mortgage_fen, limit_fen)
    beside = Money(limit_fen - mortgage).times(Decimal(str(told.get("guarantee_share") or 0)))
    return mortgage, min(guarantee_fen, beside.fen)


def allowed(inputs: Inputs, limit_yuan: int, product: ReadyProduct) -> int:
    """What is left of a graph's limit under the caps and the amount asked for, in whole steps of the product."""
    step = product.terms.whole("loan_step_yuan")
    return min([limit_yuan, *(part.yuan for part in _bounds(inputs))]) // step * step


def asking(inputs: Inputs, limit_fen: int) -> tuple[RuleHit, ...]:
    """The rules that ask for a person before so much is lent."""
    return (*_refers(inputs), *_above_referring_caps(inputs, limit_fen))


def _ended(outcome: str, decision: Decision, deciding: tuple[RuleHit, ...], extra: tuple[RuleHit, ...]) -> Settled:
    return Settled(outcome, 0, 0, 0, 0, decision.limit_parts, (*decision.trace.hits, *extra), deciding)


def _refers(inputs: Inputs) -> Iterator[RuleHit]:
    same, most = inputs.repeats["same_firm"], inputs.house["repeats_most"]
    over = inputs.house["repeats_days"]
    if same > most:
        yield RuleHit(HOUSE, "H01", Label(
            f"{same} applications for this product within {over} days, more than {most}: a person must look",
            f"{over} 天内对该产品已申请 {same} 次，超过 {most} 次需人工审核",
        ))  # fmt: skip
    tied, borne = inputs.repeats["affiliates"], inputs.house["affiliates_most"]
    if tied > borne:
        yield RuleHit(HOUSE, "H02", Label(
            f"{tied} applications within {over} days by firms under one control, more than {borne}: a person must look",
            f"{over} 天内同一控制下企业已申请 {tied} 次，超过 {borne} 次需人工审核",
        ))  # fmt: skip

    for sign in inputs.signs:
        yield RuleHit(HOUSE, "H05", Label(
            f"Sign of too much credit: {sign.en}: {sign.found}, from {sign.threshold} on. A person must look",
            f"多头授信信号：{sign.zh}：{sign.found}，警戒线 {sign.threshold}，需人工审核",
        ))  # fmt: skip
    if inputs.holds:
        yield RuleHit(HOUSE, "H06", Label(
            f"The firm's draws are on hold ({', '.join(inputs.holds)}): a person must look",
            f"该企业已被暂停支用（{'、'.join(inputs.holds)}），需人工审核",
        ))  # fmt: skip
    for line in inputs.lines:
        number, _, state = line.partition(" ")
        en, zh = GOES_ILL[state]
        yield RuleHit(HOUSE, "H07", Label(
            f"The firm's line {number} here {en}: a person must look",
            f"该企业在本行的授信 {number} {zh}，需人工审核",
        ))  # fmt: skip


def _above_referring_caps(inputs: Inputs, limit_fen: int) -> Iterator[RuleHit]:
    for cap in inputs.caps:
        if cap.force == REFERS and limit_fen > cap.uncommitted_fen:
            yield RuleHit(HOUSE, "H04", Label(
                f"The limit would go beyond: {cap.en} (source: {cap.source}). A person must look",
                f"额度将超过：{cap.zh}（依据：{cap.source}），需人工审核",
            ))  # fmt: skip


def _limit_parts(inputs: Inputs, decision: Approved) -> tuple[LimitPart, ...]:
    """The graph's formulas, what the caps leave, and what was asked for; the smallest one binds."""
    found = [*decision.limit_parts, *_bounds(inputs)]
    smallest = min(found, key=lambda part: part.yuan)
    return tuple(replace(part, binding=part is smallest) for part in found)


def _bounds(inputs: Inputs) -> Iterator[LimitPart]:
    """What the caps leave, and what was asked for."""
    holding = [cap for cap in inputs.caps if cap.force == HOLDS]
    if holding:
        least = min(holding, key=lambda cap: cap.uncommitted_fen)
        words = Label(f"What the caps of exposure leave: {least.en}", f"风险限额余量：{least.zh}")
        yield LimitPart("headroom", words, max(0, least.uncommitted_fen) // FEN_PER_YUAN, binding=False)
    if inputs.asked_fen is not None:
        words = Label("The amount asked for", "申请金额")
        yield LimitPart("asked", words, inputs.asked_fen // FEN_PER_YUAN, binding=False)


def _too_little(binding: LimitPart, least: int) -> Label:
    return Label(
        f"{binding.words.en}: {binding.yuan:,} yuan, the smallest loan is {least:,}",
        f"{binding.words.zh}：{binding.yuan:,} 元，单笔最低 {least:,} 元",
    )
