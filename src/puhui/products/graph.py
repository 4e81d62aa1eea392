"""The decision graph of a product: a JDM document that GoRules Zen runs and its open editor edits.

A graph is checked whole when it is loaded: the engine alone would take a cell that does not compile, or a
term that does not exist, as "does not match", and a rule that never fires would go unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import zen

from puhui.ids import digest
from puhui.money import yuan
from puhui.products.terms import CATALOGUE, Terms
from puhui.products.values import (
    BASIS_POINT,
    Approved,
    Decision,
    Declined,
    LimitPart,
    PricePart,
    Referred,
    RuleHit,
    Trace,
)
from puhui.refusals import BadInput
from puhui.words import Label

LIMIT_WORDS = {
    "year_sales": Label("Share of the last 12 months' sales", "近12个月销售额的一定比例"),
    "recent_sales": Label("Months of sales at the pace of the last 6", "近6个月销售节奏的若干月"),
    "risk": Label("Part of the largest loan open to the grade", "该等级可用的最高额部分"),
    "product": Label("Largest loan of the product", "产品单笔最高额"),
    "trust": Label("What contradictions between its sources leave of these", "来源不符扣减后的额度"),
}
PRICE_WORDS = {
    "lpr": Label("Loan prime rate", "贷款市场报价利率"),
    "funding_spread": Label("Funding over the prime rate", "资金成本与报价利率之差"),
    "operating_cost": Label("Operating cost", "运营成本"),
    "expected_loss": Label("Expected loss (PD × LGD)", "预期损失（违约概率×违约损失率）"),
    "capital": Label("Capital", "资本成本"),
    "margin": Label("Margin", "目标利润"),
}
_TERM = re.compile(r"\bterms\.(\w+)")


@dataclass(frozen=True, slots=True)
class Graph:
    """A checked decision graph under the terms of one day, ready to decide: build once, decide often."""

    document: Mapping[str, Any]
    sha256: str
    terms: Terms
    facts: tuple[str, ...]
    _run: zen.ZenDecision

    def decide(self, facts: Mapping[str, object]) -> Decision:
        """One firm's decision, with every rule that matched.

        `facts` must have every name in `self.facts`; None stands for "not known".
        """
        missing = set(self.facts) - facts.keys()
        assert not missing, f"facts without {sorted(missing)}: a graph never guesses what it was not told"
        context = {name: facts[name] for name in self.facts} | {"terms": self._plain_terms()}
        answer = self._run.evaluate(context, {"trace": True})
        return _decision(answer["result"], self._trace(answer["trace"]))

    def _plain_terms(self) -> dict[str, object]:
        """The terms as JSON can hold them; the engine reads a number's digits back into a decimal."""
        return {
            name: float(value) if isinstance(value, Decimal) else value for name, value in self.terms.values().items()
        }

    def _trace(self, raw: dict[str, Any]) -> Trace:
        steps = sorted(raw.values(), key=lambda step: int(step["order"]))
        tables = {node["id"]: node for node in self.document["nodes"] if node["type"] == "decisionTableNode"}
        hits = tuple(hit for step in steps if step["id"] in tables for hit in _hits(step, tables[step["id"]]))
        return Trace(hits, tuple(step["name"] for step in steps), self.sha256, self.terms.sha256)


def load(terms: Terms, *, catalogue: Path = CATALOGUE) -> Graph:
    """The decision graph of the terms' product, checked.

    Raises BadInput when the file is no JSON, is no graph, or has an expression or a term that does not exist.
    """
    path = catalogue / f"{terms.of}.json"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"the decision graph {path.name} cannot be read ({problem})", then="restore the file") from None
    return parse(text, terms, name=path.name)


def parse(text: str, terms: Terms, *, name: str = "the decision graph") -> Graph:
    """A graph from the text of a JDM document, checked as `load` does."""
    try:
        document = json.loads(text)
        run = zen.ZenEngine().create_decision(text)
        run.validate()
        schema = _request_schema(document)
        problems = list(_problems(document, terms))
    except (ValueError, RuntimeError, KeyError, TypeError) as problem:
        first_line = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
        raise BadInput(
            f"{name} is not a decision graph ({first_line})", then="export it again from the graph editor"
        ) from None
    if problems:
        raise BadInput(f"{name} is broken: " + "; ".join(problems), then="mend these cells in the graph editor")
    facts = tuple(key for key in schema["properties"] if key != "terms")
    return Graph(document, digest([text.encode()]), terms, facts, run)


def _request_schema(document: dict[str, Any]) -> dict[str, Any]:
    request = next((node for node in document["nodes"] if node["type"] == "inputNode"), None)
    if request is None:
        raise ValueError("there is no request node")
    schema = json.loads(request["content"]["schema"])
    assert isinstance(schema, dict)
    return schema


def _problems(document: dict[str, Any], terms: Terms) -> Iterator[str]:
    """What the engine would pass over in silence: cells that do not compile, terms that do not exist, twin ids."""
    seen: set[str] = set()
    for place, expression, unary in _expressions(document):
        try:
            (zen.compile_unary_expression if unary else zen.compile_expression)(expression)
        except RuntimeError as problem:
            yield f"{place}: '{expression}' does not compile ({str(problem).splitlines()[0]})"
        for term in _TERM.findall(expression):
            if term not in terms.terms:
                yield f"{place}: there is no term '{term}'"
    for node in document["nodes"]:
        for rule in node["content"].get("rules", []) if node["type"] == "decisionTableNode" else []:
            if rule["_id"] in seen:
                yield f"two rules are called {rule['_id']}"
            seen.add(rule["_id"])


def _expressions(document: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Every expression of a graph with its place, and whether it is a unary test of a column's field."""
    for node in document["nodes"]:
        content, name = node["content"], node["name"]
        if node["type"] == "decisionTableNode":
            for rule in content["rules"]:
                for column in content["inputs"]:
                    if cell := rule.get(column["id"], ""):
                        yield f"{name}, rule {rule['_id']}, {column['name']}", cell, bool(column.get("field"))
                for column in content["outputs"]:
                    if cell := rule.get(column["id"], ""):
                        yield f"{name}, rule {rule['_id']}, {column['name']}", cell, False
        elif node["type"] == "expressionNode":
            for entry in content["expressions"]:
                yield f"{name}, {entry['key']}", entry["value"], False
        elif node["type"] == "switchNode":
            for statement in content["statements"]:
                if statement["condition"]:
                    yield f"{name}, {statement['id']}", statement["condition"], False


def _hits(step: dict[str, Any], table: Mapping[str, Any]) -> Iterator[RuleHit]:
    """The rows of one table that matched, with their words as computed for this firm."""
    path = table["content"]["outputPath"]
    found = step["output"].get(path) if step["output"] else None
    outputs = found if isinstance(found, list) else [found]
    matches = step["traceData"] if isinstance(step["traceData"], list) else [step["traceData"]]
    for match, output in zip((m for m in matches if m), (o for o in outputs if o), strict=True):
        yield RuleHit(table["name"], match["rule"]["_id"], Label(output["en"], output["zh"]))


def _decision(result: dict[str, Any], trace: Trace) -> Decision:
    limit_parts = _limit_parts(result["limit_parts"])
    build_up = tuple(PricePart(name, PRICE_WORDS[name], _whole(result["build_up"][name])) for name in PRICE_WORDS)
    grade = result["grading"]["grade"]
    match result["outcome"]:
        case "approved":
            return Approved(
                limit=yuan(_whole(result["limit_yuan"])),
                annual_rate=_rate(result["annual_rate_bp"]),
                lowest_rate=_rate(result["lowest_rate_bp"]),
                grade=grade,
                limit_parts=limit_parts,
                build_up=build_up,
                trace=trace,
            )
        case "declined":
            return Declined(_reasons(result, trace, "decline"), grade, limit_parts, build_up, trace)
        case outcome:
            assert outcome == "referred", f"a graph ends in approved, declined or referred, not in '{outcome}'"
            return Referred(_reasons(result, trace, "refer"), grade, limit_parts, build_up, trace)


def _limit_parts(parts: dict[str, Any]) -> tuple[LimitPart, ...]:
    told = {name: _whole(parts[name]) for name in LIMIT_WORDS if parts[name] is not None}
    binding = min(told, key=lambda name: told[name])  # of equal ones the first
    return tuple(LimitPart(name, LIMIT_WORDS[name], amount, name == binding) for name, amount in told.items())


def _reasons(result: dict[str, Any], trace: Trace, verdict: str) -> tuple[RuleHit, ...]:
    wanted = {row["rule"] for row in (*result["eligibility"], *result["policy"]) if row["verdict"] == verdict}
    return tuple(hit for hit in trace.hits if hit.rule in wanted)


def _whole(number: float) -> int:
    assert number == int(number), f"{number} should be whole: the graph rounds amounts and basis points"
    return int(number)


def _rate(basis_points: float) -> Decimal:
    return _whole(basis_points) * BASIS_POINT
