"""The room's reads from the lake: variables of firms that we may read, for a stated purpose, as of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puhui import days
from puhui.channels import selectors as channels
from puhui.governance import selectors as permissions
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Refused
from puhui.variables import one_firm, registry, services
from puhui.variables.declarations import Declared, Derived, Variable
from puhui.variables.engine import FIRM


@dataclass(frozen=True, slots=True)
class Values:
    """Variables of firms, and by channel the refusal that names the firms whose rows may not be read.

    `table` has one row per firm, in the order asked: `enterprise`, then a float64 column per variable. What a refused
    channel would have told is missing.
    """

    table: pa.Table
    refused: Mapping[str, Refused]


@dataclass(frozen=True, slots=True)
class ValuesOfOne:
    """One firm's variables by name, None = missing, and the refusals by channel."""

    values: Mapping[str, float | None]
    refused: Mapping[str, Refused]


def values(
    firms: Sequence[EnterpriseId],
    *,
    purpose: Purpose,
    as_of: date,
    variables: Sequence[Declared] | None = None,
    on: date | None = None,
    by: str = "puhui",
) -> Values:
    """Variables (default: all) of many firms, one channel after another, so that memory holds one at a time.

    The right to read is held against `on` (default: today). A channel that may not be read of a firm leaves its
    variables missing, and the answer says so: no firm is left out for a consent that it did not give.
    """
    asked = tuple(registry.VARIABLES.values()) if variables is None else tuple(variables)
    day = on or days.today()
    table = pa.table({FIRM: pa.array(firms, pa.string())})
    refused: dict[str, Refused] = {}
    for channel, its in _by_channel(asked).items():
        permission = permissions.allowed(firms, channel=channel, purpose=purpose, on=day)
        if permission.refused is not None:
            refused[channel] = permission.refused
        permitted = [firm for firm in firms if firm in permission.firms]
        found = _read(channel, its, permitted, purpose=purpose, as_of=as_of, on=day, by=by)
        if isinstance(found, Refused):  # a consent was withdrawn since we looked
            refused[channel], permitted = found, []
        places = pc.index_in(table[FIRM].combine_chunks(), value_set=pa.array(permitted, pa.string()))
        for variable in its:
            missing = pa.nulls(len(firms), pa.float64())
            table = table.append_column(
                variable.name, found[variable.name].take(places) if isinstance(found, pa.Table) else missing
            )
    table = services.derive(table, [each for each in asked if isinstance(each, Derived)])
    return Values(table.select([FIRM, *(each.name for each in asked)]), refused)


def values_of_one(
    firm: EnterpriseId,
    *,
    purpose: Purpose,
    as_of: date,
    variables: Sequence[Declared] | None = None,
    on: date | None = None,
    by: str = "puhui",
) -> ValuesOfOne:
    """One firm's variables, while a customer waits: the same values as among many."""
    asked = tuple(registry.VARIABLES.values()) if variables is None else tuple(variables)
    found: dict[str, float | None] = {}
    refused: dict[str, Refused] = {}
    for channel, its in _by_channel(asked).items():
        rows = channels.rows(channel, [firm], purpose=purpose, as_of=as_of, on=on, by=by)
        if isinstance(rows, Refused):
            refused[channel] = rows
            found |= dict.fromkeys(variable.name for variable in its)
        else:
            covered = its[0].reads.quiet and channels.delivered(channel, known_by=as_of)
            found |= services.compute_one(rows, its, as_of, covered=covered)
    numbers = {name: np.array(np.nan if value is None else value) for name, value in found.items()}
    for each in asked:
        if isinstance(each, Derived):
            number = float(one_firm.derived(each.value, numbers))
            found[each.name] = number if np.isfinite(number) else None
    return ValuesOfOne({each.name: found[each.name] for each in asked}, refused)


def _read(
    channel: str,
    its: Sequence[Variable],
    permitted: Sequence[EnterpriseId],
    *,
    purpose: Purpose,
    as_of: date,
    on: date,
    by: str,
) -> pa.Table | Refused | None:
    """One channel's variables of the firms that may be read; None where there is none."""
    if not permitted:
        return None
    rows = channels.rows(channel, permitted, purpose=purpose, as_of=as_of, on=on, by=by)
    if isinstance(rows, Refused):
        return rows
    covered = its[0].reads.quiet and channels.delivered(channel, known_by=as_of)
    return services.compute(rows, its, as_of, firms=permitted, covered=covered)


def _by_channel(asked: Sequence[Declared]) -> dict[str, tuple[Variable, ...]]:
    """The variables to be read of each channel, those that a derived one needs among them."""
    needed = dict.fromkeys(variable for declared in asked for variable in registry.parts(declared))
    names = dict.fromkeys(variable.channel for variable in needed)
    return {name: tuple(variable for variable in needed if variable.channel == name) for name in names}
