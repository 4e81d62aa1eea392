"""The verbs of the room: compute variables for many firms, or for one, as of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from puhui.channels import lake
from puhui.channels.catalogue import channel_named
from puhui.variables import one_firm, registry
from puhui.variables.declarations import DAYS_AGO, Derived, Reading, Variable
from puhui.variables.engine import FIRM, KIND, MONTH, ORDER, PARTNER, compile_table, used_rows

ROWS, READ = "puhui_rows", "puhui_rows_read"  # a view of a channel's table, and rows that were read
WHOM = f"{PARTNER}_"  # before the name of each sort of partner in one firm's rows


def compute(
    rows: ibis.Table,
    variables: Sequence[Variable],
    as_of: date,
    *,
    firms: Sequence[str] | None = None,
    known_on: date | None = None,
    covered: bool = False,
) -> pa.Table:
    """Variables of many firms: `enterprise` (string) and one float64 column per variable.

    `rows` is a channel's table (DuckDB); only rows that had happened by `as_of` and were learned by the end of
    `known_on` (default: `as_of`) count. With `firms`, one row per firm in that order, and a firm without such
    rows has every variable missing, for of it nothing is known; without, a row per firm that has some, by id.
    Where a quiet channel is `covered`, that is, had been delivered by then, such a firm has the values of no events.
    """
    assert variables, "at least one variable"
    table = _finite(_asked(rows, _sql(tuple(variables), rows.schema(), as_of, known_on or as_of)))
    if firms is None:
        return table.sort_by(FIRM)
    order = pa.array(firms, pa.string())
    places = pc.index_in(order, value_set=table[FIRM].combine_chunks().cast(pa.string()))
    found = table.take(places).set_column(0, FIRM, order)
    if not (covered and variables[0].reads.quiet):
        return found
    silent = pc.is_null(places)
    for place, (name, value) in enumerate(_nothing(tuple(variables)).items(), start=1):
        if value is not None:
            found = found.set_column(place, name, pc.if_else(silent, value, found[name]))
    return found


def compute_one(
    rows: ibis.Table | pa.Table,
    variables: Sequence[Variable],
    as_of: date,
    *,
    known_on: date | None = None,
    covered: bool = False,
) -> dict[str, float | None]:
    """Variables of one firm, from its rows alone, in milliseconds; None = missing. Equal to `compute` to rounding.

    `rows` are a channel's: a table of DuckDB, or rows that were read.
    """
    assert variables, "at least one variable"
    chosen = tuple(variables)
    if isinstance(rows, pa.Table):
        statement = _rows_sql(chosen, _schema(chosen[0].channel), as_of, known_on or as_of, READ)
        found = _asked_of_read(rows, statement)
    else:
        found = _asked(rows, _rows_sql(chosen, rows.schema(), as_of, known_on or as_of))
    if not found[KIND].size:
        silent = covered and chosen[0].reads.quiet
        return _nothing(chosen) if silent else dict.fromkeys(variable.name for variable in chosen)
    return _program(chosen).run(_columns(found, chosen[0].reads))


def derive(table: pa.Table, derived: Sequence[Derived]) -> pa.Table:
    """The table with derived variables added; it must have the columns that they are made of."""
    names = {name for each in derived for name in each.made_of}
    columns = {name: table[name].cast(pa.float64()).to_numpy() for name in names}
    for each in derived:
        found = one_firm.derived(each.value, columns)
        table = table.append_column(each.name, pa.array(found, mask=~np.isfinite(found)))
    return table


def derived_again(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """One firm's values with the derived ones among them worked out anew from the others, where all these are there."""
    found = dict(values)
    for name, value in values.items():
        declared = registry.VARIABLES.get(name)
        if isinstance(declared, Derived) and all(part in values for part in declared.made_of):
            parts = {part: np.array(np.nan if values[part] is None else values[part]) for part in declared.made_of}
            number = float(one_firm.derived(declared.value, parts))
            found[name] = number if np.isfinite(number) else None
        else:
            found[name] = value
    return found


def _nothing(variables: tuple[Variable, ...]) -> dict[str, float | None]:
    """The values of a firm to which nothing has happened."""
    none = np.zeros(0, dtype=np.int64)
    reading = variables[0].reads
    columns = dict.fromkeys((DAYS_AGO, *reading.columns), none.astype(float))
    return _program(variables).run(
        one_firm.Rows(reading, none, none, dict.fromkeys(reading.partners, none), none, columns)
    )


def _asked(rows: ibis.Table, statement: str) -> dict[str, Any]:
    """A statement's answer over the rows, as masked numpy columns.

    Both the view and the answer go past Ibis and DuckDB's relations: these would plan the statement twice, and ask for
    the view's schema, which costs more than one firm's rows.
    """
    backend = rows.get_backend()
    backend.con.execute(f'create or replace temp view "{ROWS}" as {backend.compile(rows)}')
    answer: dict[str, Any] = backend.con.execute(statement).fetchnumpy()
    return answer


def _asked_of_read(rows: pa.Table, statement: str) -> dict[str, Any]:
    """The same over rows that were read."""
    con = lake.shared().con
    con.register(READ, rows)
    try:
        answer: dict[str, Any] = con.execute(statement).fetchnumpy()
    finally:
        con.unregister(READ)
    return answer


def _columns(found: dict[str, Any], reading: Reading) -> one_firm.Rows:
    """One firm's rows, with partners numbered by the order of their names."""
    partners = {name.removeprefix(WHOM): _numbered(found[name]) for name in found if name.startswith(WHOM)}
    order = _numbered(found[ORDER]) if ORDER in found else np.zeros(found[KIND].size, np.int64)
    numbers = {
        name: np.ma.filled(values.astype(float), np.nan)
        for name, values in found.items()
        if name not in (MONTH, KIND, ORDER) and not name.startswith(WHOM)
    }
    month, kind = (np.ma.getdata(found[name]).astype(np.int64) for name in (MONTH, KIND))
    return one_firm.Rows(reading, month, kind, partners, order, numbers)


def _numbered(column: np.ma.MaskedArray[Any, Any]) -> NDArray[np.int64]:
    """Each name's (a text's, a day's) place among the different ones in their order; −1 where there is none."""
    kind = pa.string() if column.dtype == object else None
    names = pa.array(np.ma.getdata(column), kind, mask=np.ma.getmaskarray(column))
    different = pc.unique(names).drop_null()
    different = different.take(pc.array_sort_indices(different))
    places: NDArray[np.int64] = pc.index_in(names, value_set=different).fill_null(-1).to_numpy().astype(np.int64)
    return places


@lru_cache(maxsize=16)
def _program(variables: tuple[Variable, ...]) -> one_firm.Program:
    return one_firm.Program(variables)


@lru_cache(maxsize=32)
def _schema(channel: str) -> ibis.Schema:
    return ibis.schema(channel_named(channel).open_schema)


@lru_cache(maxsize=64)
def _rows_sql(
    variables: tuple[Variable, ...], schema: ibis.Schema, as_of: date, known_on: date, name: str = ROWS
) -> str:
    rows = ibis.table(schema, name=name)
    return str(ibis.to_sql(used_rows(rows, variables, as_of, known_on), dialect="duckdb"))


@lru_cache(maxsize=64)
def _sql(variables: tuple[Variable, ...], schema: ibis.Schema, as_of: date, known_on: date) -> str:
    """The statement of a set of declarations, written once: compiling it costs more than running it for one firm."""
    rows = ibis.table(schema, name=ROWS)
    return str(ibis.to_sql(compile_table(rows, variables, as_of, known_on), dialect="duckdb"))


def _finite(found: dict[str, Any]) -> pa.Table:
    """The answer as a table, with what is not a number, or is endless, missing."""
    columns = {FIRM: pa.array(np.ma.getdata(found.pop(FIRM)), pa.string())}
    for name, column in found.items():
        values = np.ma.filled(column.astype(float), np.nan)
        columns[name] = pa.array(values, mask=~np.isfinite(values))
    return pa.table(columns)
