"""Which nodes are one firm, from how alike pairs of them are. Pure.

A node is what codes alone have put together: all records of one code, of one source's own code, or one record. Pairs
are taken from the likeliest down, and joined unless one of the guards says no:

- two sound codes, or two firms that were known before, are never joined here: that is a person's act;
- a node that may be either of two firms is joined to neither unless one of them is much the likelier: with odds o_i for
  each of the candidates, the chance of the best is o_max / (1 + Σ o_i);
- two groups are joined only when enough of their members are alike (half of the smaller group): one chance resemblance
  must not chain two firms together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LINK, REVIEW = 0.85, 0.40  # join from here on; ask a person from here on
MOST_ODDS = 1e9
SUPPORT = 0.5  # of the smaller group's members


class Doubt(StrEnum):
    """Why a pair waits for a person."""

    LIKELY_SAME = "likely_same"
    EITHER_OF_TWO = "either_of_two"
    WOULD_MERGE = "would_merge"
    WEAK_CHAIN = "weak_chain"


@dataclass(frozen=True, slots=True)
class Node:
    """`anchor` is the sound code or the known firm that the node stands for, if any: at most one in a group."""

    code: str | None = None
    firm: str | None = None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Two nodes that a person should look at."""

    left: str
    right: str
    probability: float
    doubt: Doubt


@dataclass
class Grouping:
    """The answer: each joined node's group (named by one of its nodes), the chance with which it joined, the doubts."""

    parent: dict[str, str] = field(default_factory=dict)
    joined_at: dict[str, float] = field(default_factory=dict)
    doubts: list[Doubtful] = field(default_factory=list)

    def group(self, node: str) -> str:
        """The node that names the group."""
        parent = self.parent
        while (above := parent.get(node, node)) != node:
            parent[node] = parent.get(above, above)
            node = above
        return node


def grouped(nodes: Mapping[str, Node], pairs: Iterable[tuple[str, str, float]]) -> Grouping:
    """Group nodes by pairs `(left, right, probability)`; nodes that no pair names stay alone.

    >>> nodes = {"a": Node(code="X"), "b": Node(), "c": Node(), "d": Node(code="Y")}
    >>> done = grouped(nodes, [("a", "b", 0.99), ("b", "c", 0.97), ("c", "d", 0.9)])
    >>> [done.group(node) == done.group("a") for node in "bcd"], [doubt.doubt.value for doubt in done.doubts]
    ([True, True, False], ['would_merge'])
    """
    best: dict[tuple[str, str], float] = {}
    for left, right, probability in pairs:
        key = (left, right) if left < right else (right, left)
        if left != right and probability > best.get(key, 0.0):
            best[key] = probability
    near: dict[str, set[str]] = defaultdict(set)
    for left, right in best:
        near[left].add(right)
        near[right].add(left)
    share = _shares(nodes, best)
    joining = _Joining(nodes, near)
    for (left, right), probability in sorted(best.items(), key=lambda pair: (-pair[1], pair[0])):
        joining.consider(left, right, probability, share.get((left, right), probability))
    return joining.answer


def _shares(nodes: Mapping[str, Node], best: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """The chance of a free node's pair with an anchored one, beside all anchored ones that it resembles."""
    odds: dict[str, float] = defaultdict(float)
    anchored: list[tuple[str, tuple[str, str], float]] = []
    for pair, probability in best.items():
        free = [node for node in pair if not _is_anchor(nodes[node])]
        if len(free) == 1:
            of = min(probability / max(1 - probability, 1e-12), MOST_ODDS)
            odds[free[0]] += of
            anchored.append((free[0], pair, of))
    return {pair: of / (1 + odds[free]) for free, pair, of in anchored}


def _is_anchor(node: Node) -> bool:
    return node.code is not None or node.firm is not None


class _Joining:
    """Groups as they grow."""

    def __init__(self, nodes: Mapping[str, Node], near: Mapping[str, set[str]]) -> None:
        self.answer = Grouping()
        self._anchor: dict[str, Node] = {name: node for name, node in nodes.items() if _is_anchor(node)}
        self._members: dict[str, list[str]] = {}
        self._near = near

    def consider(self, left: str, right: str, probability: float, share: float) -> None:
        """Join the groups of two nodes, or say why a person should look."""
        one, other = self.answer.group(left), self.answer.group(right)
        if one == other:
            return
        doubt = self._doubt(one, other, probability, share)
        if doubt is None:
            self._join(one, other, share)
        elif probability >= REVIEW:
            self.answer.doubts.append(Doubtful(left, right, round(probability, 6), doubt))

    def _doubt(self, one: str, other: str, probability: float, share: float) -> Doubt | None:
        first, second = self._anchor.get(one), self._anchor.get(other)
        if probability < LINK:
            return Doubt.LIKELY_SAME
        if first is not None and second is not None and not _compatible(first, second):
            return Doubt.WOULD_MERGE
        if share < LINK:
            return Doubt.EITHER_OF_TWO
        return None if self._supported(one, other) else Doubt.WEAK_CHAIN

    def _supported(self, one: str, other: str) -> bool:
        mine, theirs = self._members.get(one, [one]), self._members.get(other, [other])
        if min(len(mine), len(theirs)) == 1:
            return True
        few, many = (mine, theirs) if len(mine) <= len(theirs) else (theirs, mine)
        across = set(many)
        return sum(1 for member in few if self._near[member] & across) >= SUPPORT * len(few)

    def _join(self, one: str, other: str, share: float) -> None:
        mine, theirs = self._members.pop(one, [one]), self._members.pop(other, [other])
        keep, lose = (one, other) if one in self._anchor or len(mine) >= len(theirs) else (other, one)
        if keep == other:
            mine, theirs = theirs, mine
        first, second = self._anchor.get(keep), self._anchor.pop(lose, None)
        if second is not None:
            known = first or Node()
            self._anchor[keep] = Node(known.code or second.code, known.firm or second.firm)
        self.answer.parent[lose] = keep
        self._members[keep] = mine + theirs
        for member in theirs:
            self.answer.joined_at[member] = share
        if len(mine) == 1 and keep not in self._anchor:
            self.answer.joined_at.setdefault(keep, share)


def _compatible(one: Node, other: Node) -> bool:
    """A firm without a code and a code without a firm may be one; two codes or two firms may not."""
    codes = {node.code for node in (one, other)} - {None}
    firms = {node.firm for node in (one, other)} - {None}
    return len(codes) <= 1 and len(firms) <= 1
