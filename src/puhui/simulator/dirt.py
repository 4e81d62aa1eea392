"""What goes wrong between a supplier's records and its file, each slip told to the truth folder.

Kinds: duplicated_row, late_row (comes with the next month's file), missing_code, misspelt_name, wrong_amount
(contradicts other sources; most are put right in the next month's file, the rest never), moved_address.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puhui.simulator.arrays import Whole
from puhui.simulator.forms import Form
from puhui.simulator.names import misspelt

DUPLICATED, LATE, MISSING_CODE, MISSPELT, MISTAKEN = 0.002, 0.004, 0.0008, 0.004, 0.003  # of the rows
CORRECTED = 0.7  # of the mistaken
FACTORS = np.array([10.0, 0.1, 0.9, 1.1, 0.5])  # how an amount is mistyped
TOLD = pa.schema(
    [(name, pa.string()) for name in ("channel", "file", "enterprise", "record", "kind", "column", "true_value")]
)


@dataclass
class Dirt:
    """Soils the files of one district; keeps what comes late, and what was soiled."""

    late: dict[str, list[pa.Table]] = field(default_factory=dict)
    told: list[pa.Table] = field(default_factory=list)

    def soil(self, table: pa.Table, form: Form, file: str, rng: np.random.Generator, *, last: bool) -> pa.Table:
        """The rows as they arrive: some late, twice, without code or wrong. In the `last` month nothing waits."""
        waiting = self.late.pop(form.channel, [])
        table = self._names(table, form, file, rng)
        held, corrections = np.empty(0, np.int64), table.slice(0, 0)
        if not last:
            held = np.flatnonzero(rng.random(table.num_rows) < LATE)
            table, corrections = self._mistakes(table, form, file, held=held, rng=rng)
            self.tell(table.take(held), form, file, "late_row")
            self.late[form.channel] = [table.take(held), corrections]
            stay = np.ones(table.num_rows, np.bool_)
            stay[held] = False
            table = table.filter(pa.array(stay))
        table = self._codes(table, form, file, rng)
        twice = table.take(np.flatnonzero(rng.random(table.num_rows) < DUPLICATED))
        self.tell(twice, form, file, "duplicated_row")
        return pa.concat_tables([*waiting, table, twice])

    def tell(
        self,
        rows: pa.Table,
        form: Form,
        file: str,
        kind: str,
        *,
        column: str = "",
        true: pa.Array | pa.ChunkedArray | None = None,
    ) -> None:
        """Note soiled rows; `true` is what `column` should have been."""
        if not rows.num_rows:
            return
        record = pc.binary_join_element_wise(*(rows[name].cast(pa.string()) for name in form.key), "|")
        same = {"channel": form.channel, "file": file, "kind": kind, "column": column}
        columns = {name: pa.array([text] * rows.num_rows, pa.string()) for name, text in same.items()}
        columns |= {"enterprise": rows["enterprise"].cast(pa.string()), "record": record}
        columns["true_value"] = pa.nulls(rows.num_rows, pa.string()) if true is None else true
        self.told.append(pa.table({name: columns[name] for name in TOLD.names}, schema=TOLD))

    def all_told(self) -> pa.Table:
        """Everything that was soiled."""
        return pa.concat_tables([TOLD.empty_table(), *self.told])

    def _names(self, table: pa.Table, form: Form, file: str, rng: np.random.Generator) -> pa.Table:
        if form.misspells is None or not table.num_rows:
            return table
        names = table[form.misspells].combine_chunks()
        hit = np.flatnonzero(
            (rng.random(table.num_rows) < MISSPELT) & (pc.utf8_length(names).fill_null(0).to_numpy() > 5)
        )
        if not hit.size:
            return table
        true = names.take(pa.array(hit))
        wrong = pa.array(misspelt(np.array(true.to_pylist()), rng).tolist(), pa.string())
        self.tell(table.take(hit), form, file, "misspelt_name", column=form.misspells, true=true)
        return _replaced(table, form.misspells, hit, wrong)

    def _codes(self, table: pa.Table, form: Form, file: str, rng: np.random.Generator) -> pa.Table:
        hit = np.flatnonzero(rng.random(table.num_rows) < MISSING_CODE)
        true = table["enterprise"].take(pa.array(hit))
        self.tell(table.take(hit), form, file, "missing_code", column="enterprise", true=true)
        return _replaced(table, "enterprise", hit, pa.array([""] * hit.size, pa.string()))

    def _mistakes(
        self, table: pa.Table, form: Form, file: str, *, held: Whole, rng: np.random.Generator
    ) -> tuple[pa.Table, pa.Table]:
        """The table with wrong amounts, and the rows that will put most of them right."""
        if form.mistakes is None:
            return table, table.slice(0, 0)
        amount = table[form.mistakes]
        able = amount.is_valid().to_numpy() & (rng.random(table.num_rows) < MISTAKEN)
        able[held] = False
        hit = np.flatnonzero(able & (amount.fill_null(0).to_numpy() > 10_000))
        right = table.take(hit)
        factor = FACTORS[rng.integers(0, FACTORS.size if form.channel == "tax_filings" else 1, hit.size)]
        wrong = np.rint(right[form.mistakes].to_numpy() * factor).astype(np.int64)
        true = right[form.mistakes].cast(pa.string())
        self.tell(right, form, file, "wrong_amount", column=form.mistakes, true=true)
        corrected = right.filter(pa.array(rng.random(hit.size) < CORRECTED))
        return _replaced(table, form.mistakes, hit, pa.array(wrong)), corrected


def _replaced(table: pa.Table, column: str, hit: Whole, values: pa.Array) -> pa.Table:
    if not hit.size:
        return table
    mask = np.zeros(table.num_rows, np.bool_)
    mask[hit] = True
    changed = pc.replace_with_mask(table[column].combine_chunks(), pa.array(mask), values)
    return table.set_column(table.schema.get_field_index(column), column, changed)
