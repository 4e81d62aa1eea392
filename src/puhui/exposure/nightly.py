"""The nightly regrouping: ties are read anew, groups and circles follow, caps move, marks are cleared.

Promises that what a merge, a split or an undoing has moved counts in the right group from the next morning on.
"""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa

from puhui.enterprises import selectors as enterprises
from puhui.enterprises import services as identities
from puhui.enterprises.belonging import belonging
from puhui.enterprises.graph import Graph
from puhui.exposure import ties
from puhui.exposure.deciding import renew_caps
from puhui.exposure.places import Regrouped, regroup
from puhui.exposure.placing import placed
from puhui.ids import RequestId, new_request
from puhui.progress import Step
from puhui.refusals import Refused

EXPOSURE = "exposure"  # what is marked to be worked out anew, and is here


def regroup_by_ties(*, on: date, at: datetime, by: str, tell: Step, known_on: date | None = None) -> Regrouped:
    """Work out anew who owns, controls and guarantees whom, and who shares which cap, as known at the end of a day.

    `known_on` is that day where it is not the day of the act: the suppliers' last, when nothing has come since.
    """
    tell(0, "reading ties")
    marked = enterprises.to_recompute(EXPOSURE)
    heard = ties.heard(as_of=known_on or on, on=on, by=by)
    relations = heard.relations
    ties.keep(relations)
    tell(0.2, f"{relations.num_rows:,} ties")
    found = placed(belonging(Graph(relations)) if relations.num_rows else _nobody(), heard.trades)
    run = new_request()[:8]
    done = regroup(found, request=RequestId(f"graph/{on}/{run}"), on=on, at=at, by=by, why="graph", tell=tell)
    assert not isinstance(done, Refused), done
    renew_caps(request=RequestId(f"renew/{on}/{run}"), by=by, on=on, at=at)
    for firm in marked:
        identities.recomputed(firm, what=EXPOSURE)
    return done


def _nobody() -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in ("firm", "owner", "group", "circle")})
