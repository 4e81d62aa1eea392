"""The room's acts: record, grant, withdraw, propose, judge, verify."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from puhui import days
from puhui.governance import selectors
from puhui.governance.chain import FIRST, Link, Verified, canonical, hash_of, walk
from puhui.governance.models import AuditRecord, Grant, ProposalRow, ReadFirm, ReadFirms, VerdictRow, Withdrawal
from puhui.governance.proposals import Matter, Proposal, Verdict
from puhui.governance.purposes import Basis, Purpose, allowed_by
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId, RequestId, digest
from puhui.refusals import BadInput, Code, Refused
from puhui.settings import HOME
from puhui.words import Label

APPENDING = 7_012_2026  # the advisory lock that gives each record its one place in the chain
FEW = 50  # firms whose names a read writes down one by one
ANCHORS = HOME / "audit_anchors.jsonl"


def record(act: str, subject: str, body: dict[str, Any], *, by: str) -> int:
    """Append one record to the audit chain in the caller's transaction; returns its number.

    Writers take turns from here to their commit, so call it as the last statement of an act.
    """
    return record_all(act, [(subject, body)], by=by)[0]


def record_all(act: str, bodies: Sequence[tuple[str, dict[str, Any]]], *, by: str) -> list[int]:
    """Append a record for each subject and body, one after another, as `record` does; their numbers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [APPENDING])
        last = AuditRecord.objects.order_by("-number").values_list("number", "hash").first()
        number, before = last or (0, FIRST)
        rows = []
        for place, (subject, body) in enumerate(bodies, start=number + 1):
            fields: dict[str, Any] = {"number": place, "at": days.now(), "act": act, "subject": subject, "by": by}
            fields |= {"body": canonical(body), "before": before}
            rows.append(AuditRecord(**fields, hash=hash_of(**fields)))
            before = rows[-1].hash
        AuditRecord.objects.bulk_create(rows)
    return [row.number for row in rows]


def grant(  # one grant per firm, channel and purpose, all or none
    firms: Collection[EnterpriseId],
    *,
    channels: Collection[str],
    purposes: Collection[Purpose],
    basis: Basis,
    evidence: str,
    valid_from: date,
    valid_to: date | None = None,
    request: RequestId,
    by: str,
) -> int:
    """Give the right to read; returns the number of grants made. Repeating `request` makes none.

    `evidence` says where the consent or the public basis can be seen. Raises BadInput for an unknown channel, and for a
    purpose that a channel does not allow.
    """
    if valid_to is not None and valid_to < valid_from:
        raise BadInput(f"the consent ends on {valid_to}, before it begins on {valid_from}", then="swap the two days")
    for channel in channels:
        _must_allow(channel, purposes)
    moment = days.now()
    rows = [
        Grant(
            enterprise=firm,
            channel=channel,
            purpose=purpose,
            basis=basis,
            evidence=evidence,
            valid_from=valid_from,
            valid_to=valid_to,
            made_at=moment,
            request=request,
        )
        for firm in firms
        for channel in channels
        for purpose in purposes
    ]
    with transaction.atomic():
        if Grant.objects.filter(request=request).exists():
            return 0
        Grant.objects.bulk_create(rows, batch_size=5_000)
        body = {"firms": len(firms), "channels": sorted(channels), "purposes": sorted(purposes), "evidence": evidence}
        record("grant", request, body | {"basis": basis, "from": valid_from, "to": valid_to}, by=by)
    return len(rows)


def _must_allow(channel: str, purposes: Collection[Purpose]) -> None:
    """No consent widens what a channel is for."""
    allowed = allowed_by(channel)
    if allowed is None:
        raise BadInput(
            Label(f"there is no channel '{channel}' to consent to", f"没有可授权的渠道“{channel}”"),
            then=Label("name a channel of the catalogue", "请选择渠道目录中的名称"),
        )
    if beyond := sorted(set(purposes) - allowed):
        raise BadInput(
            Label(f"{channel} may never be read for {', '.join(beyond)}", f"{channel}不得用于{'、'.join(beyond)}"),
            then=Label(f"ask for some of {', '.join(sorted(allowed))}", f"可申请的用途：{'、'.join(sorted(allowed))}"),
        )


def register_public_basis(
    firms: Collection[EnterpriseId], *, channels: Collection[str], dataset: str, evidence: str, on: date, by: str
) -> int:
    """State that a data set is public and may be read for research, and for nothing else. Asking twice adds nothing.

    `dataset` names the set by its content (a name with a hash), so that another set needs its own statement.
    """
    return grant(
        firms,
        channels=channels,
        purposes=[Purpose.RESEARCH],
        basis=Basis.PUBLIC_RESEARCH,
        evidence=evidence,
        valid_from=on,
        request=RequestId(f"public:{dataset}"),
        by=by,
    )


def withdraw(firm: EnterpriseId, *, channel: str, purpose: Purpose, on: date, request: RequestId, by: str) -> int:
    """End every standing grant of a firm for a channel and purpose, from `on` on; returns how many ended."""
    with transaction.atomic():
        standing = Grant.objects.filter(enterprise=firm, channel=channel, purpose=purpose, withdrawal__isnull=True)
        ended = [Withdrawal(grant=g, withdrawn_on=on, made_at=days.now(), request=request) for g in standing]
        Withdrawal.objects.bulk_create(ended)
        if ended:
            record("withdraw", firm, {"channel": channel, "purpose": purpose, "on": on, "grants": len(ended)}, by=by)
    return len(ended)


def record_read(
    channel: str,
    firms: Collection[EnterpriseId],
    *,
    purpose: Purpose,
    as_of: date,
    sight: Sight,
    rows: int,
    exact: bool,
    by: str,
) -> int:
    """Record who read whom, what, why and how many rows; returns the record's number.

    One record however many firms: of few it has the names, of many a digest, and a table says which firms that is.
    `rows` is a count, or (not `exact`) the most that it can be: a read of many firms is not counted before it is used.
    """
    why = {"purpose": purpose, "as_of": as_of, "sight": sight}
    return _record_reads({channel: {"rows" if exact else "rows_at_most": rows}}, firms, why, by=by)[0]


def record_rows_read(
    rows: Mapping[str, int], firms: Collection[EnterpriseId], *, purpose: Purpose, as_of: date, sight: Sight, by: str
) -> list[int]:
    """As `record_read`, of the rows of several channels that were read at once and counted: a record a channel."""
    why = {"purpose": purpose, "as_of": as_of, "sight": sight}
    return _record_reads({channel: {"rows": count} for channel, count in rows.items()}, firms, why, by=by)


def record_values_read(
    told: Mapping[str, int], firms: Collection[EnterpriseId], *, purpose: Purpose, as_of: date, sight: Sight, by: str
) -> list[int]:
    """Record a read of values that had been made of channels' rows before: a record a channel, with how many values."""
    why = {"purpose": purpose, "as_of": as_of, "sight": sight}
    return _record_reads({channel: {"values": count} for channel, count in told.items()}, firms, why, by=by)


def _record_reads(
    counts: Mapping[str, dict[str, int]], firms: Collection[EnterpriseId], why: Mapping[str, Any], *, by: str
) -> list[int]:
    asked = sorted(firms)
    whole = digest(firm.encode() for firm in asked)
    bodies = [
        (channel, {**why, "firms": len(asked), **count, "first": asked[:5], "all": whole})
        for channel, count in counts.items()
    ]
    with transaction.atomic():
        if len(asked) > FEW:
            ReadFirms.objects.bulk_create([ReadFirms(digest=whole, firms=asked)], ignore_conflicts=True)
        numbers = record_all("read", bodies, by=by)
        whom: list[dict[str, str]] = (
            [{"enterprise": firm} for firm in asked] if len(asked) <= FEW else [{"among": whole}]
        )
        ReadFirm.objects.bulk_create([ReadFirm(record=number, **each) for number in numbers for each in whom])
    return numbers


def propose(
    kind: str,
    subject: str,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    why: str,
    by: str,
    request: RequestId,
    at: datetime,
) -> Proposal | Refused:
    """Keep what one person proposes, for another to judge; a repeated request gives the first answer.

    `before` and `after` are the subject as it is and as it should be. Who may propose and judge a kind of matter is in
    `proposals.MATTERS`; the door that lets a person in asks `access`. The room whose matter it is applies what was
    agreed to, by a verb of its own. Refuses REQUEST_HAS_OTHER_CONTENT.
    """
    if kind not in set(Matter):
        raise BadInput(f"nothing is known of proposals about '{kind}'", then=f"name one of {', '.join(Matter)}")
    for name, text, most in (("subject", subject, 120), ("why", why, 2_000), ("by", by, 120)):
        if not text.strip() or len(text) > most:
            raise BadInput(
                Label(f"'{name}' of a proposal has {len(text)} characters", f"提案的“{name}”有{len(text)}个字符"),
                then=Label(f"give 1 to {most}", f"请填写1至{most}个字符"),
            )
    content = {"before": json.loads(canonical(before)), "after": json.loads(canonical(after))}
    asked = {"kind": kind, "subject": subject, **content, "why": why, "by": by}
    with transaction.atomic():
        alone(request)
        first = ProposalRow.objects.filter(request=request).first()
        if first is not None:
            if any(getattr(first, name) != value for name, value in asked.items()):
                return Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request})
            return selectors.proposal(first.pk)
        made = ProposalRow.objects.create(**asked, request=request, at=at)
        sha256 = digest([canonical(content).encode()])
        record("propose", f"{kind} {subject}", {"proposal": made.pk, "why": why, "sha256": sha256}, by=by)
    return selectors.proposal(made.pk)


def judge(proposal: int, *, agrees: bool, why: str, by: str, request: RequestId, at: datetime) -> Verdict | Refused:
    """Say yes or no to another person's proposal; a repeated request gives the first answer.

    Refuses OWN_PROPOSAL, ALREADY_JUDGED and REQUEST_HAS_OTHER_CONTENT. Raises BadInput when there is no such proposal,
    or a no has no reason.
    """
    if not agrees and not why.strip():
        raise BadInput(Label("a no needs its reason", "不同意须说明理由"), then=Label("say why", "填写理由"))
    with transaction.atomic():
        alone(f"proposal {proposal}")
        alone(request)
        found = selectors.proposal(proposal)
        if (said := found.verdict) is not None:
            same = (said.request, said.agrees, said.why, said.by) == (request, agrees, why, by)
            return said if same else Refused(Code.ALREADY_JUDGED, {"proposal": proposal, "by": said.by})
        if found.by == by:
            return Refused(Code.OWN_PROPOSAL, {"proposal": proposal})
        if VerdictRow.objects.filter(request=request).exists():
            return Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request})
        VerdictRow.objects.create(
            proposal_id=proposal, agrees=agrees, why=why, proposed_by=found.by, by=by, request=request, at=at
        )
        body = {"proposal": proposal, "why": why, "proposed_by": found.by}
        record("agree" if agrees else "disagree", f"{found.kind} {found.subject}", body, by=by)
    return Verdict(proposal, agrees, why, by, request, at)


def alone(what: str) -> None:
    """Let acts on one thing take turns until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, %s))", [what, APPENDING])


def verify() -> Verified:
    """Walk the whole chain, and hold it against the heads that earlier walks have seen.

    A chain whose last records were cut off holds in itself; the anchors kept beside the database show the cut.
    """
    found = walk(_links())
    if found.holds:
        found = _against_anchors(found)
    if found.holds and found.records:
        ANCHORS.parent.mkdir(parents=True, exist_ok=True)
        with ANCHORS.open("a") as file:
            file.write(json.dumps({"number": found.records, "hash": found.head, "database": _database()}) + "\n")
    return found


def _links() -> Iterator[Link]:
    for row in AuditRecord.objects.order_by("number").iterator(chunk_size=5_000):
        yield Link(row.number, row.at, row.act, row.subject, row.by, row.body, row.before, row.hash)


def _against_anchors(found: Verified) -> Verified:
    if not ANCHORS.exists():
        return found
    seen = [json.loads(line) for line in ANCHORS.read_text().splitlines()]
    mine = {entry["number"]: entry["hash"] for entry in seen if entry["database"] == _database()}
    hashes = dict(AuditRecord.objects.filter(number__in=mine).values_list("number", "hash"))
    for number, seen_hash in sorted(mine.items()):
        if hashes.get(number) != seen_hash:
            why = "removed" if number not in hashes else "replaced, with all that follow it,"
            return Verified(number - 1, found.head, number, f"record {number} was {why} after an earlier verification")
    return found


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select system_identifier::text || '/' || current_database() from pg_control_system()")
        return str(cursor.fetchone()[0])
