"""The decision graph: every rule fires where it should and is named in the trace; a broken graph is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from sound_firm import ON, case

from puhui.ids import EnterpriseId
from puhui.money import yuan
from puhui.products import graph, reasons, terms
from puhui.products.planning import Desk, Plan, make_plan
from puhui.products.terms import CATALOGUE
from puhui.products.values import Approved, Declined, Referred
from puhui.refusals import BadInput

GRAPH = (CATALOGUE / "invoice_credit.json").read_text(encoding="utf-8")

# One case for each rule and side of a threshold: what differs from a sound firm, the outcome, the deciding rules.
CASES = [
    ({}, Approved, {"G-A2"}),
    ({"pd": 0.015}, Approved, {"G-A1"}),
    ({"pd": 0.05}, Approved, {"G-B1"}),
    ({"pd": 0.08}, Approved, {"G-B2"}),
    ({"pd": 0.12}, Approved, {"G-C1"}),
    ({"pd": 0.16}, Approved, {"G-C2"}),
    ({"pd": 0.165}, Approved, {"G-C3"}),
    ({"pd": 0.2}, Declined, {"G-C3", "P03"}),
    ({"pd": 0.21}, Declined, {"G-D", "P01"}),
    ({"history_months": 11}, Declined, {"E02"}),
    ({"history_months": 12, "pd": 0.05, "sales_12m_yuan": 5e6}, Approved, {"G-B1"}),
    ({"history_months": 12}, Referred, {"P04"}),
    ({"history_months": 24}, Approved, {"G-A2"}),
    ({"idle_days": 121}, Declined, {"E03"}),
    ({"idle_days": 120}, Approved, {"G-A2"}),
    ({"active_months_12m": 5}, Declined, {"E04"}),
    ({"sales_12m_yuan": 0.0}, Declined, {"E05", "P02"}),
    ({"trade": "real_estate"}, Referred, {"E06"}),
    ({"void_rate": 0.31}, Referred, {"E07"}),
    ({"return_rate": 0.31}, Referred, {"E08"}),
    ({"top1_buyer_share": 0.96}, Referred, {"E09"}),
    ({"sales_change": -0.71}, Referred, {"E10"}),
    ({"sales_change": None, "void_rate": None, "return_rate": None, "top1_buyer_share": None}, Approved, {"G-A2"}),
    ({"sales_12m_yuan": 666_000.0}, Declined, {"P02"}),
    ({"sales_12m_yuan": 667_000.0}, Approved, {"G-A2"}),
    ({"sales_6m_yuan": 299_000.0}, Declined, {"P02"}),
    ({"sales_12m_yuan": None, "sales_6m_yuan": None, "idle_days": None}, Referred, {"E01", "P02"}),
    ({"idle_days": None, "pd": 0.9}, Referred, {"E01", "P01"}),
    ({"idle_days": None}, Referred, {"E01"}),
    ({"void_rate": 0.5, "idle_days": 300}, Declined, {"E03", "E07"}),
    ({}, Approved, {"T-1"}),
    ({"trust": 80.0}, Approved, {"T-1"}),
    ({"trust": 79.9}, Approved, {"T-2"}),
    ({"trust": 60.0, "contradictions": 2}, Approved, {"T-2"}),
    ({"trust": 59.9}, Referred, {"T-2", "P05"}),
    ({"contradictions": 3}, Referred, {"T-2", "P06"}),
    ({"fraud_signs": 1}, Referred, {"T-1", "P07"}),
    ({"trust": None, "contradictions": None, "comparisons": None, "fraud_signs": None}, Approved, {"T-0"}),
]


@pytest.mark.parametrize(("told", "kind", "rules"), CASES, ids=[str(told) for told, _, _ in CASES])
def test_a_case_ends_as_its_rules_say(desk: Desk, told: dict, kind: type, rules: set[str]) -> None:
    decision = desk.graph.decide(case(**told).context())
    assert type(decision) is kind
    hit = {hit.rule for hit in decision.trace.hits}
    assert rules <= hit
    if not isinstance(decision, Approved):
        assert decision.reasons, "a no has its reasons"
        assert {reason.rule for reason in decision.reasons} <= hit


def test_the_cases_reach_every_rule_and_every_end(desk: Desk) -> None:
    hits, ends = set(), set()
    for told, _, _ in [*CASES, ({"pd": None}, None, None)]:
        context = case(**{k: v for k, v in told.items() if v is not None or k != "pd"}).context()
        if told.get("pd", 0) is None:
            context["pd"] = None
        decision = desk.graph.decide(context)
        hits |= {hit.rule for hit in decision.trace.hits}
        ends.add(decision.trace.path[-2])
    nodes = json.loads(GRAPH)["nodes"]
    written = {rule["_id"] for node in nodes for rule in node["content"].get("rules", [])}
    assert hits == written
    assert ends == {"Approve", "Decline", "Refer"}


def test_the_trace_names_the_nodes_walked_and_what_ran(desk: Desk) -> None:
    decision = desk.graph.decide(case().context())
    walked = (
        "Request",
        "Eligibility",
        "Grade",
        "Trust",
        "Limit",
        "Price",
        "Policy",
        "Verdict",
        "Approve, decline or refer",
    )
    assert decision.trace.path == (*walked, "Approve", "Response")
    assert decision.trace.graph_sha256 == desk.graph.sha256
    assert decision.trace.terms_sha256 == desk.terms.sha256
    assert all(hit.words.en != hit.words.zh for hit in decision.trace.hits)


def test_the_price_is_built_of_its_stones_in_exact_basis_points(desk: Desk) -> None:
    decision = desk.graph.decide(case(pd=0.041).context())
    assert isinstance(decision, Approved)
    stones = {part.name: part.basis_points for part in decision.build_up}
    assert stones == {
        "lpr": 405,  # from 2020-02-20
        "funding_spread": -135,
        "operating_cost": 80,
        "expected_loss": 246,  # 4.1 % × 60 %
        "capital": 63,  # 75 % × 10.5 % × 8 %
        "margin": 50,
    }
    assert decision.annual_rate == Decimal("0.0709") == sum(stones.values()) * Decimal("0.0001")
    assert decision.lowest_rate == Decimal("0.0659")


def test_the_limit_is_the_smallest_formula_in_whole_steps(desk: Desk) -> None:
    decision = desk.graph.decide(case(sales_12m_yuan=3_333_333.33, sales_6m_yuan=1_498_999.0).context())
    assert isinstance(decision, Approved)
    assert [(part.name, part.yuan, part.binding) for part in decision.limit_parts] == [
        ("year_sales", 499_999, False),
        ("recent_sales", 499_666, True),
        ("risk", 1_000_000, False),
        ("product", 1_000_000, False),
        ("trust", 499_666, False),
    ]
    assert decision.limit == yuan(490_000)


def test_sources_that_differ_cut_the_limit_and_say_so_in_both_languages(desk: Desk) -> None:
    believed = desk.graph.decide(case().context())
    doubted = desk.graph.decide(case(trust=78.5, contradictions=2, comparisons=7).context())
    unknown = desk.graph.decide(case(trust=None, contradictions=None, comparisons=None, fraud_signs=None).context())
    assert isinstance(believed, Approved)
    assert isinstance(doubted, Approved)
    assert isinstance(unknown, Approved)
    assert (believed.limit, doubted.limit, unknown.limit) == (yuan(1_000_000), yuan(600_000), yuan(1_000_000))
    assert [part.name for part in doubted.limit_parts if part.binding] == ["trust"]
    assert "trust" not in [part.name for part in unknown.limit_parts]
    (said,) = [hit.words for hit in doubted.trace.hits if hit.table == "Trust"]
    assert said.en == "Trust 78.5 of 100, 2 of 7 comparisons of its sources differ: 60 % of the limit"
    assert said.zh == "可信度 78.5 分（满分 100），来源比对 7 项中 2 项不符：额度按 60 % 计"
    assert doubted.annual_rate == believed.annual_rate, "doubt is no risk that a price could bear"
    plan = make_plan([case("E1", trust=78.5, contradictions=2), case("E2")], desk, budget_yuan=5_000_000)
    assert isinstance(plan, Plan)
    assert said in reasons.of_outcome(plan, EnterpriseId("E1"))
    assert not any("Trust" in words.en for words in reasons.of_outcome(plan, EnterpriseId("E2")))


def test_deciding_twice_gives_the_same_decision(desk: Desk) -> None:
    assert desk.graph.decide(case().context()) == desk.graph.decide(case().context())


def test_a_fact_that_is_not_told_is_a_bug_and_not_a_guess(desk: Desk) -> None:
    context = case().context()
    del context["idle_days"]
    with pytest.raises(AssertionError, match="idle_days"):
        desk.graph.decide(context)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (GRAPH, "{", "not a decision graph"),
        (GRAPH, "[]", "not a decision graph"),
        (GRAPH, "{}", "not a decision graph"),
        (GRAPH, '{"nodes": [], "edges": []}', "not a decision graph"),
        ('"targetId": "grade"', '"targetId": "nowhere"', "leads from or to nowhere"),
        ("> terms.idle_days_most", "> > terms.idle_days_most", "does not compile"),
        ("> terms.idle_days_most", "> terms.idle_days", "no term 'idle_days'"),
        ("terms.lgd * 10000", "terms.lgd * * 10000", "does not compile"),
        ('"_id": "E03"', '"_id": "E02"', "two rules are called E02"),
        ('"sourceId": "verdict"', '"sourceId": "approve"', "an endless loop"),
        ('"type": "expressionNode"', '"type": "functionNode"', "Limit is a script"),
        ("max([0, sales_12m_yuan ?? 0])", "sum(map([1..900000000], # * 2))", "loops over a range"),
        ('"condition": "is_declined"', '"condition": "is_declined ("', "does not compile"),
    ],
    ids=lambda text: str(text)[:40],
)
def test_a_broken_graph_is_bad_input_that_says_where(old: str, new: str, says: str) -> None:
    broken = new if old == GRAPH else GRAPH.replace(old, new, 1)
    assert broken != GRAPH
    with pytest.raises(BadInput, match=says):
        graph.parse(broken, terms.load("invoice_credit", on=ON))


def test_a_graph_that_is_not_there_is_bad_input(tmp_path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        graph.load(terms.load("invoice_credit", on=ON), catalogue=tmp_path)


def test_terms_follow_the_day_and_say_when_there_are_none() -> None:
    assert [
        terms.load("invoice_credit", on=day).whole("lpr_1y_bp") for day in (date(2019, 12, 1), date(2026, 1, 1))
    ] == [
        415,
        300,
    ]
    with pytest.raises(BadInput, match="no value on 1999-01-01"):
        terms.load("invoice_credit", on=date(1999, 1, 1))


@pytest.mark.parametrize(
    "text", ["{", '{"terms": [{}]}', '{"of": {"name": "x", "label": {"en": "x", "zh": ""}}, "terms": []}']
)
def test_broken_terms_are_bad_input(tmp_path, text: str) -> None:
    (tmp_path / "invoice_credit_terms.json").write_text(text)
    with pytest.raises(BadInput, match="cannot be read"):
        terms.load("invoice_credit", on=ON, catalogue=tmp_path)


def test_every_term_has_a_source_and_says_how_sure_it_is() -> None:
    for term in terms.load("invoice_credit", on=ON).terms.values():
        assert term.source.strip()
        assert term.confidence in {"H", "M", "L"}
