"""The acts on an application: apply, consent, go on, withdraw, expire. Each may be killed and asked for again.

Promises that a step is taken once, whoever asks and how often: steps have places, and a place is one row's alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from puhui import dated
from puhui.approval import deciding, gathering, offering, people
from puhui.approval.gathering import TERMS, Question
from puhui.approval.models import ApplicationRow, DecisionRow, StepRow
from puhui.approval.states import NEXT, ON_RECORD, OPEN, Status
from puhui.approval.stepping import consent_of, current, locked, step
from puhui.channels.catalogue import channel_named
from puhui.channels.pulls import pulling
from puhui.channels.pulls.fetching import Unreachable
from puhui.channels.pulls.pulling import Outcome, SourceState
from puhui.enterprises import selectors as enterprises
from puhui.exposure import services as exposure
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId, digest
from puhui.money import Money
from puhui.products import selectors as products
from puhui.products import services as versions
from puhui.products.definition import Definition
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

WHY_CHANGED = "the firm's identity was corrected after the decision"


@dataclass(frozen=True, slots=True)
class Applied:
    """An application and how far it has come; `facts` are its last step's, `waits_for` the channels that are down."""

    number: str
    firm: str
    product: str
    status: Status
    facts: Mapping[str, Any]
    waits_for: tuple[str, ...] = ()


def apply(
    firm: EnterpriseId,
    product: str,
    *,
    asked: Money | None = None,
    property: str = "",
    guarantee: str = "",
    by: str,
    request: RequestId,
    on: date,
    at: datetime,
) -> Applied | Refused:
    """Begin an application. `property` names the thing offered as security, `guarantee` the guarantee that is brought.

    A repeated request gives the first answer.

    Refuses PRODUCT_NOT_LIVE, ALREADY_APPLIED (while one for the same product is under way), AMOUNT_NOT_POSITIVE,
    NOT_ITS_PROPERTY and REQUEST_HAS_OTHER_CONTENT.
    """
    versions.install(at=at)
    told = {name: said for name, said in (("property", property), ("guarantee", guarantee)) if said}
    content = (firm, product, asked.fen if asked else None, told)
    with transaction.atomic():
        governance.alone(f"apply {firm} {product}")
        if (first := ApplicationRow.objects.filter(request=request).first()) is not None:
            same = (first.enterprise, first.product, first.asked_fen, first.told) == content
            return answer(first) if same else Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request})
        if asked is not None and asked.fen <= 0:
            return Refused(Code.AMOUNT_NOT_POSITIVE, {"asked": asked.fen})
        if products.live_row(product, on=on, firm=firm) is None:
            return Refused(Code.PRODUCT_NOT_LIVE, {"product": product, "on": on.isoformat()})
        if gathering.is_anothers(firm, property, on=on):
            return Refused(Code.NOT_ITS_PROPERTY, {"property": property})
        for other in ApplicationRow.objects.filter(enterprise__in=enterprises.ids_of(firm), product=product):
            if current(other).status in OPEN and not _over(other):
                return Refused(Code.ALREADY_APPLIED, {"application": other.pk})
        number = f"A{digest([request.encode()])[:15]}"
        row = ApplicationRow.objects.create(
            number=number, enterprise=firm, product=product, asked_fen=content[2], told=told, on=on, at=at, by=by,
            request=request,
        )  # fmt: skip
        StepRow.objects.create(application=row, place=0, status=Status.DRAFTED, facts={}, on=on, at=at, by=by)
        body = {"firm": firm, "product": product, "status": Status.DRAFTED, "on": on, "asked": content[2]}
        governance.record(ON_RECORD[Status.DRAFTED], number, body, by=by)
        exposure.note_application(firm, asked or Money(0), product=product, request=request, on=on)
    return answer(row)


def consent(
    number: str, *, channels: Collection[str] | None = None, evidence: str, by: str, on: date, at: datetime
) -> Applied | Refused:
    """The firm lets the house read these of the product's channels for this decision; None: all that it asks for.

    `evidence` says where the consent can be seen. What is not among `channels` is refused: it is never fetched nor read
    for this decision. Consenting again changes nothing. Refuses CONSENT_NEEDED, which names the channels, where one is
    refused without which the product cannot decide: nothing is granted then, and the application stays drafted, to be
    consented to otherwise or withdrawn. Refuses PRODUCT_NOT_LIVE and STEP_NOT_POSSIBLE. Raises BadInput for a channel
    that the product does not ask for.
    """
    with transaction.atomic():
        row = locked(number)
        now = current(row).status
        if now is Status.DRAFTED:
            product = products.live(row.product, on=on, firm=EnterpriseId(row.enterprise))
            if product is None:
                return Refused(Code.PRODUCT_NOT_LIVE, {"product": row.product, "on": on.isoformat()})
            given = _given(product.definition, channels)
            if lacking := [name for name in product.definition.needed if name not in given]:
                return Refused(Code.CONSENT_NEEDED, {"channels": ", ".join(lacking)})
            governance.grant(
                [EnterpriseId(row.enterprise)],
                channels=[name for name in given if Purpose.CREDIT_DECISION in channel_named(name).purposes],
                purposes=[Purpose.CREDIT_DECISION],
                basis=Basis.CONSENT,
                evidence=evidence,
                valid_from=on,
                request=RequestId(f"{number}/consent"),
                by=by,
            )
            said = {"channels": given, "refused": [n for n in product.definition.channels if n not in given]}
            step(row, Status.CONSENTED, said, on=on, at=at, by=by)
        elif now in (Status.WITHDRAWN, Status.EXPIRED):
            return not_possible(row, Status.CONSENTED)
    return answer(row)


def _given(definition: Definition, channels: Collection[str] | None) -> list[str]:
    """What is consented to, in the product's own order."""
    if strange := sorted(set(channels or ()) - set(definition.channels)):
        asked = ", ".join(definition.channels)
        raise BadInput(
            Label(f"the product does not ask for {', '.join(strange)}", f"该产品不需要{'、'.join(strange)}"),
            then=Label(f"give some of {asked}", f"请填写其中一些：{asked}"),
        )
    return [name for name in definition.channels if channels is None or name in channels]


def advance(number: str, *, on: date, at: datetime, by: str) -> Applied | Refused:
    """Take an application as far as it goes by itself: fetch what is missing or stale, decide, offer or open a case.

    Where a needed source is down it stays PULLING and says for which; the scheduler asks again, until after some days a
    person looks. Safe to ask at any time, twice at once, and after a kill between any two steps.
    """
    row = _row(number)
    if current(row).status is Status.CONSENTED:
        _taken(row, Status.CONSENTED, Status.PULLING, {"since": on.isoformat()}, on=on, at=at, by=by)
    if current(row).status is Status.PULLING:
        waits = fetch(row, on=on, by=by)
        if waits and on < row.on + timedelta(days=dated.load(TERMS, on=on).whole("waiting_days")):
            return answer(row, waits_for=waits)
        made = deciding.decide(question(row, on=on, by=by), request=RequestId(f"{number}/decide"), at=at)
        if isinstance(made, Refused):
            return made
        facts = {"decision": made.number, "outcome": made.outcome, "waited_for": list(waits)}
        _taken(row, Status.PULLING, Status.DECIDED, facts, on=on, at=at, by=by)
    if current(row).status is Status.DECIDED:
        _after_decision(row, on=on, at=at)
    return answer(row)


def _after_decision(row: ApplicationRow, *, on: date, at: datetime) -> None:
    last = DecisionRow.objects.filter(application=row).order_by("-id")[0]
    if last.outcome == "approved":
        offering.offer(row, last, on=on, at=at)
    elif last.outcome == "referred":
        people.refer(row, last, on=on, at=at)


def fetch(row: ApplicationRow, *, on: date, by: str) -> tuple[str, ...]:
    """Pull the sources of the product's channels whose rows are missing or stale; which needed channels are down."""
    product = products.live(row.product, on=on, firm=EnterpriseId(row.enterprise))
    if product is None:
        return ()
    wanted = [state for state in pulling.states() if state.source.channel in consent_of(row)["channels"]]
    down = []
    for state in wanted:
        if _fresh(state, on=on):
            continue
        try:
            pulling.pull(state.source.name, on=on, by=by)
        except (Unreachable, BadInput):
            if state.source.channel in product.definition.needed:
                down.append(state.source.channel)
    return tuple(sorted(set(down)))


def _fresh(state: SourceState, *, on: date) -> bool:
    if state.outcome is not Outcome.DONE or state.last_started is None:
        return False
    age = (on - state.last_started.date()).days
    return age <= channel_named(state.source.channel).fresh_within_days


def withdraw(number: str, *, why: str, by: str, on: date, at: datetime) -> Applied | Refused:
    """The firm takes its application back. Withdrawing again changes nothing. Refuses STEP_NOT_POSSIBLE."""
    return _ended(number, Status.WITHDRAWN, {"why": why}, on=on, at=at, by=by)


def expire(*, on: date, at: datetime, by: str = "the scheduler") -> list[str]:
    """End the applications that nobody has moved for long, those whose offer has run out, and those that were decided
    before a merge or a split of their firm: they rest on another firm's data. Their numbers.
    """
    days = dated.load(TERMS, on=on).whole("application_days")
    ended = []
    for row in _open_rows():
        last = current(row)
        until = offering.stands_until(row) if last.status is Status.OFFERED else last.on + timedelta(days=days)
        if last.status is Status.AGREED or until is None:
            continue
        changed = last.status in (Status.DECIDED, Status.OFFERED) and _decided_on_another(row)
        if on <= until and not changed:
            continue
        facts = {"since": until.isoformat()} if not changed else {"why": WHY_CHANGED}
        if not isinstance(_ended(row.pk, Status.EXPIRED, facts, on=on, at=at, by=by), Refused):
            ended.append(row.pk)
    return ended


def waiting() -> list[str]:
    """The applications that the scheduler may move on: consented, or waiting for data, or decided but not yet told."""
    return [row.pk for row in _open_rows() if _goes_on(row)]


def _goes_on(row: ApplicationRow) -> bool:
    last = current(row)
    if last.status is Status.DECIDED:
        outcome = last.facts.get("outcome")
        return outcome == "approved" or (outcome == "referred" and not people.was_opened(row))
    return last.status in (Status.CONSENTED, Status.PULLING)


def question(row: ApplicationRow, *, on: date, by: str) -> Question:
    """What an application asks to be decided."""
    return Question(
        EnterpriseId(row.enterprise), row.product, on, on, by, row.asked_fen, row.told.get("property", ""),
        row.told.get("guarantee", ""), application=row.pk, withheld=frozenset(consent_of(row)["refused"]),
    )  # fmt: skip


def answer(row: ApplicationRow, *, waits_for: tuple[str, ...] = ()) -> Applied:
    """An application as it stands."""
    last = current(row)
    return Applied(row.pk, row.enterprise, row.product, last.status, last.facts, waits_for)


def not_possible(row: ApplicationRow, to: Status) -> Refused:
    """The refusal of a step that does not follow."""
    return Refused(Code.STEP_NOT_POSSIBLE, {"of": row.pk, "status": current(row).status, "to": to})


def _taken(
    row: ApplicationRow, since: Status, to: Status, facts: dict[str, Any], *, on: date, at: datetime, by: str
) -> None:
    """Take a step, unless somebody else has taken it meanwhile."""
    with transaction.atomic():
        locked(row.pk)
        if current(row).status is since:
            step(row, to, facts, on=on, at=at, by=by)


def _ended(number: str, to: Status, facts: dict[str, Any], *, on: date, at: datetime, by: str) -> Applied | Refused:
    with transaction.atomic():
        row = locked(number)
        now = current(row).status
        if now is to:
            return answer(row)
        if to not in NEXT[now]:
            return not_possible(row, to)
        step(row, to, facts, on=on, at=at, by=by)
    return answer(row)


def _decided_on_another(row: ApplicationRow) -> bool:
    last = DecisionRow.objects.filter(application=row).order_by("-pk").first()
    return last is not None and enterprises.changed_since(EnterpriseId(row.enterprise), last.at)


def _over(row: ApplicationRow) -> bool:
    """Declined, and so no hindrance to a new application: nothing more comes of it unless a person is asked."""
    last = current(row)
    return last.status is Status.DECIDED and last.facts.get("outcome") == "declined" and not people.open_case(row)


def _open_rows() -> list[ApplicationRow]:
    ended = StepRow.objects.filter(status__in=[status for status in Status if status not in OPEN])
    return list(ApplicationRow.objects.exclude(pk__in=ended.values("application")).order_by("at", "pk"))


def _row(number: str) -> ApplicationRow:
    row = ApplicationRow.objects.filter(pk=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no application {number}", f"没有申请{number}"),
            then=Label("give the number that applying has answered", "请填写申请时得到的编号"),
        )
    return row
