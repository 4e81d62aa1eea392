"""Stories of caps: what is drawn, repaid, pending and refused, and which cap says no."""

from __future__ import annotations

import pyarrow as pa
import pytest
from paper_firms import DAY, Bank, Firm, drawn, noon, refused
from test_at_once import cap as decide

from puhui.exposure import selectors
from puhui.exposure import services as exposure
from puhui.exposure.caps import CapKey, Counts, Scope
from puhui.exposure.headroom import CapStanding
from puhui.exposure.lines import NewLine
from puhui.exposure.models import LineRow, PlaceRow
from puhui.governance import users
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.ledger import selectors as ledger
from puhui.lending import selectors as lending
from puhui.lending import services
from puhui.lending.rail import Outcome
from puhui.mitigation.parts import Parts
from puhui.money import Money, yuan
from puhui.refusals import Code, Refused
from puhui.web import judging

pytestmark = pytest.mark.usefixtures("book")


def cap(firm: Firm, rule: str) -> CapStanding:
    found = selectors.headroom(EnterpriseId(firm.name), product="any_time", as_of=DAY)
    return next(each for each in found.caps if each.rule == rule)


def test_a_group_reaches_its_cap_through_three_firms_and_the_next_draw_is_refused_by_name() -> None:
    firms = [Firm(name, "5,000,000", owner=f"P{name}", group="G1") for name in ("E1", "E2", "E3", "E4", "E5", "E6")]
    for firm in firms[:5]:
        drawn(firm.draw("5,000,000"))
    drawn(firms[5].draw("4,999,999.99"))
    last = Firm("E7", "5,000,000", group="G1")
    no = refused(last.draw("0.02"))
    assert (no.code, no.details["cap"], no.details["free"]) == (Code.ABOVE_CAP, "group G1", 1)
    assert no.details["rule"] == "group_internal"
    drawn(firms[0].repay("1,000,000"))
    drawn(last.draw("1,000,000"))
    assert cap(last, "group_internal").free == Money(1)
    assert lending.disagreements() == []
    assert ledger.check().holds


def test_one_client_never_has_more_than_the_law_lets_it_through_several_lines() -> None:
    first, second = Firm("E1", "5,000,000"), Firm("E1", "5,000,000")
    drawn(first.draw("3,000,000"))
    no = refused(second.draw("2,000,000.01"))
    assert (no.code, no.details["cap"], no.details["free"]) == (Code.ABOVE_CAP, "firm E1 (unsecured)", 2_000_000_00)
    drawn(second.draw("2,000,000"))
    assert selectors.headroom(EnterpriseId("E1"), product="any_time", as_of=DAY).free == Money(0)
    drawn(first.repay("1,500,000"))
    assert cap(first, "inclusive_client").used == yuan("3,500,000"), "a repayment frees the caps at once"
    drawn(second.draw("1,500,000"))


def test_a_pending_draw_holds_its_caps_until_the_bank_has_refused_it() -> None:
    first, second = Firm("E1", "5,000,000"), Firm("E1", "5,000,000")
    silent = Bank(Outcome.UNKNOWN)
    assert drawn(first.draw("4,000,000", bank=silent)).facts["status"] == "pending"
    held = cap(first, "unsecured_client")
    assert (held.used, held.pending) == (yuan("4,000,000"), yuan("4,000,000"))
    assert refused(second.draw("1,500,000")).code is Code.ABOVE_CAP
    services.resolve_draws(Bank(Outcome.REJECTED), at=noon(DAY))
    assert cap(first, "unsecured_client").used == Money(0)
    drawn(second.draw("1,500,000"))


def test_a_cap_lowered_under_its_use_lets_nothing_more_be_drawn_and_takes_back_what_is_repaid() -> None:
    firm, other = Firm("E1", "3,000,000", group="G1"), Firm("E2", "3,000,000", group="G1")
    drawn(firm.draw("3,000,000"))
    key = CapKey(Scope.GROUP, "G1", Counts.ALL)
    said = {"source": "credit committee", "why": "the group's sales halved", "on": DAY, "at": noon(DAY)}
    asked = exposure.propose_cap(key, yuan("2,000,000"), by="a risk manager", request=new_request(), **said)
    assert not isinstance(asked, Refused)
    own = exposure.agree_cap(asked.number, why="", by="a risk manager", request=new_request(), at=noon(DAY))
    assert refused(own).code is Code.OWN_PROPOSAL
    agreed = exposure.agree_cap(asked.number, why="", by="an approver", request=new_request(), at=noon(DAY))
    assert not isinstance(agreed, Refused)
    standing = cap(firm, "decided")
    assert (standing.free, standing.source) == (yuan("-1,000,000"), "credit committee")
    assert refused(other.draw("0.01")).details["over"] == 1_000_000_00
    drawn(firm.repay("800,000"))
    assert refused(other.draw("0.01")).code is Code.ABOVE_CAP, "what is repaid goes to the cap first"
    drawn(firm.repay("700,000"))
    assert refused(other.draw("500,000.01")).details["free"] == 500_000_00
    drawn(other.draw("500,000"))
    assert ledger.check().holds


def test_firms_that_join_a_group_bring_what_they_have_drawn_and_what_is_under_way() -> None:
    firms = [Firm(name, "5,000,000", owner=f"P{name}") for name in ("E1", "E2", "E3", "E4", "E5", "E6", "E7")]
    for firm in firms[:5]:
        drawn(firm.draw("5,000,000"))
    silent = Bank(Outcome.UNKNOWN)
    for firm in firms[5:]:
        assert drawn(firm.draw("4,000,000", bank=silent)).facts["status"] == "pending"
    joined = pa.table({"firm": [firm.name for firm in firms], "group": ["G1"] * 7})
    done = exposure.regroup(joined, request=RequestId("night"), on=DAY, at=noon(DAY), by="night", why="graph")
    assert not isinstance(done, Refused)
    assert (done.moved, done.above) == (7, {"group G1": 3_000_000_00})
    assert exposure.regroup(joined, request=RequestId("night"), on=DAY, at=noon(DAY), by="night", why="graph") == done
    assert refused(firms[5].draw("1")).details["cap"] == "group G1"
    services.resolve_draws(Bank(Outcome.REJECTED), at=noon(DAY))
    assert cap(firms[0], "group_internal").used == yuan("25,000,000"), "a draw under way has moved, and is free again"
    drawn(firms[6].draw("5,000,000"))
    parted = pa.table({"firm": [firm.name for firm in firms], "group": ["G1"] * 5 + ["", ""]})
    apart = exposure.regroup(parted, request=RequestId("next"), on=DAY, at=noon(DAY), by="night", why="graph")
    assert not isinstance(apart, Refused)
    assert (apart.moved, apart.above) == (2, {})
    assert cap(firms[0], "group_internal").used == yuan("25,000,000")
    assert lending.disagreements() == []


def test_a_use_that_drifts_from_the_loans_or_from_the_ledger_is_found() -> None:
    firm = Firm("E1", "2,000,000")
    drawn(firm.draw("300,000"))
    drawn(firm.repay("100,000"))
    assert lending.disagreements() == []
    LineRow.objects.filter(line=firm.number).update(drawn=[19_000_000, 0, 0])
    assert lending.disagreements() == [
        f"exposure drawn on facility {firm.facility}: ledger 19000000, loans 20000000",
    ]
    row = LineRow.objects.get(line=firm.number)
    LineRow.objects.filter(pk=row.pk).update(drawn=[20_000_000, 0, 0], used=[row.used[0] - 5, *row.used[1:]])
    assert lending.disagreements() == ["cap of firm E1 (all): ledger 20000000, lines 19999995"]


def test_an_approval_is_committed_once_whether_it_opens_a_line_or_renews_one() -> None:
    firm = Firm("E1", "2,000,000")
    new = Parts(yuan("3,000,000"))
    exposure.note_approved(NewLine("A-next", EnterpriseId("E1"), "any_time", new), on=DAY, at=noon(DAY))
    assert cap(firm, "inclusive_client").committed == yuan("5,000,000"), "approved, and not yet open"
    exposure.renew_line(firm.number, new, approved="A-next")
    assert cap(firm, "inclusive_client").committed == yuan("3,000,000")


@pytest.mark.parametrize(
    ("scope", "subject", "firm"),
    [
        (Scope.FIRM, "E1", "E1"), (Scope.GROUP, "G1", "E1"), (Scope.GROUP, "G2", "E4"), (Scope.GROUP, "nobody's", None),
        (Scope.TRADE, "retail", None),
    ],
)  # fmt: skip
def test_a_cap_is_proposed_and_judged_where_its_firm_is_looked_after(
    scope: Scope, subject: str, firm: str | None
) -> None:
    for name, group, branch in (("E1", "G1", "north"), ("E2", "G1", "north"), ("E3", "G2", "north"), ("E4", "G2", "")):
        PlaceRow.objects.create(pk=name, group=group)
        if branch:
            users.place(EnterpriseId(name), branch, by="head office", request=new_request(), at=noon(DAY))
    made = exposure.propose_cap(
        CapKey(scope, subject, Counts.ALL), yuan("500,000"), source="credit committee", why="a story",
        by="a risk manager", request=new_request(), on=DAY, at=noon(DAY),
    )  # fmt: skip
    assert judging.firm_of(made) == firm


def test_a_refusal_names_what_two_people_decided_where_that_binds() -> None:
    firm = Firm("E1", "2,000,000")
    key = CapKey(Scope.FIRM, "E1", Counts.ALL)
    decide(key, "500,000")
    no = refused(firm.draw("600,000"))
    assert (no.details["rule"], no.details["source"]) == ("decided", "credit committee")
