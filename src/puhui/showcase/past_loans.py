"""The bank's own loans whose time is over, with what was known on the day each was made; and what older ones taught.

Of the truth of the world only that is taken which a bank would itself know: to whom it lent, and which of these loans
had failed by the last day. A loan fails within `HORIZON` months, or is counted sound. The models of the bank's earlier
book are files of the folder `past`, which `scripts/past-book` writes; they are used where a world has too few loans.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from puhui import days
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.products import scorers, training
from puhui.products import selectors as products
from puhui.products.definition import PRODUCTS
from puhui.products.lifecycle import Role
from puhui.products.training import Learned
from puhui.progress import Step
from puhui.refusals import BadInput
from puhui.scoring.additive import Additive
from puhui.scoring.challenger import Challenger
from puhui.showcase.play import Play
from puhui.variables import selectors as variables
from puhui.variables.registry import VARIABLES, named

HORIZON = 12
PAST = Path(__file__).parent / "past"


def known(play: Play, tell: Step) -> pa.Table:
    """A row a loan: the variables that any product may score on, and `training.DEFAULTED`."""
    asked_of = set(play.left["variables"])
    by_month = _outcomes(play)
    tables = []
    for number, (made, outcome) in enumerate(sorted(by_month.items())):
        tell(0.2 * number / len(by_month), f"past loans of {made:%Y-%m}")
        asked = [EnterpriseId(firm) for firm in sorted(outcome) if firm in asked_of]
        plain = named(scored_on())
        found = variables.values(
            asked, purpose=Purpose.RESEARCH, as_of=made, variables=plain, on=play.world.lends_from, by=play.by
        )
        bads = pa.array([outcome[firm] for firm in asked], pa.int64())
        tables.append(found.table.append_column(training.DEFAULTED, bads))
    empty = pa.table({training.DEFAULTED: pa.array([], pa.int64())})
    return pa.concat_tables(tables) if tables else empty


def learned(product: str, loans: pa.Table) -> Learned:
    """What a world's own loans teach; where they are too few, what the bank's earlier book has taught."""
    own = training.learn(products.definition_of(product), loans)
    return own if own.challenger is not None else learned_before(product) or own


def learned_before(product: str) -> Learned | None:
    """The models that the bank's earlier book has taught, with the facts of their fit; None where there are none."""
    file = PAST / f"{product}.json"
    if not file.is_file():
        return None
    said = json.loads(file.read_text(encoding="utf-8"))
    models = {role: scorers.read(text) for role, text in said["models"].items()}
    champion, challenger, shadow = (models.get(role) for role in Role)
    assert isinstance(champion, Additive), f"{file.name} holds no champion"
    assert challenger is None or isinstance(challenger, Challenger), f"{file.name} holds no challenger"
    assert shadow is None or isinstance(shadow, Additive), f"{file.name} holds no shadow"
    return Learned(champion, challenger, shadow, said["facts"])


def keep(product: str, taught: Learned, facts: Mapping[str, Any]) -> None:
    """Write the models of a product for `learned_before`."""
    PAST.mkdir(exist_ok=True)
    models = {role: scorers.text_of(model) for role, model in taught.by_role().items()}
    text = json.dumps({"facts": dict(facts), "models": models}, ensure_ascii=False, indent=1)
    (PAST / f"{product}.json").write_text(text + "\n", encoding="utf-8")


def scored_on() -> list[str]:
    """Every variable that some product may score on."""
    wanted = {name for product in PRODUCTS for name in products.definition_of(product).scored_on}
    return [name for name in VARIABLES if name in wanted]


def _outcomes(play: Play) -> dict[date, dict[str, int]]:
    """By the day on which they were made: which firms' loans failed (1) or were sound (0) when their time was over."""
    files = sorted((play.world.folder / "truth").glob("firms*.parquet"))
    if not files:
        raise BadInput("the world tells nothing of past loans", then="simulate it anew")
    kept = pa.concat_tables(pq.read_table(file, columns=["enterprise", "applied_on", "default_day"]) for file in files)
    by_month: dict[date, dict[str, int]] = {}
    for row in kept.to_pylist():
        made, failed = row["applied_on"], row["default_day"]
        if made is None or (failed is not None and failed <= made):
            continue
        over = days.add_months(made, HORIZON)
        if over <= play.world.lends_from:
            by_month.setdefault(made, {})[row["enterprise"]] = int(failed is not None and failed <= over)
    return by_month
