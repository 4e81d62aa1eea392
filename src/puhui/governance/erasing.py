"""Erasure by destroying keys, where the law allows it; what keeps data from it; and the periods after which they go.

The lake is append-only and stays as it is: without its key a sealed cell says nothing to anybody, wherever it lies.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from puhui import dated, days
from puhui.governance import holding, rotation
from puhui.governance.models import DataKey, Grant, Hold, Release, Scope, Withdrawal
from puhui.governance.personal import Kind
from puhui.governance.services import record
from puhui.governance.vault import Pseudonyms
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

PERIODS = Path(__file__).with_name("retention.json")
AFTER_USE = "after_last_use"


class Keeping(StrEnum):
    """Why something that still runs keeps a firm's data."""

    LIVE_LOAN = "live_loan"
    DISPUTE = "dispute"
    ORDER = "order"


WORDS: dict[Keeping, Label] = {
    Keeping.LIVE_LOAN: Label("a live loan", "存续贷款"),
    Keeping.DISPUTE: Label("a dispute", "争议处理"),
    Keeping.ORDER: Label("an order of an authority", "主管机关要求"),
}
assert WORDS.keys() == set(Keeping)


@dataclass(frozen=True, slots=True)
class Erased:
    """The answer to an erasure: so many keys were destroyed and rights ended, in the files of so many firms.

    `dropped` counts what other rooms had made of a firm's data and let go in the same moment.
    """

    keys: int
    grants: int
    firms: int
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A channel's year of personal cells, and the day from which it may be kept no more."""

    channel: str
    year: int
    until: date
    source: str
    destroyed: bool


def hold(firm: EnterpriseId, *, reason: Keeping, reference: str, on: date, request: RequestId, by: str) -> None:
    """Keep a firm's data from erasure until `release`. Repeating `request` changes nothing."""
    with transaction.atomic():
        fields = {"enterprise": firm, "reason": reason, "reference": reference, "placed_on": on}
        _, made = Hold.objects.get_or_create(request=request, defaults=fields | {"made_at": days.now()})
        if made:
            record("hold", firm, {"reason": reason, "reference": reference, "on": on}, by=by)


def release(firm: EnterpriseId, *, reference: str, on: date, request: RequestId, by: str) -> int:
    """End the standing holds of a firm that carry this reference; returns how many ended."""
    with transaction.atomic():
        ended = [
            Release(hold=found, released_on=on, made_at=days.now(), request=request)
            for found in Hold.objects.filter(enterprise=firm, reference=reference, release__isnull=True)
        ]
        Release.objects.bulk_create(ended)
        if ended:
            record("release", firm, {"reference": reference, "on": on, "holds": len(ended)}, by=by)
    return len(ended)


def erase_firm(firm: EnterpriseId, *, evidence: str, on: date, by: str) -> Erased | Refused:
    """Destroy every key of a firm's file, end every right to read it, and drop what was worked out or begun for it.

    `evidence` says who asked, and how we know. The file is all that is held under any of the firm's ids and codes.

    Refuses KEPT_ON_HOLD while a loan or a dispute lives, LEGAL_RETENTION while a decision or a credit that rested on
    the data must stay explainable; both say until when or why. A read that led to no decision keeps nothing. Raises
    BadInput when nothing is held of the firm.
    """
    called = holding.keys_of(firm)
    its = Q(enterprise__in=called)
    if not DataKey.objects.filter(its).exists() and not Grant.objects.filter(its).exists():
        raise BadInput(
            Label(f"nothing personal is held of {firm}", f"未持有{firm}的任何个人信息"),
            then=Label("check the firm's code", "请核对企业代码"),
        )
    if (refused := _kept([firm], on)) is not None:
        return refused
    with transaction.atomic():
        keys = rotation.destroy(Q(scope=Scope.SUBJECT) & its)
        standing = Grant.objects.filter(its, withdrawal__isnull=True)
        moment = days.now()
        ended = [Withdrawal(grant=g, withdrawn_on=on, made_at=moment, request=f"erase:{firm}") for g in standing]
        Withdrawal.objects.bulk_create(ended)
        dropped = sum(holding.forget(key) for key in called)
        body = {"keys": keys, "grants": len(ended), "dropped": dropped, "evidence": evidence, "on": on}
        record("erase", firm, body, by=by)
    rotation.scour()
    return Erased(keys, len(ended), 1, dropped)


def erase_person(identity: str, *, evidence: str, on: date, by: str) -> Erased | Refused:
    """Destroy the keys of a person in every firm's file that names them by this identity number.

    The audit chain gets the pseudonym, never the number. Refuses as `erase_firm` does, for any of those firms; raises
    BadInput when the number is in no file.
    """
    person = Pseudonyms().of(Kind.IDENTITY, identity)
    firms = sorted(set(DataKey.objects.filter(person=person).values_list("enterprise", flat=True)))
    if not firms:
        raise BadInput(
            Label("no file names a person by this number", "没有档案以该号码记录自然人"),
            then=Label("check the number, or erase by the firm's code", "请核对号码，或按企业代码删除"),
        )
    if (refused := _kept([EnterpriseId(firm) for firm in firms], on)) is not None:
        return refused
    with transaction.atomic():
        keys = rotation.destroy(Q(scope=Scope.SUBJECT, person=person))
        body = {"keys": keys, "firms": firms[:5], "of": len(firms), "evidence": evidence, "on": on}
        record("erase", person, body, by=by)
    rotation.scour()
    return Erased(keys, 0, len(firms))


def periods(on: date) -> list[Kept]:
    """Every channel's year that holds personal cells, the oldest first, under the terms of a day."""
    terms = dated.load(PERIODS, on=on)
    found = DataKey.objects.filter(scope=Scope.PERIOD).order_by("year", "channel", "pk")
    return [
        Kept(
            key.channel,
            key.year,
            days.add_months(date(key.year, 12, 31), terms.whole(key.channel)),
            terms.terms[key.channel].source,
            key.wrapped is None,
        )
        for key in found
        if key.channel in terms.terms
    ]


def expire(*, on: date, by: str) -> list[Kept]:
    """Destroy the keys of the years that may be kept no more; returns those years."""
    due = [kept for kept in periods(on) if kept.until < on and not kept.destroyed]
    with transaction.atomic():
        for kept in due:
            rotation.destroy(Q(scope=Scope.PERIOD, channel=kept.channel, year=kept.year))
        if due:
            years = [f"{kept.channel} {kept.year}" for kept in due]
            record("expire", on.isoformat(), {"years": years}, by=by)
    if due:
        rotation.scour()
    return due


def _kept(firms: Collection[EnterpriseId], on: date) -> Refused | None:
    """What keeps the data of any of these firms, or nothing."""
    called = {firm: holding.keys_of(firm) for firm in firms}
    every = {key for keys in called.values() for key in keys}
    held = Hold.objects.filter(enterprise__in=every, placed_on__lte=on)
    standing = held.filter(Q(release__isnull=True) | Q(release__released_on__gt=on)).order_by("pk").first()
    if standing is not None:
        said = WORDS[Keeping(standing.reason)]
        facts = {"firm": standing.enterprise, "reason": said.en, "reference": standing.reference}
        return Refused(Code.KEPT_ON_HOLD, facts | {"since": standing.placed_on.isoformat()})
    term = dated.load(PERIODS, on=on).terms[AFTER_USE]
    assert isinstance(term.value, int)
    for firm, keys in called.items():
        last = holding.last_resting(keys)
        if last is not None and (until := days.add_months(last.on, term.value)) >= on:
            kept: dict[str, str | int] = {
                "firm": firm,
                last.what: last.number,
                "until": until.isoformat(),
                "source": term.source,
            }
            return Refused(Code.LEGAL_RETENTION, kept)
    return None
