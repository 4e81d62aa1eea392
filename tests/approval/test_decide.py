"""Decide and replay: the same evidence gives the same bytes, and what was altered is named."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection, transaction
from small_bank import CHANNELS, ON, altered, applied, give_role, model, noon, request

from puhui import days
from puhui.approval import selectors, services
from puhui.approval.models import DecisionRow
from puhui.approval.services import Question
from puhui.governance import erasing
from puhui.governance import selectors as governed
from puhui.governance import services as governance
from puhui.governance.proposals import Proposal
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId
from puhui.products import scorers
from puhui.products import selectors as products
from puhui.products import services as versions
from puhui.products.lifecycle import Role, place_of
from puhui.refusals import BadInput, Code, Refused
from puhui.variables import ready


def test_every_firm_gets_one_of_three_answers_with_reasons_in_both_languages(firms: list[EnterpriseId]) -> None:
    outcomes = set()
    for firm in firms[:20]:
        found = applied(firm)
        (decision,) = selectors.decisions(firm)
        outcomes.add(decision.outcome)
        assert found.status == {"approved": "offered"}.get(decision.outcome, "decided")
        assert 1 <= len(decision.reasons) <= 3
        assert all(reason["en"] != reason["zh"] for reason in decision.reasons)
        kept = selectors.evidence(decision.number)
        assert kept["answer"]["scores"].keys() == {"champion", "shadow"}
        assert kept["inputs"]["channels"]["tax_filings"] == {"needed": True, "refused": None, "speaks": True}
        if decision.outcome == "approved":
            assert decision.limit_fen % 10_000_00 == 0
            binding = [part for part in kept["answer"]["limit_parts"] if part["binding"]]
            assert binding[0]["yuan"] == min(part["yuan"] for part in kept["answer"]["limit_parts"])
            assert decision.rate_bp == sum(stone["bp"] for stone in kept["answer"]["build_up"])
    assert {"approved", "declined"} <= outcomes


def test_a_firm_that_consented_to_nothing_is_not_read_and_a_person_must_look(firms: list[EnterpriseId]) -> None:
    asked = Question(firms[30], "tax_credit", ON, ON, "officer", purpose=Purpose.CREDIT_DECISION)
    decision = services.decide(asked, request=request(), at=noon(ON))
    assert (decision.outcome, decision.rules) == ("referred", ("E01",))
    kept = selectors.evidence(decision.number)
    assert kept["inputs"]["channels"]["tax_filings"]["refused"] == "NO_CONSENT"
    assert not any(kept["inputs"]["variables"].values())


def test_what_an_application_withholds_is_not_read_though_an_earlier_one_consented_to_it(
    firms: list[EnterpriseId],
) -> None:
    withheld = {"bank_transactions", "enterprise_bureau"}
    applied(firms[0])
    before = governed.last_number()
    asked = Question(firms[0], "tax_credit", ON, ON, "officer", withheld=frozenset(withheld))
    decision = services.decide(asked, request=request(), at=noon(ON))
    reads = [each for each in governed.since(before, 1_000) if each.act == "read" and firms[0] in each.body["first"]]
    assert "tax_filings" in {each.subject for each in reads}
    assert withheld.isdisjoint(each.subject for each in reads), "no record of access to what was withheld"
    kept = selectors.evidence(decision.number)["inputs"]
    assert {name for name, each in kept["channels"].items() if each["refused"]} == withheld & kept["channels"].keys()
    assert kept["trust"]["comparisons"] is not None, "trust is told by the other channels"


def test_a_decision_keeps_the_data_for_the_legal_time_and_a_nightly_read_does_not(firms: list[EnterpriseId]) -> None:
    """Two firms consent, and the night makes their values ready; only one of them asks for a credit.

    The other may be erased on the same day; the first when its decision need not be explained any more.
    """
    decided_on, only_read = firms[28], firms[29]
    governance.grant(
        [decided_on, only_read], channels=CHANNELS, purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT,
        evidence="signed", valid_from=ON, request=request(), by="owner",
    )  # fmt: skip
    night = {"purpose": Purpose.CREDIT_DECISION, "as_of": ON, "on": ON, "by": "the night"}
    assert ready.make_ready([decided_on, only_read], **night) == 2

    def erase(firm: EnterpriseId, on: date) -> erasing.Erased | Refused:
        return erasing.erase_firm(firm, evidence="the owner's letter", on=on, by="officer")

    done = erase(only_read, ON)
    assert isinstance(done, erasing.Erased) and done.dropped == 1, "its values of the day go with it"
    asked = Question(decided_on, "tax_credit", ON, ON, "officer")
    decision = services.decide(asked, request=request(), at=noon(ON))
    refused = erase(decided_on, ON)
    assert isinstance(refused, Refused) and refused.code is Code.LEGAL_RETENTION
    assert refused.details["decision"] == decision.number
    assert refused.details["until"] == days.add_months(ON, 36).isoformat()
    assert "PIPL" in refused.details["source"]
    assert isinstance(erase(decided_on, days.add_months(ON, 37)), erasing.Erased)


def test_the_same_request_gives_the_first_answer(firms: list[EnterpriseId]) -> None:
    asked, named = Question(firms[0], "tax_credit", ON, ON, "officer"), request()
    first = services.decide(asked, request=named, at=noon(ON))
    assert services.decide(asked, request=named, at=noon(ON + timedelta(days=1))) == first
    other = Question(firms[1], "tax_credit", ON, ON, "officer")
    assert services.decide(other, request=named, at=noon(ON)).code == "REQUEST_HAS_OTHER_CONTENT"


def test_a_version_is_tested_on_every_firm_of_a_house_that_only_plays(
    firms: list[EnterpriseId], monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted = versions.draft(
        "tax_credit",
        terms_text=versions.catalogue_texts("tax_credit").terms.replace('"value": 3000000', '"value": 100000'),
        why="a simulated book", by="manager", request=request(), at=noon(ON),
    )  # fmt: skip
    asked = {"on": ON, "by": "manager", "request": request(), "at": noon(ON)}
    monkeypatch.setattr(settings, "DEMO", False)
    with pytest.raises(BadInput, match="no simulated one"):
        services.backtest_on_book("tax_credit", drafted.number, **asked)
    monkeypatch.setattr(settings, "DEMO", True)
    decisions = DecisionRow.objects.count()
    told = services.backtest_on_book("tax_credit", drafted.number, **asked)
    assert told.applications >= len(firms)
    assert told.before["approved"] > 0
    assert told.after["limit_yuan"] < told.before["limit_yuan"]
    assert sum(told.before[outcome] for outcome in ("approved", "declined", "referred")) == told.applications
    assert told.stepped.status == "tested"
    assert DecisionRow.objects.count() == decisions


def test_decisions_replay_to_the_byte_after_model_and_product_have_changed(firms: list[EnterpriseId]) -> None:
    give_role("tax_credit", model(kind_points=1.0), Role.CHAMPION, since=ON + timedelta(days=1))
    drafted = versions.draft(
        "tax_credit",
        terms_text=versions.catalogue_texts("tax_credit").terms.replace('"value": 3000000', '"value": 300000'),
        why="a smaller limit", by="manager", request=request(), at=noon(ON),
    )  # fmt: skip
    told = services.backtest("tax_credit", drafted.number, on=ON, by="manager", request=request(), at=noon(ON))
    assert told.applications >= 20
    assert told.after["limit_yuan"] < told.before["limit_yuan"]
    assert told.faults == 0
    proposed = versions.propose(
        "tax_credit", drafted.number, live_from=ON + timedelta(days=1), why="prudence", by="manager",
        request=request(), at=noon(ON),
    )  # fmt: skip
    assert isinstance(proposed, Proposal), proposed
    named = request()
    assert versions.go_live(proposed.number, by="manager", request=named, at=noon(ON)).code == "PROPOSAL_NOT_AGREED"
    assert (
        governance.judge(proposed.number, agrees=True, why="", by="manager", request=request(), at=noon(ON)).code
        == "OWN_PROPOSAL"
    )
    governance.judge(proposed.number, agrees=True, why="", by="risk", request=request(), at=noon(ON))
    assert versions.go_live(proposed.number, by="manager", request=named, at=noon(ON)).status == "live"
    assert versions.go_live(proposed.number, by="manager", request=named, at=noon(ON)).status == "live"
    assert products.live("tax_credit", on=ON + timedelta(days=1)).number == drafted.number
    assert products.live("tax_credit", on=ON).number == 1
    for decision in selectors.decisions():
        replayed = services.replay(decision.number)
        assert replayed.same, replayed
        assert replayed.sha256 == decision.sha256
    later = Question(firms[0], "tax_credit", ON, ON + timedelta(days=1), "officer")
    assert services.decide(later, request=request(), at=noon(ON)).version == drafted.number


@pytest.mark.parametrize(
    ("what", "old", "new", "place"),
    [
        (
            "graph",
            "floor($.carried_yuan / terms.loan_step_yuan)",
            "floor($.carried_yuan / terms.loan_step_yuan) - 1",
            "limit_fen",
        ),
        ("champion", '"intercept":-4.2', '"intercept":-4.3', "answer.scores.champion.pd"),
    ],
)
def test_a_replay_names_what_was_altered_and_what_it_changes(
    firms: list[EnterpriseId], what: str, old: str, new: str, place: str
) -> None:
    decision = next(each for each in selectors.decisions(product="tax_credit") if each.outcome == "approved")
    named = selectors.evidence(decision.number)["artefacts"][what]
    with altered(named, old, new):
        found = services.replay(decision.number)
        assert not found.same
        assert found.altered[0].startswith(f"the {what} {named} was altered: its content has the hash ")
        assert any(place in each for each in found.differs), found
    assert services.replay(decision.number).same


def test_a_model_that_was_altered_decides_nothing(firms: list[EnterpriseId]) -> None:
    text = scorers.text_of(model())
    with pytest.raises(scorers.Altered, match="was altered"):
        scorers.model_of(text.replace("-4.2", "-9.2"), scorers.sha256(text))


def test_two_versions_share_the_firms_by_a_place_that_never_moves(firms: list[EnterpriseId]) -> None:
    """A challenger of the product decides on its half; decisions and the back-test show the two beside each other."""
    day = ON + timedelta(days=3)
    services.decide(Question(firms[0], "tax_credit", ON, ON, "officer"), request=request(), at=noon(ON))
    before = products.live("tax_credit", on=day).number
    terms = versions.catalogue_texts("tax_credit").terms.replace('"value": 3000000', '"value": 200000')
    drafted = versions.draft(
        "tax_credit", terms_text=terms, why="half the firms", by="manager", request=request(), at=noon(ON)
    )
    services.backtest("tax_credit", drafted.number, on=ON, by="manager", request=request(), at=noon(ON))
    proposed = versions.propose(
        "tax_credit", drafted.number, live_from=day, share=Decimal("0.5"), why="to compare", by="manager",
        request=request(), at=noon(ON),
    )  # fmt: skip
    governance.judge(proposed.number, agrees=True, why="", by="risk", request=request(), at=noon(ON))
    versions.go_live(proposed.number, by="manager", request=request(), at=noon(ON))
    first, *_, last = sorted(firms, key=lambda firm: place_of(firm, "tax_credit"))
    asked = [Question(firm, "tax_credit", day, day, "officer") for firm in (first, last, *firms[:3], first, last)]
    made = [services.decide(each, request=request(), at=noon(day)) for each in asked]
    assert [each.version for each in made[:2]] == [each.version for each in made[-2:]], "asked again, the same decides"
    challenged = [each.firm for each in made if each.version == drafted.number]
    assert challenged == [each.firm for each in asked if place_of(each.firm, "tax_credit") < 0.5]
    assert {before, drafted.number} == {each.version for each in made}
    told = services.backtest("tax_credit", drafted.number, on=day, by="manager", request=request(), at=noon(day))
    assert told.by_version.keys() >= {before, drafted.number}
    beside = told.by_version[drafted.number]
    assert sum(beside[outcome] for outcome in ("approved", "declined", "referred")) == len(challenged)
    counted = sum(
        side[outcome] for side in told.by_version.values() for outcome in ("approved", "declined", "referred")
    )
    assert counted == told.applications


def test_evidence_cannot_be_changed(firms: list[EnterpriseId]) -> None:
    with (
        pytest.raises(Exception, match=r"append.only|may be added|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update approval_decision set outcome = 'approved'")


def test_the_champion_answers_and_challenger_and_shadow_are_recorded_once_each(firms: list[EnterpriseId]) -> None:
    for role, points in ((Role.CHALLENGER, -1.0), (Role.SHADOW, -2.0), (Role.CHAMPION, 0.0)):
        give_role("tax_credit", model(kind_points=points), role)
    applied(firms[0])
    answer = selectors.evidence(selectors.decisions(firms[0])[-1].number)["answer"]
    assert list(answer["scores"]) == ["challenger", "champion", "shadow"]
    models = {role: scorer.sha256 for role, scorer in products.models("tax_credit", on=ON).items()}
    kept = selectors.evidence(selectors.decisions(firms[0])[-1].number)["artefacts"]
    assert {role: kept[role] for role in Role} == models
    pds = {role: score["pd"] for role, score in answer["scores"].items()}
    assert len(set(pds.values())) == 3, "each scored by its own model"
    assert answer["facts"]["pd"] == pds["champion"], "only the champion's is asked of the graph"
