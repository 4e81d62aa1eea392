"""Deciding, replaying and ruling from a terminal: on a known firm, on what was altered, and on bad input."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_bank import ON, altered, applied
from typer.testing import CliRunner, Result

from puhui import postgres
from puhui.approval import selectors
from puhui.cli import rights
from puhui.cli.rights import Operator
from puhui.cli.verbs import app
from puhui.governance import services as governance
from puhui.governance.access import Actor, Role, Skill
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.products import selectors as products
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
    with altered(named, old, new):
        said = ran("replay", number)
        told = json.loads(ran("replay", number, "--json").output)
    assert said.exit_code == 3
    words = " ".join(said.output.split())
    assert "NOT the same" in words
    assert f"the {what} {named} was altered: its content has the hash" in words
    assert told["altered"][0].startswith(f"the {what} {named} was altered")
    assert any(differs in place for place in told["differs"]) if differs else told["differs"] == []
    assert ran("replay", number).exit_code == 0


@pytest.fixture
def as_person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., object]]:
    """Run a verb as somebody with a job; the answer is its JSON, or the code of its refusal."""
    monkeypatch.setattr(postgres, "open_book", lambda: None)

    def ran_by(name: str, role: Role, *words: str) -> object:
        who = Operator(Actor(name, frozenset({role}), skills=frozenset(Skill)))
        monkeypatch.setattr(rights, "ask_as", lambda _: rights._asking.__setitem__(slice(None), [who]))
        done = CliRunner().invoke(app, [*words, "--json"])
        if done.exit_code == 3 and "refused" in done.stderr:
            return done.stderr.split("refused. ")[1].split(":")[0].split()[0]
        assert done.exit_code == 0, (words, done.output, done.exception)
        return json.loads(done.stdout)

    yield ran_by
    rights._asking.clear()


def test_an_override_above_an_amount_takes_two_people_at_the_terminal(
    firms: list[EnterpriseId], as_person: Callable[..., Any]
) -> None:
    number = next(
        done.number
        for firm in firms
        if (done := applied(firm)).status == "decided" and done.facts["outcome"] == "declined"
    )
    asked = as_person("rm", Role.RELATIONSHIP_MANAGER, "case", "ask", number, "--why", "paid late only", "--on", DAY)
    case, yes = str(asked["number"]), ("--yes", "--limit", "900000", "--rate-bp", "500", "--why", "sound", "--on", DAY)
    approver, risk = ("ann", Role.APPROVER), ("rui", Role.RISK_MANAGER)
    assert asked["number"] in [each["number"] for each in as_person(*approver, "queue")]
    assert as_person(*approver, "case", "rule", case, *yes) == "NEEDS_SECOND_PERSON"
    made = as_person(
        *approver, "case", "propose", case, "--limit", "900000", "--rate-bp", "500", "--why", "sound", "--request", "o1"
    )
    named = str(made["number"])
    again = as_person(
        *approver, "case", "propose", case, "--limit", "900000", "--rate-bp", "500", "--why", "sound", "--request", "o1"
    )
    assert again["number"] == made["number"]
    assert as_person(*approver, "proposals", "judge", named, "--yes") == "OWN_PROPOSAL"
    assert as_person(*approver, "case", "rule", case, *yes, "--proposal", named) == "NEEDS_SECOND_PERSON"
    assert as_person(*risk, "proposals", "judge", named, "--yes")["agrees"] is True
    ruled = as_person(*approver, "case", "rule", case, *yes, "--proposal", named)
    assert (ruled["approves"], ruled["limit_fen"]) == (True, 900_000_00)
    assert as_person(*approver, "case", "rule", case, "--no", "--why", "late", "--on", DAY) == "CASE_CLOSED"
    assert selectors.offer(number).limit_fen == 900_000_00


def test_a_version_lives_from_draft_to_retirement_at_the_terminal(
    decided: dict[str, object], as_person: Callable[..., Any], tmp_path: Path
) -> None:
    manager, risk = ("man", Role.PRODUCT_MANAGER), ("rui", Role.RISK_MANAGER)
    assert {
        Path(file).name for file in ran("studio", "texts", "tax_credit", "--into", str(tmp_path)).output.split()
    } == {f"tax_credit_{name}.json" for name in ("definition", "graph", "terms")}
    terms = tmp_path / "tax_credit_terms.json"
    terms.write_text(terms.read_text(encoding="utf-8").replace('"value": 3000000', '"value": 300000'), encoding="utf-8")
    made = as_person(*manager, "studio", "draft", "tax_credit", "--terms", str(terms), "--why", "a smaller limit")
    number = str(made["number"])
    assert as_person(*manager, "studio", "check", "tax_credit", number, "--on", DAY)["sound"] is True
    early = as_person(*manager, "studio", "propose", "tax_credit", number, "--why", "prudence", "--from", DAY)
    assert early == "STEP_NOT_POSSIBLE"
    tested = as_person(*manager, "studio", "backtest", "tax_credit", number, "--on", DAY)
    assert tested["applications"] >= 1
    assert tested["stepped"]["status"] == "tested"
    assert "a second, 0 faults" in ran("studio", "backtest", "tax_credit", number, "--on", DAY).output
    proposed = as_person(*manager, "studio", "propose", "tax_credit", number, "--why", "prudence", "--from", DAY)
    named = str(proposed["number"])
    assert as_person(*manager, "studio", "live", named) == "PROPOSAL_NOT_AGREED"
    as_person(*risk, "proposals", "judge", named, "--yes")
    assert as_person(*manager, "studio", "live", named)["status"] == "live"
    end = as_person(*manager, "studio", "propose-end", "tax_credit", number, "--why", "enough seen", "--on", DAY)
    ended = str(end["number"])
    assert as_person(*manager, "studio", "retire", ended) == "PROPOSAL_NOT_AGREED"
    as_person(*risk, "proposals", "judge", ended, "--yes")
    assert as_person(*manager, "studio", "retire", ended)["status"] == "retired"
    assert products.live_row("tax_credit", on=ON).number == 1


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
