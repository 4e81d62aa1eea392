"""Why a firm's data may be read. A consent covers named purposes, and no others."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from puhui.words import Label


class Purpose(StrEnum):
    """One reason to read. A new purpose needs its words in `WORDS`, or the import stops."""

    CREDIT_DECISION = "credit_decision"
    MONITORING = "monitoring"
    QUALITY = "quality"
    RESEARCH = "research"
    OWNER_COPY = "owner_copy"


class Basis(StrEnum):
    """What a right to read rests on."""

    CONSENT = "consent"
    PUBLIC_RESEARCH = "public_research_data"


WORDS: dict[Purpose | Basis, Label] = {
    Purpose.CREDIT_DECISION: Label("deciding on credit", "信贷审批"),
    Purpose.MONITORING: Label("watching a running loan", "贷后监测"),
    Purpose.QUALITY: Label("checking and mending data", "数据质量核查与修复"),
    Purpose.RESEARCH: Label("research on public data", "公开数据研究"),
    Purpose.OWNER_COPY: Label("the owner's copy of what is held", "向企业主提供其信息副本"),
    Basis.CONSENT: Label("the firm's consent", "企业授权"),
    Basis.PUBLIC_RESEARCH: Label("public research data", "公开研究数据"),
}
assert WORDS.keys() == {*Purpose, *Basis}

# Which purposes a channel allows (None: there is no such channel), as the room of channels tells, which lies above.
_allowed_by: list[Callable[[str], frozenset[Purpose] | None]] = []


def tell_allowed(allowed: Callable[[str], frozenset[Purpose] | None]) -> None:
    """Let grants be held against what each channel declares."""
    _allowed_by[:] = [allowed]


def allowed_by(channel: str) -> frozenset[Purpose] | None:
    """The purposes for which a channel's rows may ever be read, whoever consents; None for an unknown channel."""
    assert _allowed_by, "the channels have not told their purposes: is Django set up?"
    return _allowed_by[0](channel)
