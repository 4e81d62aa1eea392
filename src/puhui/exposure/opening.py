"""Lines come and go: approved, opened, ended; and the caps that count them are there from then on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F

from puhui.exposure import accounts
from puhui.exposure.caps import OF_A_LINE, RULES, CapKey, Counts, Scope, held_amount
from puhui.exposure.lines import APPROVED, ENDED, OPEN, NewLine, fen_of
from puhui.exposure.models import ApplicationRow, CapAmountRow, CapRow, DecidedRow, LineRow, PlaceRow
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger import services as ledger
from puhui.mitigation import selectors as mitigation
from puhui.mitigation.parts import Parts
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

CHANGING = 7_017_2026  # the advisory lock that draws share, and that whoever changes who shares a cap takes alone
KINDS = tuple(dict.fromkeys((rule.scope, rule.counts) for rule in RULES))


def note_approved(line: NewLine, *, on: date, at: datetime) -> Refused | None:
    """Count a line that is approved and not yet open. Noting it again changes nothing."""
    return _note(line, APPROVED, on=on, at=at)


def open_line(line: NewLine, *, on: date, at: datetime) -> Refused | None:
    """Count a line that is open: its draws hold its caps from now on. Opening it again changes nothing.

    Refuses REQUEST_HAS_OTHER_CONTENT when a line of this number has another firm or limit.
    """
    return _note(line, OPEN, on=on, at=at)


def renew_line(number: str, limits: Parts, *, approved: str) -> None:
    """Give an open line the limits of a new approval; what is drawn stays drawn, in the parts it was drawn in.

    What was noted as `approved` under the new approval's own number is committed here now, and no more there.

    A part that is lowered under its use takes no more draws until it is repaid. The caller has the facility locked.
    """
    with transaction.atomic():
        share()
        row = LineRow.objects.select_for_update().get(line=number)
        assert row.status == OPEN, f"{number} is {row.status}: only an open line is renewed"
        more = limits.total.fen - sum(row.limits)
        row.limits = fen_of(limits)
        row.save(update_fields=["limits"])
        CapRow.objects.filter(pk__in=sorted(row.caps)).update(committed_fen=F("committed_fen") + more)
        if LineRow.objects.filter(line=approved, status=APPROVED).exists():
            end_line(approved)


def note_application(firm: str, amount: Money, *, product: str, request: RequestId, on: date) -> None:
    """Remember that a firm has asked for credit: applications of affiliates within days are a sign. Once a request."""
    ApplicationRow.objects.get_or_create(
        request=request, defaults={"firm": firm, "on": on, "fen": amount.fen, "product": product}
    )


def end_line(number: str) -> None:
    """A line that is closed or written off: nothing is committed any more. Raises BadInput while it is in use."""
    with transaction.atomic():
        share()
        row = LineRow.objects.select_for_update().get(line=number)
        if any(row.drawn) or any(row.pending):
            raise BadInput(
                Label(f"the line {number} is still in use", f"额度{number}仍在使用"),
                then=Label("repay or write off what is drawn", "请先还清或核销已支用的部分"),
            )
        if row.status != ENDED:
            CapRow.objects.filter(pk__in=sorted(row.caps)).update(committed_fen=F("committed_fen") - sum(row.limits))
            row.status = ENDED
            row.save(update_fields=["status"])


def share() -> None:
    """Let nobody change who shares a cap until the caller's transaction ends. Draws do not wait for each other here."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [CHANGING])


def alone() -> None:
    """Wait for the draws under way, and let none begin, until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [CHANGING])


def keys_of(firm: str, product: str, branch: str, place: PlaceRow | None, guarantors: Iterable[str]) -> list[CapKey]:
    """The caps that count a line, the narrowest scope first."""
    subjects = {Scope.FIRM: firm, Scope.PRODUCT: product, Scope.BRANCH: branch}
    for scope in Scope:
        if scope not in OF_A_LINE and scope not in (Scope.FIRM, Scope.GUARANTOR):
            subjects[scope] = getattr(place, scope.value) if place else ""
    keys = [CapKey(scope, subjects[scope], counts) for scope, counts in KINDS if subjects.get(scope)]
    return keys + [CapKey(Scope.GUARANTOR, each, Counts.GUARANTEED) for each in sorted(set(guarantors))]


def ensured(keys: Iterable[CapKey], *, on: date, at: datetime) -> list[accounts.Cap]:
    """The caps of these keys; one that nobody has needed yet is opened with its amount of the day.

    The order of opening is that of the keys, so that two who open the same ones do not wait in a circle.
    """
    wanted = list(keys)
    found = {key: row for key in wanted if (row := _row(key)) is not None}
    for key in sorted(set(wanted) - found.keys()):
        found[key] = _open(key, on=on, at=at)
    return [accounts.cap_of(found[key]) for key in wanted]


def amount_of(key: CapKey, *, on: date) -> Money:
    """What a cap's amount is on a day: the smallest of the rules, and of what two people decided for this subject.

    A guarantor's is its capacity as it last stated it; unknown, it is nothing.
    """
    if key.scope is Scope.GUARANTOR:
        ruled = mitigation.bearable(EnterpriseId(key.subject), on=on)
    elif (key.scope, key.counts) not in accounts.HOLDING:
        ruled = Money(0)
    else:
        ruled = held_amount(key.scope, key.counts, on=on)
    decided = decision(key, on=on)
    return ruled if decided is None else min(ruled, decided[0])


def decision(key: CapKey, *, on: date) -> tuple[Money, str] | None:
    """What two people have decided for one subject, and the source they gave; None when nothing stands."""
    of_this = DecidedRow.objects.filter(scope=key.scope, subject=key.subject, counts=key.counts, on__lte=on)
    last = of_this.order_by("-id").first()
    return None if last is None or last.amount_fen is None else (Money(last.amount_fen), last.source)


def decisions(keys: Iterable[CapKey], *, on: date) -> dict[CapKey, tuple[Money, str]]:
    """What two people have decided for these subjects, as `decision` tells it, in one look."""
    wanted = set(keys)
    of_these = DecidedRow.objects.filter(
        scope__in={key.scope for key in wanted}, subject__in={key.subject for key in wanted}
    )
    rows = of_these.filter(on__lte=on).order_by("id")
    last = {CapKey(Scope(row.scope), row.subject, Counts(row.counts)): row for row in rows}
    return {
        key: (Money(row.amount_fen), row.source)
        for key, row in last.items()
        if key in wanted and row.amount_fen is not None
    }


def _note(line: NewLine, status: str, *, on: date, at: datetime) -> Refused | None:
    assert sorted(line.order) == sorted(line.back), "both orders name every part"
    with transaction.atomic():
        share()
        row = LineRow.objects.select_for_update().filter(line=line.number).first()
        if row is not None:
            same = (row.firm, row.product, row.limits) == (line.firm, line.product, fen_of(line.limits))
            if not same:
                return Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": line.number})
            if row.status == APPROVED and status == OPEN:
                row.status = OPEN
                row.save(update_fields=["status"])
            return None
        place = PlaceRow.objects.filter(pk=line.firm).first()
        guarantors = mitigation.guarantors_of(line.number, on=on) if line.limits.guarantee else ()
        caps = ensured(keys_of(line.firm, line.product, line.branch, place, guarantors), on=on, at=at)
        LineRow.objects.create(
            line=line.number,
            firm=line.firm,
            product=line.product,
            branch=line.branch,
            status=status,
            on=on,
            limits=fen_of(line.limits),
            drawn=[0, 0, 0],
            pending=[0, 0, 0],
            order=list(line.order),
            back=list(line.back),
            caps=[cap.id for cap in caps],
            used=[0] * len(caps),
        )
        CapRow.objects.filter(pk__in=sorted(cap.id for cap in caps)).update(
            committed_fen=F("committed_fen") + line.limits.total.fen
        )
    return None


def _row(key: CapKey) -> CapRow | None:
    return CapRow.objects.filter(scope=key.scope, subject=key.subject, counts=key.counts).first()


def _open(key: CapKey, *, on: date, at: datetime) -> CapRow:
    opened = ledger.open_accounts(accounts.new_accounts(key), on=on)
    assert not isinstance(opened, Refused), opened
    *own, over = opened
    row, new = CapRow.objects.get_or_create(
        scope=key.scope,
        subject=key.subject,
        counts=key.counts,
        defaults={"amount_fen": 0, "accounts": own or [over], "over_account": over},
    )
    if new:
        set_amount(row, amount_of(key, on=on), why="opened", request=RequestId(f"cap/{row.pk}"), by="", on=on, at=at)
    return row


def set_amount(row: CapRow, amount: Money, *, why: str, request: RequestId, by: str, on: date, at: datetime) -> None:
    """Give a cap an amount. Lowered under its use, the rest stands above it until it is repaid.

    The caller is alone with the cap: it has just made it, or holds the lock.
    """
    cap = accounts.cap_of(row)
    if cap.holds and (lines := accounts.to_amount(cap, amount.fen - row.amount_fen)):
        booked = ledger.book(lines, request=request, on=on, at=at)
        assert not isinstance(booked, Refused), booked
    row.amount_fen = amount.fen
    row.save(update_fields=["amount_fen"])
    CapAmountRow.objects.create(cap=row, amount_fen=amount.fen, why=why, on=on, at=at, by=by, request=request)
