"""Cases made to walk every path of a graph: values at, below and above every threshold, led by what is still unreached.

Promises the same cases for the same graph, terms and seed. Pure: no I/O, and the clock only to say what is slow.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from time import process_time
from typing import Any

from puhui.products import structure
from puhui.products.graph import Graph
from puhui.products.values import Decision

MOST_CASES = 10_000
TIRED_AFTER = 1_200  # cases in a row that reached nothing new
WALKS = 3  # so often the search begins anew, where one walk has lost its way
SLOW_MS = 1_000.0  # of processor time: a busy machine makes no graph slow
FAULTS_KEPT = 5
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
TEXT = re.compile(r"'([^']*)'")
Case = dict[str, Any]


@dataclass
class Covered:
    """What the cases have reached. `kept` are the cases that reached something first; `faults` those that failed."""

    cases: int = 0
    kept: list[Case] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    rules_left: tuple[str, ...] = ()
    ends_left: tuple[str, ...] = ()
    faults: list[tuple[Case, str]] = field(default_factory=list)
    slowest_ms: float = 0.0
    soundest: tuple[tuple[int, int], Case] | None = None  # fewest rules hit, then most carried: leads to approval
    largest: tuple[int, Case] | None = None  # the most carried, which leads to the rules on large limits

    @property
    def leads(self) -> list[Case]:
        """Cases worth changing a little: the first of each kind, and the two that lead on."""
        led = [found[1] for found in (self.soundest, self.largest) if found]
        return [*self.kept, *led * (1 + len(self.kept) // 2)]


def cover(ready: Graph, *, seed: int = 1) -> Covered:
    """Try cases until every rule has fired and every end was come to, or nothing new comes up any more."""
    rng = random.Random(seed)  # noqa: S311  cases, not secrets
    values, found = _values(ready), Covered()
    rules, ends = _written(ready.document)
    idle, walks = 0, 1
    while (
        found.cases < MOST_CASES
        and (idle < TIRED_AFTER or walks < WALKS)
        and len(found.faults) < FAULTS_KEPT
        and (rules - found.rules or ends - found.ends)
    ):
        if idle == TIRED_AFTER:
            idle, walks = 0, walks + 1
            found.soundest = found.largest = None
        idle = 0 if _tried(ready, _made(values, found.leads, rng), found) else idle + 1
    found.rules_left = tuple(sorted(rules - found.rules))
    found.ends_left = tuple(sorted(ends - found.ends))
    return found


def _tried(ready: Graph, case: Case, found: Covered) -> bool:
    """Decide one case; has it reached anything new?"""
    found.cases += 1
    started = process_time()
    try:
        decision: Decision = ready.decide(case)
    except (RuntimeError, ValueError, KeyError, TypeError, ArithmeticError, AssertionError) as problem:
        if len(found.faults) < FAULTS_KEPT:
            found.faults.append((case, str(problem).strip().splitlines()[0][:200]))
        return False
    found.slowest_ms = max(found.slowest_ms, (process_time() - started) * 1e3)
    rules = {hit.rule for hit in decision.trace.hits} - found.rules
    ends = {decision.trace.path[-2]} - found.ends
    found.rules |= rules
    found.ends |= ends
    if rules or ends:
        found.kept.append(case)
    hit = len(decision.trace.hits)
    carried = min((part.yuan for part in decision.limit_parts), default=0)
    sounder = found.soundest is None or (hit, -carried) < found.soundest[0]
    larger = found.largest is None or carried > found.largest[0]
    if sounder:
        found.soundest = ((hit, -carried), case)
    if larger:
        found.largest = (carried, case)
    return bool(rules or ends or sounder or larger)


def _made(values: Mapping[str, list[Any]], leads: list[Case], rng: random.Random) -> Case:
    """A case of likely values, or one that has reached something with a few facts changed."""
    if leads and rng.random() < 0.8:
        case = dict(rng.choice(leads))
        for name in rng.sample(sorted(values), k=rng.randint(1, 3)):
            case[name] = rng.choice(values[name])
        return case
    return {name: rng.choice(its) for name, its in values.items()}


def _values(ready: Graph) -> dict[str, list[Any]]:
    """For every fact, not known, zero, much, and what lies at, below and above each figure it is held against."""
    schema = structure.request_schema(dict(ready.document))
    figures: dict[str, set[float]] = {name: {0.0, 1e7} for name in ready.facts}
    texts: dict[str, set[str]] = {name: set() for name in ready.facts}
    for _, expression, _, name in _held(ready.document):
        terms = [ready.terms.terms[term].value for term in structure.TERM.findall(expression)]
        for fact in ready.facts:
            if fact == name or re.search(rf"\b{re.escape(fact)}\b", expression):
                numbers = [float(value) for value in terms if isinstance(value, int | Decimal)]
                figures[fact] |= {*numbers, *(float(one) for one in NUMBER.findall(expression))}
                listed = [text for value in terms if isinstance(value, tuple) for text in value]
                texts[fact] |= {*listed, *TEXT.findall(expression)}
    found: dict[str, list[Any]] = {}
    for name in ready.facts:
        if schema["properties"][name]["type"] == "string":
            found[name] = [*sorted(texts[name]), "none of these"]
        else:
            near = {round(one + step, 6) for one in figures[name] for step in (0.0, -abs(one) * 0.01, abs(one) * 0.01)}
            near |= {one + step for one in figures[name] for step in (-1.0, 1.0)} if name != "pd" else set()
            kept = {one for one in near if 0 <= one <= 1} if name == "pd" else near
            found[name] = [None, *(int(one) if one == int(one) else one for one in sorted(kept))]
    return found


def _held(document: Mapping[str, Any]) -> list[tuple[str, str, bool, str]]:
    """Every expression with the field of its column, where it has one."""
    found = [(place, text, unary, "") for place, text, unary in structure.expressions(dict(document))]
    for node in document["nodes"]:
        if node["type"] == "decisionTableNode":
            for rule in node["content"]["rules"]:
                cells = ((rule.get(column["id"], ""), column.get("field")) for column in node["content"]["inputs"])
                found += [(node["name"], cell, True, name) for cell, name in cells if cell and name]
    return found


def _written(document: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """All rules of the graph, and all nodes that lead to its response."""
    rules = {
        rule["_id"]
        for node in document["nodes"]
        if node["type"] == "decisionTableNode"
        for rule in node["content"]["rules"]
    }
    names = {node["id"]: node["name"] for node in document["nodes"]}
    response = next(node["id"] for node in document["nodes"] if node["type"] == "outputNode")
    return rules, {names[edge["sourceId"]] for edge in document["edges"] if edge["targetId"] == response}
