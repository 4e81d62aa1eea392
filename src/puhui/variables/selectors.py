"""The room's reads from the lake: variables of firms that we may read, for a stated purpose, as of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import pyarrow as pa

from puhui.channels import selectors as channels
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Refused
from puhui.variables import registry, services
from puhui.variables.declarations import Variable
from puhui.variables.engine import FIRM


def values(
    firms: Sequence[EnterpriseId],
    *,
    purpose: Purpose,
    as_of: date,
    variables: Sequence[Variable] | None = None,
    on: date | None = None,
    by: str = "puhui",
) -> pa.Table | Refused:
    """One row per firm, in the order given: `enterprise` and a float64 column per variable (default: all).

    The right to read is held against `on` (default: today). Refuses NO_CONSENT when a firm may not be read.
    """
    table = pa.table({FIRM: pa.array(firms, pa.string())})
    for channel, its in _by_channel(variables).items():
        rows = channels.rows(channel, firms, purpose=purpose, as_of=as_of, on=on, by=by)
        if isinstance(rows, Refused):
            return rows
        found = services.compute(rows, its, as_of, firms=firms)
        for variable in its:
            table = table.append_column(variable.name, found[variable.name])
    return table


def values_of_one(
    firm: EnterpriseId,
    *,
    purpose: Purpose,
    as_of: date,
    variables: Sequence[Variable] | None = None,
    on: date | None = None,
    by: str = "puhui",
) -> dict[str, float | None] | Refused:
    """One firm's variables by name, while a customer waits; None = missing. Refuses NO_CONSENT."""
    found: dict[str, float | None] = {}
    for channel, its in _by_channel(variables).items():
        rows: ibis.Table | Refused = channels.rows(channel, [firm], purpose=purpose, as_of=as_of, on=on, by=by)
        if isinstance(rows, Refused):
            return rows
        found |= services.compute_one(rows, its, as_of)
    return found


def _by_channel(variables: Sequence[Variable] | None) -> dict[str, tuple[Variable, ...]]:
    if variables is None:
        return registry.CHANNELS
    names = dict.fromkeys(variable.channel for variable in variables)
    return {name: tuple(variable for variable in variables if variable.channel == name) for name in names}
