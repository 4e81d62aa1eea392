"""Every verb as every role, as another branch, and as nobody: the command line obeys the one table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from puhui import days, settings
from puhui.cli import rights, verbs
from puhui.cli.rights import NEEDS, Operator
from puhui.governance import tokens, users
from puhui.governance.access import MAY, NOBODY, STAFF, Actor, Role
from puhui.ids import EnterpriseId, RequestId


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The verbs that were let in: they are noted, and not run."""
    noted: list[str] = []
    monkeypatch.setattr("puhui.postgres.open_book", lambda: None)  # the test's own book is open
    for verb in NEEDS:
        monkeypatch.setitem(rights.INNER, verb, lambda verb=verb, **given: noted.append(verb))
    yield noted
    rights._asking.clear()


def use(verb: str, actor: Actor, **given: object) -> int:
    rights._asking[:] = [Operator(actor)]
    try:
        dict(rights._verbs(verbs.app))[verb].callback(**given)
    except typer.Exit as left:
        return left.exit_code
    return 0


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_a_role_uses_the_verbs_that_the_table_gives_it(role: Role | None, ran: list[str]) -> None:
    actor = Actor("somebody", frozenset({role})) if role else NOBODY
    for verb, act in NEEDS.items():
        assert use(verb, actor) == (0 if role in MAY[act] else 3), f"{verb} as {role}"
    assert ran == [verb for verb, act in NEEDS.items() if role in MAY[act]]


def test_a_firm_of_another_branch_is_out_of_reach(book: Path, ran: list[str]) -> None:
    users.place(EnterpriseId("E1"), "north", by="a test", request=RequestId("p"), at=days.now())
    for branch, code in (("north", 0), ("south", 3), ("", 0)):
        officer = Actor("an officer", frozenset({Role.RELATIONSHIP_MANAGER}), branch)
        assert use("firm", officer, firm="E1") == code, branch


def test_a_named_user_acts_by_name_and_a_token_goes_no_further_than_its_scopes(
    book: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    users.add_user("wei", role=Role.ANALYST, email="wei@example.org", by="a test")
    run = CliRunner()
    monkeypatch.setenv("PUHUI_AS", "")
    monkeypatch.setenv("PUHUI_TOKEN", "")
    assert run.invoke(verbs.app, ["--as", "wei", "channels"]).exit_code == 0
    assert rights.operator().actor.name == "wei"
    assert run.invoke(verbs.app, ["--as", "wei", "close"]).exit_code == 3
    made = tokens.issue(
        "wei", label="", scopes=[tokens.Scope.READ], lasts=timedelta(days=1), at=days.now(), by="a test"
    )
    monkeypatch.setattr(settings, "PRODUCTION", True)
    for name, token, verb, code in (
        ("", "", "channels", 3),
        ("wei", "", "channels", 3),
        ("", made.token, "channels", 0),
        ("an", made.token, "channels", 3),
        ("wei", made.token, "sources", 0),
        ("", made.token, "watch", 3),
    ):
        monkeypatch.setenv("PUHUI_AS", name)
        monkeypatch.setenv("PUHUI_TOKEN", token)
        words = [verb, "somewhere"] if verb == "watch" else [verb]
        assert run.invoke(verbs.app, words).exit_code == code, (name, verb)


def test_the_keeper_of_the_machine_holds_the_staffs_roles_and_is_named_in_the_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUHUI_AS", "")
    monkeypatch.delenv("PUHUI_TOKEN", raising=False)
    rights.ask_as("")
    asking = rights.operator()
    assert asking.actor.roles == STAFF and asking.actor.name.startswith("cli:")
    rights._asking.clear()


def test_a_verb_without_an_act_stops_the_import() -> None:
    app = typer.Typer()
    app.command("leak")(lambda: None)
    with pytest.raises(AssertionError, match="leak"):
        rights.guard(app)
