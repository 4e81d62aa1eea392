"""The decision graph of a product: a JDM document that GoRules Zen runs and its open editor edits.

A graph is checked whole when it is loaded (`structure`): the engine alone would take a cell that does not compile, or a
term that does not exist, as "does not match", and a rule that never fires would go unseen. What runs for a customer is
`decide_or_refer`: whatever goes wrong in it, the answer is that a person must look.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import zen

from puhui.ids import digest
from puhui.money import yuan
from puhui.products import definition, structure
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

PRICE_WORDS = {
    "lpr": Label("Loan prime rate", "贷款市场报价利率"),
    "funding_spread": Label("Funding over the prime rate", "资金成本与报价利率之差"),
    "operating_cost": Label("Operating cost", "运营成本"),
    "expected_loss": Label("Expected loss (PD × LGD)", "预期损失（违约概率×违约损失率）"),
    "capital": Label("Capital", "资本成本"),
    "margin": Label("Margin", "目标利润"),
}
FAULT = "FAULT"
FAULT_WORDS = Label(
    "The product's own rules could not be worked out for this firm: a person must look",
    "产品规则无法对该企业得出结论，需人工审核",
)


@dataclass(frozen=True, slots=True)
class Graph:
    """A checked decision graph under the terms of one day, ready to decide: build once, decide often."""

    document: Mapping[str, Any]
    sha256: str
    terms: Terms
    facts: tuple[str, ...]
    required: frozenset[str]
    limit_words: Mapping[str, Label]
    _run: zen.ZenDecision

    def decide_or_refer(self, facts: Mapping[str, object]) -> Decision:
        """As `decide`, but a graph that fails on this firm refers it: a fault never approves, and never breaks."""
        try:
            return self.decide(facts)
        except (RuntimeError, ValueError, KeyError, TypeError, ArithmeticError, AssertionError) as problem:
            return faulty(f"{type(problem).__name__}: {problem}", graph=self.sha256, terms=self.terms.sha256)

    def decide(self, facts: Mapping[str, object]) -> Decision:
        """One firm's decision, with every rule that matched.

        `facts` must have every name in `self.required`; None stands for "not known". What else the graph reads are
        things that an application may bring: not brought is "not known".
        """
        missing = self.required - facts.keys()
        assert not missing, f"facts without {sorted(missing)}: a graph never guesses what it was not told"
        context = {name: facts.get(name) for name in self.facts} | {"terms": self._plain_terms()}
        answer = self._run.evaluate(context, {"trace": True})
        return _decision(answer["result"], self._trace(answer["trace"]), self.limit_words)

    def ends_of(self, firms: Sequence[Mapping[str, object]]) -> list[dict[str, Any] | Exception]:
        """What the graph itself ends in for many firms at once, without a trace and unread; where it fails, with what.

        The engine works on all of them while this process waits, which takes half as long as one after another.
        """
        terms = self._plain_terms()
        contexts = [{name: facts.get(name) for name in self.facts} | {"terms": terms} for facts in firms]

        async def all_of_them() -> list[Any]:
            found: list[Any] = await asyncio.gather(*map(self._run.async_evaluate, contexts), return_exceptions=True)
            return found

        return [end if isinstance(end, Exception) else end["result"] for end in asyncio.run(all_of_them())]

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


def faulty(why: str, *, graph: str = "", terms: str = "") -> Referred:
    """The decision where the rules themselves have failed: a person must look. `why` is for the engineer."""
    first_line = why.strip().splitlines()[0][:200]
    hit = RuleHit("Fault", FAULT, FAULT_WORDS)
    return Referred((hit,), "", (), (), Trace((hit,), (first_line,), graph, terms))


def parse(
    text: str, terms: Terms, *, name: str = "the decision graph", limit_words: Mapping[str, Label] | None = None
) -> Graph:
    """A graph from the text of a JDM document, checked as `load` does.

    `limit_words` names the formulas that cap the limit, by default as the catalogue's definition does.
    """
    words = limit_words if limit_words is not None else definition.load(terms.of).limit_parts
    try:
        document = json.loads(text)
        problems = list(structure.problems(document))
        if not problems:
            run = zen.ZenEngine().create_decision(text)
            run.validate()
            schema = structure.request_schema(document)
            problems = list(structure.cell_problems(document, terms))
    except (ValueError, RuntimeError, KeyError, TypeError) as problem:
        first_line = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
        raise BadInput(
            Label(f"{name} is not a decision graph ({first_line})", f"{name}不是决策图（{first_line}）"),
            then=Label("export it again from the graph editor", "请从决策图编辑器重新导出"),
        ) from None
    if problems:
        raise BadInput(
            Label(f"{name} is broken: " + "; ".join(problems), f"{name}有误：" + "；".join(problems)),
            then=Label("mend these cells in the graph editor", "请在决策图编辑器中修正这些单元格"),
        )
    facts = tuple(key for key in schema["properties"] if key != "terms")
    required = frozenset(schema["required"]) - {"terms"}
    return Graph(document, digest([text.encode()]), terms, facts, required, words, run)


def _hits(step: dict[str, Any], table: Mapping[str, Any]) -> Iterator[RuleHit]:
    """The rows of one table that matched, with their words as computed for this firm."""
    path = table["content"]["outputPath"]
    found = step["output"].get(path) if step["output"] else None
    outputs = found if isinstance(found, list) else [found]
    matches = step["traceData"] if isinstance(step["traceData"], list) else [step["traceData"]]
    for match, output in zip((m for m in matches if m), (o for o in outputs if o), strict=True):
        yield RuleHit(table["name"], match["rule"]["_id"], Label(output["en"], output["zh"]))


def _decision(result: dict[str, Any], trace: Trace, words: Mapping[str, Label]) -> Decision:
    limit_parts = _limit_parts(result["limit_parts"], words)
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
                mortgage=yuan(_whole(result.get("secured", {}).get("mortgage_yuan", 0))),
                guarantee=yuan(_whole(result.get("secured", {}).get("guarantee_yuan", 0))),
            )
        case "declined":
            return Declined(_reasons(result, trace, "decline"), grade, limit_parts, build_up, trace)
        case outcome:
            assert outcome == "referred", f"a graph ends in approved, declined or referred, not in '{outcome}'"
            return Referred(_reasons(result, trace, "refer"), grade, limit_parts, build_up, trace)


def _limit_parts(parts: dict[str, Any], words: Mapping[str, Label]) -> tuple[LimitPart, ...]:
    told = {name: _whole(parts[name]) for name in words if parts[name] is not None}
    binding = min(told, key=lambda name: told[name])  # of equal ones the first
    return tuple(LimitPart(name, words[name], amount, name == binding) for name, amount in told.items())


def _reasons(result: dict[str, Any], trace: Trace, verdict: str) -> tuple[RuleHit, ...]:
    wanted = {row["rule"] for row in (*result["eligibility"], *result["policy"]) if row["verdict"] == verdict}
    return tuple(hit for hit in trace.hits if hit.rule in wanted)


def _whole(number: float) -> int:
    assert number == int(number), f"{number} should be whole: the graph rounds amounts and basis points"
    return int(number)


def _rate(basis_points: float) -> Decimal:
    return _whole(basis_points) * BASIS_POINT
