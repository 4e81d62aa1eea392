"""From inputs to an answer: the limit is the smallest of named formulas, and what would change a no is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from small_bank import model

from puhui.approval import contract, evidence, working
from puhui.approval.evidence import Cap, Inputs
from puhui.approval.working import Bench
from puhui.money import yuan
from puhui.products import definition, desks, scorers, services, training
from puhui.products.definition import PRODUCTS
from puhui.products.lifecycle import Role
from puhui.products.scorers import Scorer
from puhui.words import Label

ON = date(2024, 6, 30)
SOUND = {
    "tax_paid_12m": 90_000.0, "tax_declared_sales_12m": 4_000_000.0, "tax_grade": 2.0, "tax_arrears_now": 0.0,
    "tax_late_filings_12m": 0.0, "tax_months_without_return_12m": 0.0, "registry_age_years": 8.0,
    "bureau_debt_now": 0.0, "bureau_overdue_now": 0.0, "court_open_amount": 0.0,
}  # fmt: skip


def bench(**changed: str) -> Bench:
    texts = services.catalogue_texts("tax_credit")
    graph = texts.graph
    for old, new in changed.items():
        graph = graph.replace(old, new)
    made = desks.ready("tax_credit", 1, replace(texts, graph=graph), on=ON)
    text = scorers.text_of(model())
    return Bench(made, {Role.CHAMPION: Scorer(1, scorers.sha256(text), model())})


def inputs(**changed: object) -> Inputs:
    told = {
        "firm": "E1", "product": "tax_credit", "version": 1, "as_of": ON, "on": ON, "asked_fen": None,
        "trade": "retail", "channels": {}, "variables": SOUND | changed.pop("variables", {}),
        "trust": {"trust": 95.0, "contradictions": 0.0, "comparisons": 5.0, "fraud_signs": 0.0}, "told": {}, "caps": (),
        "repeats": {"same_firm": 0, "affiliates": 0},
        "house": {"repeats_days": 90, "repeats_most": 3, "affiliates_most": 1},
    }  # fmt: skip
    return Inputs(**told | changed)


def test_a_sound_firm_gets_the_smallest_formula_and_the_built_up_price() -> None:
    answer = working.work_out(inputs(), bench())
    assert (answer.outcome, answer.limit_fen) == ("approved", 540_000_00), "six times the tax"
    assert [part["name"] for part in answer.body["limit_parts"] if part["binding"]] == ["tax_multiple"]
    assert answer.rate_bp == sum(stone["bp"] for stone in answer.body["build_up"])
    assert len(answer.reasons) == 3
    assert answer.reasons[0]["en"] == "Limit 540,000 yuan, held by: Multiple of the tax paid over 12 months"


@pytest.mark.parametrize(
    ("changed", "outcome", "rules", "limit"),
    [
        ({"asked_fen": 200_000_00}, "approved", (), 200_000_00),
        ({"asked_fen": 10_000_00}, "declined", ("H03",), 0),
        ({"caps": (Cap("firm", "One firm", "单户", "holds", 10**10, 123_456_78, "law"),)}, "approved", (), 120_000_00),
        ({"caps": (Cap("firm", "One firm", "单户", "holds", 10**10, 0, "law"),)}, "declined", ("H03",), 0),
        ({"caps": (Cap("trade", "Trade", "行业", "refers", 10**10, 1, "policy"),)}, "referred", ("H04",), 0),
        ({"repeats": {"same_firm": 4, "affiliates": 0}}, "referred", ("H01",), 0),
        ({"repeats": {"same_firm": 0, "affiliates": 2}}, "referred", ("H02",), 0),
        ({"variables": {"tax_grade": 4.0}}, "declined", ("E02",), 0),
        ({"variables": {"tax_paid_12m": None}}, "referred", ("E01",), 0),
        ({"variables": {"bureau_debt_now": 1_900_000.0}}, "approved", (), 100_000_00),
    ],
)
def test_the_house_s_own_rules_only_make_an_answer_more_careful(
    changed: dict, outcome: str, rules: tuple[str, ...], limit: int
) -> None:
    answer = working.work_out(inputs(**changed), bench())
    assert (answer.outcome, answer.rules, answer.limit_fen) == (outcome, rules, limit)


GUARANTEED = {"guarantee_yuan": 300_000.0, "guarantee_share": 0.8}


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_a_guarantor_answers_for_is_a_part_of_the_limit_and_lowers_the_expected_loss(product: str) -> None:
    made = desks.ready(product, 1, services.catalogue_texts(product), on=ON)
    assert "guarantee" in made.definition.secured_by
    known = dict.fromkeys(made.graph.facts) | {"pd": 0.02, "score": 600, "trade": "retail", "age_years": 9.0}
    known |= {name: 9e6 for name in made.graph.facts if name.startswith(("turnover", "sales_", "tax_paid"))}
    known |= {name: 9e6 for name in made.graph.facts if name.startswith(("inflow", "takings", "received"))}
    known |= {"mortgage_yuan": 500_000.0}
    bare, helped = (made.graph._run.evaluate(
        {name: told.get(name) for name in made.graph.facts} | {"terms": made.graph._plain_terms()})["result"]
        for told in (known, known | GUARANTEED))  # fmt: skip
    limit, guaranteed = helped["limit_yuan"], helped["secured"]["guarantee_yuan"]
    mortgage = helped["secured"].get("mortgage_yuan", 0)
    assert limit > 0, "the case is one that is lent to"
    assert guaranteed == min(300_000, int((limit - mortgage) * 0.8) // 10_000 * 10_000) > 0
    assert limit == bare["limit_yuan"] + (300_000 if product == "property_loan" else 0), "it adds"
    terms = made.terms
    lost = mortgage * float(terms.number("lgd_mortgage")) if mortgage else 0
    lost += guaranteed * float(terms.number("lgd_guarantee"))
    lost += (limit - mortgage - guaranteed) * float(terms.number("lgd"))
    assert helped["build_up"]["expected_loss"] == pytest.approx(0.02 * lost / limit * 10_000, abs=1)
    assert lost < mortgage + (limit - mortgage) * float(terms.number("lgd"))


def test_a_limit_that_the_house_makes_smaller_keeps_the_guarantor_at_its_share() -> None:
    whole = working.work_out(inputs(told=GUARANTEED), bench())
    assert (whole.limit_fen, whole.guarantee_fen) == (540_000_00, 300_000_00)
    less = working.work_out(inputs(told=GUARANTEED, asked_fen=200_000_00), bench())
    assert (less.limit_fen, less.guarantee_fen, less.body["guarantee_fen"]) == (200_000_00, 160_000_00, 160_000_00)
    without = working.work_out(inputs(), bench())
    assert "guarantee_fen" not in without.body, "an answer of before has its bytes"
    assert whole.rate_bp < without.rate_bp


def test_who_cannot_be_judged_is_told_which_consent_and_which_data_are_missing() -> None:
    said = {"needed": True, "refused": None, "speaks": True}
    channels = {
        "tax_filings": said | {"refused": "NO_CONSENT", "speaks": False},
        "registry": said | {"speaks": False},
        "court_records": said,
        "vat_invoices": said | {"needed": False, "refused": "NO_CONSENT"},
    }
    answer = working.work_out(inputs(channels=channels, variables={"tax_paid_12m": None}), bench())
    assert (answer.outcome, answer.rules) == ("referred", ("E01",))
    assert [reason["en"] for reason in answer.reasons[:2]] == [
        "No consent to read what is needed: tax filings",
        "Nothing is known of the firm in: business registry",
    ]
    assert answer.reasons[0]["zh"] == "未获授权查询必需数据：税务申报"


def test_amounts_are_said_as_each_language_says_them_and_old_decisions_keep_their_words() -> None:
    owing = inputs(variables={"tax_arrears_now": 1_234_567.0})
    answer = working.work_out(owing, bench())
    (first, *_), (change, *_) = answer.reasons, answer.would_change
    assert "1,234,567 yuan" in first["en"]
    assert "123.4567 万元" in first["zh"]
    assert change["do"] == [{"en": "Pay the tax in arrears (1,234,567 yuan)", "zh": "缴清欠税（123.4567 万元）"}]
    old = replace(owing, wording=1)
    assert "wording" not in old.to_json()
    assert evidence.inputs_from(old.to_json()).wording == 1
    assert "1234567 元" in working.work_out(old, bench()).reasons[0]["zh"]


@pytest.mark.parametrize(
    ("changed", "does", "then"),
    [
        ({"variables": {"tax_arrears_now": 5_000.0}}, ["Pay the tax in arrears (5,000 yuan)"], "approved"),
        ({"variables": {"bureau_debt_now": 1_990_000.0}}, ["Repay 497,500 yuan of other lenders' loans"], "approved"),
        ({"asked_fen": 10_000_00}, ["Ask for the smallest loan, 20,000 yuan"], "approved"),
        (
            {"variables": {"tax_arrears_now": 9.0, "bureau_overdue_now": 8.0}},
            ["Pay the tax in arrears (9 yuan)", "Pay what is overdue at other lenders (8 yuan)"],
            "approved",
        ),
    ],
)
def test_what_the_firm_could_do_is_told_and_would_change_the_answer(changed: dict, does: list[str], then: str) -> None:
    answer = working.work_out(inputs(**changed), bench())
    assert answer.outcome == "declined"
    first = answer.would_change[0]
    assert ([step["en"] for step in first["do"]], first["outcome"]) == (does, then)
    assert all(step["zh"] != step["en"] for step in first["do"])


def test_nothing_is_told_where_nothing_in_the_firm_s_hands_would_help() -> None:
    assert working.work_out(inputs(variables={"tax_grade": 5.0}), bench()).would_change == ()


def test_a_graph_that_fails_and_a_model_that_was_altered_refer() -> None:
    failing = working.work_out(inputs(), bench(**{"'approved'": "'perhaps'"}))
    assert (failing.outcome, failing.rules) == ("referred", ("FAULT",))
    altered = working.work_out(inputs(), replace(bench(), models={}, fault="the model was altered"))
    assert (altered.outcome, altered.body["fault"]) == ("referred", "the model was altered")
    script = bench(**{'"expressionNode"': '"functionNode"'})
    assert script.product.graph is None
    assert working.work_out(inputs(), script).outcome == "referred"


def test_too_few_past_loans_teach_nothing_and_say_so() -> None:
    loans = pa.table({"tax_paid_12m": [1.0] * 40, training.DEFAULTED: [1] * 3 + [0] * 37})
    learned = training.learn(definition.load("tax_credit"), loans)
    assert (learned.challenger, learned.facts["form"]) == (None, "base rate")
    score = scorers.score_one(learned.champion, SOUND, pd_floor=0.0005)
    assert score.pd == pytest.approx(5 / 90, abs=1e-6)


def test_the_evidence_reads_back_and_gives_the_same_bytes() -> None:
    ready, told = bench(), inputs(asked_fen=200_000_00)
    text = evidence.text_of(told, working.work_out(told, ready), {"graph": "x"})
    again = evidence.inputs_from(json.loads(text)["inputs"])
    assert evidence.text_of(again, working.work_out(again, ready), {"graph": "x"}) == text


def test_the_contract_says_in_both_languages_what_is_read_while_the_line_runs() -> None:
    offered = contract.Offered(
        "A1-1", "E1", Label("Tax credit", "纳税信用贷"), 1, yuan("500,000"), yuan("0"), yuan("0"), Decimal("0.06"),
        ("any_time",), 12, date(2026, 4, 1), date(2026, 4, 30), watched=(Label("Business registry", "工商登记"),),
    )  # fmt: skip
    said = str(contract.paper(offered))
    for words in ("to watch the running loan", "Business registry", "贷后监测", "工商登记"):
        assert words in said
    silent = contract.paper(replace(offered, watched=()))
    assert "to watch the running loan" not in str(silent), "where nothing may be read, no clause says so"
