"""The room's reads: headroom, the view of what is at risk, who is tied to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from puhui.exposure import accounts
from puhui.exposure.caps import CapKey, Force, Scope, limits
from puhui.exposure.headroom import CapStanding, Headroom
from puhui.exposure.holding import carried
from puhui.exposure.lines import ENDED, parts_of
from puhui.exposure.models import ApplicationRow, CapRow, LineRow, PlaceRow
from puhui.exposure.opening import amount_of, decisions, keys_of
from puhui.exposure.signals import Asked
from puhui.ids import EnterpriseId
from puhui.ledger import selectors as ledger
from puhui.mitigation import selectors as mitigation
from puhui.mitigation.parts import Parts, blended, excess
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.words import Label

GUARANTORS = Label("What a guarantor can bear", "保证人担保能力")
DECIDED = Label("Set for this subject by two people", "经双人复核的专项限额")
BORNE = "its last statement, times the multiple of its kind"


def headroom(firm: EnterpriseId, *, product: str, as_of: date, branch: str = "") -> Headroom:
    """What may still be lent to a firm through a product: every cap, what is used of it, and which one binds.

    Used and free are as of this moment; amounts are those that hold on `as_of`.
    """
    place = PlaceRow.objects.filter(pk=firm).first()
    lines = LineRow.objects.filter(firm=firm).exclude(status=ENDED).only("caps")
    behind = [cap.key for row in lines for cap in accounts.caps(row.caps) if cap.key.scope is Scope.GUARANTOR]
    keys = [*keys_of(firm, product, branch, place, ()), *sorted(set(behind))]
    return Headroom(firm, as_of, tuple(standings(keys, on=as_of)))


@dataclass(frozen=True, slots=True)
class LineStanding:
    """A line by part: granted, carried by its security today, used, and used beyond what is carried (frozen)."""

    number: str
    granted: Parts
    carried: Parts
    used: Parts
    excess: Parts
    loss_given_default: Decimal


def line(number: str, *, on: date) -> LineStanding:
    """How a line stands by part on a day; its loss given default follows the parts in use."""
    row = LineRow.objects.filter(line=number).first()
    if row is None:
        raise BadInput(
            Label(f"exposure knows no line {number}", f"敞口中没有额度{number}"),
            then=Label("give the number of its approval", "请填写其审批编号"),
        )
    secured = mitigation.secured(number, on=on) if any(row.limits[1:]) else None
    used, limits_now = parts_of(row.drawn) + parts_of(row.pending), carried(row, secured)
    lgd = blended(used, mitigation.loss_given_default(on=on))
    return LineStanding(number, parts_of(row.limits), limits_now, used, excess(limits_now, used), lgd)


def standings(keys: Sequence[CapKey], *, on: date) -> list[CapStanding]:
    """How caps stand, rule by rule; a cap that nobody has needed yet is wholly free."""
    rows = CapRow.objects.filter(scope__in={key.scope for key in keys}, subject__in={key.subject for key in keys})
    there = {accounts.cap_of(row).key: row for row in rows}
    found = {key: there[key] for key in keys if key in there}
    uses, decided = _uses(found), decisions(keys, on=on)
    return [
        standing
        for key in keys
        for standing in _standings(key, found.get(key), uses.get(key, (0, 0)), decided.get(key), on=on)
    ]


def _standings(
    key: CapKey, row: CapRow | None, use: tuple[int, int], decided: tuple[Money, str] | None, *, on: date
) -> list[CapStanding]:
    used, pending = use
    held = {"used": Money(used), "pending": Money(pending), "committed": Money(row.committed_fen if row else 0)}
    if key.scope is Scope.GUARANTOR:
        amount = Money(row.amount_fen) if row else amount_of(key, on=on)
        return [
            CapStanding("guarantor", GUARANTORS, key, Force.HOLDS, legal=False, amount=amount, source=BORNE,
                        confidence="M", **held)
        ]  # fmt: skip
    ruled = [each for each in limits(on) if (each.rule.scope, each.rule.counts) == (key.scope, key.counts)]
    found = [
        CapStanding(x.rule.name, x.label, key, x.rule.force, legal=x.rule.legal, amount=x.amount, source=x.source,
                    confidence=x.confidence, **held)
        for x in ruled
    ]  # fmt: skip
    if decided is not None:
        found.append(
            CapStanding("decided", DECIDED, key, Force.HOLDS, legal=False, amount=decided[0], source=decided[1],
                        confidence="H", **held)
        )  # fmt: skip
    return found


def _uses(rows: dict[CapKey, CapRow]) -> dict[CapKey, tuple[int, int]]:
    """What is used and what of that is pending, in fen, in one look."""
    caps = {key: accounts.cap_of(row) for key, row in rows.items()}
    held = ledger.balances([account for cap in caps.values() for account in (*cap.accounts, cap.over)])
    found = {}
    for key, cap in caps.items():
        if cap.holds:
            room = accounts.rooms([cap], held)[cap.id]
            found[key] = (rows[key].amount_fen + room.over - room.free_in_all, room.pending)
        else:
            balance = held[cap.accounts[0]]
            found[key] = (balance.net_debit + balance.debits_pending, balance.debits_pending)
    return found


# What lines count as in use, for whoever holds it against the loans in one look: `line, drawn, pending` in fen.
IN_USE = """select line, drawn[1] + drawn[2] + drawn[3] as drawn, pending[1] + pending[2] + pending[3] as pending
    from exposure_line"""
DRIFTED = """
with counted as (
    select cap, sum(fen) as fen from exposure_line l cross join lateral unnest(l.caps, l.used) as u (cap, fen)
    group by 1
), held as (
    select c.id, sum(b.debits_posted - b.credits_posted + b.debits_pending) as net, bool_or(b.general) as general
    from exposure_cap c join ledger_balance b on b.account = any (c.accounts || c.over_account) group by 1
)
select c.scope || ' ' || c.subject || ' (' || c.counts || ')', coalesce(n.fen, 0),
    h.net + case when h.general then 0 else c.amount_fen end
from exposure_cap c join held h on h.id = c.id left join counted n on n.cap = c.id
where coalesce(n.fen, 0) <> h.net + case when h.general then 0 else c.amount_fen end order by 1
"""


def disagreements() -> list[str]:
    """Caps of which the lines count another use than the ledger holds, to the fen; none. One look at one moment."""
    with connection.cursor() as cursor:
        cursor.execute(DRIFTED)
        return [f"cap of {key}: ledger {held}, lines {lines}" for key, lines, held in cursor.fetchall()]


def trade(firm: EnterpriseId) -> str:
    """The trade in which a firm counts; empty when nobody has said."""
    return PlaceRow.objects.filter(pk=firm).values_list("trade", flat=True).first() or ""


def largest(scope: Scope) -> list[tuple[str, list[EnterpriseId]]]:
    """The owners, groups or circles that have members, each with its firms, those with most firms first."""
    by_subject: dict[str, list[EnterpriseId]] = {}
    rows = PlaceRow.objects.exclude(**{scope.value: ""}).order_by("pk").values_list(scope.value, "pk")
    for subject, firm in rows:
        by_subject.setdefault(subject, []).append(EnterpriseId(firm))
    return sorted(by_subject.items(), key=lambda each: (-len(each[1]), each[0]))


def sharing(scope: Scope, subject: str) -> list[EnterpriseId]:
    """The firms that share a cap which follows firms, sorted; none for one of a trade, a product or a branch."""
    if scope in (Scope.FIRM, Scope.GUARANTOR):
        return [EnterpriseId(subject)]
    if scope not in (Scope.OWNER, Scope.GROUP, Scope.CIRCLE):
        return []
    rows = PlaceRow.objects.filter(**{scope.value: subject}).order_by("pk")
    return [EnterpriseId(firm) for firm in rows.values_list("pk", flat=True)]


def asked_lately(firm: EnterpriseId, *, on: date) -> list[Asked]:
    """The applications of a firm and of those that share its owner, group or circle, by a day; the oldest first."""
    place = PlaceRow.objects.filter(pk=firm).first()
    tied = Q(firm=firm)
    for scope in (Scope.OWNER, Scope.GROUP, Scope.CIRCLE):
        if place is not None and (subject := getattr(place, scope.value)):
            tied |= Q(firm__in=PlaceRow.objects.filter(**{scope.value: subject}).values("firm"))
    rows = ApplicationRow.objects.filter(tied, on__lte=on).order_by("on", "id")
    return [Asked(row.firm, row.on, Money(row.fen)) for row in rows]


def affiliates(firm: EnterpriseId) -> list[EnterpriseId]:
    """Other firms of the same owner or group, sorted: with them a risk that is split is one risk."""
    place = PlaceRow.objects.filter(pk=firm).first()
    if place is None or not (place.owner or place.group):
        return []
    tied = PlaceRow.objects.none()
    if place.owner:
        tied |= PlaceRow.objects.filter(owner=place.owner)
    if place.group:
        tied |= PlaceRow.objects.filter(group=place.group)
    return sorted(EnterpriseId(other) for other in tied.values_list("firm", flat=True).distinct() if other != firm)
