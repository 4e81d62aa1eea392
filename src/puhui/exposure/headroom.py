"""How much may still be lent to a firm: each cap with what is used of it, and which one binds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from puhui.exposure.caps import SCOPES, CapKey, Force, Scope
from puhui.ids import EnterpriseId
from puhui.money import Money
from puhui.words import Label

NOTHING = Money(0)
HELD = Label("a draw beyond it is refused", "超限支用将被拒绝")
REFERRED = Label("above it, a person decides", "超限转人工审批")
WARNED = Label("above it, it is said", "超限提示")
SHORT = {
    Force.HOLDS: Label("holds", "硬性"),
    Force.REFERS: Label("refers", "转人工"),
    Force.WARNS: Label("warns", "提示"),
}
FORCES = {Force.HOLDS: HELD, Force.REFERS: REFERRED, Force.WARNS: WARNED}


@dataclass(frozen=True, slots=True)
class CapStanding:
    """One cap as it stands: its amount and source, what is used (drawn and pending), and what is committed in all."""

    rule: str
    label: Label
    key: CapKey
    force: Force
    legal: bool
    amount: Money
    used: Money
    pending: Money
    committed: Money
    source: str
    confidence: str

    @property
    def free(self) -> Money:
        """What may still be drawn under it; below zero when it is exceeded."""
        return self.amount - self.used

    @property
    def uncommitted(self) -> Money:
        """What may still be approved under it, were all lines drawn to the end."""
        return self.amount - self.committed

    @property
    def exceeded(self) -> bool:
        """Whether more is used than its amount."""
        return self.used > self.amount


@dataclass(frozen=True, slots=True)
class Headroom:
    """What may still be lent to a firm, cap by cap, the narrowest scope first."""

    firm: EnterpriseId
    on: date
    caps: tuple[CapStanding, ...]

    @property
    def binds(self) -> CapStanding | None:
        """The cap that holds and leaves least."""
        return min((each for each in self.caps if each.force is Force.HOLDS), key=lambda each: each.free, default=None)

    @property
    def free(self) -> Money:
        """What may still be drawn, under the caps that hold."""
        return max(NOTHING, self.binds.free) if self.binds else NOTHING

    @property
    def uncommitted(self) -> Money:
        """What may still be approved, under the caps that hold, were all lines drawn to the end."""
        holding = [each.uncommitted for each in self.caps if each.force is Force.HOLDS]
        return max(NOTHING, min(holding, default=NOTHING))

    @property
    def exceeded(self) -> tuple[CapStanding, ...]:
        """The caps that are exceeded, those that hold first."""
        return tuple(sorted((each for each in self.caps if each.exceeded), key=lambda each: each.force != Force.HOLDS))

    def after(self, amount: Money) -> Headroom:
        """The headroom were a line of this amount approved and drawn, counted by every cap but a guarantor's."""
        return replace(self, caps=tuple(_with(each, amount) for each in self.caps))


def _with(cap: CapStanding, amount: Money) -> CapStanding:
    if cap.key.scope is Scope.GUARANTOR:
        return cap
    return replace(cap, used=cap.used + amount, committed=cap.committed + amount)


def in_words(caps: Sequence[CapStanding]) -> list[Label]:
    """Each exceeded cap in a sentence.

    >>> in_words([])
    []
    """
    return [
        Label(
            f"{each.label.en}: {each.used} of {each.amount} ({SCOPES[each.key.scope].en} {each.key.subject})",
            f"{each.label.zh}：{each.used}／{each.amount}（{SCOPES[each.key.scope].zh} {each.key.subject}）",
        )
        for each in caps
        if each.exceeded
    ]
