"""One verb judges every matter: with the right to that matter, and by another person than its author."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer

from puhui import days
from puhui.cli import proposals, rights
from puhui.cli.rights import Operator
from puhui.governance import services
from puhui.governance.access import MAY, Act, Actor, Role
from puhui.governance.proposals import MATTERS, Matter, Proposal
from puhui.ids import RequestId
from puhui.web import judging

pytestmark = pytest.mark.usefixtures("module_book")


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Matter]]:
    """The matters that were let through to their room; no firm stands behind them here."""
    noted: list[Matter] = []
    monkeypatch.setattr("puhui.postgres.open_book", lambda: None)  # the test's own book is open
    monkeypatch.setattr(judging, "firm_of", lambda found: None)
    monkeypatch.setattr(judging, "judge", lambda found, **said: noted.append(found.kind))
    yield noted
    rights._asking.clear()


def proposed(matter: Matter, number: int = 1) -> Proposal:
    before, after = {"owed_fen": {"principal": 1}}, {"limit_fen": 1, "amount_fen": 1, "content": {"cap": 1}}
    made = services.propose(
        matter, "a subject", before=before, after=after, why="a test", by="author",
        request=RequestId(f"{matter}-{number}"), at=days.now(),
    )  # fmt: skip
    assert isinstance(made, Proposal)
    return made


def judge(number: int, asks: Operator) -> int:
    rights._asking[:] = [asks]
    try:
        proposals.judge(number, agrees=True, why="", request="", as_json=False)
    except typer.Exit as left:
        return left.exit_code
    return 0


@pytest.mark.parametrize("matter", Matter, ids=str)
def test_a_matter_is_judged_by_the_roles_that_the_table_names(matter: Matter, judged: list[Matter]) -> None:
    number, act = proposed(matter).number, MATTERS[matter].judges
    for role in Role:
        code = judge(number, Operator(Actor("somebody", frozenset({role}))))
        assert code == (0 if role in MAY[act] else 3), f"{matter} as {role}"
    assert judged == [matter] * len([role for role in Role if role in MAY[act]])
    able = Actor("somebody", frozenset(MAY[act]))
    assert judge(number, Operator(able, frozenset(set(Act) - {act}))) == 3, "a token without the right goes no further"


def test_nobody_judges_a_proposal_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("puhui.postgres.open_book", lambda: None)
    made = proposed(Matter.MODEL, 2)
    assert judge(made.number, Operator(Actor("author", frozenset(Role)))) == 3
    assert judge(made.number, Operator(Actor("another", frozenset(Role)))) == 0
    rights._asking.clear()
