"""A person's acts on identities: merge, split, undo, rule on a case. Each is a row; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from puhui import days
from puhui.channels import selectors as channels
from puhui.channels.catalogue import CHANNELS
from puhui.enterprises import identity
from puhui.enterprises.codes import holds
from puhui.enterprises.models import (
    Act,
    Enterprise,
    Identifier,
    Move,
    Recompute,
    Recomputed,
    RecordLink,
    ReviewCase,
    Ruling,
    Stake,
    StakeReleased,
)
from puhui.enterprises.records import veiled
from puhui.governance import selectors as permissions
from puhui.governance import services as governance
from puhui.governance.proposals import Matter, Proposal
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

ACTS = ("merge", "split", "undo")


@dataclass(frozen=True, slots=True)
class Acted:
    """A merge, a split or an undoing: `enterprise` stays, `other` became part of it or was split off.

    `recompute` names the firms whose figures are to be computed anew.
    """

    act: int
    kind: str
    enterprise: EnterpriseId
    other: EnterpriseId
    recompute: tuple[EnterpriseId, ...]


def merge(
    into: EnterpriseId,
    other: EnterpriseId,
    *,
    reason: str,
    on: date,
    request: RequestId,
    by: str,
    proposal: int | None = None,
) -> Acted | Refused:
    """Say that `other` is the same legal firm as `into`. Its id leads to `into` from now on; no record is touched.

    Either may be a firm of which only channels speak; it becomes a firm of the book by this act.

    Refuses SAME_FIRM; TWO_CODES when both have a sound credit code. Where a room above has a stake in `other`, such as
    a live loan, another person must have agreed to the `proposal` of this very merge: else TOUCHES_LIVE_BORROWER, or
    MERGES_LIVE_BORROWERS when both firms have one.
    """
    with identity.locked(), transaction.atomic():
        if first := Act.objects.filter(request=request).first():
            return _answer(first)
        stays, goes = _current(into), _current(other)
        if stays == goes:
            return Refused(Code.SAME_FIRM, {"firm": stays})
        codes = {firm: str(firm) for firm in (stays, goes) if holds(firm)} | dict(identity.codes_of({stays, goes}))
        if len(set(codes.values())) > 1:
            return Refused(Code.TWO_CODES, {firm: codes[firm] for firm in (stays, goes)})
        if (no := _unagreed("merge", stays, goes, proposal)) is not None:
            return no
        act = _act("merge", stays, goes, reason=reason, on=on, request=request, by=by)
        for firm in (stays, goes):
            Enterprise.objects.get_or_create(id=firm, defaults={"made_at": act.made_at, "act": act})
        return _done(act)


def split(
    enterprise: EnterpriseId,
    numbers: Collection[int],
    *,
    reason: str,
    on: date,
    request: RequestId,
    by: str,
    proposal: int | None = None,
) -> Acted | Refused:
    """Take records out of a firm into a firm of their own, with those codes that no remaining record carries.

    Refuses NOTHING_LEFT when no record, or every record, would go, and TOUCHES_LIVE_BORROWER as `merge` does.
    """
    with identity.locked(), transaction.atomic():
        if first := Act.objects.filter(request=request).first():
            return _answer(first)
        firm = _current(enterprise)
        held = _records(firm)
        leaving = [row for row in held if row.number in set(numbers)]
        if not leaving or len(leaving) == len(held):
            return Refused(Code.NOTHING_LEFT, {"firm": firm, "records": len(held), "asked": len(set(numbers))})
        if (no := _unagreed("split", firm, ",".join(str(row.number) for row in leaving), proposal)) is not None:
            return no
        new = EnterpriseId("F" + veiled(f"split {request}")[:15].upper())
        act = _act("split", firm, new, reason=reason, on=on, request=request, by=by)
        Enterprise.objects.create(id=new, made_at=act.made_at, act=act)
        Move.objects.bulk_create([Move(act=act, record=row) for row in leaving])
        Move.objects.bulk_create([Move(act=act, identifier=row) for row in _codes_that_leave(firm, held, leaving)])
        return _done(act)


def undo(
    act: int, *, reason: str, on: date, request: RequestId, by: str, proposal: int | None = None
) -> Acted | Refused:
    """Undo a merge or a split: everything is as if it had not been, and what was computed meanwhile is computed anew.

    Refuses ALREADY_UNDONE, BUILT_UPON when a later act rests on the firm that would vanish, and TOUCHES_LIVE_BORROWER
    as `merge` does.
    """
    with identity.locked(), transaction.atomic():
        if first := Act.objects.filter(request=request).first():
            return _answer(first)
        old = Act.objects.filter(pk=act).exclude(kind="undo").first()
        if old is None:
            raise BadInput(
                Label(f"there is no merge or split {act}", f"没有合并或拆分{act}"),
                then=Label("list them with `puhui firm FIRM`", "请从企业档案中选择"),
            )
        if Act.objects.filter(undoes=old).exists():
            return Refused(Code.ALREADY_UNDONE, {"act": act})
        later = Act.objects.filter(pk__gt=old.pk, undone_by__isnull=True).exclude(kind="undo")
        resting = later.filter(enterprise=old.other) | later.filter(other=old.other)
        if resting.exists() or (old.kind == "split" and _stakes(EnterpriseId(old.other))):
            return Refused(Code.BUILT_UPON, {"act": act, "firm": old.other})
        if (no := _unagreed("undo", _current(EnterpriseId(old.enterprise)), str(act), proposal)) is not None:
            return no
        back = Act.objects.create(
            kind="undo", enterprise=old.enterprise, other=old.other, undoes=old, reason=reason, by=by, on=on,
            made_at=days.now(), request=request,
        )  # fmt: skip
        return _done(back)


def propose(
    act: str, firm: EnterpriseId, other: str, *, reason: str, by: str, request: RequestId
) -> Proposal | Refused:
    """Propose an act on the identity of a live borrower, for another person to judge.

    `act` is `merge` (`other` the firm that becomes part of `firm`), `split` (the leaving records' numbers, the smallest
    first) or `undo` (the act's number). Refuses what `governance.services.propose` refuses.
    """
    if act not in ACTS:
        raise BadInput(f"'{act}' is no act on identities", then=f"name one of {', '.join(ACTS)}")
    stays, goes = _current(firm), str(_current(EnterpriseId(other))) if act == "merge" else other
    before = {"stakes": _stakes(stays) + (_stakes(EnterpriseId(goes)) if act == "merge" else [])}
    after = _subject(act, stays, goes)
    return governance.propose(
        Matter.IDENTITY, stays, before=before, after=after, why=reason, by=by, request=request, at=days.now()
    )


def rule(
    case: int, *, same: bool, reason: str, on: date, request: RequestId, by: str, proposal: int | None = None
) -> Acted | Refused | None:
    """Decide on a doubtful case. `same` merges the two firms; otherwise they stay two, and are not asked about again.

    Refuses ALREADY_RULED, and whatever `merge` refuses; then the case stays open.
    """
    found = ReviewCase.objects.filter(pk=case).first()
    if found is None:
        raise BadInput(
            Label(f"there is no case {case}", f"没有疑点{case}"),
            then=Label("list them with `puhui doubts`", "请从关联复核清单中选择"),
        )
    with transaction.atomic():
        if Ruling.objects.filter(case=found).exists():
            return Refused(Code.ALREADY_RULED, {"case": case})
        answer: Acted | Refused | None = None
        if same:
            if found.other is None:
                raise BadInput(
                    Label(f"case {case} names one firm only", f"疑点{case}只涉及一家企业"),
                    then=Label("split or mend the record it names instead", "请改为拆分或修正其所指的记录"),
                )
            pair = EnterpriseId(found.enterprise), EnterpriseId(found.other)
            with_code = [firm for firm, _ in identity.codes_of({_current(firm) for firm in pair})]
            into, other = pair if not with_code or _current(pair[0]) in with_code else (pair[1], pair[0])
            answer = merge(into, other, reason=reason, on=on, request=request, by=by, proposal=proposal)
            if isinstance(answer, Refused):
                return answer
        act = answer.act if isinstance(answer, Acted) else None
        Ruling.objects.create(case=found, same=same, act_id=act, reason=reason, by=by, made_at=days.now())
        governance.record("rule", str(case), {"same": same, "reason": reason, "kind": found.kind}, by=by)
        return answer


def place_stake(enterprise: EnterpriseId, *, kind: str, reference: str, by: str) -> None:
    """Say that something lives on a firm's identity, such as `facility` L-12. Saying it twice changes nothing."""
    with transaction.atomic():
        identity.locked_until_commit()
        fields = {"enterprise": enterprise, "made_at": days.now(), "by": by}
        Stake.objects.get_or_create(kind=kind, reference=reference, defaults=fields)


def release_stake(*, kind: str, reference: str, by: str) -> None:
    """Say that it has ended."""
    with transaction.atomic():
        identity.locked_until_commit()
        stake = Stake.objects.filter(kind=kind, reference=reference).first()
        if stake is None:
            raise BadInput(f"there is no stake {kind} {reference}", then="place it first")
        StakeReleased.objects.get_or_create(stake=stake, defaults={"made_at": days.now(), "by": by})


def recomputed(enterprise: EnterpriseId, *, what: str) -> int:
    """A room above has computed `what` (such as `variables`) of a firm anew; returns how many marks that clears."""
    open_marks = Recompute.objects.filter(enterprise=enterprise).exclude(done__what=what)
    rows = [Recomputed(recompute=mark, what=what, made_at=days.now()) for mark in open_marks]
    return len(Recomputed.objects.bulk_create(rows, ignore_conflicts=True))


def _act(kind: str, firm: str, other: str, *, reason: str, on: date, request: RequestId, by: str) -> Act:
    if not reason.strip():
        raise BadInput(
            Label("an act on identities needs a reason", "身份操作须说明理由"),
            then=Label("say in a few words why", "请用几句话说明原因"),
        )
    fields = {"kind": kind, "enterprise": firm, "other": other, "reason": reason, "on": on, "by": by}
    return Act.objects.create(**fields, made_at=days.now(), request=request)


def _done(act: Act) -> Acted:
    """Mark both firms to be computed anew, and tell the audit chain."""
    Recompute.objects.bulk_create(
        [Recompute(enterprise=firm, act=act, made_at=act.made_at) for firm in (act.enterprise, act.other)]
    )
    body = {"other": act.other, "reason": act.reason, "undoes": act.undoes_id}
    governance.record(act.kind, act.enterprise, body, by=act.by)
    return _answer(act)


def _answer(act: Act) -> Acted:
    firm, other = EnterpriseId(act.enterprise), EnterpriseId(act.other)
    return Acted(act.pk, act.kind, firm, other, (firm, other))


def _subject(act: str, firm: str, other: str) -> dict[str, str]:
    return {"act": act, "firm": firm, "other": other}


def _unagreed(act: str, firm: EnterpriseId, other: str, proposal: int | None) -> Refused | None:
    """Where this act moves a live borrower: a refusal, unless another person agreed to just this.

    A merge moves the firm that goes; a split or an undoing takes records from the firm that stays.
    """
    goes = _stakes(EnterpriseId(other)) if act == "merge" else []
    stays = _stakes(firm)
    moves = goes if act == "merge" else stays
    if not moves:
        return None
    if proposal is not None:
        said = permissions.proposal(proposal)
        if said.kind is Matter.IDENTITY and said.agreed and said.after == _subject(act, firm, other):
            return None
    held = {firm: ", ".join(stays)} if stays else {}
    code = Code.MERGES_LIVE_BORROWERS if goes and stays else Code.TOUCHES_LIVE_BORROWER
    return Refused(code, held | ({other: ", ".join(goes)} if goes else {}))


def _current(firm: EnterpriseId) -> EnterpriseId:
    if not Enterprise.objects.filter(pk=firm).exists() and not any(
        firm in channels.firms_of(name) for name in CHANNELS
    ):
        raise BadInput(
            Label(f"there is no firm {firm}", f"没有企业{firm}"),
            then=Label("name a firm by its credit code or its id", "请填写企业的信用代码或编号"),
        )
    return EnterpriseId(identity.merged().get(firm, firm))


def _stakes(firm: EnterpriseId) -> list[str]:
    """What lives on a firm, and on those that were merged into it."""
    firms = {firm, *(was for was, now in identity.merged().items() if now == firm)}
    living = Stake.objects.filter(enterprise__in=firms, stakereleased__isnull=True)
    return [f"{kind} {reference}" for kind, reference in living.values_list("kind", "reference")]


def _records(firm: EnterpriseId) -> list[RecordLink]:
    firms = {firm, *(was for was, now in identity.merged().items() if now == firm)}
    moved = identity.moved_records()
    came = [number for number, to in moved.items() if to in firms]
    rows = RecordLink.objects.filter(enterprise__in=firms) | RecordLink.objects.filter(number__in=came)
    return [row for row in rows.order_by("number") if moved.get(row.number, row.enterprise) in firms]


def _codes_that_leave(firm: str, held: list[RecordLink], leaving: list[RecordLink]) -> list[Identifier]:
    """The codes that only the leaving records carry: the own codes of their sources, and the credit code."""
    leaves = {row.number for row in leaving}
    stay = [row for row in held if row.number not in leaves]
    sources = {row.source for row in leaving} - {row.source for row in stay}
    rows = list(Identifier.objects.filter(enterprise=firm))
    owner = identity.owner_of(rows)
    coded_stay = any(row.how == "code" for row in stay)
    coded_leave = any(row.how == "code" for row in leaving)
    return [
        row
        for row in rows
        if owner[row.pk] == firm
        and (row.scheme in sources or (row.scheme == identity.CREDIT_CODE and coded_leave and not coded_stay))
    ]
