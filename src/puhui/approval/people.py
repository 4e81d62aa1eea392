"""What a person decides: cases that were referred or asked for, by skill; rulings; and above an amount two people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from puhui import dated
from puhui.approval import offering
from puhui.approval.deciding import decided
from puhui.approval.gathering import TERMS
from puhui.approval.models import ApplicationRow, CaseRow, DecisionRow, RulingRow
from puhui.approval.states import Kind, Status
from puhui.approval.stepping import current, locked
from puhui.governance import selectors as proposals
from puhui.governance import services as governance
from puhui.governance import users
from puhui.governance.access import Act, Actor, Skill, objection
from puhui.governance.proposals import Matter, Proposal
from puhui.ids import EnterpriseId, RequestId
from puhui.money import FEN_PER_YUAN, Money
from puhui.products import selectors as products
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

FRAUD_RULES, PROPERTY_RULES, DATA_RULES = {"P07", "H01", "H02"}, {"E02"}, {"E01", "P05", "P06", "FAULT"}


@dataclass(frozen=True, slots=True)
class Case:
    """Something that a person must look at; an approver's authority must cover `amount_fen`."""

    number: int
    application: str
    firm: str
    product: str
    decision: int
    kind: Kind
    skill: Skill
    amount_fen: int
    why: str
    on: date
    by: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Why a person is to look, and who says so."""

    kind: Kind
    why: str
    by: str
    request: RequestId


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a person decided. Amounts in fen, 0 when it is a no."""

    case: int
    approves: bool
    limit_fen: int
    rate_bp: int


def refer(row: ApplicationRow, decision: DecisionRow, *, on: date, at: datetime) -> Case:
    """Open the case of a referred decision. Opening it again gives the first."""
    asked = Asked(Kind.REFERRED, "; ".join(decided(decision).rules), offering.HOUSE, RequestId(f"case/{decision.pk}"))
    return _opened(row, decision, asked, on=on, at=at)


def ask_for_person(number: str, *, why: str, by: str, request: RequestId, on: date, at: datetime) -> Case | Refused:
    """The firm asks that a person looks at a decision: at a no, or at a limit or a rate. Asking again is once.

    Refuses STEP_NOT_POSSIBLE where nothing is decided yet or all is over.
    """
    if not why.strip():
        raise BadInput(
            Label("a person needs to know what to look at", "人工复核需要知道应看什么"),
            then=Label("say what you think is wrong", "请说明您认为哪里有误"),
        )
    with transaction.atomic():
        row = locked(number)
        last = DecisionRow.objects.filter(application=row).order_by("-id").first()
        now = current(row).status
        if last is None or now is not Status.DECIDED:
            return Refused(Code.STEP_NOT_POSSIBLE, {"of": number, "status": now, "to": "a person"})
        return _opened(row, last, Asked(Kind.ASKED, why, by, request), on=on, at=at)


def rule(
    case: int,
    *,
    approves: bool,
    limit: Money | None = None,
    rate_bp: int = 0,
    why: str,
    by: str,
    proposal: int | None = None,
    request: RequestId,
    on: date,
    at: datetime,
) -> Ruled | Refused:
    """Decide a case, with the reason. A yes offers `limit` at `rate_bp`; a repeated request gives the first answer.

    A yes above an amount of the day's terms needs a proposal of the same content that another person agreed to. The
    door that lets a person in holds the amount against the role's authority. Refuses CASE_CLOSED, NEEDS_SECOND_PERSON,
    ABOVE_WHAT_MAY_BE_LENT, and STEP_NOT_POSSIBLE when the application has ended meanwhile.
    """
    if not why.strip():
        raise BadInput(Label("a ruling needs its reason", "裁决须说明理由"), then=Label("say why", "填写理由"))
    fen = limit.fen if approves and limit else 0
    with transaction.atomic():
        row = CaseRow.objects.select_for_update().filter(pk=case).first()
        if row is None:
            raise BadInput(
                Label(f"there is no case {case}", f"没有案件{case}"),
                then=Label("list them with `puhui queue`", "请从人工审批队列中选择"),
            )
        application = locked(row.application_id)
        said = RulingRow.objects.filter(case=row).first()
        if said is not None:
            same = (said.request, said.approves, said.limit_fen) == (request, approves, fen)
            return _ruled(said) if same else Refused(Code.CASE_CLOSED, {"case": case, "by": said.by})
        if current(application).status is not Status.DECIDED:
            return Refused(
                Code.STEP_NOT_POSSIBLE, {"of": application.pk, "status": current(application).status, "to": "ruled"}
            )
        if approves and (no := _unlendable(row, fen, rate_bp, by, proposal, on=on)):
            return no
        made = RulingRow.objects.create(
            case=row, approves=approves, limit_fen=fen, rate_bp=rate_bp if approves else 0, why=why, proposal=proposal,
            on=on, at=at, by=by, request=request,
        )  # fmt: skip
        body = {"case": case, "approves": approves, "limit_fen": fen, "why": why, "proposal": proposal}
        governance.record("rule on case", application.pk, body, by=by)
        if approves:
            offering.offer(application, row.decision, on=on, at=at, ruling=made)
    return _ruled(made)


def propose_override(
    case: int, *, limit: Money, rate_bp: int, why: str, by: str, request: RequestId, at: datetime
) -> Proposal | Refused:
    """Propose a yes that needs a second person; when it is agreed to, `rule` carries it out."""
    row = CaseRow.objects.filter(pk=case).first()
    if row is None:
        raise BadInput(
            Label(f"there is no case {case}", f"没有案件{case}"),
            then=Label("list them with `puhui queue`", "请从人工审批队列中选择"),
        )
    before = {"outcome": row.decision.outcome, "limit_fen": row.decision.limit_fen}
    after = {"limit_fen": limit.fen, "rate_bp": rate_bp}
    return governance.propose(
        Matter.OVERRIDE, f"case {case}", before=before, after=after, why=why, by=by, request=request, at=at
    )


def queue(*, skill: Skill | None = None, most_fen: int | None = None) -> list[Case]:
    """The cases that wait for a person, the oldest first; of one skill, and within an authority, where told."""
    found = CaseRow.objects.filter(ruling__isnull=True).select_related("application").order_by("pk")
    if skill is not None:
        found = found.filter(skill=skill)
    if most_fen is not None:
        found = found.filter(amount_fen__lte=most_fen)
    return [_case(row) for row in found]


def queue_of(actor: Actor, *, skill: Skill | None = None, on: date) -> list[Case]:
    """The cases that wait, as far as an actor's branch and firms go; to who decides cases, those of its own skills."""
    deciding = objection(actor, Act.DECIDE_REFERRED, on=on) is None

    def may_look(case: Case) -> bool:
        firm = EnterpriseId(case.firm)
        branch = users.branch_of(firm) if actor.branch else ""
        return objection(actor, Act.SEE_QUEUE, firm=firm, branch=branch, on=on) is None

    found = queue(skill=skill)
    return [each for each in found if (not deciding or each.skill in actor.skills) and may_look(each)]


def case_numbered(number: int) -> Case:
    """A case, also when it is closed. Raises BadInput when there is none."""
    row = CaseRow.objects.filter(pk=number).select_related("application").first()
    if row is None:
        raise BadInput(
            Label(f"there is no case {number}", f"没有案件{number}"),
            then=Label("list them with `puhui queue`", "请从人工审批队列中选择"),
        )
    return _case(row)


def open_case(row: ApplicationRow) -> Case | None:
    """The case of an application that waits for a person."""
    found = CaseRow.objects.filter(application=row, ruling__isnull=True).order_by("-pk").first()
    return _case(found) if found else None


def was_opened(row: ApplicationRow) -> bool:
    """Has a case of this application ever been opened?"""
    return CaseRow.objects.filter(application=row).exists()


def _opened(row: ApplicationRow, decision: DecisionRow, asked: Asked, *, on: date, at: datetime) -> Case:
    with transaction.atomic():
        locked(row.pk)
        first = CaseRow.objects.filter(decision=decision).first()
        if first is None:
            skill, amount = _skill(decision), _amount(row, decision)
            said = {"kind": asked.kind, "why": asked.why[:2_000], "by": asked.by, "request": asked.request}
            first = CaseRow.objects.create(
                application=row, decision=decision, skill=skill, amount_fen=amount, **said, on=on, at=at
            )
            body = {"case": first.pk, "kind": asked.kind, "skill": skill}
            governance.record("open case", row.pk, body, by=asked.by)
    return _case(first)


def _skill(decision: DecisionRow) -> Skill:
    rules = set(decided(decision).rules)
    if rules & FRAUD_RULES:
        return Skill.FRAUD
    if decision.product == "property_loan" and rules & PROPERTY_RULES:
        return Skill.PROPERTY
    return Skill.DATA if rules & DATA_RULES else Skill.CREDIT


def _amount(row: ApplicationRow, decision: DecisionRow) -> int:
    """What a case is about: the amount asked for, or the most that the product lends."""
    if row.asked_fen:
        return int(row.asked_fen)
    version = products.version(decision.product, decision.version, on=decision.on)
    return version.terms.whole("loan_most_yuan") * FEN_PER_YUAN


def _unlendable(row: CaseRow, fen: int, rate_bp: int, by: str, proposal: int | None, *, on: date) -> Refused | None:
    terms = products.version(row.decision.product, row.decision.version, on=row.decision.on).terms
    most, highest = terms.whole("loan_most_yuan") * FEN_PER_YUAN, terms.whole("rate_most_bp")
    if not 0 < fen <= most or not 0 < rate_bp <= highest:
        facts = {"asked": fen, "most": most, "rate_bp": rate_bp, "highest_bp": highest}
        return Refused(Code.ABOVE_WHAT_MAY_BE_LENT, facts)
    if fen <= dated.load(TERMS, on=on).whole("second_person_yuan") * FEN_PER_YUAN:
        return None
    if proposal is None:
        return Refused(Code.NEEDS_SECOND_PERSON, {"asked": fen})
    found = proposals.proposal(proposal)
    same = (found.kind, found.subject, found.after) == (
        Matter.OVERRIDE, f"case {row.pk}", {"limit_fen": fen, "rate_bp": rate_bp},
    )  # fmt: skip
    if not found.agreed or not same or (found.verdict is not None and found.verdict.by == by != found.by):
        return Refused(Code.NEEDS_SECOND_PERSON, {"asked": fen, "proposal": proposal})
    return None


def _case(row: CaseRow) -> Case:
    return Case(
        row.pk, row.application_id, row.application.enterprise, row.application.product, row.decision_id,
        Kind(row.kind), Skill(row.skill), row.amount_fen, row.why, row.on, row.by,
    )  # fmt: skip


def _ruled(row: RulingRow) -> Ruled:
    return Ruled(row.case_id, row.approves, row.limit_fen, row.rate_bp)
