"""Who may do what: the roles, the acts, and the one table that pages, API and command line obey. Pure.

Promises that an act without a line in `MAY` stops the import; that a borrower reaches its own firms only, and a member
of a branch the firms of that branch only; that a case goes to who has the skill for it, and that an amount beyond a
role's authority is refused with the limit.
Refuses NOT_SIGNED_IN, NOT_ALLOWED, NOT_YOUR_FIRM, OTHER_BRANCH, LACKS_SKILL and ABOVE_AUTHORITY, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from puhui import dated
from puhui.ids import EnterpriseId
from puhui.money import FEN_PER_YUAN, Money
from puhui.refusals import Code, Refused
from puhui.words import Label

AUTHORITY = Path(__file__).parent / "catalogue" / "authority.json"


class Role(StrEnum):
    """What a person is in the house. A new role needs its words, or the import stops."""

    BORROWER = "borrower"
    RELATIONSHIP_MANAGER = "relationship_manager"
    APPROVER = "approver"
    PRODUCT_MANAGER = "product_manager"
    ANALYST = "analyst"
    RISK_MANAGER = "risk_manager"
    INSPECTOR = "inspector"
    AUDITOR = "auditor"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    """What can be done. A new act needs its line in `MAY`, or the import stops."""

    VISIT = "visit"  # needs no name: signing in, the state of health, the look of a page
    KEEP_ACCOUNT = "keep_account"  # one's own password, second factors and tokens
    SEE_OVERVIEW = "see_overview"
    # channels
    SEE_CHANNELS = "see_channels"
    DELIVER = "deliver"
    SEE_QUARANTINE = "see_quarantine"
    MEND = "mend"
    # governance
    SEE_CONSENTS = "see_consents"
    GIVE_CONSENT = "give_consent"
    SEE_AUDIT = "see_audit"
    KEEP_KEYS = "keep_keys"
    ERASE = "erase"
    HOLD_DATA = "hold_data"
    COPY_DATA = "copy_data"
    SEE_PROPOSALS = "see_proposals"
    MANAGE_USERS = "manage_users"
    PROVE_CONTROL = "prove_control"
    MANAGE_WEBHOOKS = "manage_webhooks"
    # enterprises
    SEE_FIRM = "see_firm"
    SEE_DOUBTS = "see_doubts"
    RULE_ON_FIRMS = "rule_on_firms"
    LINK_FIRMS = "link_firms"
    # variables and models
    SEE_VARIABLES = "see_variables"
    COMPUTE_VARIABLES = "compute_variables"
    PROPOSE_VARIABLE = "propose_variable"
    APPROVE_VARIABLE = "approve_variable"
    USE_MODELS = "use_models"
    PROPOSE_MODEL = "propose_model"
    APPROVE_MODEL = "approve_model"
    # products
    SEE_PRODUCTS = "see_products"
    DRAFT_PRODUCT = "draft_product"
    PROPOSE_PRODUCT = "propose_product"
    APPROVE_PRODUCT = "approve_product"
    RUN_STRATEGY = "run_strategy"
    # mitigation and exposure
    SEE_SECURITY = "see_security"
    PROPOSE_SECURITY = "propose_security"
    APPROVE_SECURITY = "approve_security"
    SEE_EXPOSURE = "see_exposure"
    PROPOSE_CAP = "propose_cap"
    APPROVE_CAP = "approve_cap"
    # approval
    APPLY = "apply"
    SEE_APPLICATION = "see_application"
    ASK_FOR_PERSON = "ask_for_person"
    AGREE = "agree"
    SEE_QUEUE = "see_queue"
    SEE_EVIDENCE = "see_evidence"
    DECIDE_REFERRED = "decide_referred"
    PROPOSE_OVERRIDE = "propose_override"
    APPROVE_OVERRIDE = "approve_override"
    REPLAY = "replay"
    # lending
    SEE_FACILITY = "see_facility"
    DRAW = "draw"
    REPAY = "repay"
    CLOSE_FACILITY = "close_facility"
    FREEZE = "freeze"
    CHANGE_TERMS = "change_terms"
    PROPOSE_WRITE_OFF = "propose_write_off"
    APPROVE_WRITE_OFF = "approve_write_off"
    RECOVER = "recover"
    CLOSE_DAY = "close_day"
    SEE_BOOK = "see_book"
    COMPUTE_SCHEDULE = "compute_schedule"
    # the house
    RUN_HOUSE = "run_house"
    SIMULATE = "simulate"


WORDS: Mapping[Role, Label] = {
    Role.BORROWER: Label("borrower", "借款人"),
    Role.RELATIONSHIP_MANAGER: Label("relationship manager", "客户经理"),
    Role.APPROVER: Label("approver", "审批人"),
    Role.PRODUCT_MANAGER: Label("product manager", "产品经理"),
    Role.ANALYST: Label("analyst", "数据分析师"),
    Role.RISK_MANAGER: Label("risk manager", "风险经理"),
    Role.INSPECTOR: Label("inspector", "现场检查员"),
    Role.AUDITOR: Label("auditor", "审计人员"),
    Role.SUPERVISOR: Label("supervisor", "监管人员"),
    Role.ADMINISTRATOR: Label("administrator", "系统管理员"),
}
assert WORDS.keys() == set(Role)


class Skill(StrEnum):
    """What a person understands, and a case needs to be understood."""

    CREDIT = "credit"
    FRAUD = "fraud"
    PROPERTY = "property"
    DATA = "data"


SKILL_WORDS: Mapping[Skill, Label] = {
    Skill.CREDIT: Label("credit", "信贷"),
    Skill.FRAUD: Label("fraud", "反欺诈"),
    Skill.PROPERTY: Label("property", "房产抵押"),
    Skill.DATA: Label("data", "数据"),
}
assert SKILL_WORDS.keys() == set(Skill)

_B, _RM, _AP, _PM = Role.BORROWER, Role.RELATIONSHIP_MANAGER, Role.APPROVER, Role.PRODUCT_MANAGER
_AN, _RK, _IN, _AU, _SU, _AD = (
    Role.ANALYST,
    Role.RISK_MANAGER,
    Role.INSPECTOR,
    Role.AUDITOR,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
)
STAFF = frozenset(Role) - {Role.BORROWER}
CREDIT = frozenset({_RM, _AP, _RK})  # who works on single firms
WATCH = frozenset({_AU, _SU})  # who looks at everything and changes nothing


def _only(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


MAY: Mapping[Act, frozenset[Role]] = {
    Act.VISIT: frozenset(Role),  # and nobody in particular: see `open_to_all`
    Act.KEEP_ACCOUNT: frozenset(Role),
    Act.SEE_OVERVIEW: STAFF,
    Act.SEE_CHANNELS: STAFF,
    Act.DELIVER: _only(_AN, _AD),
    Act.SEE_QUARANTINE: _only(_AN, _AU),
    Act.MEND: _only(_AN),
    Act.SEE_CONSENTS: CREDIT | WATCH | _only(_B, _AN, _IN),
    Act.GIVE_CONSENT: _only(_B, _RM),
    Act.SEE_AUDIT: WATCH | _only(_RK, _AD),
    Act.KEEP_KEYS: _only(_AD),
    Act.ERASE: _only(_AD),
    Act.HOLD_DATA: _only(_RK, _AU),
    Act.COPY_DATA: _only(_RM, _AU),
    Act.SEE_PROPOSALS: STAFF,
    Act.MANAGE_USERS: _only(_AD),
    Act.PROVE_CONTROL: _only(_B),
    Act.MANAGE_WEBHOOKS: _only(_AD),
    Act.SEE_FIRM: CREDIT | WATCH | _only(_B, _AN, _IN),
    Act.SEE_DOUBTS: CREDIT | WATCH | _only(_AN, _IN),
    Act.RULE_ON_FIRMS: _only(_AN, _RK),
    Act.LINK_FIRMS: _only(_AN),
    Act.SEE_VARIABLES: STAFF,
    Act.COMPUTE_VARIABLES: _only(_AN, _RK),
    Act.PROPOSE_VARIABLE: _only(_AN),
    Act.APPROVE_VARIABLE: _only(_RK),
    Act.USE_MODELS: _only(_AN, _RK),
    Act.PROPOSE_MODEL: _only(_AN),
    Act.APPROVE_MODEL: _only(_RK),
    Act.SEE_PRODUCTS: frozenset(Role),
    Act.DRAFT_PRODUCT: _only(_PM),
    Act.PROPOSE_PRODUCT: _only(_PM),
    Act.APPROVE_PRODUCT: _only(_PM, _RK),
    Act.RUN_STRATEGY: _only(_PM, _AN, _RK),
    Act.SEE_SECURITY: CREDIT | WATCH | _only(_B, _IN),
    Act.PROPOSE_SECURITY: _only(_RM, _RK),
    Act.APPROVE_SECURITY: _only(_AP, _RK),
    Act.SEE_EXPOSURE: CREDIT | WATCH,
    Act.PROPOSE_CAP: _only(_RK),
    Act.APPROVE_CAP: _only(_AP, _RK),
    Act.APPLY: _only(_B, _RM),
    Act.SEE_APPLICATION: CREDIT | WATCH | _only(_B),
    Act.ASK_FOR_PERSON: _only(_B, _RM),
    Act.AGREE: _only(_B),
    Act.SEE_QUEUE: CREDIT | WATCH,
    Act.SEE_EVIDENCE: _only(_AP, _RK, _AN) | WATCH,
    Act.DECIDE_REFERRED: _only(_AP),
    Act.PROPOSE_OVERRIDE: _only(_AP, _RK),
    Act.APPROVE_OVERRIDE: _only(_AP, _RK),
    Act.REPLAY: _only(_AP, _RK, _AN) | WATCH,
    Act.SEE_FACILITY: CREDIT | WATCH | _only(_B, _IN),
    Act.DRAW: _only(_B),
    Act.REPAY: _only(_B, _RM),
    Act.CLOSE_FACILITY: _only(_B, _RM),
    Act.FREEZE: _only(_RM, _RK),
    Act.CHANGE_TERMS: _only(_RM, _RK),
    Act.PROPOSE_WRITE_OFF: _only(_RM, _RK),
    Act.APPROVE_WRITE_OFF: _only(_AP, _RK),
    Act.RECOVER: _only(_RM, _RK),
    Act.CLOSE_DAY: _only(_RK, _AD),
    Act.SEE_BOOK: _only(_RK, _AN, _AD) | WATCH,
    Act.COMPUTE_SCHEDULE: frozenset(Role),
    Act.RUN_HOUSE: _only(_AD),
    Act.SIMULATE: _only(_AN, _AD),
}
assert MAY.keys() == set(Act), f"acts without a line: {set(Act) - MAY.keys()}"

OPEN_TO_ALL = frozenset({Act.VISIT})
BY_SKILL = frozenset({Act.DECIDE_REFERRED})
SKILLED = frozenset(
    role for act in BY_SKILL for role in MAY[act]
)  # whose skills matter; without one they decide nothing
UP_TO_AN_AMOUNT = frozenset(
    {Act.DECIDE_REFERRED, Act.APPROVE_OVERRIDE, Act.APPROVE_WRITE_OFF, Act.APPROVE_SECURITY, Act.APPROVE_CAP}
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a name for the record, roles, the branch (empty: all branches), a borrower's firms, and skills.

    >>> Actor("wei", frozenset({Role.BORROWER}), firms=frozenset({EnterpriseId("E1")})).name
    'wei'
    """

    name: str
    roles: frozenset[Role]
    branch: str = ""
    firms: frozenset[EnterpriseId] = frozenset()
    skills: frozenset[Skill] = frozenset()


NOBODY = Actor("", frozenset())


def objection(
    actor: Actor,
    act: Act,
    *,
    firm: EnterpriseId | None = None,
    branch: str = "",
    skill: Skill | None = None,
    amount: Money | None = None,
    on: date,
) -> Refused | None:
    """Why an actor may not do something; None when it may.

    `firm` is the firm that the act is about, `branch` the branch that looks after it (empty: head office), `skill` what
    the case needs.

    >>> officer = Actor("a", frozenset({Role.RELATIONSHIP_MANAGER}), branch="north")
    >>> objection(officer, Act.SEE_FIRM, firm=EnterpriseId("E1"), branch="north", on=date(2026, 1, 1))
    >>> objection(officer, Act.SEE_FIRM, firm=EnterpriseId("E1"), branch="south", on=date(2026, 1, 1)).code
    <Code.OTHER_BRANCH: 'OTHER_BRANCH'>
    >>> objection(NOBODY, Act.SEE_FIRM, on=date(2026, 1, 1)).code
    <Code.NOT_SIGNED_IN: 'NOT_SIGNED_IN'>
    """
    if act in OPEN_TO_ALL:
        return None
    if not actor.roles:
        return Refused(Code.NOT_SIGNED_IN, {"act": str(act)})
    holding = actor.roles & MAY[act]
    if not holding:
        return Refused(Code.NOT_ALLOWED, {"act": str(act), "roles": ", ".join(sorted(actor.roles))})
    if firm is not None and (away := _out_of_reach(actor, act, holding, firm, branch)):
        return away
    return _beyond(actor, act, holding, skill=skill, amount=amount, on=on)


def _out_of_reach(actor: Actor, act: Act, holding: frozenset[Role], firm: EnterpriseId, branch: str) -> Refused | None:
    """A borrower reaches the firms it controls; a member of a branch, what that branch looks after."""
    if holding == {Role.BORROWER}:
        return None if firm in actor.firms else Refused(Code.NOT_YOUR_FIRM, {"act": str(act)})
    if actor.branch and branch != actor.branch:
        return Refused(Code.OTHER_BRANCH, {"act": str(act), "yours": actor.branch})
    return None


def _beyond(
    actor: Actor, act: Act, holding: frozenset[Role], *, skill: Skill | None, amount: Money | None, on: date
) -> Refused | None:
    """What a person understands, and how much it may decide."""
    if skill is not None and act in BY_SKILL and skill not in actor.skills:
        return Refused(Code.LACKS_SKILL, {"act": str(act), "needs": str(skill)})
    if amount is not None and act in UP_TO_AN_AMOUNT and amount > (most := authority(act, holding, on=on)):
        return Refused(Code.ABOVE_AUTHORITY, {"act": str(act), "asked": amount.fen, "most": most.fen})
    return None


def authority(act: Act, roles: frozenset[Role], *, on: date) -> Money:
    """Up to which amount one of the roles may do an act, by the table of authority of a day."""
    terms = dated.load(AUTHORITY, on=on)
    return max(Money(terms.whole(f"{act}.{role}") * FEN_PER_YUAN) for role in roles & MAY[act])
