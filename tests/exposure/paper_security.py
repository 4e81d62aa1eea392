"""Short ways to secure a line: proposed by one person, confirmed by another."""

from __future__ import annotations

from datetime import UTC, date, datetime

from puhui.ids import EnterpriseId, new_request
from puhui.mitigation import acts, services
from puhui.mitigation.guarantees import Guarantor
from puhui.mitigation.models import ActRow
from puhui.money import Money, yuan

PROOF = "ab" * 32
BEFORE = date(2026, 3, 2)


def done(subject: str, act: acts.Act, on: date = BEFORE) -> None:
    proposed = services.propose(subject, act, on=on, request=new_request(), by="an officer")
    assert isinstance(proposed, services.Proposed), proposed
    judged = services.confirm(proposed.proposal, request=new_request(), by="a manager")
    assert isinstance(judged, services.Judged), judged


def agreed_long_ago(subject: str, *said: acts.Act) -> None:
    """Acts that two people stand behind, as a story finds them: what is tried is what comes after."""
    ActRow.objects.bulk_create(
        ActRow(subject=subject, act=act.name, content=act.content(), on=BEFORE, at=datetime(2026, 3, 2, 4, tzinfo=UTC),
               by="an officer", confirmed_by="a manager")
        for act in said
    )  # fmt: skip


def workshop(subject: str, owner: str, value: str) -> None:
    """A factory building, valued, registered and insured: half of its value may be lent."""
    agreed_long_ago(
        subject,
        acts.Register("industrial_property", EnterpriseId(owner), f"title {subject}"),
        acts.Value(yuan(value), "a valuer", PROOF),
        acts.Perfect(PROOF),
        acts.Insure(date(2028, 1, 1), PROOF),
    )


def fund(name: str, worth: str) -> None:
    """A guarantee fund: it may stand for ten times its net assets."""
    agreed_long_ago(name, acts.Standing(Guarantor.FUND, yuan(worth), Money(0), Money(0), PROOF))
