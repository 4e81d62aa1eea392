"""A decision graph as a drawing that fits a page: node after node in rows, the path that a decision took marked.

Promises a drawing of any document that the editor can save, whatever its nodes' places there; refuses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from puhui.words import Label

WIDE, HIGH, MARGIN = 190, 62, 16  # of a node, and around all of them
ACROSS, DOWN, A_ROW = 232, 92, 5  # from node to node, from lane to lane, and how many stand in a row
WORDS = {  # of the catalogue's graphs; a node that somebody else has named goes by that name
    "Request": Label("Request", "申请"),
    "Eligibility": Label("Eligibility", "准入"),
    "Grade": Label("Grade", "评级"),
    "Trust": Label("Trust", "可信度"),
    "Limit": Label("Limit", "额度"),
    "Price": Label("Price", "定价"),
    "Policy": Label("Policy", "政策"),
    "Verdict": Label("Verdict", "结论"),
    "Approve, decline or refer": Label("Which way", "分流"),
    "Approve": Label("Approve", "批准"),
    "Refer": Label("Refer", "转人工"),
    "Decline": Label("Decline", "拒绝"),
    "Response": Label("Answer", "答复"),
}
KINDS = {
    "inputNode": "in",
    "outputNode": "out",
    "decisionTableNode": "rules",
    "expressionNode": "sums",
    "switchNode": "way",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its corner, its name, what kind it is, whether the decision passed it, and which rules spoke there."""

    x: int
    y: int
    name: str
    kind: str
    passed: bool
    hits: str = ""

    @property
    def words(self) -> Label:
        """Its name in both languages."""
        return called(self.name)

    @property
    def middle(self) -> tuple[int, int]:
        """Where its name stands."""
        return self.x + WIDE // 2, self.y + (26 if self.hits else HIGH // 2 + 5)

    @property
    def below(self) -> tuple[int, int]:
        """Where its rules stand."""
        return self.x + WIDE // 2, self.y + HIGH - 14


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


def called(node: str) -> Label:
    """A node's name in both languages."""
    return WORDS.get(node, Label(node, node))


def drawing(
    document: Mapping[str, Any], *, path: tuple[str, ...] = (), hits: Mapping[str, Sequence[str]] | None = None
) -> Drawing:
    """The drawing of a graph; `path` names the nodes that a decision passed, `hits` the rules that spoke in each."""
    said = {str(node["id"]): node for node in document.get("nodes", [])}
    edges = [
        (str(edge.get("sourceId")), str(edge.get("targetId")))
        for edge in document.get("edges", [])
        if str(edge.get("sourceId")) in said and str(edge.get("targetId")) in said
    ]
    places = _places(list(said), edges)
    nodes = {
        key: Node(
            *places[key], str(node.get("name", "")), KINDS.get(str(node.get("type")), "sums"),
            node.get("name") in path or key in path, " ".join((hits or {}).get(str(node.get("name")), ())),
        )
        for key, node in said.items()
    }  # fmt: skip
    right = max((node.x for node in nodes.values()), default=0) + WIDE + MARGIN
    bottom = max((node.y for node in nodes.values()), default=0) + HIGH + MARGIN
    return Drawing(
        f"0 0 {right} {bottom}",
        tuple(nodes.values()),
        tuple(_edge(nodes[source], nodes[target]) for source, target in edges),
    )


def _places(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """Each node's corner: as far to the right as its longest way from the start, folded into rows.

    >>> _places(["a", "b", "c"], [("a", "b"), ("a", "c")])
    {'a': (16, 16), 'b': (248, 16), 'c': (248, 108)}
    """
    rank = dict.fromkeys(keys, 0)
    for _ in keys:  # a way passes each node once at most; a circle, which no sound graph has, ends here too
        for source, target in edges:
            rank[target] = min(max(rank[target], rank[source] + 1), len(keys))
    lanes: dict[int, list[str]] = {}
    for key in keys:
        lanes.setdefault(rank[key], []).append(key)
    places, top = {}, MARGIN
    ranks = sorted(lanes)
    for start in range(0, len(ranks), A_ROW):
        row = ranks[start : start + A_ROW]
        for column, each in enumerate(row):
            for lane, key in enumerate(lanes[each]):
                places[key] = (MARGIN + column * ACROSS, top + lane * DOWN)
        top += max(len(lanes[each]) for each in row) * DOWN + DOWN // 3
    return places


def _edge(source: Node, target: Node) -> Edge:
    """From a node's right side to another's left; to one in a row below, around between the rows."""
    passed = source.passed and target.passed
    x0, y0, x1, y1 = source.x + WIDE, source.y + HIGH // 2, target.x, target.y + HIGH // 2
    if x1 > x0:
        bend = (x1 - x0) // 2
        return Edge(f"M{x0} {y0} C{x0 + bend} {y0} {x1 - bend} {y1} {x1} {y1}", passed)
    between, middle, over = target.y - 16, source.x + WIDE // 2, target.x + WIDE // 2
    return Edge(f"M{middle} {source.y + HIGH} V{between} H{over} V{target.y}", passed)
