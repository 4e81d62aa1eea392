"""The room's reads from the lake: variables of firms that we may read, for a stated purpose, as of a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puhui import days
from puhui.channels import at_once
from puhui.channels import selectors as channels
from puhui.channels.catalogue import channel_named
from puhui.enterprises import selectors as enterprises
from puhui.governance import selectors as permissions
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused
from puhui.variables import one_firm, registry, services
from puhui.variables.declarations import Assessed, Declared, Derived, Variable
from puhui.variables.engine import FIRM

ASSESSORS = {"accuracy": enterprises.assessed, "bonds": enterprises.bound}


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
    known = Known.of(firms)
    table = pa.table({FIRM: pa.array(firms, pa.string())})
    refused: dict[str, Refused] = {}
    for channel, its in _by_channel(asked).items():
        keys, missing = known.permitted(channel, purpose=purpose, on=day)
        if missing is not None:
            refused[channel] = missing
        found = _read(channel, its, known, keys, purpose=purpose, as_of=as_of, on=day, by=by)
        if isinstance(found, Refused):  # a consent was withdrawn since we looked
            refused[channel] = found
        at = known.rows_in(found if isinstance(found, pa.Table) else None)
        for variable in its:
            nothing = pa.nulls(len(firms), pa.float64())
            column = found[variable.name].take(at) if isinstance(found, pa.Table) else nothing
            table = table.append_column(variable.name, column)
    table = services.derive(table, [each for each in asked if isinstance(each, Derived)])
    for kind, tell in ASSESSORS.items():
        names = [each.name for each in asked if isinstance(each, Assessed) and each.of == kind]
        if names:
            told, unread = tell(known.keys, purpose=purpose, as_of=as_of, on=day, by=by)
            refused = unread | refused
            at = known.rows_in(told)
            for name in names:
                table = table.append_column(name, told[name].combine_chunks().take(at))
    return Values(table.select([FIRM, *(each.name for each in asked)]), refused)


def values_of_one(
    firm: EnterpriseId,
    *,
    purpose: Purpose,
    as_of: date,
    variables: Sequence[Declared] | None = None,
    on: date | None = None,
    by: str = "puhui",
    withheld: Collection[str] = (),
) -> ValuesOfOne:
    """One firm's variables, while a customer waits: the same values as among many.

    A channel that the firm has `withheld` is not read and answers as one that was refused, whatever was consented to.
    """
    asked = tuple(registry.VARIABLES.values()) if variables is None else tuple(variables)
    day = on or days.today()
    known = Known.of([firm])
    found: dict[str, float | None] = {}
    by_channel, assessed = _by_channel(asked), {each.of for each in asked if isinstance(each, Assessed)}
    wanted = {name: known.present(name) for name in by_channel}
    if "accuracy" in assessed:
        more = channels.heard_of(known.whose, enterprises.READ_FOR_TRUST)
        wanted |= {name: keys for name, keys in more.items() if keys and name not in wanted}
    open_ = {name: keys for name, keys in wanted.items() if name not in withheld}
    read = at_once.rows(open_, purpose=purpose, as_of=as_of, on=day, by=by)
    refused = {name: rows for name, rows in read.items() if isinstance(rows, Refused) and name in by_channel}
    refused |= refusals(firm, withheld)
    given = {name: rows for name, rows in read.items() if not isinstance(rows, Refused)}
    for channel, its in by_channel.items():
        if channel in refused:
            found |= dict.fromkeys(variable.name for variable in its)
        else:
            covered = its[0].reads.quiet and channels.delivered(channel, known_by=as_of)
            found |= services.compute_one(known.of_one(given[channel]), its, as_of, covered=covered)
    numbers = {name: np.array(np.nan if value is None else value) for name, value in found.items()}
    for each in asked:
        if isinstance(each, Derived):
            number = float(one_firm.derived(each.value, numbers))
            found[each.name] = number if np.isfinite(number) else None
    for kind, tell in ASSESSORS.items():
        names = [each.name for each in asked if isinstance(each, Assessed) and each.of == kind]
        if names:
            told, unread = tell(known.keys, purpose=purpose, as_of=as_of, on=day, by=by, given=given, withheld=withheld)
            refused = unread | refused
            found |= {name: told[name][0].as_py() for name in names}
    return ValuesOfOne({each.name: found[each.name] for each in asked}, refused)


def refusals(firm: EnterpriseId, withheld: Collection[str]) -> dict[str, Refused]:
    """Why each channel that a firm withheld tells nothing of it."""
    return {name: Refused(Code.NO_CONSENT, {"firm": firm, "channel": name}) for name in withheld}


def history_of_one(
    firm: EnterpriseId, variable: Declared, *, purpose: Purpose, ends: Sequence[date], on: date, by: str
) -> list[float | None]:
    """One firm's variable as of each of some days, by what is known on the last of them; its rows are read once.

    None where it is missing or may not be read, and before the last day where it is assessed, not computed from rows.
    """
    last = max(ends)
    if isinstance(variable, Assessed):
        now = values_of_one(firm, purpose=purpose, as_of=last, variables=[variable], on=on, by=by)
        return [now.values[variable.name] if end == last else None for end in ends]
    known, by_channel = Known.of([firm]), _by_channel((variable,))
    read = at_once.rows({name: known.present(name) for name in by_channel}, purpose=purpose, as_of=last, on=on, by=by)
    rows = {name: known.of_one(given) for name, given in read.items() if not isinstance(given, Refused)}
    if rows.keys() != by_channel.keys():
        return [None] * len(ends)
    return [_of_rows(variable, by_channel, rows, end, last) for end in ends]


def _of_rows(
    variable: Variable | Derived,
    by_channel: Mapping[str, tuple[Variable, ...]],
    rows: Mapping[str, pa.Table],
    end: date,
    known_on: date,
) -> float | None:
    found: dict[str, float | None] = {}
    for channel, its in by_channel.items():
        covered = its[0].reads.quiet and channels.delivered(channel, known_by=end)
        found |= services.compute_one(rows[channel], its, end, known_on=known_on, covered=covered)
    if not isinstance(variable, Derived):
        return found[variable.name]
    numbers = {name: np.array(np.nan if value is None else value) for name, value in found.items()}
    number = float(one_firm.derived(variable.value, numbers))
    return number if np.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class Known:
    """The firms asked for, and under which ids the channels may know each: those of one legal firm are one.

    `standing` is the id that each stands under now, `keys` the channels' ids of each, `whose` leads back from these.
    """

    standing: tuple[EnterpriseId, ...]
    keys: Mapping[EnterpriseId, Sequence[EnterpriseId]]
    whose: Mapping[EnterpriseId, EnterpriseId]

    @classmethod
    def of(cls, firms: Sequence[EnterpriseId]) -> Known:
        """What the room of enterprises says of these firms."""
        now, keys = enterprises.standing_with_keys(firms)
        return cls(tuple(now[firm] for firm in firms), keys, {key: firm for firm, its in keys.items() for key in its})

    def present(self, channel: str) -> list[EnterpriseId]:
        """The ids that the channel has rows of, and the firm's own where it has none."""
        has = channels.firms_of(channel) if len(self.whose) > len(set(self.standing)) else frozenset(self.whose)
        with_rows = {self.whose[key] for key in self.whose if key in has}
        return [key for key, firm in self.whose.items() if key in has or (firm not in with_rows and key == firm)]

    def permitted(
        self, channel: str, *, purpose: Purpose, on: date, rights: permissions.Rights | None = None
    ) -> tuple[list[EnterpriseId], Refused | None]:
        """The ids of firms all of whose rows may be read, and the refusal that names the others.

        By `rights` where those of all ids were looked up.
        """
        keys = self.present(channel)
        permission = channels.permitted(channel_named(channel), keys, purpose=purpose, on=on, rights=rights)
        barred = {self.whose[key] for key in keys if key not in permission.firms}
        return [key for key in keys if self.whose[key] not in barred], permission.refused

    def of_one(self, rows: pa.Table) -> pa.Table:
        """The rows of one firm, read under all its ids, under the one that it stands under now."""
        (firm,) = set(self.standing)
        place = rows.schema.get_field_index(FIRM)
        return rows.set_column(place, FIRM, pa.array([firm] * rows.num_rows, pa.string()))

    def renamed(self, rows: ir.Table) -> ir.Table:
        """Rows under the id that each firm stands under now."""
        other = {key: firm for key, firm in self.whose.items() if key != firm}
        return rows.mutate(enterprise=rows.enterprise.substitute(other)) if other else rows

    def rows_in(self, found: pa.Table | None) -> pa.Array:
        """Where in a table of values each firm asked for is; null where it is not."""
        ids = found[FIRM].combine_chunks() if found is not None else pa.array([], pa.string())
        return pc.index_in(pa.array(self.standing, pa.string()), value_set=ids)


def _read(
    channel: str,
    its: Sequence[Variable],
    known: Known,
    keys: Sequence[EnterpriseId],
    *,
    purpose: Purpose,
    as_of: date,
    on: date,
    by: str,
) -> pa.Table | Refused | None:
    """One channel's variables of the firms that may be read; None where there is none."""
    if not keys:
        return None
    rows = channels.rows(channel, keys, purpose=purpose, as_of=as_of, on=on, by=by)
    if isinstance(rows, Refused):
        return rows
    covered = its[0].reads.quiet and channels.delivered(channel, known_by=as_of)
    firms = list(dict.fromkeys(known.whose[key] for key in keys))
    return services.compute(known.renamed(rows), its, as_of, firms=firms, covered=covered)


def _by_channel(asked: Sequence[Declared]) -> dict[str, tuple[Variable, ...]]:
    """The variables to be read of each channel, those that a derived one needs among them."""
    needed = dict.fromkeys(variable for declared in asked for variable in registry.parts(declared))
    names = dict.fromkeys(variable.channel for variable in needed)
    return {name: tuple(variable for variable in needed if variable.channel == name) for name in names}
