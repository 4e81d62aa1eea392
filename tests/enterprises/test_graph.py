"""Control, circles, owners and distance, on graphs that one can draw by hand."""

from __future__ import annotations

import random
from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from puhui.enterprises.graph import Graph, rings, table


def test_control_runs_through_controlled_firms_and_adds_up() -> None:
    """P holds 60 % of A; A holds 30 % and P 25 % of B; B holds all of C; Q holds the rest of B and controls nothing."""
    owns = [("P", "A", 6000), ("A", "B", 3000), ("P", "B", 2500), ("Q", "B", 4500), ("B", "C", 10000)]
    assert Graph(table(("owns", *row) for row in owns)).groups() == {"P": ["A", "B", "C"]}


def test_a_holding_that_nobody_controls_heads_its_own_group() -> None:
    owns = [("H", "A", 5000), ("H", "B", 9000), ("X", "H", 4000), ("Y", "H", 4000)]
    assert Graph(table(("owns", *row) for row in owns)).groups() == {"H": ["A", "B", "H"]}


def test_minority_shares_make_no_group() -> None:
    assert Graph(table([("owns", "P", "A", 4900), ("owns", "P", "B", 4900)])).groups() == {}


def test_firms_that_own_each_other_do_not_hang_the_search() -> None:
    owns = [("A", "B", 6000), ("B", "A", 6000), ("A", "C", 7000)]
    (members,) = Graph(table(("owns", *row) for row in owns)).groups().values()
    assert members == ["A", "B", "C"]


def test_owners_are_products_along_paths_and_sums_over_them() -> None:
    rows = [("P", "A", 5000), ("P", "B", 10000), ("A", "F", 4000), ("B", "F", 3000), ("Q", "F", 3000)]
    owners = {owner.owner: owner for owner in Graph(table(("owns", *row) for row in rows)).owners("F")}
    assert round(owners["P"].share, 6) == 0.5
    assert sorted(owners["P"].paths) == [("P", "A", "F"), ("P", "B", "F")]
    assert owners["Q"].share == 0.3
    assert Graph(table([("owns", "P", "A", 5000)])).owners("nobody") == []


@given(st.integers(0, 10_000))
def test_a_hidden_circle_of_guarantees_is_always_found_and_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    firms = [f"F{number:03d}" for number in range(60)]
    circle = rng.sample(firms, rng.randint(2, 7))
    outside = sorted(set(firms) - set(circle))
    chain = list(pairwise(outside))  # one after the other: never round
    edges = [*pairwise([*circle, circle[0]]), *chain, (circle[0], outside[0])]
    rng.shuffle(edges)
    assert Graph(table(("guarantees", one, other, 0) for one, other in edges)).circles() == [sorted(circle)]


def test_rings_are_found_once_and_unequal_ones_left_out() -> None:
    trades = pa.table({
        "one": ["A", "B", "C", "A", "D", "X", "Y"],
        "other": ["B", "C", "A", "D", "A", "Y", "X"],
        "amount": [100.0, 90.0, 80.0, 1000.0, 1.0, 5.0, 5.0],
    })  # fmt: skip
    assert rings(trades) == [(["A", "B", "C"], 80.0), (["X", "Y"], 5.0)]


def test_distance_stops_where_it_is_told() -> None:
    chain = table(("guarantees", one, other, 0) for one, other in pairwise("ABCDEFG"))
    assert Graph(chain).distances({"A"}, most=3) == {"A": 0, "B": 1, "C": 2, "D": 3}
    assert Graph(chain).distances({"nobody"}) == {}


def test_an_agent_who_signs_for_very_many_firms_ties_nobody() -> None:
    rows = [("represents", "agent", f"F{number}", 0) for number in range(60)]
    assert Graph(table([*rows, ("represents", "P", "F1", 0), ("owns", "P", "F2", 100)])).same_person() == [
        ("P", ["F1", "F2"])
    ]
