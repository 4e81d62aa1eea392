"""The bank's own loans whose time is over, with what was known on the day each was made.

Of the truth of the world only that is taken which a bank would itself know: to whom it lent, and which of these loans
had failed by the last day. A loan fails within `HORIZON` months, or is counted sound.
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from puhui import days
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.products import selectors as products
from puhui.products import training
from puhui.products.definition import PRODUCTS
from puhui.progress import Step
from puhui.refusals import BadInput
from puhui.showcase.play import Play
from puhui.variables import selectors as variables
from puhui.variables.registry import VARIABLES, named

HORIZON = 12


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
            asked, purpose=Purpose.RESEARCH, as_of=made, variables=plain, on=play.world.last, by=play.by
        )
        bads = pa.array([outcome[firm] for firm in asked], pa.int64())
        tables.append(found.table.append_column(training.DEFAULTED, bads))
    empty = pa.table({training.DEFAULTED: pa.array([], pa.int64())})
    return pa.concat_tables(tables) if tables else empty


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
        if over <= play.world.last:
            by_month.setdefault(made, {})[row["enterprise"]] = int(failed is not None and failed <= over)
    return by_month
