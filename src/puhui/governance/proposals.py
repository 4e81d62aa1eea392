"""Four eyes: what one person proposes and another must agree to. Value types only; the acts are in `services`.

Promises that every matter says which act proposes it and which act judges it, so that the right to either is read
from the one table in `access`. Refuses a matter that is not declared here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from puhui.governance.access import Act
from puhui.ids import RequestId
from puhui.money import Money
from puhui.words import Label


class Matter(StrEnum):
    """What a proposal is about: its `kind`. A new one needs its line in `MATTERS`, or the import stops."""

    PRODUCT = "product"
    MODEL = "model"
    VARIABLE = "variable"
    OVERRIDE = "override"
    WRITE_OFF = "write_off"
    SECURITY = "security"
    CAP = "cap"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Rights:
    """Words for a matter, and the acts that propose and judge it."""

    label: Label
    proposes: Act
    judges: Act


MATTERS: Mapping[Matter, Rights] = {
    Matter.PRODUCT: Rights(Label("credit product", "信贷产品"), Act.PROPOSE_PRODUCT, Act.APPROVE_PRODUCT),
    Matter.MODEL: Rights(Label("model", "模型"), Act.PROPOSE_MODEL, Act.APPROVE_MODEL),
    Matter.VARIABLE: Rights(Label("variable", "变量"), Act.PROPOSE_VARIABLE, Act.APPROVE_VARIABLE),
    Matter.OVERRIDE: Rights(Label("override of a decision", "推翻决策"), Act.PROPOSE_OVERRIDE, Act.APPROVE_OVERRIDE),
    Matter.WRITE_OFF: Rights(Label("write-off", "核销"), Act.PROPOSE_WRITE_OFF, Act.APPROVE_WRITE_OFF),
    Matter.SECURITY: Rights(Label("security of a line", "额度担保"), Act.PROPOSE_SECURITY, Act.APPROVE_SECURITY),
    Matter.CAP: Rights(Label("cap on exposure", "授信限额"), Act.PROPOSE_CAP, Act.APPROVE_CAP),
    Matter.IDENTITY: Rights(Label("identity of a firm", "企业身份"), Act.RULE_ON_FIRMS, Act.RULE_ON_FIRMS),
}
assert MATTERS.keys() == set(Matter)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the second person said of a proposal."""

    proposal: int
    agrees: bool
    why: str
    by: str
    request: RequestId
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposes: the kind of matter, its subject, how it is and how it should be, and why.

    `verdict` is None while it waits for a second person.
    """

    number: int
    kind: Matter
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    why: str
    by: str
    request: RequestId
    at: datetime
    verdict: Verdict | None = None

    @property
    def amount(self) -> Money | None:
        """How much it is about, which the authority of whoever judges it must cover; None where no amount is asked."""
        match self.kind:
            case Matter.WRITE_OFF:
                return Money(sum(self.before["owed_fen"].values()))
            case Matter.OVERRIDE:
                return Money(self.after["limit_fen"])
            case Matter.SECURITY if "cap" in self.after["content"]:
                return Money(self.after["content"]["cap"])
            case Matter.CAP if self.after["amount_fen"] is not None:
                return Money(self.after["amount_fen"])
        return None

    @property
    def agreed(self) -> bool:
        """Has another person agreed?"""
        return self.verdict is not None and self.verdict.agrees
