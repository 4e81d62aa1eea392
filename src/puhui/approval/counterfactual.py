"""What the firm itself could do so that the answer changes: pay what is overdue, repay, ask for less. Pure.

Only what lies in the firm's own hands is tried, never its age, its trade or its past. Each is tried by itself; if none
is enough, all together, and those that are not needed are left out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from puhui.approval.evidence import Inputs
from puhui.approval.house_rules import APPROVED, DECLINED, REFERRED, Settled
from puhui.money import FEN_PER_YUAN
from puhui.products.desks import ReadyProduct
from puhui.variables import services as variables
from puhui.words import Label

RANK = {DECLINED: 0, REFERRED: 1, APPROVED: 2}
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Change:
    """Something the firm can do: its words, and the inputs as they would then be."""

    name: str
    words: Label
    apply: Callable[[Inputs], Inputs]


# A variable that the firm can bring to nothing, and what it would have to do.
PAID: Mapping[str, Label] = {
    "tax_arrears_now": Label("Pay the tax in arrears ({amount} yuan)", "缴清欠税（{amount} 元）"),
    "bureau_overdue_now": Label("Pay what is overdue at other lenders ({amount} yuan)", "结清他行逾期（{amount} 元）"),
    "owner_overdue_now": Label("Let the owner pay what is overdue ({amount} yuan)", "业主结清个人逾期（{amount} 元）"),
    "utilities_overdue_now": Label("Pay overdue utility bills ({amount} yuan)", "缴清水电欠费（{amount} 元）"),
    "court_open_amount": Label("Settle the open claims ({amount} yuan)", "了结未结诉讼（{amount} 元）"),
    "registry_abnormal_now": Label("Have the registry's abnormal listing lifted", "申请移出经营异常名录"),
}
# A debt that the firm can make smaller, part by part.
REPAID: Mapping[str, Label] = {
    "bureau_debt_now": Label("Repay {amount} yuan of other lenders' loans", "偿还他行贷款 {amount} 元"),
    "owner_unsecured_debt_now": Label(
        "Let the owner repay {amount} yuan of cards and loans", "业主偿还信用卡及贷款 {amount} 元"
    ),
}
PARTS = (0.25, 0.5, 1.0)
SETTLED = Label("Settle with papers what the firm's sources say against each other", "提供材料，澄清各来源之间不符之处")


def find(
    outcome: str, inputs: Inputs, tried: Callable[[Inputs], Settled], product: ReadyProduct
) -> list[dict[str, Any]]:
    """What would change the answer, the smallest step first; nothing when the answer is yes."""
    if outcome == APPROVED:
        return []
    found: list[dict[str, Any]] = []
    singles = list(_changes(inputs, product))
    for change in singles:
        then = tried(change.apply(inputs))
        if RANK[then.outcome] > RANK[outcome] and change.name not in {one["name"].split("@")[0] for one in found}:
            found.append(_said([change], then))
    if found or not singles:
        return found[:SHOWN]
    return _together(outcome, inputs, tried, _strongest(singles))


def _together(
    outcome: str, inputs: Inputs, tried: Callable[[Inputs], Settled], changes: list[Change]
) -> list[dict[str, Any]]:
    def after(kept: list[Change]) -> Settled:
        changed = inputs
        for change in kept:
            changed = change.apply(changed)
        return tried(changed)

    then = after(changes)
    if RANK[then.outcome] <= RANK[outcome]:
        return []
    for change in list(changes):
        without = [one for one in changes if one is not change]
        less = after(without)
        if RANK[less.outcome] > RANK[outcome]:
            changes, then = without, less
    return [_said(changes, then)]


def _strongest(singles: list[Change]) -> list[Change]:
    """Of each kind of change the one that goes furthest."""
    return list({change.name: change for change in singles}.values())


def _said(changes: list[Change], then: Settled) -> dict[str, Any]:
    return {
        "name": "+".join(change.name for change in changes),
        "do": [change.words for change in changes],
        "outcome": then.outcome,
        "limit_fen": then.limit_fen,
    }


def _changes(inputs: Inputs, product: ReadyProduct) -> Iterator[Change]:
    read = {*product.definition.variables, *inputs.variables}
    for name, words in PAID.items():
        if name in read and (now := inputs.variables.get(name)):
            yield Change(name, _amount(words, now), _set({name: 0.0}))
    for name, words in REPAID.items():
        if name in read and (now := inputs.variables.get(name)):
            for part in PARTS:
                yield Change(name, _amount(words, now * part), _set({name: now * (1 - part)}))
    if inputs.trust.get("contradictions") or inputs.trust.get("fraud_signs"):
        cleared = {"contradictions": 0.0, "fraud_signs": 0.0, "trust": max(inputs.trust.get("trust") or 0.0, 85.0)}
        yield Change("sources", SETTLED, lambda now: replace(now, trust={**now.trust, **cleared}))
    if inputs.asked_fen is not None:
        yield from _asking(inputs, product)
    if "mortgage_yuan" in product.definition.told:
        least = product.terms.whole("loan_least_yuan")
        for more in (least, least * 5):
            told = {**inputs.told, "mortgage_yuan": (inputs.told.get("mortgage_yuan") or 0.0) + more}
            words = Label(f"Offer property that may carry {more:,} yuan more", f"追加可抵押价值 {more:,} 元的房产")
            yield Change("property", words, lambda now, told=told: replace(now, told=told))  # type: ignore[misc]


def _asking(inputs: Inputs, product: ReadyProduct) -> Iterator[Change]:
    """Ask for less, where a large amount is what a person must look at; or for the smallest loan, where it is more."""
    least = product.terms.whole("loan_least_yuan")
    for yuan in dict.fromkeys((inputs.asked_fen or 0) // FEN_PER_YUAN // part for part in (2, 4)):
        if yuan >= least:
            words = Label(f"Ask for {yuan:,} yuan instead", f"改为申请 {yuan:,} 元")
            yield Change("asked", words, lambda now, fen=yuan * FEN_PER_YUAN: replace(now, asked_fen=fen))  # type: ignore[misc]
    if (inputs.asked_fen or 0) < least * FEN_PER_YUAN:
        words = Label(f"Ask for the smallest loan, {least:,} yuan", f"改为申请最低额 {least:,} 元")
        yield Change("asked", words, lambda now: replace(now, asked_fen=least * FEN_PER_YUAN))


def _set(changed: dict[str, float]) -> Callable[[Inputs], Inputs]:
    def apply(inputs: Inputs) -> Inputs:
        known = {**inputs.variables, **changed}
        return replace(inputs, variables=variables.derived_again(known))

    return apply


def _amount(words: Label, yuan: float) -> Label:
    said = f"{yuan:,.0f}"
    return Label(words.en.replace("{amount}", said), words.zh.replace("{amount}", said))
