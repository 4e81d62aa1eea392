"""An offer with its contract, and the agreement that signs the approval which opens a line."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from puhui import dated
from puhui.approval import contract, house_rules, watching
from puhui.approval.contract import Offered
from puhui.approval.gathering import TERMS
from puhui.approval.models import AgreementRow, ApplicationRow, ContractRow, DecisionRow, OfferRow, RulingRow
from puhui.approval.signed import Approval
from puhui.approval.states import NEXT, Status
from puhui.approval.stepping import current, locked, step
from puhui.channels.catalogue import channel_named
from puhui.days import add_months
from puhui.enterprises import selectors as enterprises
from puhui.exposure import services as exposure
from puhui.exposure.lines import NewLine
from puhui.governance import services as governance
from puhui.governance import users
from puhui.ids import EnterpriseId, RequestId, digest
from puhui.mitigation import selectors as mitigation
from puhui.money import FEN_PER_YUAN, Money
from puhui.products import selectors as products
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

BASIS_POINT = Decimal("0.0001")
HOUSE = "puhui"


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer: what is offered, until when, and the hashes of its contract by language. Amounts in fen."""

    number: int
    application: str
    firm: str
    product: str
    limit_fen: int
    mortgage_fen: int
    guarantee_fen: int
    rate_bp: int
    ways: tuple[str, ...]
    term_months: int
    expires_on: date
    contracts: dict[str, str]


def offer(
    row: ApplicationRow, decision: DecisionRow, *, on: date, at: datetime, ruling: RulingRow | None = None
) -> Offer:
    """Offer what was decided, or what a person ruled. Offering again gives the first offer."""
    version = products.version(decision.product, decision.version, on=decision.on)
    days = dated.load(TERMS, on=on).whole("offer_days")
    limit = ruling.limit_fen if ruling else decision.limit_fen
    mortgage, guarantee = _parts(decision, limit)
    made = Offered(
        number=f"{row.pk}-{decision.pk}",
        firm=row.enterprise,
        product=version.definition.label,
        version=decision.version,
        limit=Money(limit),
        mortgage=Money(mortgage),
        guarantee=Money(guarantee),
        rate=(ruling.rate_bp if ruling else decision.rate_bp) * BASIS_POINT,
        ways=version.definition.ways,
        term_months=version.definition.term_months,
        on=on,
        expires_on=on + timedelta(days=days),
        watched=tuple(channel_named(name).label for name in watching.watched(row)),
    )
    with transaction.atomic():
        locked(row.pk)
        first = OfferRow.objects.filter(decision=decision).first()
        if first is not None:
            return read(first)
        pdfs = contract.pdfs(made, at=at)
        hashes = {language: digest([pdf]) for language, pdf in pdfs.items()}
        written = OfferRow.objects.create(
            application=row, decision=decision, ruling=ruling, limit_fen=limit, mortgage_fen=mortgage,
            guarantee_fen=guarantee, rate_bp=int(made.rate / BASIS_POINT), ways=list(made.ways),
            term_months=made.term_months, expires_on=made.expires_on, contract_en=hashes["en"],
            contract_zh=hashes["zh"], on=on, at=at,
        )  # fmt: skip
        for language, pdf in pdfs.items():
            ContractRow.objects.create(sha256=hashes[language], offer=written, language=language, pdf=pdf)
        facts = {"offer": written.pk, "limit_fen": limit, "expires_on": made.expires_on.isoformat()}
        step(row, Status.OFFERED, facts, on=on, at=at, by=HOUSE)
    return read(written)


def agree(
    number: str,
    *,
    contract_sha256: str,
    way: str,
    signature: str = "",
    by: str,
    request: RequestId,
    on: date,
    at: datetime,
) -> Approval | Refused:
    """The firm agrees to an offer: the answer is the signed approval that opens its line. Agreeing twice is once.

    `signature` is what the signing service has answered, for the record. Refuses STEP_NOT_POSSIBLE, OFFER_EXPIRED,
    PRODUCT_NOT_LIVE (no version of it is live any more), FIRM_HAS_CHANGED (whose data these are was corrected since the
    decision), CONTRACT_IS_ANOTHER, WAY_NOT_OFFERED and SECURITY_NOT_PERFECTED.
    """
    watching.placed(number, on=on, at=at, by=by)
    with transaction.atomic():
        row = locked(number)
        made = OfferRow.objects.filter(application=row).order_by("-id").first()
        done = AgreementRow.objects.filter(offer=made).first() if made else None
        if done is not None:
            return approval_from(done.approval)
        if no := _objection(row, made, contract_sha256=contract_sha256, way=way, on=on):
            return no
        assert made is not None, "without an offer there is an objection"
        approval = _approved(row, made, way, on=on).signed(settings.SECRET_KEY)
        AgreementRow.objects.create(
            offer=made,
            contract=contract_sha256,
            way=way,
            approval=_plain(approval),
            on=on,
            at=at,
            by=by,
            request=request,
        )
        exposure.note_approved(line_of(approval, on=on), on=on, at=at)
        watching.begin(row, approval.number, contract=contract_sha256, on=on, by=by)
        step(row, Status.AGREED, {"approval": approval.number, "way": way}, on=on, at=at, by=by)
        body = {"application": number, "contract": contract_sha256, "limit_fen": approval.limit_fen}
        body |= {"signature": signature} if signature else {}
        governance.record("agree to contract", approval.number, body, by=by)
    return approval


def objection(number: str, *, contract_sha256: str, way: str, on: date) -> Refused | None:
    """Why a firm may not agree to its offer on a day: asked before anything is signed. None also where it has agreed.

    Raises BadInput when there is no such application.
    """
    row = ApplicationRow.objects.filter(pk=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no application {number}", f"没有申请{number}"),
            then=Label("give the number that applying has answered", "请填写申请时得到的编号"),
        )
    made = OfferRow.objects.filter(application=row).order_by("-id").first()
    if made is not None and AgreementRow.objects.filter(offer=made).exists():
        return None
    return _objection(row, made, contract_sha256=contract_sha256, way=way, on=on)


def note_opened(number: str, facility: int, *, on: date, at: datetime, by: str) -> None:
    """Note that the line of an agreed application is open. Noting it again changes nothing."""
    with transaction.atomic():
        row = locked(number)
        if current(row).status is Status.AGREED:
            step(row, Status.OPENED, {"facility": facility}, on=on, at=at, by=by)


def read(row: OfferRow) -> Offer:
    """A kept offer."""
    return Offer(
        row.pk, row.application_id, row.application.enterprise, row.application.product, row.limit_fen,
        row.mortgage_fen, row.guarantee_fen, row.rate_bp, tuple(row.ways), row.term_months, row.expires_on,
        {"en": row.contract_en, "zh": row.contract_zh},
    )  # fmt: skip


def stands_until(row: ApplicationRow) -> date | None:
    """The last day of an application's latest offer."""
    return OfferRow.objects.filter(application=row).order_by("-id").values_list("expires_on", flat=True).first()


def approval_from(said: dict[str, object]) -> Approval:
    """An approval from its kept form."""
    plain = {**said, "ways": tuple(said["ways"])}  # type: ignore[arg-type]
    for name in ("opens_on", "matures_on"):
        plain[name] = date.fromisoformat(str(said[name]))
    plain["annual_rate"] = Decimal(str(said["annual_rate"]))
    return Approval(**plain)  # type: ignore[arg-type]


def line_of(approval: Approval, *, on: date) -> NewLine:
    """The line that an approval grants, as exposure counts it: at the branch that looks after the firm."""
    firm, (order, back) = EnterpriseId(approval.enterprise), mitigation.part_orders(approval.product, on=on)
    return NewLine(
        approval.number, firm, approval.product, approval.parts, users.branch_of(firm), order=order, back=back
    )


def _objection(
    row: ApplicationRow, made: OfferRow | None, *, contract_sha256: str, way: str, on: date
) -> Refused | None:
    now = current(row).status
    if made is None or Status.AGREED not in NEXT[now]:
        return Refused(Code.STEP_NOT_POSSIBLE, {"of": row.pk, "status": now, "to": Status.AGREED})
    return _over(row, made, on=on) or _misses(row, made, contract_sha256=contract_sha256, way=way, on=on)


def _misses(row: ApplicationRow, made: OfferRow, *, contract_sha256: str, way: str, on: date) -> Refused | None:
    """What is agreed to is not what stands, or what was to come before it has not."""
    if products.live_row(row.product, on=on, firm=EnterpriseId(row.enterprise)) is None:
        return Refused(Code.PRODUCT_NOT_LIVE, {"product": row.product, "on": on.isoformat()})
    if contract_sha256 not in (made.contract_en, made.contract_zh):
        return Refused(Code.CONTRACT_IS_ANOTHER, {"offer": made.pk})
    if way not in made.ways:
        return Refused(Code.WAY_NOT_OFFERED, {"way": way, "offered": ", ".join(made.ways)})
    if made.mortgage_fen and not mitigation.perfected(row.told.get("property", ""), on=on):
        return Refused(Code.SECURITY_NOT_PERFECTED, {"property": row.told.get("property", "")})
    if made.guarantee_fen and not _still_guaranteed(row, made, on=on):
        return Refused(Code.SECURITY_NOT_PERFECTED, {"guarantee": row.told.get("guarantee", "")})
    return None


def _still_guaranteed(row: ApplicationRow, made: OfferRow, *, on: date) -> bool:
    """Whether the guarantee that was brought still answers for as much as was offered on it."""
    name, firm = row.told.get("guarantee", ""), EnterpriseId(row.enterprise)
    brought = mitigation.would_guarantee(name, borrower=firm, on=on)
    return brought is not None and brought.most(Money(made.limit_fen - made.mortgage_fen)).fen >= made.guarantee_fen


def _over(row: ApplicationRow, made: OfferRow, *, on: date) -> Refused | None:
    """An offer stands until its day, and only for the firm whose data it rests on."""
    if on > made.expires_on:
        return Refused(Code.OFFER_EXPIRED, {"offer": made.pk, "stood_until": made.expires_on.isoformat()})
    if enterprises.changed_since(EnterpriseId(row.enterprise), made.decision.at):
        return Refused(Code.FIRM_HAS_CHANGED, {"firm": row.enterprise, "decided_on": made.decision.on.isoformat()})
    return None


def _approved(row: ApplicationRow, made: OfferRow, way: str, *, on: date) -> Approval:
    definition = products.version(made.decision.product, made.decision.version, on=made.decision.on).definition
    return Approval(
        number=f"{row.pk}-{made.pk}",
        enterprise=row.enterprise,
        product=definition.lending,
        limit_fen=made.limit_fen,
        annual_rate=made.rate_bp * BASIS_POINT,
        opens_on=on,
        matures_on=add_months(on, made.term_months),
        product_version=made.decision.version,
        mortgage_fen=made.mortgage_fen,
        guarantee_fen=made.guarantee_fen,
        ways=(way, *(other for other in made.ways if other != way)),
    )


def _parts(decision: DecisionRow, limit_fen: int) -> tuple[int, int]:
    """What of a limit the property carries and the guarantor answers for, as the decision found them.

    Where a person has ruled, the decision itself granted nothing: what was brought carries the limit that was ruled.
    """
    said = json.loads(decision.evidence)
    answer, told = said["answer"], said["inputs"]["told"]
    mortgage, guarantee = answer["mortgage_fen"], answer.get("guarantee_fen", 0)
    if not decision.limit_fen:
        mortgage, guarantee = (int(told.get(name) or 0) * FEN_PER_YUAN for name in ("mortgage_yuan", "guarantee_yuan"))
    return house_rules.secured(limit_fen, mortgage, guarantee, told)


def _plain(approval: Approval) -> dict[str, object]:
    said = {each.name: getattr(approval, each.name) for each in fields(approval)}
    return {name: value if isinstance(value, int | str) else list(value) if isinstance(value, tuple) else str(value)
            for name, value in said.items()}  # fmt: skip


def pdf_of(sha256: str) -> bytes:
    """A contract by its hash, as it was offered. Raises BadInput when there is none, or it was altered."""
    row = ContractRow.objects.filter(pk=sha256).first()
    if row is None:
        raise BadInput(
            Label("there is no such contract", "没有这份合同"),
            then=Label("give the hash that the offer names", "请使用要约所载的哈希值"),
        )
    kept = bytes(row.pdf)
    if digest([kept]) != sha256:
        raise BadInput(
            Label("the kept contract was altered", "所存合同已被改动"),
            then=Label("restore it from a backup, and look at who changed it", "请从备份恢复，并查明改动者"),
        )
    return kept
