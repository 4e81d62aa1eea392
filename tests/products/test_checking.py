"""What can be found wrong with a product before a customer meets it; and at run time a fault never approves."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from sound_firm import case

from puhui.products import checking, definition, desks, graph, tables, terms
from puhui.products.definition import PRODUCTS
from puhui.products.terms import CATALOGUE
from puhui.products.values import Referred
from puhui.refusals import BadInput

ON = date(2024, 6, 30)
INVOICE = (CATALOGUE / "invoice_credit.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_product_of_the_catalogue_is_sound_and_every_path_of_it_is_walked(product: str) -> None:
    said = definition.load(product)
    text = (CATALOGUE / f"{product}.json").read_text(encoding="utf-8")
    found = checking.examine(said, text, terms.load(product, on=ON))
    assert found.problems == ()
    assert found.remarks == (), "every rule and every end is reached by a generated case"
    assert found.covered is not None
    assert {"Approve", "Decline", "Refer"} == found.covered.ends
    assert definition.parse(json.dumps(said.to_json())) == said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('> terms.void_rate_most"', "> 'much'\"", "holds the number void_rate against a text"),
        ('"in terms.watched_trades"', '"> 3"', "holds the text trade against a number"),
        ("sales_6m_yuan ?? 0", "sales_7m_yuan ?? 0", "nothing gives 'sales_7m_yuan'"),
        ("/ terms.loan_step_yuan", "/ sales_6m_yuan", "divides by sales_6m_yuan, which may be zero"),
        ("/ 6 *", "/ 0 *", "divides by 0"),
        ("\"'E07'\"", '""', "rule E07: the output Rule is empty"),
        ("<= terms.pd_most_b1", "<= terms.pd_most_a1", "the rule G-B1 can never fire, G-A1 takes all its cases"),
        (
            '\\"void_rate\\": {\\"type\\": [\\"number\\", \\"null\\"]',
            '\\"void_rate\\": {\\"type\\": \\"string\\"',
            "comes as",
        ),
        ('\\"void_rate\\": {', '\\"weather\\": {', "asks for 'weather'"),
        ('"key": "annual_rate_bp"', '"key": "rate_bp"', "Approve: the output 'annual_rate_bp' is missing"),
        ('"key": "build_up.capital"', '"key": "build_up.equity"', "Decline: the output 'build_up.capital' is missing"),
        ("'approved'", "'perhaps'", "Approve, outcome: 'perhaps' is none of"),
        ('"key": "limit_yuan"', '"key": "limit_parts.lent"', "Approve: the output 'limit_yuan' is missing"),
        ("floor($.believed_yuan * trusting.limit_share)", "$.believed_yuan * 0.3333333", "should be whole"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_wrong_with_a_graph_is_said_before_it_can_be_proposed(old: str, new: str, says: str) -> None:
    assert old in INVOICE
    text = INVOICE.replace(old, new, 1)
    found = checking.examine(definition.load("invoice_credit"), text, terms.load("invoice_credit", on=ON))
    assert any(says in problem for problem in found.problems), found.problems


def test_rules_that_contradict_each_other_are_named() -> None:
    document = json.loads(INVOICE)
    eligibility = next(node for node in document["nodes"] if node["id"] == "eligibility")
    twin = dict(next(rule for rule in eligibility["content"]["rules"] if rule["_id"] == "E07"))
    twin |= {"_id": "E99", "eligibility-out-rule": "'E99'", "eligibility-out-verdict": "'decline'"}
    eligibility["content"]["rules"].append(twin)
    table = next(tables.of(document, terms.load("invoice_credit", on=ON)))
    assert list(tables.problems(table)) == ["Eligibility: E07 and E99 have one condition and two answers"]


def test_a_rule_that_no_case_reaches_is_remarked_upon() -> None:
    text = INVOICE.replace('"> terms.void_rate_most"', '"> 1e12"', 1)
    found = checking.examine(definition.load("invoice_credit"), text, terms.load("invoice_credit", on=ON))
    assert found.remarks == ("no generated case reaches the rule E07",)


def test_rules_of_which_only_the_order_says_who_is_right_are_named() -> None:
    """Both of a grade from 2 to 6 % and one above 4 %: whoever sorts the rows anew would change decisions."""
    document = json.loads(INVOICE)
    grade = next(node for node in document["nodes"] if node["id"] == "grade")["content"]
    column = grade["inputs"][0]["id"]
    grade["rules"][:2] = [grade["rules"][0] | {column: "> 0.04"}, grade["rules"][1] | {column: "<= 0.06"}]
    found = checking.examine(
        definition.load("invoice_credit"), json.dumps(document), terms.load("invoice_credit", on=ON)
    )
    assert "Grade: G-A2 overlaps G-A1 and answers otherwise; the order decides" in found.problems


# What the engine must never be given: what it is, the node and rule that are named, and how a sound graph becomes so.
NEVER = {
    "a node that nothing leads to": ('"targetId": "trust"', '"targetId": "limit"', "nothing leads to Trust"),
    "a node that leads nowhere": ('"sourceId": "trust"', '"sourceId": "grade"', "nothing follows Trust"),
    "an endless loop": ('"sourceId": "verdict"', '"sourceId": "approve"', "an endless loop: .*Approve"),
    "a loop over a range": (
        "max([0, sales_12m_yuan ?? 0])", "sum(map([1..900000000], # * 2))", "Limit, .*loops over a range"),
    "a script": ('"type": "expressionNode"', '"type": "functionNode"', "Limit is a script"),
    "a cell that is no expression": ("> terms.idle_days_most", "> > terms.idle_days_most",
                                     "Eligibility, rule E03, .*does not compile"),
    "a term that is not there": ("> terms.idle_days_most", "> terms.idle", "Eligibility, rule E03, .*no term 'idle'"),
    "two rules of one name": ('"_id": "E03"', '"_id": "E02"', "two rules are called E02"),
}  # fmt: skip


@pytest.mark.parametrize("what", NEVER)
def test_what_must_never_run_is_refused_with_its_place_and_refers_whoever_meets_it(what: str) -> None:
    old, new, says = NEVER[what]
    assert old in INVOICE
    broken, told = INVOICE.replace(old, new, 1), terms.load("invoice_credit", on=ON)
    (problem,) = checking.examine(definition.load("invoice_credit"), broken, told).problems
    assert re.search(says, problem), problem
    ready = desks.replayed(
        "invoice_credit", 9, definition_text=json.dumps(definition.load("invoice_credit").to_json()),
        graph_text=broken, terms_text=desks.terms_text(told),
    )  # fmt: skip
    decision = ready.decide(case().context())
    assert isinstance(decision, Referred)
    assert [hit.rule for hit in decision.reasons] == [graph.FAULT]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"key": "annual_rate_bp"', '"key": "rate_bp"'),  # a result is missing
        ("/ terms.loan_step_yuan", "/ (trust - trust)"),  # a division by zero
        ("max([0, sales_6m_yuan ?? 0])", "max(trade)"),  # a function of the wrong type
        ("'approved'", "'perhaps'"),  # an outcome that is none
    ],
)
def test_at_run_time_a_faulty_graph_refers_and_never_approves(old: str, new: str) -> None:
    assert old in INVOICE
    ready = graph.parse(INVOICE.replace(old, new, 1), terms.load("invoice_credit", on=ON))
    decision = ready.decide_or_refer(case().context())
    assert isinstance(decision, Referred)
    assert [hit.rule for hit in decision.reasons] == [graph.FAULT]
    missing = {name: value for name, value in case().context().items() if name != "idle_days"}
    assert isinstance(ready.decide_or_refer(missing), Referred)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"channels": {"needed": ["weather"], "helpful": []}}, "there is no channel 'weather'"),
        ({"channels": {"needed": [], "helpful": ["vat_invoices"]}}, "no channel is needed"),
        ({"facts": {"x": {"variable": "nothing"}}}, "which is no variable"),
        (
            {"facts": {"x": {"variable": "court_open_cases"}}, "channels": {"needed": ["registry"], "helpful": []}},
            "court_records",
        ),
        ({"ways": ["when it suits"]}, "no way of repaying"),
        ({"secured_by": ["honour"]}, "no part of a limit"),
        ({"term_months": 0}, "a line of 0 months"),
        ({"limit_parts": 3}, "cannot be read"),
    ],
    ids=lambda text: str(text)[:40],
)
def test_a_wrong_definition_is_bad_input_that_says_what(change: dict, says: str) -> None:
    said = definition.load("tax_credit").to_json() | change
    with pytest.raises(BadInput, match=says):
        definition.parse(json.dumps(said))
