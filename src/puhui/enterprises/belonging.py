"""To whom each firm belongs: its ultimate controller, the group it is part of, the guarantee circle it stands in.

One pass over all relations, in arrays: a million firms take seconds. A group is what control, common control, the same
legal representative and kin tie together (Guidelines on group clients), and since a merge the ids of one firm; a circle
is what guarantees tie to itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from puhui.enterprises.graph import Graph, Whole

MOST_FIRMS = 50  # who signs for more firms than this is an agent, and tells nothing
NOBODY = ""


def belonging(graph: Graph) -> pa.Table:
    """`firm, owner, group, circle` of every firm in the relations, sorted by firm; empty where there is none.

    `owner` is the ultimate controller. Groups and circles have at least two members, and are named by the smallest.

    >>> from puhui.enterprises.graph import table
    >>> rows = [("owns", "P", "A", 6000), ("owns", "P", "B", 9000), ("represents", "Q", "B", 0),
    ...     ("represents", "Q", "C", 0), ("guarantees", "C", "D", 0), ("guarantees", "D", "C", 0)]
    >>> found = belonging(Graph(table(rows))).to_pydict()
    >>> found["firm"], found["owner"]
    (['A', 'B', 'C', 'D'], ['P', 'P', '', ''])
    >>> found["group"], found["circle"]
    (['A', 'A', 'A', ''], ['', '', 'C', 'C'])
    """
    held = graph.pairs("owns")[1]
    controller = graph.controllers
    controlled = np.flatnonzero(controller != np.arange(graph.n))
    guarantor, guaranteed = graph.pairs("guarantees")
    person, represented = _not_agents(*graph.pairs("represents"))
    kin_one, kin_other = graph.pairs("kin")
    absorbed, standing = graph.pairs("same_firm")
    firm = np.zeros(graph.n, np.bool_)
    for firms in (held, represented, guarantor, guaranteed, absorbed, standing, graph.pairs("represents")[1]):
        firm[firms] = True
    tied = (
        np.concatenate([controlled, person, kin_one, absorbed]),
        np.concatenate([controller[controlled], represented, kin_other, standing]),
    )
    ids = np.asarray(graph.ids.to_pylist(), dtype=object)
    rank = np.empty(graph.n, np.int64)
    rank[np.argsort(ids, kind="stable")] = np.arange(graph.n)
    group = _smallest(graph.n, *tied, firm=firm, rank=rank, strong=False)
    circle = _smallest(graph.n, guarantor, guaranteed, firm=firm, rank=rank, strong=True)
    places = np.flatnonzero(firm)
    places = places[np.argsort(rank[places])]
    named = np.append(ids, NOBODY)
    owner = np.where(controller != np.arange(graph.n), controller, graph.n)
    columns = {"firm": places, "owner": owner[places], "group": group[places], "circle": circle[places]}
    return pa.table({name: pa.array(named[at], pa.string()) for name, at in columns.items()})


def _not_agents(person: Whole, firm: Whole) -> tuple[Whole, Whole]:
    if not person.size:
        return person, firm
    pairs = np.unique(np.stack([person, firm]), axis=1)
    of = np.bincount(pairs[0])
    few = of[pairs[0]] <= MOST_FIRMS
    return pairs[0][few], pairs[1][few]


def _smallest(n: int, one: Whole, other: Whole, *, firm: npt.NDArray[np.bool_], rank: Whole, strong: bool) -> Whole:
    """For each node the smallest firm of its component, or `n` where it holds fewer than two firms."""
    found: Whole = np.full(n, n, np.int64)
    if not one.size:
        return found
    from scipy.sparse import coo_array  # noqa: PLC0415  it loads for long, and few processes look for groups
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(one.size, np.int8), (one, other)), shape=(n, n)).tocsr()
    count, label = connected_components(graph, directed=True, connection="strong" if strong else "weak")
    firms = np.flatnonzero(firm)
    members = np.bincount(label[firms], minlength=count)
    order = firms[np.argsort(-rank[firms], kind="stable")]
    first = np.full(count, n, np.int64)
    first[label[order]] = order  # the last written is the smallest
    several = members[label] > 1
    found[several] = first[label[several]]
    return found
