"""Whether a version may be proposed: everything of it that can be found wrong before a customer meets it.

Beside what `structure` refuses of any graph: inputs that nobody gives, cells of the wrong type, outputs left empty,
divisions by what may be zero, rules that can never fire, rules that contradict each other, results that are missing or
of the wrong type, and rules and ends that no generated case reaches. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from puhui.products import covering, graph, structure, tables
from puhui.products.definition import Definition
from puhui.products.graph import Graph
from puhui.products.terms import Terms
from puhui.refusals import BadInput

GIVEN = {"pd": ["number", "null"], "score": ["number", "null"], "trade": "string", "terms": "object"}
WRITING = ("expressionNode", "decisionTableNode")
OUTCOMES = {"'approved'", "'declined'", "'referred'"}
RESULTS = (
    "outcome",
    "eligibility",
    "policy",
    "grading.grade",
)  # what every end needs, beside the parts of limit and price
OF_A_YES = ("limit_yuan", "annual_rate_bp", "lowest_rate_bp")
WORDS = {"and", "or", "not", "in", "true", "false", "null"}
TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
TEMPLATE = re.compile(r"`([^`]*)`")
HOLE = re.compile(r"\$\{([^}]*)\}")
NAME = re.compile(r"(?<![\w.#$])([A-Za-z_]\w*)(?!\w)(?!\s*\()")
DIVISOR = re.compile(r"[/%]\s*([\w.$#]+|\()")


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination found: `problems` bar a proposal, `remarks` are for a person to weigh; how far cases went."""

    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    covered: covering.Covered | None

    @property
    def sound(self) -> bool:
        """May it be proposed?"""
        return not self.problems


def examine(definition: Definition, graph_text: str, terms: Terms, *, seed: int = 1) -> Examined:
    """Hold a graph against its definition and terms, then try every path of it with generated cases."""
    try:
        ready = graph.parse(graph_text, terms, name="the decision graph", limit_words=definition.limit_parts)
    except BadInput as broken:
        return Examined((broken.what,), (), None)
    problems = [
        *_input_problems(definition, ready),
        *_name_problems(ready),
        *_output_problems(ready),
        *_type_problems(ready),
        *_division_problems(ready, terms),
        *(problem for table in tables.of(ready.document, terms) for problem in tables.problems(table)),
    ]
    if problems:
        return Examined(tuple(problems), (), None)
    covered = covering.cover(ready, seed=seed)
    problems += _result_problems(covered)
    remarks = [f"no generated case reaches the rule {rule}" for rule in covered.rules_left]
    remarks += [f"no generated case ends at {end}" for end in covered.ends_left]
    return Examined(tuple(problems), tuple(remarks), covered)


def _input_problems(definition: Definition, ready: Graph) -> Iterator[str]:
    """Everything that the request asks for must come from somewhere, and with a type that comes."""
    given = {*definition.facts, *definition.told, *GIVEN}
    schema = structure.request_schema(dict(ready.document))
    for name, said in schema["properties"].items():
        if name not in given:
            yield f"the request asks for '{name}', which neither the definition's facts nor the application tells"
        wanted = GIVEN.get(name, ["number", "null"])
        if said.get("type") != wanted:
            yield f"the request takes '{name}' as {said.get('type')}, it comes as {wanted}"
    for name in sorted({*definition.facts, *definition.told} - schema["properties"].keys()):
        yield f"the fact '{name}' is told, and the request does not take it"


def _name_problems(ready: Graph) -> Iterator[str]:
    """Names in cells that no node on the way gives: the engine would take them for null."""
    reach = _reach(ready.document)
    for node in ready.document["nodes"]:
        known = {name.split(".")[0] for name in reach[node["id"]] | _written(node)}
        for place, expression, _ in structure.expressions({**ready.document, "nodes": [node]}):
            for name in _names(expression):
                if name not in known:
                    yield f"{place}: nothing gives '{name}'"


def _output_problems(ready: Graph) -> Iterator[str]:
    """Results that a node which leads to the response ends without, and outcomes that are none."""
    reach = _reach(ready.document)
    nodes = {node["id"]: node for node in ready.document["nodes"]}
    wanted = [*RESULTS, *(f"limit_parts.{name}" for name in ready.limit_words)]
    wanted += [f"build_up.{name}" for name in graph.PRICE_WORDS]
    response = next(name for name, node in nodes.items() if node["type"] == "outputNode")
    for edge in ready.document["edges"]:
        if edge["targetId"] != response:
            continue
        end = nodes[edge["sourceId"]]
        has = reach[end["id"]] | _written(end)
        entries = (end.get("content") or {}).get("expressions", [])
        said = {entry["value"] for entry in entries if entry["key"] == "outcome"}
        for text in said - OUTCOMES:
            yield f"{end['name']}, outcome: {text} is none of {', '.join(sorted(OUTCOMES))}"
        for name in (*wanted, *(OF_A_YES if "'approved'" in said else ())):
            if name not in has:
                yield f"{end['name']}: the output '{name}' is missing, no node on the way gives it"


def _reach(document: Mapping[str, Any]) -> dict[str, set[str]]:
    """The names that come to each node: what the request and the nodes on the way to it give and pass through."""
    reach: dict[str, set[str]] = {}
    gives: dict[str, set[str]] = {}
    for node in _in_order(document):
        sources = [edge["sourceId"] for edge in document["edges"] if edge["targetId"] == node["id"]]
        here = set().union(*(gives[name] for name in sources)) if sources else set[str]()
        if node["type"] == "inputNode":
            here = set(structure.request_schema(dict(document))["properties"])
        reach[node["id"]] = here
        passes = node["type"] not in WRITING or (node.get("content") or {}).get("passThrough", False)
        gives[node["id"]] = _written(node) | (here if passes else set())
    return reach


def _in_order(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The nodes so that each comes after those that lead to it."""
    nodes = {node["id"]: node for node in document["nodes"]}
    sources: dict[str, set[str]] = {name: set() for name in nodes}
    for edge in document["edges"]:
        sources[edge["targetId"]].add(edge["sourceId"])
    ordered: list[str] = []
    while len(ordered) < len(nodes):
        ordered += [name for name in nodes if name not in ordered and sources[name] <= set(ordered)]
    return [nodes[name] for name in ordered]


def _written(node: dict[str, Any]) -> set[str]:
    """The names that a node gives, and those that they are parts of."""
    content = node.get("content") or {}
    names: set[str] = set()
    if node["type"] == "expressionNode":
        names = {entry["key"] for entry in content["expressions"]}
    elif node["type"] == "decisionTableNode":
        path = f"{content['outputPath']}." if content.get("outputPath") else ""
        names = {f"{path}{column['field']}" for column in content["outputs"]}
    return names | {name.split(".")[0] for name in names}


def _names(expression: str) -> set[str]:
    holes = " ".join(hole for text in TEMPLATE.findall(expression) for hole in HOLE.findall(text))
    bare = TEXT.sub(" ", TEMPLATE.sub(" ", expression) + " " + holes)
    return {name for name in NAME.findall(bare) if name not in WORDS}


def _type_problems(ready: Graph) -> Iterator[str]:
    """Cells that hold a number against a text or a text against a number, and outputs that are left empty."""
    schema = structure.request_schema(dict(ready.document))
    texts = {name for name, said in schema["properties"].items() if said["type"] == "string"}
    for node in ready.document["nodes"]:
        if node["type"] != "decisionTableNode":
            continue
        for rule in node["content"]["rules"]:
            at = f"{node['name']}, rule {rule['_id']}"
            for column in node["content"]["inputs"]:
                cell = rule.get(column["id"], "").strip()
                if not cell or column["field"] not in schema["properties"]:
                    continue
                if column["field"] in texts and cell[0] in "<>":
                    yield f"{at}: '{cell}' holds the text {column['field']} against a number"
                if column["field"] not in texts and TEXT.search(cell):
                    yield f"{at}: '{cell}' holds the number {column['field']} against a text"
            for column in node["content"]["outputs"]:
                if not rule.get(column["id"], "").strip():
                    yield f"{at}: the output {column['name']} is empty"


def _division_problems(ready: Graph, terms: Terms) -> Iterator[str]:
    """Divisions by what may be zero: only numbers and terms above zero, or what the same cell holds to be above it."""
    for place, expression, _ in structure.expressions(dict(ready.document)):
        holes = " ".join(hole for text in TEMPLATE.findall(expression) for hole in HOLE.findall(text))
        bare = TEXT.sub(" ", TEMPLATE.sub(" ", expression) + " " + holes)
        for divisor in DIVISOR.findall(bare):
            if re.fullmatch(r"\d+(\.\d+)?", divisor):
                safe = float(divisor) != 0
            elif divisor.startswith("terms."):
                value = terms.terms[divisor.removeprefix("terms.")].value
                safe = not isinstance(value, tuple) and value > 0
            else:
                safe = bool(re.search(rf"{re.escape(divisor)}\s*(> 0|!= 0)\s*\?", bare))
            if not safe:
                yield f"{place}: '{expression}' divides by {divisor}, which may be zero"


def _result_problems(covered: covering.Covered) -> Iterator[str]:
    for case, why in covered.faults:
        told = ", ".join(f"{name}={value}" for name, value in case.items() if value is not None)
        yield f"a generated case fails: {why} ({told[:300]})"
    if covered.slowest_ms > covering.SLOW_MS:
        yield f"a generated case took {covered.slowest_ms:.0f} ms, more than {covering.SLOW_MS} ms"
    if not covered.cases:
        yield "no case could be generated"
