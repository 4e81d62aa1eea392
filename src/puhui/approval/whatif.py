"""What a decision would be, were some of its inputs others. Nothing is kept, nothing is looked up anew.

Promises the answer of the same version, models and terms of the day as the decision had; refuses an input that the
decision did not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from puhui.approval import gathering, selectors, working
from puhui.approval.evidence import Answer, inputs_from
from puhui.products import desks
from puhui.products import selectors as products
from puhui.refusals import BadInput
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Tried:
    """The answer as it was, and as it would be."""

    before: Answer
    after: Answer


def what_if(decision: int, changes: Mapping[str, float], *, asked_fen: int | None = None) -> Tried:
    """Work a decision out again with some variables changed, or another amount asked for."""
    kept = selectors.decision(decision)
    inputs = inputs_from(selectors.evidence(decision)["inputs"])
    if unknown := changes.keys() - inputs.variables.keys():
        raise BadInput(
            Label(
                f"the decision did not read {', '.join(sorted(unknown))}", f"该决策未读取{'、'.join(sorted(unknown))}"
            ),
            then=Label("change what it read", "请更改其读取的变量"),
        )
    bench = gathering.bench(products.version(kept.product, kept.version, on=inputs.on), on=inputs.on)
    other = replace(
        inputs,
        variables={**inputs.variables, **changes},
        asked_fen=inputs.asked_fen if asked_fen is None else asked_fen,
    )
    return Tried(working.work_out(inputs, bench), working.work_out(other, bench))


def under_graph(decision: int, graph_text: str) -> Tried:
    """Work a decision out again under another graph that nobody has kept yet: same inputs, models and terms.

    A graph that cannot run refers, as it would a customer.
    """
    kept = selectors.decision(decision)
    inputs = inputs_from(selectors.evidence(decision)["inputs"])
    mine = products.version(kept.product, kept.version, on=inputs.on)
    other = desks.replayed(
        kept.product, kept.version, definition_text=mine.definition_text, graph_text=graph_text,
        terms_text=desks.terms_text(mine.terms),
    )  # fmt: skip
    before, after = gathering.bench(mine, on=inputs.on), gathering.bench(other, on=inputs.on)
    return Tried(working.work_out(inputs, before), working.work_out(inputs, after))
