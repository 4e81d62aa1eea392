"""What a channel declares, and the contract that follows from it. Nothing here knows of any one channel.

A row arrives as text. Each column's `parse` makes a typed value of it, or nothing; the rules then say of every row
whether it may come in. The contract is a pandera schema on Ibis, so the same check runs on DuckDB and on Spark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import ibis
import ibis.expr.types as ir

from puhui.governance.personal import Kind
from puhui.governance.purposes import Purpose
from puhui.refusals import BadInput
from puhui.words import Label

if TYPE_CHECKING:
    import pandera.ibis as pa

# What the room adds to every row; a channel declares the rest.
BOOKKEEPING = {"source": "string", "learned_at": "timestamp('UTC', 6)", "delivery": "string", "line": "int64"}
BOOKKEEPING |= {"revision": "int32"}
MARK = "\ue000"  # of Unicode's private use: begins and parts a cell that the door has sealed for the journey
SPACED = "^\\s|\\s$|[\u3000\xa0]"
CONFLICT, SHAPE, NO_RIGHT = "CONFLICTS_WITH_LINE", "WRONG_NUMBER_OF_CELLS", "NO_RIGHT_WHEN_PULLED"


class Strip:
    """The lake's columns that hold what was written in personal cells. See `sealing` for what a strip is."""

    SEALED = "people__sealed"  # a whole strip, on its first row
    NUMBER = "people__strip"  # within the delivery
    PLACE = "people__place"  # of the row within its strip
    COLUMNS = "people__columns"  # the row's sealed columns, by name
    SCHEMA: ClassVar = {NUMBER: "int32", PLACE: "int32", COLUMNS: "string", SEALED: "binary"}


@dataclass(frozen=True, slots=True)
class Header:
    """A name that a supplier gives to a column; a header may itself tell the value of another column (`tells`)."""

    name: str
    tells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the lake that a file fills.

    `parse` makes a typed value from trimmed text, NULL when it cannot. `dtype` is its Ibis type.
    `within` is the least and the most that a number may be. A `personal` column holds pseudonyms in the lake, and what
    was written lies in a sealed strip (see `Strip`); a cell that is not about a person stays as it is.
    """

    name: str
    label: Label
    dtype: str
    headers: tuple[Header | str, ...]
    parse: Callable[[ir.StringValue], ir.Value]
    required: bool = True
    within: tuple[int, int] | None = None
    personal: Kind | None = None

    @property
    def cell(self) -> str:
        """During a delivery: the column that holds what was written in a personal column, sealed for the journey."""
        return f"{self.name}__cell"

    @property
    def missing(self) -> str:
        """The reason of a row without a value here."""
        return f"{self.name.upper()}_MISSING"

    @property
    def unreadable(self) -> str:
        """The reason of a row whose text here is not a value."""
        return f"{self.name.upper()}_UNREADABLE"

    @property
    def beyond(self) -> str:
        """The reason of a row whose number here is below the least or above the most."""
        return f"{self.name.upper()}_OUT_OF_RANGE"


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand on a row. `holds(row, on)` is true, false, or NULL where a value is missing: no further complaint."""

    code: str
    words: Label
    holds: Callable[[ir.Table, date], ir.BooleanValue]


@dataclass(frozen=True)
class Channel:
    """A data channel: what arrives, what it must satisfy, who may read it and why, and how fresh it is promised to be.

    Among the columns are always `enterprise` (string) and `happened_on` (date). `key` names a row for ever;
    two rows of one source with one key are the same fact, or a correction of it.
    """

    name: str
    label: Label
    purposes: frozenset[Purpose]
    fresh_within_days: int
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    sample: str  # a sound file as CSV text, header first: what a newcomer copies, and a test delivers

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        assert {"enterprise", "happened_on"} <= set(names), f"{self.name} needs enterprise and happened_on"
        assert set(self.key) <= set(names), f"the key of {self.name} names a column that is not declared"
        assert len(names) == len(set(names)) and not set(names) & set(BOOKKEEPING)
        codes = [rule.code for rule in self.rules]
        assert len(codes) == len(set(codes)), f"{self.name} has two rules with one code"
        assert all(c.dtype == "string" for c in self.personal), f"{self.name} has a personal column that is not text"
        identities = [c.name for c in self.personal if c.personal is Kind.IDENTITY]
        assert len(identities) <= 1, f"a row of {self.name} tells of one person: it has one identity number"

    @cached_property
    def schema(self) -> dict[str, str]:
        """The lake's columns in order, name to Ibis type."""
        strips = Strip.SCHEMA if self.personal else {}
        return {"source": "string", **{c.name: c.dtype for c in self.columns}, **BOOKKEEPING, **strips}

    @cached_property
    def open_schema(self) -> dict[str, str]:
        """The columns that analytics see: all but those of the sealed strips."""
        return {name: kind for name, kind in self.schema.items() if name not in Strip.SCHEMA}

    @cached_property
    def personal(self) -> tuple[Column, ...]:
        """The columns that hold personal information."""
        return tuple(c for c in self.columns if c.personal is not None)

    @cached_property
    def person(self) -> str | None:
        """The column with the identity number of the person whom a row is about."""
        return next((c.name for c in self.personal if c.personal is Kind.IDENTITY), None)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The declared columns outside the key: what a correction may change."""
        return tuple(c.name for c in self.columns if c.name not in self.key)

    @cached_property
    def reasons(self) -> dict[str, Label]:
        """Every reason for which a row may be quarantined, in words."""
        words = {
            SHAPE: Label("the row has more or fewer cells than the header", "该行的单元格数与表头不一致"),
            NO_RIGHT: Label("pulled, but no right to this firm's rows stands", "拉取时对该企业数据没有有效授权"),
            CONFLICT: Label("an earlier line of the file says otherwise of the same key", "与文件中同一主键的前行冲突"),
        }
        for column in self.columns:
            words[column.missing] = Label(f"{column.label.en}: missing", f"缺少{column.label.zh}")
            words[column.unreadable] = Label(f"{column.label.en}: cannot be read", f"{column.label.zh}无法识别")
            if column.within is not None:
                words[column.beyond] = Label(
                    f"{column.label.en}: too small or too big", f"{column.label.zh}超出合理范围"
                )
        return words | {rule.code: rule.words for rule in self.rules}

    def words(self, reason: str) -> Label:
        """A reason in words; a reason may carry a detail after a space, as in `CONFLICTS_WITH_LINE 7`.

        A reason of a rule that has since left the contract is shown as its code.
        """
        code, _, detail = reason.partition(" ")
        label = self.reasons.get(code) or Label(code, code)
        return Label(f"{label.en} ({detail})", f"{label.zh}（{detail}）") if detail else label


@dataclass(frozen=True, slots=True)
class Headers:
    """How a file fills the channel's columns: `taken` gives a column's header by its place, `told` a constant."""

    taken: Mapping[str, int]
    told: Mapping[str, str]
    unknown: tuple[str, ...]


def understood(channel: Channel, headers: Iterable[str]) -> Headers:
    """Match a file's headers with the channel's, whatever their case and spacing.

    Raises BadInput naming the missing headers and those found, or a column that two headers claim.
    """
    found = list(headers)
    known = _known(channel)
    taken: dict[str, int] = {}
    told: dict[str, str] = {}
    for place, header in enumerate(found):
        if (hit := known.get(_plain(header))) is None:
            continue
        name, alias = hit
        if name in taken:
            raise BadInput(
                Label(
                    f"the headers '{found[taken[name]]}' and '{header}' both give {name}",
                    f"表头“{found[taken[name]]}”与“{header}”均对应{name}",
                ),
                then=Label(f"keep one column for {name}", f"请只保留一列对应{name}"),
            )
        taken[name] = place
        told |= {} if isinstance(alias, str) else alias.tells
    told = {name: value for name, value in told.items() if name not in taken}
    absent = [c for c in channel.columns if c.required and c.name not in taken and c.name not in told]
    if absent:
        raise BadInput(
            Label(
                f"the file has no column for {'; '.join(_wanted(c) for c in absent)}"
                f" (found: {', '.join(found) or 'none'})",
                f"文件缺少列：{'；'.join(_wanted(c, '可为') for c in absent)}（现有：{'、'.join(found) or '无'}）",
            ),
            then=Label(
                "add the missing column, or rename the one that holds it to a header named here",
                "请补上缺少的列，或将对应列改为此处所列的表头",
            ),
        )
    return Headers(taken, told, tuple(h for h in found if _plain(h) not in known))


def typed(channel: Channel, raw: ir.Table, headers: Headers) -> ir.Table:
    """The rows with typed values: `line`, `misshapen`, the channel's columns, and `<name>__given` (was there text).

    A personal column has its pseudonym, and in `Column.cell` the text that the door sealed (NULL: nothing was sealed).

    `raw` has the file's cells as text in `c0`, `c1`, …, as `files.stage` makes it.
    """
    taken = {f"c{place}": trimmed(raw[f"c{place}"]) for place in headers.taken.values()}
    # A view keeps the trimming a step of its own: else each branch of each parser would trim its text anew.
    cells = raw.select("line", "misshapen", **taken).view()
    values: dict[str, ir.Value] = {"line": cells.line, "misshapen": cells.misshapen}
    for column in channel.columns:
        if column.name in headers.taken:
            text = cells[f"c{headers.taken[column.name]}"]
        else:
            text = ibis.literal(headers.told.get(column.name), type="string")
        values[column.name] = column.parse(text).cast(column.dtype)
        if column.personal is not None:
            sealed = text.startswith(MARK).fill_null(False)
            values[column.name] = ibis.ifelse(sealed, text.split(MARK)[1].nullif(""), values[column.name])
            values[column.cell] = ibis.ifelse(sealed, text.split(MARK)[2], ibis.null("string"))
        values[f"{column.name}__given"] = text.notnull()
    return cells.select(**values)


def verdicts(channel: Channel, rows: ir.Table, on: date) -> dict[str, ir.BooleanValue]:
    """Every demand on a typed row by the code of the reason it gives: true where the row satisfies it, never NULL."""
    demands: dict[str, ir.BooleanValue] = {SHAPE: rows.misshapen.isnull()}
    for column in channel.columns:
        given, value = rows[f"{column.name}__given"], rows[column.name]
        if column.required:
            demands[column.missing] = given | ~demands[SHAPE]
        demands[column.unreadable] = ~given | value.notnull()
        if column.within is not None:
            demands[column.beyond] = value.between(*column.within)
    demands |= {rule.code: rule.holds(rows, on) for rule in channel.rules}
    return {code: holds.fill_null(True) for code, holds in demands.items()}


def contract(channel: Channel, on: date) -> pa.DataFrameSchema:
    """The pandera schema that typed rows of a delivery on a business day satisfy.

    All demands are one check, so that a sound delivery costs one pass; `complaints` tells them apart.
    """
    import pandera.ibis as pa  # noqa: PLC0415  it takes a second to load, and reads do without

    return pa.DataFrameSchema(
        {column.name: pa.Column(ibis.dtype(column.dtype), nullable=True) for column in channel.columns},
        checks=[pa.Check(lambda data: _sound(channel, data.table, on), name=channel.name, n_failure_cases=1)],
        name=channel.name,
    )


def complaints(channel: Channel, rows: ir.Table, on: date) -> ir.Table:
    """All rows that break the contract: `line` and `reasons` (array of codes). For rows that failed the contract."""
    demands = verdicts(channel, rows, on)
    reasons = ibis.array([ibis.ifelse(holds, ibis.null("string"), code) for code, holds in demands.items()])
    return rows.filter(~_sound(channel, rows, on)).select(
        "line", reasons=reasons.filter(lambda reason: reason.notnull())
    )


def _sound(channel: Channel, rows: ir.Table, on: date) -> ir.BooleanValue:
    return ibis.and_(*verdicts(channel, rows, on).values())


def places(channel: Channel, headers: Iterable[str]) -> dict[str, str]:
    """The header that gives each column, of those among `headers`."""
    known = _known(channel)
    return {known[_plain(header)][0]: header for header in headers if _plain(header) in known}


def _known(channel: Channel) -> dict[str, tuple[str, Header | str]]:
    return {_plain(h if isinstance(h, str) else h.name): (c.name, h) for c in channel.columns for h in c.headers}


def _plain(header: str) -> str:
    return re.sub(r"[\s_\-\ufeff]+", "", header).casefold()


def trimmed(text: ir.StringValue) -> ir.StringValue:
    """Without spaces around it, full-width and no-break ones too; nothing when nothing is left. Few texts have any."""
    plain = text.replace("\u3000", " ").replace("\xa0", " ").strip()
    return ibis.ifelse(text.re_search(SPACED), plain, text).nullif("")


def _wanted(column: Column, one_of: str = "one of") -> str:
    names = [h if isinstance(h, str) else h.name for h in column.headers]
    return f"{column.name} ({one_of} {', '.join(names)})"
