"""Caps that two people set for one subject, and amounts renewed when a rule, the capital or a guarantor has changed.

Promises that a cap lowered under its use keeps what is drawn, lets nothing more be drawn, and takes back what is
repaid. Refuses a cap without a source, and what governance refuses of a proposal.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from puhui.exposure import accounts
from puhui.exposure.caps import CapKey, Counts, Scope
from puhui.exposure.models import CapRow, DecidedRow
from puhui.exposure.opening import alone, amount_of, decision, set_amount
from puhui.exposure.places import exceeded_caps
from puhui.governance import selectors as governing
from puhui.governance import services as governance
from puhui.governance.proposals import Matter, Proposal, Verdict
from puhui.ids import RequestId
from puhui.money import Money
from puhui.refusals import BadInput, Refused
from puhui.words import Label

AT_ONCE = 500  # caps renewed while draws wait


def propose_cap(
    key: CapKey, amount: Money | None, *, source: str, why: str, by: str, request: RequestId, on: date, at: datetime
) -> Proposal | Refused:
    """Propose an amount for one subject's cap, with the law or decision it rests on; None takes the last one back.

    It can only be below the rules: what the law says stays. Raises BadInput for a cap that does not hold.
    """
    if (key.scope, key.counts) not in accounts.HOLDING:
        raise BadInput(
            Label(f"the cap of a {key.scope} only guides", f"{key.scope}限额仅供参考"),
            then=Label("name a cap that holds", "请选择刚性限额"),
        )
    if not source.strip() or (amount is not None and amount.fen < 0):
        raise BadInput(
            Label("a cap needs a source, and an amount of zero or more", "限额须有依据，且金额不低于零"),
            then=Label("give both", "请填写依据和金额"),
        )
    now = decision(key, on=on)
    before: dict[str, Any] = {"amount_fen": now[0].fen if now else None, "source": now[1] if now else ""}
    after: dict[str, Any] = {
        "scope": key.scope.value,
        "of": key.subject,
        "counts": key.counts.value,
        "amount_fen": None if amount is None else amount.fen,
        "source": source,
        "on": on.isoformat(),
    }
    return governance.propose(Matter.CAP, str(key), before=before, after=after, why=why, by=by, request=request, at=at)


def agree_cap(proposal: int, *, why: str, by: str, request: RequestId, at: datetime) -> Verdict | Refused:
    """Agree to another person's cap: from now on it holds, and what is used beyond it stands above it.

    Asked twice, it is applied once. Refuses what governance refuses: OWN_PROPOSAL, ALREADY_JUDGED.
    """
    with transaction.atomic():
        alone()
        verdict = governance.judge(proposal, agrees=True, why=why, by=by, request=request, at=at)
        if isinstance(verdict, Refused) or DecidedRow.objects.filter(proposal=proposal).exists():
            return verdict
        said = governing.proposal(proposal).after
        key, on = CapKey(Scope(said["scope"]), said["of"], Counts(said["counts"])), date.fromisoformat(said["on"])
        DecidedRow.objects.create(
            scope=key.scope,
            subject=key.subject,
            counts=key.counts,
            amount_fen=said["amount_fen"],
            source=said["source"],
            on=on,
            at=at,
            proposal=proposal,
        )
        row = CapRow.objects.filter(scope=key.scope, subject=key.subject, counts=key.counts).first()
        if row is not None:
            _renew(
                row, f"decided: {said['source']}", RequestId(f"cap/{row.pk}/decided/{proposal}"), by=by, on=on, at=at
            )
    return verdict


def renew_caps(*, scope: Scope | None = None, request: RequestId, by: str, on: date, at: datetime) -> dict[str, int]:
    """Give every cap, or those of one scope, the amount of a day; returns those above it now, and by how much in fen.

    Nightly, and when dated data, the bank's capital or a guarantor's standing has changed. Asked again, nothing
    changes.
    """
    wanted = CapRow.objects.filter(scope=scope) if scope else CapRow.objects.all()
    ids = list(wanted.order_by("id").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        with transaction.atomic():
            alone()
            for row in CapRow.objects.filter(pk__in=ids[start : start + AT_ONCE]).order_by("id"):
                _renew(row, "renewed", RequestId(f"cap/{row.pk}/{request}"), by=by, on=on, at=at)
    return exceeded_caps(ids)


def _renew(row: CapRow, why: str, request: RequestId, *, by: str, on: date, at: datetime) -> None:
    key = accounts.cap_of(row).key
    amount = amount_of(key, on=on)
    if (key.scope, key.counts) in accounts.HOLDING and amount.fen != row.amount_fen:
        set_amount(row, amount, why=why[:400], request=request, by=by, on=on, at=at)
