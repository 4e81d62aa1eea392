"""What binds a firm to others, as numbers of a day: its group, its circle, its guarantees, how near trouble is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa

from puhui.enterprises.graph import Graph, Owner

FARTHEST = 4  # relations to the nearest firm in trouble; beyond, or where there is none, it is one more
MEASURES = (
    *("bonds_group_firms", "bonds_group_in_trouble", "bonds_owner_other_firms", "bonds_trouble_distance"),
    *("bonds_circle_firms", "bonds_guarantees_given", "bonds_guarantees_received", "bonds_guarantee_reach"),
)


@dataclass(frozen=True, slots=True)
class Bonds:
    """A firm's group by its controller, its guarantee circle, whom it guarantees and who guarantees it.

    `owners` are told where they were asked for: everyone who holds a part, through any number of firms, with its paths.

    `distance` counts relations to the nearest firm in trouble: 0 where it is the firm itself, `FARTHEST + 1` where none
    is near. `reach` counts the firms that guarantees lead to from this one, one after another.
    """

    controller: str | None
    group: tuple[str, ...]
    group_in_trouble: int
    owner_others: tuple[str, ...]
    circle: tuple[str, ...]
    given: tuple[str, ...]
    received: tuple[str, ...]
    reach: int
    distance: int
    owners: tuple[Owner, ...] = ()

    def numbers(self) -> dict[str, float]:
        """As `MEASURES` name them; a firm that stands alone is a group of one."""
        counts = (
            max(1, len(self.group)), self.group_in_trouble, len(self.owner_others), self.distance, len(self.circle),
            len(self.given), len(self.received), self.reach,
        )  # fmt: skip
        return dict(zip(MEASURES, map(float, counts), strict=True))


def bonds(
    relations: pa.Table, trouble: Collection[str], firms: Sequence[str], *, owners: bool = False
) -> dict[str, Bonds]:
    """The bonds of each firm under the relations of a day; with its `owners` where they are wanted, which takes longer.

    >>> from puhui.enterprises.graph import table
    >>> told = table([("owns", "P", "A", 6000), ("owns", "P", "B", 10000), ("guarantees", "A", "C", 0)])
    >>> found = bonds(told, {"C"}, ["A", "B"])
    >>> found["A"].group, found["A"].given, found["A"].distance, found["B"].distance
    (('A', 'B'), ('C',), 1, 3)
    """
    if not relations.num_rows:
        return dict.fromkeys(firms, Bonds(None, (), 0, (), (), (), (), 0, FARTHEST + 1))
    graph = Graph(relations)
    groups = graph.groups()
    controller_of = {member: controller for controller, group in groups.items() for member in group}
    circle_of = {member: tuple(circle) for circle in graph.circles() for member in circle}
    others: dict[str, set[str]] = defaultdict(set)
    for _, its in graph.same_person():
        for firm in its:
            others[firm] |= set(its) - {firm}
    given, received = _guarantees(relations)
    troubled = set(trouble)
    near = graph.distances(troubled, most=FARTHEST)
    told = {}
    for firm in firms:
        group = tuple(groups.get(controller_of.get(firm, ""), ()))
        told[firm] = Bonds(
            controller_of.get(firm), group, len(set(group) & troubled - {firm}), tuple(sorted(others[firm])),
            circle_of.get(firm, ()), tuple(sorted(given[firm])), tuple(sorted(received[firm])),
            len(_reached(given, firm)), near.get(firm, FARTHEST + 1),
            tuple(graph.owners(firm)) if owners else (),
        )  # fmt: skip
    return told


def _guarantees(relations: pa.Table) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    given: dict[str, set[str]] = defaultdict(set)
    received: dict[str, set[str]] = defaultdict(set)
    for row in relations.to_pylist():
        if row["kind"] == "guarantees":
            given[row["one"]].add(row["other"])
            received[row["other"]].add(row["one"])
    return given, received


def _reached(given: dict[str, set[str]], firm: str) -> set[str]:
    """Firms that a firm's guarantees lead to, itself left out."""
    reached, waiting = set[str](), [firm]
    while waiting:
        for other in given.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached - {firm}
