"""Trust that is kept: what is learned of the sources, each firm's trust of a day, and what must be worked anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from puhui import days
from puhui.channels import selectors as channels
from puhui.enterprises import selectors
from puhui.enterprises.accuracy import checking, facts
from puhui.enterprises.accuracy.trust import Belief
from puhui.enterprises.acts import recomputed
from puhui.enterprises.models import Assessment, SourceBelief
from puhui.governance import selectors as permissions
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId, RequestId

TRUST = "trust"  # what is marked to be worked out anew, and is here


@dataclass(frozen=True, slots=True)
class Reassessed:
    """A firm's trust before and after it was worked out anew; None where it cannot be told, or had not been kept."""

    enterprise: EnterpriseId
    before: float | None
    after: float | None


def learn_beliefs(
    firms: Collection[EnterpriseId], *, purpose: Purpose, as_of: date, on: date, request: RequestId, by: str
) -> Belief:
    """Learn how reliable each source is from the verdicts on these firms; it holds from `as_of` on, and changes no
    earlier trust. Asking again with `request` learns nothing twice.
    """
    belief = checking.learn(selectors.keys_of(firms), purpose=purpose, as_of=as_of, on=on, by=by)
    sources = {name: [of.agreements, of.disagreements] for name, of in belief.sources.items()}
    with transaction.atomic():
        fields = {"on": as_of, "sources": sources, "agreed": belief.agreed, "firms": len(firms), "by": by}
        _, new = SourceBelief.objects.get_or_create(request=request, defaults=fields | {"made_at": days.now()})
        if new:
            governance.record("learn_reliability", as_of.isoformat(), {"firms": len(firms), "sources": sources}, by=by)
    return belief


def assess(firms: Collection[EnterpriseId], *, purpose: Purpose, as_of: date, on: date, by: str) -> int:
    """Work out and keep the trust of each firm, under the id that it stands under now; returns how many were kept."""
    standing = sorted(set(selectors.standing_of(firms).values()))
    keys = selectors.keys_of(standing)
    table, refused = checking.assess(keys, purpose=purpose, as_of=as_of, on=on, by=by)
    moment = days.now()
    rows = [
        Assessment(
            enterprise=row["enterprise"], as_of=as_of, trust=row["firm_trust"],
            contradictions=_whole(row["firm_contradictions"]), comparisons=_whole(row["firm_comparisons"]),
            fraud_signs=_whole(row["firm_fraud_signs"]), keys=keys[row["enterprise"]], refused=sorted(refused),
            made_at=moment, by=by,
        )
        for row in table.to_pylist()
    ]  # fmt: skip
    with transaction.atomic():
        Assessment.objects.bulk_create(rows, batch_size=5_000)
        governance.record("assess", as_of.isoformat(), {"firms": len(rows)}, by=by)
    return len(rows)


def recompute(*, purpose: Purpose, as_of: date, on: date, by: str) -> list[Reassessed]:
    """Work out anew the trust of every firm that a merge, a split or an undoing has touched since, and clear the marks.

    What was kept stays, as the record of what was believed; the newest row counts. A firm whose rows may not be read
    for this purpose keeps its mark, and what was believed of it: nothing would be known instead.
    """
    marked = selectors.to_recompute(TRUST)
    into = selectors.standing_of(marked)
    readable = _readable(set(into.values()), purpose=purpose, on=on)
    marked = [firm for firm in marked if into[firm] in readable]
    if not marked:
        return []
    standing = sorted({into[firm] for firm in marked})
    before = {firm: selectors.last_assessed(firm) for firm in standing}
    assess(standing, purpose=purpose, as_of=as_of, on=on, by=by)
    done = []
    for firm in standing:
        now, was = selectors.last_assessed(firm), before[firm]
        done.append(Reassessed(firm, was.trust if was else None, now.trust if now else None))
    for firm in marked:
        recomputed(firm, what=TRUST)
    return done


def _readable(firms: Collection[EnterpriseId], *, purpose: Purpose, on: date) -> set[EnterpriseId]:
    """The firms of which some channel may be read, and those of which no channel has a row."""
    left = set(firms)
    for firm, keys in selectors.keys_of(firms).items():
        held = channels.heard_of(keys, facts.CHANNELS)
        may = [
            permissions.allowed(its, channel=name, purpose=purpose, on=on).firms for name, its in held.items() if its
        ]
        if may and not any(may):
            left.discard(firm)
    return left


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
