"""Any table becomes a sample: which column is the outcome, which are numbers, which are categories, which are left out.

Raises BadInput where nothing can be learned; leaves a column out with its reason where a person must know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puhui.refusals import BadInput
from puhui.scoring.columns import Floats, Texts, as_numbers, as_texts
from puhui.scoring.measures import Ints
from puhui.words import Label

BAD_WORDS = re.compile(
    r"charge|chgoff|default|bad|bankrupt|fail|late|loss|yes|true|是|违约|坏|逾期|破产", re.IGNORECASE
)
DATE_TEXT = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?|"
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}-[A-Za-z]{3}-\d{2,4}|\d{4}年\d{1,2}月\d{1,2}日"
)
ID_TEXT_SHARE = 0.5  # distinct texts over rows
ID_LEAST_ROWS = 50
IS_DATE = Label("a date: a model must not learn the calendar", "日期：模型不应学习日历")
IS_ID = Label("an identifier: almost every row has its own", "标识：几乎每行都不同")
IS_SILENT = Label("constant or all missing: it says nothing", "恒定或全部缺失：没有信息")


@dataclass(frozen=True)
class Intake:
    """A table taken in: candidates by kind, the outcome, and what was left out and why.

    `dates` and `ids` are no candidates, but the sentinel still looks at when they are filled.
    """

    target: str
    positive: str
    y: Ints
    numbers: Mapping[str, Floats]
    texts: Mapping[str, Texts]
    left_out: Mapping[str, Label] = field(default_factory=dict)
    others: Mapping[str, Texts] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    unlabelled_rows: int = 0

    def without(self, names: Mapping[str, Label]) -> Intake:
        """The same with some candidates left out, each for its reason."""
        return replace(
            self,
            numbers={name: values for name, values in self.numbers.items() if name not in names},
            texts={name: values for name, values in self.texts.items() if name not in names},
            left_out={**self.left_out, **names},
        )


def take_in(
    table: pa.Table, target: str, *, drop: Sequence[str] = (), time: str | None = None, positive: str | None = None
) -> Intake:
    """Sort the columns of a table. Raises BadInput for a target or a `drop` that cannot be used."""
    for name, role in [
        (target, "target"),
        *((name, "column to drop") for name in drop),
        *([(time, "time column")] if time else []),
    ]:
        if name not in table.column_names:
            raise BadInput(f"the table has no {role} '{name}'", then=f"name one of: {', '.join(table.column_names)}")
    table, unlabelled = _labelled(table, target)
    y, bad_value = outcome(target, table[target], positive)
    numbers, texts, others, left_out, silent = {}, {}, {}, dict[str, Label](), []
    for name in table.column_names:
        if name in (target, time, *drop):
            continue
        column = table[name].combine_chunks()
        kind = kind_of(column)
        if kind == "silent":
            silent.append(name)
        elif kind == "number":
            numbers[name] = as_numbers(name, column)
        elif kind == "category":
            texts[name] = as_texts(column)
        else:
            others[name] = as_texts(column)
            left_out[name] = IS_DATE if kind == "date" else IS_ID
    return Intake(target, bad_value, y, numbers, texts, left_out, others, tuple(silent), unlabelled)


def kind_of(column: pa.Array) -> str:
    """ "silent", "number", "category", "date" or "id".

    >>> kind_of(pa.array([1, 1, None])), kind_of(pa.array([1, 1, 1])), kind_of(pa.array(["1/2/2005", "3/4/2006"]))
    ('number', 'silent', 'date')
    >>> kind_of(pa.array(range(100_001, 100_101))), kind_of(pa.array(["a", "b", "a"])), kind_of(pa.array([0.5, 1.5]))
    ('id', 'category', 'number')
    >>> kind_of(pa.nulls(3))
    'silent'
    """
    known = column.drop_null()
    if pa.types.is_floating(column.type):
        known = known.filter(pc.invert(pc.is_nan(known)))
    distinct = pc.count_distinct(known).as_py() if len(known) else 0
    if distinct == 0 or (distinct == 1 and len(known) == len(column)):
        return "silent"
    if pa.types.is_temporal(column.type):
        return "date"
    if pa.types.is_integer(column.type):
        return "id" if _runs_like_an_id(known, distinct) else "number"
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type) or pa.types.is_boolean(column.type):
        return "number"
    some = known.slice(0, 1000).cast(pa.string()).to_pylist()
    if sum(bool(DATE_TEXT.fullmatch(text.strip())) for text in some) >= 0.95 * len(some):
        return "date"
    return "id" if len(known) >= ID_LEAST_ROWS and distinct > ID_TEXT_SHARE * len(known) else "category"


def _runs_like_an_id(known: pa.Array, distinct: int) -> bool:
    """Whole numbers, each once, all with as many digits (≥ 5), or a running number."""
    if len(known) < ID_LEAST_ROWS or distinct < len(known):
        return False
    low, high = pc.min(known).as_py(), pc.max(known).as_py()
    return high - low + 1 == distinct or (low >= 10_000 and len(str(low)) == len(str(high)))


def outcome(name: str, column: pa.ChunkedArray, positive: str | None) -> tuple[Ints, str]:
    """(y, the value that means bad): the one named, else the one that sounds bad, else the rarer one.

    >>> outcome("status", pa.chunked_array([["P I F", "CHGOFF", "P I F"]]), None)
    (array([0, 1, 0]), 'CHGOFF')
    >>> outcome("status", pa.chunked_array([[1, 1]]), None)
    Traceback (most recent call last):
    ...
    puhui.refusals.BadInput: the target 'status' has one value only (1). To go on: give rows of both outcomes.
    """
    texts = np.array([_plain_text(value) for value in column.to_pylist()], dtype=object)
    values, counts = np.unique(texts.astype(str), return_counts=True)
    if len(values) == 1:
        raise BadInput(f"the target '{name}' has one value only ({values[0]})", then="give rows of both outcomes")
    if len(values) != 2:
        shown = ", ".join(values[:5])
        raise BadInput(
            f"the target '{name}' has {len(values)} different values ({shown}, …)", then="give a target of two values"
        )
    if positive is not None and _plain_text(positive) not in values:
        raise BadInput(f"the target '{name}' has no value '{positive}'", then=f"name one of: {', '.join(values)}")
    bad = _plain_text(positive) if positive is not None else _sounds_bad(values.tolist(), counts.tolist())
    return (texts == bad).astype(np.int64), bad


def _sounds_bad(values: list[str], counts: list[int]) -> str:
    if set(values) == {"0", "1"}:
        return "1"
    sounding = [value for value in values if BAD_WORDS.search(value)]
    return sounding[0] if len(sounding) == 1 else values[int(np.argmin(counts))]


def _plain_text(value: object) -> str:
    """1, 1.0 and True are one value."""
    if isinstance(value, bool):
        return str(int(value))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _labelled(table: pa.Table, target: str) -> tuple[pa.Table, int]:
    """The rows whose outcome is known, and how many are not."""
    column = table[target]
    known = pc.is_valid(column)
    if pa.types.is_floating(column.type):
        known = pc.and_(known, pc.invert(pc.fill_null(pc.is_nan(column), False)))
    kept = table.filter(known)
    if kept.num_rows == 0:
        raise BadInput(f"the target '{target}' is missing in every row", then="give rows whose outcome is known")
    return kept, table.num_rows - kept.num_rows
