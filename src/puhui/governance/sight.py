"""Who sees what of a person: pseudonyms, masks, or what was written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from puhui.governance import masking
from puhui.governance.access import Actor, Role
from puhui.governance.personal import Kind
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.words import Label


class Sight(StrEnum):
    """How much of a personal cell is seen."""

    PSEUDONYMS = "pseudonyms"
    MASKED = "masked"
    CLEAR = "clear"


WORDS: Mapping[Sight, Label] = {
    Sight.PSEUDONYMS: Label("pseudonyms", "假名"),
    Sight.MASKED: Label("masked", "脱敏"),
    Sight.CLEAR: Label("as written", "明文"),
}
# Of the firms that `access` lets a role reach; a borrower reaches its own. A new role needs its line here.
SIGHT: Mapping[Role, Sight] = {
    Role.BORROWER: Sight.CLEAR,
    Role.RELATIONSHIP_MANAGER: Sight.MASKED,
    Role.APPROVER: Sight.MASKED,
    Role.PRODUCT_MANAGER: Sight.PSEUDONYMS,
    Role.ANALYST: Sight.PSEUDONYMS,
    Role.RISK_MANAGER: Sight.MASKED,
    Role.INSPECTOR: Sight.MASKED,
    Role.AUDITOR: Sight.CLEAR,
    Role.SUPERVISOR: Sight.MASKED,
    Role.ADMINISTRATOR: Sight.PSEUDONYMS,
}
MASKS: dict[Kind, Callable[[str], str]] = {
    Kind.NAME: masking.name,
    Kind.IDENTITY: masking.identity,
    Kind.PHONE: masking.phone,
    Kind.ACCOUNT: masking.account,
    Kind.ADDRESS: masking.address,
    Kind.NOTE: masking.scrubbed,
}
# The law itself, not a consent, gives the owner a copy of what is held (PIPL art. 45). It gives nobody else anything.
BY_LAW: Mapping[Purpose, Role] = {Purpose.OWNER_COPY: Role.BORROWER}
assert WORDS.keys() == set(Sight)
assert SIGHT.keys() == set(Role)
assert MASKS.keys() == set(Kind)


def masked(kind: Kind, text: str) -> str:
    """A personal text as an officer sees it.

    >>> [masked(Kind.NAME, "张三"), masked(Kind.PHONE, "13812341234"), masked(Kind.ACCOUNT, "6222020200111234")]
    ['张**', '138****1234', '6222 **** 1234']
    """
    return MASKS[kind](text)


def sight_of(actor: Actor, firm: EnterpriseId | None = None) -> Sight:
    """How much of a firm's file an actor sees whom a door has let in: whole to the firm itself and to auditors.

    Of rows that belong to no firm yet, pass none.

    >>> firm, owner = EnterpriseId("E1"), frozenset({Role.BORROWER})
    >>> sight_of(Actor("wei", owner, firms=frozenset({firm})), firm), sight_of(Actor("mei", owner), firm)
    (<Sight.CLEAR: 'clear'>, <Sight.MASKED: 'masked'>)
    """
    own = firm is not None and Role.BORROWER in actor.roles and firm in actor.firms
    return Sight.CLEAR if own or Role.AUDITOR in actor.roles else Sight.MASKED


def by_law(purpose: Purpose, role: Role) -> bool:
    """Does the law give this role the right to look for this purpose, without a consent?

    >>> by_law(Purpose.OWNER_COPY, Role.BORROWER), by_law(Purpose.OWNER_COPY, Role.ANALYST)
    (True, False)
    """
    return BY_LAW.get(purpose) is role
