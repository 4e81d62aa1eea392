"""What must be true of any decision graph before it runs: its nodes, its edges, and every cell in them. Pure.

Refuses scripts and functions, calls of other graphs, loops of nodes and loops over ranges (the engine would hold the
process until they end), nodes that nothing leads to or that lead nowhere, cells that do not compile, terms that do not
exist, and two rules of one name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import zen

from puhui.products.terms import Terms

KNOWN = ("inputNode", "outputNode", "decisionTableNode", "expressionNode", "switchNode")
SCRIPTS = {"functionNode": "a script", "customNode": "code of its own", "decisionNode": "a call of another graph"}
TERM = re.compile(r"\bterms\.(\w+)")
LOOP = re.compile(r"\b(map|filter|flatMap|some|all|none|count|one|sum|repeat)\s*\(\s*\[?\s*[^\]]*?\.\.")


def request_schema(document: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of the graph's request. Raises ValueError when there is none."""
    request = next((node for node in document["nodes"] if node["type"] == "inputNode"), None)
    if request is None:
        raise ValueError("there is no request node")
    schema = json.loads(request["content"]["schema"])
    assert isinstance(schema, dict)
    return schema


def problems(document: dict[str, Any]) -> Iterator[str]:
    """What is wrong with nodes and edges; a graph with any of these is not given to the engine.

    Raises ValueError when it has no request node, and KeyError or TypeError when it is no graph at all.
    """
    request_schema(document)
    nodes = {node["id"]: node for node in document["nodes"]}
    if len(nodes) < len(document["nodes"]):
        yield "two nodes have one id"
    for node in document["nodes"]:
        kind = node["type"]
        if kind in SCRIPTS:
            yield f"{node['name']} is {SCRIPTS[kind]}: only tables, expressions and switches can be read and replayed"
        elif kind not in KNOWN:
            yield f"{node['name']} is of the unknown kind {kind}"
    for kind, what in (("inputNode", "request"), ("outputNode", "response")):
        found = [node for node in document["nodes"] if node["type"] == kind]
        if len(found) != 1:
            yield f"there {'is no' if not found else 'are several'} {what} node{'s' if found else ''}"
    for edge in document["edges"]:
        if not {edge["sourceId"], edge["targetId"]} <= nodes.keys():
            yield f"the edge {edge.get('id', '?')} leads from or to nowhere"
    yield from _walk_problems(document, nodes)
    for place, expression, _ in expressions(document):
        if LOOP.search(expression):
            yield f"{place}: '{expression}' loops over a range, which may never end"


def _walk_problems(document: dict[str, Any], nodes: dict[str, Any]) -> Iterator[str]:
    after: dict[str, list[str]] = {name: [] for name in nodes}
    before: dict[str, list[str]] = {name: [] for name in nodes}
    for edge in document["edges"]:
        if {edge["sourceId"], edge["targetId"]} <= nodes.keys():
            after[edge["sourceId"]].append(edge["targetId"])
            before[edge["targetId"]].append(edge["sourceId"])
    waiting = {name: len(sources) for name, sources in before.items()}
    ready = [name for name, count in waiting.items() if not count]
    done = 0
    while ready:
        done += 1
        for target in after[ready.pop()]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if done < len(nodes):
        stuck = sorted(nodes[name]["name"] for name, count in waiting.items() if count)
        yield f"an endless loop: {', '.join(stuck)} wait for each other"
        return
    for kind, ways, said in (("inputNode", after, "nothing leads to"), ("outputNode", before, "nothing follows")):
        begin = [name for name, node in nodes.items() if node["type"] == kind]
        reached = set(begin)
        while begin:
            for name in ways[begin.pop()]:
                if name not in reached:
                    reached.add(name)
                    begin.append(name)
        for name in sorted(nodes.keys() - reached):
            yield f"{said} {nodes[name]['name']}"


def cell_problems(document: dict[str, Any], terms: Terms) -> Iterator[str]:
    """What the engine would pass over in silence: cells that do not compile, terms that do not exist, twin ids."""
    seen: set[str] = set()
    for place, expression, unary in expressions(document):
        try:
            (zen.compile_unary_expression if unary else zen.compile_expression)(expression)
        except RuntimeError as problem:
            yield f"{place}: '{expression}' does not compile ({str(problem).splitlines()[0]})"
        for term in TERM.findall(expression):
            if term not in terms.terms:
                yield f"{place}: there is no term '{term}'"
    for node in document["nodes"]:
        for rule in node["content"].get("rules", []) if node["type"] == "decisionTableNode" else []:
            if rule["_id"] in seen:
                yield f"two rules are called {rule['_id']}"
            seen.add(rule["_id"])


def expressions(document: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Every expression of a graph with its place, and whether it is a unary test of a column's field."""
    for node in document["nodes"]:
        content, name = node.get("content") or {}, node["name"]
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
