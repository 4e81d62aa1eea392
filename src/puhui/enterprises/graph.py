"""Who is bound to whom: control groups, guarantee circles, owners with their percentages, distance to trouble. Pure.

Relations are a table `kind, one, other, share_bp`: `owns` (holder → firm), `represents` (person → firm),
`guarantees` (guarantor → guaranteed firm). Holders may be people or firms; all are ids.

Control is transitive: whoever directs a firm directs its votes. A firm's ultimate controller is the one whose own
shares and those of the firms it controls come to half (Guidelines on group clients; IFRS 10). A guarantee circle is a
strongly connected component of guarantees: each member's guarantee leads back to itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import rustworkx as rx

if TYPE_CHECKING:  # it loads for long, and few processes walk from firm to firm
    from scipy.sparse import csr_array

HALF_BP, WHOLE_BP = 5_000, 10_000
ROUNDS, DEEPEST = 12, 12  # of the search for controllers; steps of an ownership path
DOUBLINGS = 8  # chains of control up to 2**8 long
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Owner:
    """Someone who owns a part of a firm, through any number of others: the product along each path, summed."""

    owner: str
    share: float
    paths: tuple[tuple[str, ...], ...]


class Graph:
    """Relations as they were known on one day."""

    def __init__(self, relations: pa.Table) -> None:
        both = pa.chunked_array([*relations["one"].chunks, *relations["other"].chunks], pa.string())
        coded = both.combine_chunks().dictionary_encode()
        size = relations.num_rows
        indices = coded.indices.to_numpy().astype(np.int64)
        self.ids: pa.Array = coded.dictionary
        self._one, self._other = indices[:size], indices[size:]
        self._kind = relations["kind"].combine_chunks()
        self._share = pc.fill_null(relations["share_bp"].combine_chunks(), 0).to_numpy().astype(np.int64)

    @property
    def n(self) -> int:
        """How many firms and people."""
        return len(self.ids)

    @property
    def controllers(self) -> Whole:
        """Each node's ultimate controller, by place in `ids`; itself where nobody controls it."""
        return self._controllers

    def pairs(self, kind: str) -> tuple[Whole, Whole]:
        """The relations of a kind, by place in `ids`."""
        return self._of(kind)

    def groups(self) -> dict[str, list[str]]:
        """Firms under one control, by their ultimate controller (a person or a firm); at least two firms, or one and
        the firm that controls it.

        >>> owns = [("P", "A", 6000), ("A", "B", 3000), ("P", "B", 2500), ("Q", "C", 10000)]
        >>> Graph(table(("owns", *row) for row in owns)).groups()
        {'P': ['A', 'B']}
        """
        above = self._controllers
        firms = np.flatnonzero(above != np.arange(self.n))
        controlled: dict[int, list[int]] = defaultdict(list)
        for firm in firms.tolist():
            controlled[int(above[firm])].append(firm)
        is_firm = np.zeros(self.n, np.bool_)
        is_firm[self._other] = True
        found: dict[str, list[str]] = {}
        for controller, members in controlled.items():
            whole = [*members, controller] if is_firm[controller] else members
            if len(whole) > 1:
                found[self.ids[controller].as_py()] = sorted(self.ids[member].as_py() for member in whole)
        return dict(sorted(found.items()))

    def circles(self) -> list[list[str]]:
        """Firms whose guarantees lead back to themselves, each circle sorted.

        >>> rows = [("guarantees", a, b, 0) for a, b in ("AB", "BC", "CA", "CD")]
        >>> Graph(table(rows)).circles()
        [['A', 'B', 'C']]
        """
        one, other = self._of("guarantees")
        graph = _digraph(one, other, self.n)
        found = [part for part in rx.strongly_connected_components(graph) if len(part) > 1]
        return sorted(sorted(self.ids[member].as_py() for member in part) for part in found)

    def same_person(self, *, most_firms: int = 50) -> list[tuple[str, list[str]]]:
        """People who represent or own a part of several firms. One who signs for very many is an agent, and tells
        nothing.

        >>> rows = [("represents", "P", "A", 0), ("owns", "P", "B", 1000), ("represents", "Q", "C", 0)]
        >>> Graph(table(rows)).same_person()
        [('P', ['A', 'B'])]
        """
        mask = pc.is_in(self._kind, pa.array(["owns", "represents"])).to_numpy(zero_copy_only=False)
        pairs = np.unique(np.stack([self._one[mask], self._other[mask]]), axis=1)
        people, starts, counts = np.unique(pairs[0], return_index=True, return_counts=True)
        several = np.flatnonzero((counts > 1) & (counts <= most_firms))
        return [
            (
                self.ids[int(people[at])].as_py(),
                sorted(self.ids[int(firm)].as_py() for firm in pairs[1][starts[at] : starts[at] + counts[at]]),
            )
            for at in several
        ]

    def owners(self, firm: str) -> list[Owner]:
        """Everyone who owns a part of a firm, direct or through others, the largest first.

        Cross-holdings are followed once round at most; shares below a basis point are left out.

        >>> rows = [("owns", "P", "A", 8000), ("owns", "A", "F", 5000), ("owns", "P", "F", 1000)]
        >>> [(owner.owner, round(owner.share, 4)) for owner in Graph(table(rows)).owners("F")]
        [('A', 0.5), ('P', 0.5)]
        """
        place = pc.index(self.ids, firm).as_py()
        if place < 0:
            return []
        share: dict[int, float] = defaultdict(float)
        paths: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        waiting: list[tuple[int, float, tuple[int, ...]]] = [(place, 1.0, (place,))]
        while waiting:
            at, part, path = waiting.pop()
            for holder, bp in self._holders.get(at, ()):
                held = part * bp / WHOLE_BP
                if holder in path or held < 1 / WHOLE_BP or len(path) > DEEPEST:
                    continue
                share[holder] += held
                paths[holder].append((holder, *path))
                waiting.append((holder, held, (holder, *path)))

        def name(one: int) -> str:
            return str(self.ids[one].as_py())

        found = [
            Owner(name(holder), part, tuple(tuple(map(name, path)) for path in paths[holder]))
            for holder, part in share.items()
        ]
        return sorted(found, key=lambda owner: (-owner.share, owner.owner))

    def distances(self, to: Collection[str], *, most: int = 4) -> dict[str, int]:
        """How many relations lie between each firm or person and the nearest of `to` (0 = itself), up to `most`.

        >>> rows = [("guarantees", "A", "B", 0), ("owns", "P", "B", 9000), ("owns", "P", "C", 9000)]
        >>> Graph(table(rows)).distances({"A"})
        {'A': 0, 'B': 1, 'P': 2, 'C': 3}
        """
        begin = pc.index_in(pa.array(sorted(to), pa.string()), value_set=self.ids).drop_null().to_numpy()
        steps = np.full(self.n, -1, np.int64)
        steps[begin] = 0
        reached = steps == 0
        for step in range(1, most + 1):
            near = (self._neighbours @ reached.astype(np.int64)) > 0
            reached = near & (steps < 0)
            if not reached.any():
                break
            steps[reached] = step
        order = np.argsort(steps, kind="stable")
        return {self.ids[int(at)].as_py(): int(steps[at]) for at in order if steps[at] >= 0}

    @cached_property
    def _controllers(self) -> Whole:
        """Each node's ultimate controller; itself where nobody controls it."""
        one, other = self._of("owns")
        share = self._share[self._chosen("owns")]
        above: Whole = np.arange(self.n, dtype=np.int64)
        for _ in range(ROUNDS):
            key = other * self.n + above[one]
            keys, places = np.unique(key, return_inverse=True)
            total = np.bincount(places, weights=share, minlength=keys.size)
            firm, holder = keys // self.n, keys % self.n
            controls = (total >= HALF_BP) & (firm != holder)
            order = np.argsort(total[controls], kind="stable")  # of two halves the larger, else the later id
            found: Whole = np.arange(self.n, dtype=np.int64)
            found[firm[controls][order]] = holder[controls][order]
            found = _followed(found)
            if np.array_equal(found, above):
                break
            above = found
        return above

    @cached_property
    def _holders(self) -> dict[int, list[tuple[int, int]]]:
        one, other = self._of("owns")
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for holder, firm, bp in zip(
            one.tolist(), other.tolist(), self._share[self._chosen("owns")].tolist(), strict=True
        ):
            found[firm].append((holder, bp))
        return found

    @cached_property
    def _neighbours(self) -> csr_array:
        from scipy.sparse import csr_array  # noqa: PLC0415

        ones = np.ones(2 * self._one.size, np.int64)
        rows, columns = np.concatenate([self._one, self._other]), np.concatenate([self._other, self._one])
        return csr_array((ones, (rows, columns)), shape=(self.n, self.n))

    def _chosen(self, kind: str) -> npt.NDArray[np.bool_]:
        return np.asarray(pc.equal(self._kind, kind).to_numpy(zero_copy_only=False), np.bool_)

    def _of(self, kind: str) -> tuple[Whole, Whole]:
        chosen = self._chosen(kind)
        return self._one[chosen], self._other[chosen]


def table(rows: Iterable[tuple[str, str, str, int]]) -> pa.Table:
    """Relations from rows `kind, one, other, share_bp`."""
    kinds, ones, others, shares = zip(*rows, strict=True)
    return pa.table({"kind": kinds, "one": ones, "other": others, "share_bp": pa.array(shares, pa.int64())})


def rings(trades: pa.Table, *, longest: int = 6, alike: float = 0.2) -> list[tuple[list[str], float]]:
    """Circles of sales `one → other → … → one` in `trades` (`one, other, amount`) of which the smallest sale is at
    least `alike` of the largest: goods do not run in circles. Each ring begins with its first id, and comes with its
    smallest sale.

    >>> trades = pa.table({"one": list("ABCA"), "other": list("BCAD"), "amount": [100.0, 90.0, 95.0, 80.0]})
    >>> rings(trades)
    [(['A', 'B', 'C'], 90.0)]
    """
    both = pa.chunked_array([*trades["one"].chunks, *trades["other"].chunks], pa.string())
    coded = both.combine_chunks().dictionary_encode()
    indices = coded.indices.to_numpy().astype(np.int64)
    one, other = indices[: trades.num_rows], indices[trades.num_rows :]
    amounts = trades["amount"].to_numpy()
    parts = [set(part) for part in rx.strongly_connected_components(_digraph(one, other, len(coded.dictionary)))]
    part_of = {member: number for number, part in enumerate(parts) if len(part) > 1 for member in part}
    sells: dict[int, dict[int, float]] = defaultdict(dict)
    for seller, buyer, amount in zip(one.tolist(), other.tolist(), amounts.tolist(), strict=True):
        if seller != buyer and part_of.get(seller, -1) == part_of.get(buyer, -2):
            sells[seller][buyer] = sells[seller].get(buyer, 0.0) + amount
    found: list[tuple[list[str], float]] = []
    for start in sorted(sells):
        for path, least in _round(sells, start, longest, alike):
            found.append(([coded.dictionary[at].as_py() for at in path], least))
    return found


def _round(
    sells: dict[int, dict[int, float]], start: int, longest: int, alike: float
) -> list[tuple[tuple[int, ...], float]]:
    """Simple ways from a seller back to itself through larger numbers only, so that each ring is found once."""
    found: list[tuple[tuple[int, ...], float]] = []
    waiting: list[tuple[tuple[int, ...], float, float]] = [
        ((start, buyer), amount, amount) for buyer, amount in sells[start].items() if buyer > start
    ]
    while waiting:
        path, least, most = waiting.pop()
        for buyer, amount in sells.get(path[-1], {}).items():
            low, high = min(least, amount), max(most, amount)
            if low < alike * high:
                continue
            if buyer == start:
                found.append((path, low))
            elif buyer > start and buyer not in path and len(path) < longest:
                waiting.append(((*path, buyer), low, high))
    return found


def _digraph(one: Whole, other: Whole, n: int) -> rx.PyDiGraph:
    graph: rx.PyDiGraph = rx.PyDiGraph(node_count_hint=n, edge_count_hint=one.size)
    graph.add_nodes_from(range(n))
    graph.extend_from_edge_list(list(zip(one.tolist(), other.tolist(), strict=True)))
    return graph


def _followed(above: Whole) -> Whole:
    """Pointers followed to their end; those that run in a circle end at its smallest member.

    >>> _followed(np.array([0, 0, 1, 4, 3, 4])).tolist()
    [0, 0, 0, 3, 3, 3]
    """
    least: Whole = np.arange(above.size, dtype=np.int64)
    end = above
    for _ in range(DOUBLINGS):
        least = np.minimum(least, least[end])
        end = end[end]
    return least[end]
