"""How every act of the room runs: once, on an open day, alone on its firm, with interest counted up to the day.

A firm's facilities leave a day behind together, since a tier rests on all of a firm's debt: whoever acts on a later day
first finishes the earlier ones for all of them. Promises that a repeated request gets its first answer, a refusal
included. Refuses what `enter` names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min

from puhui.enterprises import selectors as enterprises
from puhui.exposure import services as exposure
from puhui.governance import masking
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger import services as ledger
from puhui.ledger.lines import AccountId, Line
from puhui.lending import chart, nights
from puhui.lending.acts import repricing
from puhui.lending.facility import FacilityId, LoanStatus
from puhui.lending.models import ActRow, CloseStepRow, FacilityRow, LoanRow, TermsRow
from puhui.lending.standing import STANDING
from puhui.mitigation.parts import Part
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

LAST_STEP, CUT_OFF = "snapshot", "cut off"
CUTTING = 7_016_2026  # the advisory lock that acts share, and that a cut-off takes alone for a moment
FIRMS = 7_019  # the space of the advisory locks by which acts on one firm take turns
ALONE = """select pg_advisory_xact_lock_shared(%s), pg_advisory_xact_lock(%s, hashtext(f.firm))
    from lending_facility f where f.id = %s"""
REGROUP = """update lending_facility f set firm = coalesce(m.now, g.enterprise)
    from lending_facility g left join unnest(%(was)s::text[], %(now)s::text[]) m (was, now) on m.was = g.enterprise
    where f.id = g.id and (g.enterprise = any (%(was)s) or g.firm <> g.enterprise)
        and g.firm <> coalesce(m.now, g.enterprise)"""
LONGEST_REQUEST = 60


@dataclass(frozen=True, slots=True)
class Acted:
    """An act that was done: on which facility, and its facts (amounts in fen)."""

    act: str
    facility: FacilityId
    facts: dict[str, Any] = field(default_factory=dict)


Answer = Acted | Refused


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what: the request, its business date and moment, and the content that makes it the same request."""

    act: str
    request: RequestId
    on: date
    at: datetime
    content: dict[str, Any]
    closes: bool = False  # a step of the close itself may act on the day that is being closed

    def book(self, row: FacilityRow, lines: list[Line], *, part: Part | None = None) -> Refused | None:
        """Book the act's lines on a locked facility in the ledger, under the act's own request id.

        What they take off the principal owed, of one `part` first if it is given, sets the caps free that counted it,
        in the same act: the lines themselves say how much that is, so that no act can forget to.
        """
        if not lines:
            return None
        request, principal = RequestId(f"{self.request}/book"), taken_off(AccountId(row.owed_account), lines)
        answer = exposure.free_repaid(
            row.approval, lines, principal, part=part, request=request, on=self.on, at=self.at
        )
        return answer if isinstance(answer, Refused) else None


def taken_off(owed: AccountId, lines: Sequence[Line]) -> Money:
    """What lines take off the principal on a facility's own account; below zero when they put some back.

    >>> from puhui.ledger.lines import transfer
    >>> owed, bank = AccountId(1), AccountId(2)
    >>> taken_off(owed, [transfer(bank, owed, Money(70), code=1), transfer(owed, bank, Money(20), code=1)]).fen
    50
    """
    signs = ((line.amount, (line.credit == owed) - (line.debit == owed)) for line in lines)
    return Money(sum(amount.fen * sign for amount, sign in signs if amount is not None))


def last_closed() -> date | None:
    """The last business date whose close is finished."""
    return _last(LAST_STEP)


def last_cut_off() -> date | None:
    """The last business date whose close has begun: acts belong to a later one."""
    return _last(CUT_OFF)


def cut_off(day: date, at: datetime) -> None:
    """Let acts belong to the following day from now on; waits for those that are under way, which takes a moment.

    Firms that were merged by that day, or are two again, are looked at as they stand from here on: while nobody acts.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [CUTTING])
        said = {"at": at, "loans": 0, "fen": 0}
        _, new = CloseStepRow.objects.get_or_create(on=day, step=CUT_OFF, defaults=said)
        if new:
            into = enterprises.absorbed(by=day)
            cursor.execute(REGROUP, {"was": list(into), "now": list(into.values())})


def stands_as(firm: EnterpriseId) -> EnterpriseId:
    """The id under which a firm stands since the last close has begun."""
    closed = last_cut_off()
    return firm if closed is None else enterprises.absorbed(by=closed).get(firm, firm)


def sharing() -> None:
    """Be under way: a cut-off waits for the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [CUTTING])


def _last(step: str) -> date | None:
    found: date | None = CloseStepRow.objects.filter(step=step).aggregate(last=Max("on"))["last"]
    return found


def first_open(on: date) -> date:
    """A business date, or the first open one when that day has been closed meanwhile."""
    closed = last_cut_off()
    return on if closed is None or on > closed else closed + timedelta(days=1)


Reached = dict[FacilityId, tuple[date, date]]  # up to which days a firm's running loans are counted, by facility


def take_turns(facility: FacilityId) -> None:
    """Wait until nobody else acts on the facility's firm, nor cuts a day off, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(ALONE, [CUTTING, FIRMS, facility])


def reached(firm: str) -> Reached:
    """Up to which first and last day the running loans of each of a firm's facilities are counted."""
    loans = LoanRow.objects.filter(facility__firm=firm, status=LoanStatus.ACTIVE).order_by()
    rows = loans.values_list("facility").annotate(first=Min("accrued_to"), last=Max("accrued_to"))
    return {FacilityId(facility): (first, last) for facility, first, last in rows}


def enter(facility: FacilityId, asked: Asked, do: Callable[[FacilityRow], Answer]) -> Answer:
    """Run an act in one transaction, and keep its answer.

    The facility that `do` is given is locked, and its loans are counted up to the act's day. Refuses
    REQUEST_HAS_OTHER_CONTENT, FACILITY_UNKNOWN, DAY_IS_CLOSED (before or on the last closed day) and
    DAY_BEFORE_LAST_ACT (interest of the firm's loans has been counted beyond it).
    """
    if len(asked.request) > LONGEST_REQUEST:
        raise BadInput(
            Label(f"the request id {asked.request} is long", f"请求编号{asked.request}过长"),
            then=Label(f"give at most {LONGEST_REQUEST} characters", f"请最多填写{LONGEST_REQUEST}个字符"),
        )
    if "why" in asked.content:  # a reason is kept with the act, for ever: no number of a person stays in it
        asked = replace(asked, content=asked.content | {"why": masking.scrubbed(asked.content["why"])})
    with transaction.atomic():
        take_turns(facility)
        row = _locked(facility)
        if (before := ActRow.objects.filter(request=asked.request).first()) is not None:
            return _again(before, facility, asked)
        if row is None:
            return Refused(Code.FACILITY_UNKNOWN, {"facility": facility})
        counted = reached(row.firm)
        answer: Answer | None = _closed(facility, asked, counted)
        if answer is None:
            advance(row, asked, counted)
            with transaction.atomic():
                answer = do(row)
                if isinstance(answer, Refused):
                    transaction.set_rollback(True)  # what was counted stays; what was begun does not
        ActRow.objects.create(
            request=asked.request,
            facility=facility,
            kind=asked.act,
            on=asked.on,
            at=asked.at,
            asked=asked.content,
            answered=_kept(answer),
        )
    return answer


def _locked(facility: FacilityId) -> FacilityRow | None:
    """The facility, and its firm's others with it: locked in the order of their numbers, as a close walks them."""
    firm = FacilityRow.objects.filter(id=facility).values("firm")
    rows = FacilityRow.objects.select_for_update(no_key=True).filter(firm__in=firm).order_by("id")
    return next((row for row in rows if row.pk == facility), None)


def advance(row: FacilityRow, asked: Asked, counted: Reached) -> None:
    """Count the nights up to the act's day for one facility, and let fall due what is due: what a close would do.

    A day that is left behind before it was closed is finished first, for all of the firm's facilities: their rates,
    ages, tiers and snapshots.
    """
    facility, closed = FacilityId(row.pk), last_closed()
    if facility not in counted:
        begun = row.opened_on if closed is None else closed + timedelta(days=1)
        for eve in (begun + timedelta(days=n) for n in range((asked.on - begun).days)):
            _reprice(row, eve, at=asked.at)
        return
    left = counted[facility][0]
    if left >= asked.on:
        return
    where, first = "l.facility_id = any(%(facilities)s)", min(each for each, _ in counted.values())
    firm, own = {"facilities": sorted(counted)}, {"facilities": [facility]}
    if (
        closed is None or asked.on - timedelta(days=1) > closed
    ):  # a close may be under way, and walks loans in this order
        loans = LoanRow.objects.filter(facility__in=sorted(counted), status=LoanStatus.ACTIVE).order_by("id")
        list(loans.select_for_update(no_key=True).values_list("pk", flat=True))
    for day in (first + timedelta(days=n) for n in range(1, (asked.on - first).days + 1)):
        eve = day - timedelta(days=1)
        if eve >= left and (closed is None or eve > closed):
            _finish(eve, firm, where, at=asked.at)
            row.refresh_from_db()
        chosen = own if day == asked.on else firm
        passed = nights.count_night(day, where, chosen)
        if lines := chart.accrued(passed.parts):
            request = RequestId(f"{asked.request}/night/{day}")
            answer = ledger.book(lines, request=request, on=day, at=asked.at)
            assert not isinstance(answer, Refused), answer
        nights.fall_due(day, where, chosen)


def _finish(eve: date, firm: dict[str, Any], where: str, *, at: datetime) -> None:
    """What a close would do at the end of a day to the loans of a firm's facilities that have come to it."""
    for facility in FacilityRow.objects.filter(id__in=firm["facilities"]).order_by("id"):
        _reprice(facility, eve, at=at)
    for step in STANDING.values():
        step(eve, where, firm)


def _reprice(row: FacilityRow, eve: date, *, at: datetime) -> None:
    if repricing.due(row, eve):
        repricing.reprice(eve, "f.id = %(facility)s", {"facility": row.pk}, at=at)
        row.refresh_from_db()


def _closed(facility: FacilityId, asked: Asked, counted: Reached) -> Refused | None:
    closed = last_closed() if asked.closes else last_cut_off()
    if closed is not None and asked.on <= closed:
        return Refused(Code.DAY_IS_CLOSED, {"on": asked.on.isoformat(), "closed": closed.isoformat()})
    last = max((last for _, last in counted.values()), default=asked.on)
    if facility not in counted:  # nothing is counted there, but its terms may hold from a later day on
        last = TermsRow.objects.filter(facility=facility, on__gt=last).aggregate(m=Max("on"))["m"] or last
    if asked.on < last:
        return Refused(Code.DAY_BEFORE_LAST_ACT, {"on": asked.on.isoformat(), "last": last.isoformat()})
    return None


def _kept(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Refused):
        return {"refused": answer.code.value, "details": answer.details}
    return {"facts": answer.facts}


def _again(before: ActRow, facility: FacilityId, asked: Asked) -> Answer:
    said = (before.facility, before.kind, before.on, before.asked)
    if said != (facility, asked.act, asked.on, asked.content):
        return Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": asked.request})
    if "refused" in before.answered:
        return Refused(Code(before.answered["refused"]), before.answered["details"])
    return Acted(before.kind, FacilityId(before.facility), before.answered["facts"])
