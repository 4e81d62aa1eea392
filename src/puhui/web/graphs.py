"""A decision graph as a drawing: its nodes where the editor has put them, the path that a decision took marked.

Promises a drawing of any document that the editor can save; refuses nothing: a node without a place is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDE, HIGH, MARGIN = 190, 54, 30  # of a node, and around all of them
KINDS = {
    "inputNode": "in",
    "outputNode": "out",
    "decisionTableNode": "rules",
    "expressionNode": "sums",
    "switchNode": "way",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its corner, its name, what kind it is, and whether the decision passed it."""

    x: int
    y: int
    name: str
    kind: str
    passed: bool

    @property
    def middle(self) -> tuple[int, int]:
        """Where its name stands."""
        return self.x + WIDE // 2, self.y + HIGH // 2 + 5


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow as an SVG path."""

    line: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole graph, in its own coordinates."""

    box: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def drawing(document: Mapping[str, Any], *, path: tuple[str, ...] = ()) -> Drawing:
    """The drawing of a graph; `path` are the names of the nodes that a decision passed."""
    placed = [node for node in document.get("nodes", []) if isinstance(node.get("position"), Mapping)]
    if not placed:
        return Drawing(f"0 0 {WIDE} {HIGH}", (), ())
    left = min(node["position"]["x"] for node in placed) - MARGIN
    top = min(node["position"]["y"] for node in placed) - MARGIN
    right = max(node["position"]["x"] for node in placed) + WIDE + MARGIN
    bottom = max(node["position"]["y"] for node in placed) + HIGH + MARGIN
    nodes = {
        node["id"]: Node(
            round(node["position"]["x"]), round(node["position"]["y"]), str(node.get("name", "")),
            KINDS.get(str(node.get("type")), "sums"), node.get("name") in path or node["id"] in path,
        )
        for node in placed
    }  # fmt: skip
    edges = []
    for edge in document.get("edges", []):
        source, target = nodes.get(edge.get("sourceId")), nodes.get(edge.get("targetId"))
        if source is None or target is None:
            continue
        start, end = (source.x + WIDE, source.y + HIGH // 2), (target.x, target.y + HIGH // 2)
        bend = (end[0] - start[0]) // 2
        line = f"M{start[0]} {start[1]} C{start[0] + bend} {start[1]} {end[0] - bend} {end[1]} {end[0]} {end[1]}"
        edges.append(Edge(line, source.passed and target.passed))
    return Drawing(
        f"{round(left)} {round(top)} {round(right - left)} {round(bottom - top)}", tuple(nodes.values()), tuple(edges)
    )
