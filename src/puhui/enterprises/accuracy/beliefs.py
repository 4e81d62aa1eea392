"""What the house believes of its sources on a day: the last belief learned by then, else the stated prior."""

from __future__ import annotations

from datetime import date

from puhui.enterprises.accuracy import terms
from puhui.enterprises.accuracy.trust import Belief, Reliability, stated
from puhui.enterprises.models import SourceBelief


def held(as_of: date) -> Belief:
    """The belief that holds on a day, whenever it is asked: what is learned later changes no earlier trust."""
    row = SourceBelief.objects.filter(on__lte=as_of).order_by("-on", "-pk").first()
    if row is None:
        return stated(terms.load(as_of))
    sources = {name: Reliability(name, right, wrong) for name, (right, wrong) in row.sources.items()}
    return Belief({**stated(terms.load(as_of)).sources, **sources}, row.agreed)
