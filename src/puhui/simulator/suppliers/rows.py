"""The pieces that suppliers' tables are made of."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puhui.simulator.arrays import Texts, Whole, Yes
from puhui.simulator.district import District


def of_firms(d: District, firm: Whole) -> pa.Array:
    """The credit codes of firms."""
    return d.codes.take(pa.array(firm))


def days(numbers: Whole, valid: Yes | None = None) -> pa.Array:
    """Days as dates; none where not valid.

    >>> days(np.array([0, 1]), np.array([True, False])).to_pylist()
    [datetime.date(1970, 1, 1), None]
    """
    return pa.array(numbers.astype(np.int32), mask=None if valid is None else ~valid).cast(pa.date32())


def same(text: str, like: Whole) -> pa.Array:
    """One text in each row."""
    return pa.repeat(pa.scalar(text), like.size)


def shown(yes: Yes, when: str, otherwise: str) -> pa.Array:
    """One of two texts.

    >>> shown(np.array([True, False]), "in", "out").to_pylist()
    ['in', 'out']
    """
    return pc.if_else(pa.array(yes), when, otherwise)


def picked(texts: Texts, which: Whole) -> pa.Array:
    """Texts by number."""
    return pa.array(texts.tolist(), pa.string()).take(pa.array(which))


def numbers(prefix: str, values: Whole) -> pa.Array:
    """A prefix before each number.

    >>> numbers("A-", np.array([7])).to_pylist()
    ['A-7']
    """
    return pc.binary_join_element_wise(prefix, pa.array(values).cast(pa.string()), "")


def joined(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Tables one below the other; a column that a table does not have is empty there."""
    full = []
    for table in tables:
        columns = [
            table[field.name].cast(field.type)
            if field.name in table.column_names
            else pa.nulls(table.num_rows, field.type)
            for field in schema
        ]
        full.append(pa.table(columns, schema=schema))
    return pa.concat_tables([schema.empty_table(), *full])
