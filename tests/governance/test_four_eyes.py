"""Four eyes: what one person proposes, another judges, once; and the one table of who may do what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from puhui import dated
from puhui.governance import access, selectors, services
from puhui.governance.access import MAY, NOBODY, Act, Actor, Role
from puhui.governance.proposals import MATTERS, Matter, Proposal, Verdict
from puhui.ids import EnterpriseId, RequestId
from puhui.money import Money, yuan
from puhui.refusals import BadInput, Code, Refused

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
ON = date(2026, 3, 1)


def propose(request: str = "p1", *, by: str = "a manager", rate: str = "0.0615") -> Proposal | Refused:
    return services.propose(
        Matter.PRODUCT,
        "invoice_credit",
        before={"rate": "0.06"},
        after={"rate": rate},
        why="the reference rate rose",
        by=by,
        request=RequestId(request),
        at=AT,
    )


def judge(number: int, request: str = "v1", *, by: str = "another manager", agrees: bool = True) -> Verdict | Refused:
    return services.judge(number, agrees=agrees, why="read and agreed", by=by, request=RequestId(request), at=AT)


def test_a_proposal_waits_until_another_person_has_spoken_and_both_are_in_the_chain(book: Path) -> None:
    made = propose()
    assert isinstance(made, Proposal) and not made.agreed
    assert selectors.proposals() == [made]
    own = judge(made.number, by="a manager")
    assert isinstance(own, Refused) and own.code is Code.OWN_PROPOSAL
    said = judge(made.number)
    assert isinstance(said, Verdict)
    assert selectors.proposals() == [] and selectors.proposal(made.number).agreed
    assert selectors.proposals(waiting=False, kind=Matter.PRODUCT, subject="invoice_credit")[0].verdict == said
    assert [(each.act, each.by) for each in selectors.latest(2)] == [
        ("agree", "another manager"),
        ("propose", "a manager"),
    ]
    assert services.verify().holds


def test_asked_twice_gives_the_first_answer_and_other_content_is_refused(book: Path) -> None:
    made = propose()
    assert isinstance(made, Proposal) and propose() == made
    other = propose(rate="0.07")
    assert isinstance(other, Refused) and other.code is Code.REQUEST_HAS_OTHER_CONTENT
    said = judge(made.number)
    assert judge(made.number) == said
    late = judge(made.number, "v2", by="a third manager", agrees=False)
    assert isinstance(late, Refused) and late.code is Code.ALREADY_JUDGED
    second = propose("p2")
    assert isinstance(second, Proposal)
    borrowed = judge(second.number, "v1")
    assert isinstance(borrowed, Refused) and borrowed.code is Code.REQUEST_HAS_OTHER_CONTENT
    assert len(selectors.proposals(waiting=False)) == 2


def test_the_database_itself_keeps_history_and_refuses_ones_own_verdict(book: Path) -> None:
    made = propose()
    assert isinstance(made, Proposal)
    own = (
        "insert into governance_verdict (proposal_id, agrees, why, proposed_by, by, request, at)"
        " values (%s, true, '', 'x', 'x', 'r', now())"
    )
    for statement, said in (
        ("update governance_proposal set why = 'x'", "permission denied"),
        ("delete from governance_verdict", "permission denied"),
        (own, "governance_four_eyes"),
    ):
        with pytest.raises(DatabaseError, match=said), connection.cursor() as cursor:
            cursor.execute(statement, [made.number] if statement is own else None)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: services.propose("a whim", "x", before={}, after={}, why="w", by="b", request=RequestId("r"), at=AT),
        lambda: services.propose(
            Matter.MODEL, " ", before={}, after={}, why="w", by="b", request=RequestId("r"), at=AT
        ),
        lambda: services.propose(Matter.MODEL, "m", before={}, after={}, why="", by="b", request=RequestId("r"), at=AT),
        lambda: services.judge(4711, agrees=True, why="", by="b", request=RequestId("r"), at=AT),
        lambda: services.judge(1, agrees=False, why=" ", by="b", request=RequestId("r"), at=AT),
    ],
)
def test_nonsense_says_what_to_do(book: Path, wrong) -> None:
    with pytest.raises(BadInput, match="To go on"):
        wrong()


def actor(role: Role, *, branch: str = "", firms: frozenset[EnterpriseId] = frozenset()) -> Actor:
    return Actor(f"a {role}", frozenset({role}), branch, firms)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", Role)
def test_each_role_does_what_the_table_says_and_nothing_else(role: Role, act: Act) -> None:
    refused = access.objection(actor(role), act, on=ON)
    assert (refused is None) == (role in MAY[act] or act in access.OPEN_TO_ALL)
    nobody = access.objection(NOBODY, act, on=ON)
    assert (nobody is None) == (act is Act.VISIT)


def test_a_borrower_reaches_its_own_firms_and_a_branch_its_own() -> None:
    mine, other = EnterpriseId("E1"), EnterpriseId("E2")
    owner = actor(Role.BORROWER, firms=frozenset({mine}))
    assert access.objection(owner, Act.DRAW, firm=mine, branch="north", on=ON) is None
    stranger = access.objection(owner, Act.DRAW, firm=other, branch="north", on=ON)
    assert stranger and stranger.code is Code.NOT_YOUR_FIRM
    officer = actor(Role.RELATIONSHIP_MANAGER, branch="north")
    assert access.objection(officer, Act.SEE_FIRM, firm=other, branch="north", on=ON) is None
    for branch in ("south", ""):
        away = access.objection(officer, Act.SEE_FIRM, firm=other, branch=branch, on=ON)
        assert away and away.code is Code.OTHER_BRANCH
    head = actor(Role.RISK_MANAGER)
    assert access.objection(head, Act.SEE_FIRM, firm=other, branch="south", on=ON) is None


def test_authority_ends_at_an_amount_that_is_dated_data() -> None:
    approver = actor(Role.APPROVER)
    assert access.objection(approver, Act.DECIDE_REFERRED, amount=yuan("3,000,000"), on=ON) is None
    beyond = access.objection(approver, Act.DECIDE_REFERRED, amount=yuan("3,000,000") + Money(1), on=ON)
    assert beyond and beyond.code is Code.ABOVE_AUTHORITY
    assert beyond.details["most"] == 3_000_000_00
    terms = dated.load(access.AUTHORITY, on=ON).terms
    assert set(terms) == {f"{act}.{role}" for act in access.UP_TO_AN_AMOUNT for role in MAY[act]}


def test_nobody_both_proposes_and_judges_by_the_table_alone_but_who_judges_is_never_a_borrower() -> None:
    for rights in MATTERS.values():
        assert MAY[rights.proposes] and MAY[rights.judges]
        assert Role.BORROWER not in MAY[rights.proposes] | MAY[rights.judges]
        assert MAY[rights.judges] - MAY[rights.proposes] or len(MAY[rights.judges]) > 1, "another person can be found"
