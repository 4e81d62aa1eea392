"""Short ways to secure a line: proposed by one person, confirmed by another."""

from __future__ import annotations

from datetime import date

from puhui.ids import EnterpriseId, new_request
from puhui.mitigation import acts, services
from puhui.mitigation.guarantees import Guarantor
from puhui.money import Money, yuan

PROOF = "ab" * 32
BEFORE = date(2026, 3, 2)


def done(subject: str, act: acts.Act, on: date = BEFORE) -> None:
    proposed = services.propose(subject, act, on=on, request=new_request(), by="an officer")
    assert isinstance(proposed, services.Proposed), proposed
    judged = services.confirm(proposed.proposal, request=new_request(), by="a manager")
    assert isinstance(judged, services.Judged), judged


def workshop(subject: str, owner: str, value: str) -> None:
    """A factory building, valued, registered and insured: half of its value may be lent."""
    done(subject, acts.Register("industrial_property", EnterpriseId(owner), f"title {subject}"))
    done(subject, acts.Value(yuan(value), "a valuer", PROOF))
    done(subject, acts.Perfect(PROOF))
    done(subject, acts.Insure(date(2028, 1, 1), PROOF))


def fund(name: str, worth: str) -> None:
    """A guarantee fund: it may stand for ten times its net assets."""
    done(name, acts.Standing(Guarantor.FUND, yuan(worth), Money(0), Money(0), PROOF))
