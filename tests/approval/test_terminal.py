"""Deciding, replaying and ruling from a terminal: on a known firm, on what was altered, and on bad input."""

from __future__ import annotations

import json

import pytest
from django.db import transaction
from small_bank import ON, altered
from typer.testing import CliRunner, Result

from puhui import postgres
from puhui.approval import selectors
from puhui.cli.verbs import app
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput

DAY = ON.isoformat()


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def decided(firms: list[EnterpriseId], monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What `puhui decide` prints for a machine of a firm that has consented to be decided on."""
    monkeypatch.setattr(postgres, "open_book", lambda: None)  # the verbs read this test's book
    governance.grant(
        firms, channels=["tax_filings", "registry"], purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT,
        evidence="a signed form", valid_from=ON, request=RequestId("terminal"), by="a test",
    )  # fmt: skip
    for firm in firms:  # until one is approved: an altered graph or model must change something
        said = ran("decide", firm, "--product", "tax_credit", "--on", DAY, "--as-of", DAY, "--json")
        assert said.exit_code == 0, said.output
        found: dict[str, object] = json.loads(said.output)
        if found["outcome"] == "approved":
            return found
    raise AssertionError("no firm of this world is sound")


def test_a_known_firm_is_decided_on_and_the_decision_replayed(decided: dict[str, object]) -> None:
    kept = selectors.decision(int(str(decided["number"])))
    assert (decided["outcome"], decided["limit_fen"], decided["sha256"]) == ("approved", kept.limit_fen, kept.sha256)
    assert all(reason["en"] and reason["zh"] for reason in decided["reasons"])  # type: ignore[attr-defined]
    for_people = ran("decide", str(decided["firm"]), "--product", "tax_credit", "--on", DAY)
    assert for_people.exit_code == 0
    assert "approved 通过" in for_people.output
    again = ran("replay", str(decided["number"]))
    assert (again.exit_code, "the same bytes" in again.output) == (0, True)


@pytest.mark.parametrize(
    ("what", "old", "new", "differs"),
    [
        ("graph", "$.carried_yuan / terms.loan_step_yuan)", "$.carried_yuan / terms.loan_step_yuan) - 1", "limit_fen"),
        ("champion", '"intercept":-4.2', '"intercept":-4.3', "answer.scores.champion.pd"),
        ("terms", '"loan_step_yuan":["', '"loan_step_yuan":[ "', ""),
    ],
)
def test_a_tampered_file_is_named_and_what_it_changes_said_place_by_place(
    decided: dict[str, object], what: str, old: str, new: str, differs: str
) -> None:
    number = str(decided["number"])
    named = selectors.evidence(int(number))["artefacts"][what]
    with transaction.atomic():
        altered(named, old, new)
        said = ran("replay", number)
        told = json.loads(ran("replay", number, "--json").output)
        transaction.set_rollback(True)
    assert said.exit_code == 3
    words = " ".join(said.output.split())
    assert "NOT the same" in words
    assert f"the {what} {named} was altered: its content has the hash" in words
    assert told["altered"][0].startswith(f"the {what} {named} was altered")
    assert any(differs in place for place in told["differs"]) if differs else told["differs"] == []
    assert ran("replay", number).exit_code == 0


def test_what_is_not_known_is_said_in_words(firms: list[EnterpriseId]) -> None:
    assert ran("decide", "91000000NOSUCH", "--product", "tax_credit", "--on", DAY).exit_code == 3
    for words, told in (
        (("decide", firms[0], "--product", "gold"), "there is no product 'gold'"),
        (("decide", firms[0], "--as-of", "2023-13-01"), "not a day"),
        (("decide", firms[0], "--asked", "much"), "not an amount in yuan"),
        (("replay", "999999"), "there is no decision 999999"),
        (("studio", "check", "gold", "1"), "there is no product 'gold'"),
        (("studio", "check", "tax_credit", "9"), "there is no version 9"),
        (("case", "rule", "9999", "--no", "--why", "x"), "there is no case 9999"),
    ):
        with pytest.raises(BadInput, match=told):
            CliRunner().invoke(app, list(words), catch_exceptions=False)
