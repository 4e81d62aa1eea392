"""Properties that hold for any guarantees and any parts: nothing is paid twice, nothing is lost, caps are caps."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from puhui.ids import EnterpriseId
from puhui.mitigation.guarantees import Guarantee, Turn, circle, covered, split
from puhui.mitigation.parts import Part, Parts, drawn, excess, held_in, repaid
from puhui.money import Money

fen = st.integers(0, 10**12).map(Money)
shares = st.decimals(min_value="0.01", max_value="1", places=2)
parts = st.builds(Parts, credit=fen, mortgage=fen, guarantee=fen)
orders = st.permutations(list(Part))


@st.composite
def some_guarantees(draw: st.DrawFn) -> list[Guarantee]:
    kinds = st.tuples(fen, shares, st.sampled_from(Turn), st.booleans())
    return [
        Guarantee(EnterpriseId(f"G{number}"), cap, Decimal(share), turn, joint)
        for number, (cap, share, turn, joint) in enumerate(draw(st.lists(kinds, max_size=5)))
    ]


@given(some_guarantees(), fen, st.data())
def test_guarantors_pay_no_more_than_the_loss_their_caps_and_their_word(
    given_: list[Guarantee], loss: Money, data: st.DataObject
) -> None:
    failing = data.draw(st.sets(st.sampled_from([g.guarantor for g in given_]))) if given_ else set()
    paid = split(given_, loss, failing=failing)
    assert sum((amount.fen for amount in paid.values()), 0) <= loss.fen
    for promise in given_:
        assert Money(0) <= paid[promise.guarantor] <= promise.cap
        if not promise.joint:
            assert paid[promise.guarantor] <= promise.most(loss)
        if promise.guarantor in failing:
            assert not paid[promise.guarantor]


@given(some_guarantees(), fen)
def test_what_is_covered_grows_with_each_guarantee(given_: list[Guarantee], loss: Money) -> None:
    for known in range(len(given_)):
        together = [g for g in given_[: known + 1] if g.turn is Turn.PRO_RATA]
        assert covered(together[:-1], loss) <= covered(together, loss) <= loss


@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE")), max_size=8))
def test_a_circle_is_found_just_when_the_borrower_stands_for_its_guarantor(ties: list[tuple[str, str]]) -> None:
    reached, front = {"A"}, ["A"]
    while front:
        firm = front.pop()
        for one, other in ties:
            if one == firm and other not in reached:
                reached.add(other)
                front.append(other)
    found = circle(ties, borrower=EnterpriseId("A"), guarantor=EnterpriseId("B"))
    assert bool(found) == ("B" in reached)
    for one, other in pairwise(found):
        assert (one, other) in [("B", "A"), *ties]


@given(parts, fen, orders)
def test_a_draw_takes_what_it_asks_and_a_repayment_gives_it_back(limit: Parts, asked: Money, order: list[Part]) -> None:
    used = drawn(asked, limit, Parts(), order)
    if used is None:
        assert asked > limit.total
        return
    assert used.total == asked
    assert all(used.of(part) <= limit.of(part) for part in Part)
    back = repaid(asked, used, order[::-1])
    assert used - back == Parts()
    assert excess(limit, used) == Parts()


@given(parts, parts, orders, fen)
def test_a_part_that_shrank_below_its_use_takes_no_more(
    limit: Parts, used: Parts, order: list[Part], more: Money
) -> None:
    placed = held_in(more, limit - used, order)
    for part in Part:
        if excess(limit, used).of(part):
            assert not placed.of(part)
        assert placed.of(part) <= max(Money(0), limit.of(part) - used.of(part))
