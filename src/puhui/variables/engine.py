"""Compile declarations into one Ibis table: a row per firm, a column per variable, as of a day.

All declarations share one scan of the rows and one pass per grain. Rows are rolled up once by firm × month × kind and
once by firm × counterparty × kind × band of months; every filter, window and ratio then works on those small tables.
Sums are whole numbers held as doubles: exact in any order up to 2^53 (90 trillion yuan in fen), and quick to add.
The engine knows no channel: a `Reading` says what a kind and a column are. Plain Ibis, no I/O, no clock.
"""

# ruff: noqa: ANN401  Ibis expressions are not typed for a checker.

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import add, and_
from typing import Any

import ibis

from puhui.days import end_of, months_back
from puhui.variables.declarations import DAYS_AGO, Reading, Variable, measures
from puhui.variables.language import (
    MOST_PERCENT,
    Arithmetic,
    Constant,
    Foremost,
    Function,
    Gathered,
    Grain,
    InMonth,
    Least,
    Measure,
    MonthsEarlier,
    MonthsSince,
    OverFirm,
    Value,
    Window,
    WithPartner,
)

FIRM, MONTH, PARTNER, BAND, KIND, ORDER = "enterprise", "month", "partner", "band", "kind", "order"
Names = dict[Value, str]


def compile_table(rows: ibis.Table, variables: Sequence[Variable], as_of: date, known_on: date) -> ibis.Table:
    """Variables of one reading as a table: `enterprise`, then one float column per variable.

    `rows` has the channel's schema. A firm without a row that had happened by `as_of` and was learned by the
    end of `known_on` is absent: of it nothing is known.
    """
    (reading,) = {variable.reads for variable in variables}
    nodes = list(dict.fromkeys(node for variable in variables for node in variable.value.walk()))
    used = _used(_known(rows, as_of, known_on), reading, nodes, as_of)
    names: Names = {}
    firms = _by_month(used, reading, nodes, names)
    for whom in reading.partners:
        part = _by_partner(used, reading, nodes, names, whom=whom)
        if part is not None:
            firms = firms.left_join(part, FIRM).drop(f"{FIRM}_right")
    # A firm none of whose rows names a partner is absent from that part: its sums over partners are 0.
    sums = [names[node] for node in names if isinstance(node, Gathered) and node.how == "sum"]
    firms = firms.mutate(**{name: firms[name].fill_null(0.0) for name in sums})
    return firms.select(FIRM, **{variable.name: _written(variable.value, firms, names) for variable in variables})


def used_rows(rows: ibis.Table, variables: Sequence[Variable], as_of: date, known_on: date) -> ibis.Table:
    """The rows themselves with month, kind, partners and the columns that the variables need, for one firm online.

    Where a latest value is asked for, also the days since and the reading's order.
    """
    (reading,) = {variable.reads for variable in variables}
    used = {measure for variable in variables for measure in measures(variable.value)}
    known = _known(rows, as_of, known_on)
    asked = {node.of_whom for variable in variables for node in variable.value.walk() if isinstance(node, WithPartner)}
    keys = {f"{PARTNER}_{whom}": known.bind(reading.partners[whom])[0] for whom in sorted(asked)}
    if any(measure.how == "latest" for measure in used):
        used |= {Measure("largest", DAYS_AGO, ())}
        if reading.order is not None:
            keys[ORDER] = known.bind(reading.order)[0].fill_null("")
    plain = {Measure("sum" if measure.how == "latest" else measure.how, measure.column, ()) for measure in used}
    keys |= {MONTH: _month(known.happened_on, as_of), DAYS_AGO: _days_ago(known, as_of)}
    return _prepared(known, reading, plain, **keys)


def _known(rows: ibis.Table, as_of: date, known_on: date) -> ibis.Table:
    """The rows that had happened by the day and were known by then."""
    return rows.filter(rows.happened_on <= as_of, rows.learned_at <= end_of(known_on))


def _used(known: ibis.Table, reading: Reading, nodes: Sequence[Value], as_of: date) -> ibis.Table:
    """Every used row, read once for all grains: firm, month, days ago, kind, columns; each partner and its band."""
    measured = {node.measure for node in nodes if isinstance(node, OverFirm | InMonth | WithPartner)}
    keys = {FIRM: known.enterprise, MONTH: _month(known.happened_on, as_of), DAYS_AGO: _days_ago(known, as_of)}
    for whom in sorted({node.of_whom for node in nodes if isinstance(node, WithPartner)}):
        beyond = [(known.happened_on < months_back(as_of, cut)).cast("int8") for cut in _cuts(nodes, whom)]
        keys[f"{PARTNER}_{whom}"] = known.bind(reading.partners[whom])[0]
        keys[f"{BAND}_{whom}"] = reduce(add, beyond, ibis.literal(0, "int8")).cast("int8")
    return _prepared(known, reading, measured, **keys)


def _cuts(nodes: Sequence[Value], whom: str) -> list[int]:
    """The months back at which a window over one sort of partner begins or ends, ascending: they cut time in bands."""
    windows = {node.window for node in nodes if isinstance(node, WithPartner) and node.of_whom == whom}
    return sorted({cut for window in windows for cut in (window.ago, window.reach) if cut})


def _prepared(rows: ibis.Table, reading: Reading, used: Iterable[Measure], **keys: Any) -> ibis.Table:
    """Each used row with the keys of a grain, its kind's number and the columns that the measures need."""
    wanted = {measure.column for measure in used if measure.column and measure.how != "latest"}
    columns: dict[str, Any] = {name: rows.bind(reading.columns[name].expression)[0] for name in wanted - {DAYS_AGO}}
    if DAYS_AGO in wanted:
        columns[DAYS_AGO] = keys.pop(DAYS_AGO)
    else:
        keys.pop(DAYS_AGO, None)
    for name in {measure.column for measure in used if measure.how == "latest"}:
        columns[_rolled_name("latest", name)] = _placed(rows, reading, name)
    cases = [(rows.bind(when)[0], ibis.literal(number, "int8")) for number, when in enumerate(reading.kinds.values())]
    prepared = rows.select(**keys, **{KIND: ibis.cases(*cases)}, **columns)
    return prepared.filter(prepared[KIND].notnull())


def _placed(rows: ibis.Table, reading: Reading, name: str) -> Any:
    """A column's value behind what tells the rows' sequence, so that the largest is the latest."""
    value = rows.bind(reading.columns[name].expression)[0].cast("int64")
    order = {} if reading.order is None else {ORDER: rows.bind(reading.order)[0].fill_null("")}
    placed: Any = ibis.struct({"day": rows.happened_on, **order, "value": value})
    return ibis.ifelse(value.notnull(), placed, ibis.null(placed.type()))


def _rolled(prepared: ibis.Table, keys: Sequence[str], used: Iterable[Measure]) -> ibis.Table:
    """The one aggregation over rows of a grain: plain sums, counts and extremes, no filter."""
    wanted = sorted({(measure.how, measure.column) for measure in used})
    ways: dict[str, Callable[[Any, str], Any]] = {
        "count": lambda rows, _: rows.count().cast("float64"),
        "sum": lambda rows, column: rows[column].cast("float64").sum(),
        "largest": lambda rows, column: rows[column].max(),
        "smallest": lambda rows, column: rows[column].min(),
        "latest": lambda rows, column: rows[_rolled_name("latest", column)].max(),
    }
    aggregates = {_rolled_name(how, column): ways[how](prepared, column) for how, column in wanted}
    return prepared.group_by([*keys, KIND]).agg(**aggregates)


def _rolled_name(how: str, column: str) -> str:
    return f"{how}_{column}" if column else how


def _spread(rolled: ibis.Table, measure: Measure, reading: Reading, *within: Any) -> Any:
    """A measure from a rolled-up table: the rows of its kinds, within a window if one is given, not yet divided."""
    numbers = [number for number, kind in enumerate(reading.kinds) if kind in measure.of]
    of_kind = rolled[KIND] == numbers[0] if len(numbers) == 1 else rolled[KIND].isin(numbers)
    column = _only(rolled[_rolled_name(measure.how, measure.column)], (of_kind, *within))
    return column.max()["value"] if measure.how == "latest" else _together(column, measure)


def _together(column: Any, measure: Measure) -> Any:
    """Parts of a measure put together: extremes of extremes, sums of sums; missing over none."""
    ways = {"largest": "max", "smallest": "min"}
    return getattr(column, ways.get(measure.how, "sum"))()


def _only(column: Any, conditions: Sequence[Any]) -> Any:
    """The column where the conditions hold, otherwise missing.

    Beside a hundred other aggregates this is four times as fast in DuckDB as a FILTER clause, which copies them all.
    """
    return ibis.ifelse(reduce(and_, conditions), column, ibis.null(column.type())) if conditions else column


def _latest(column: Any, month: Any) -> Any:
    """Its value in the latest month that has one."""
    return column.argmin(_only(month, [column.notnull()]))


def _measured(whole: Any, measure: Measure, reading: Reading) -> Any:
    """A measure from whole numbers put together: divided, and 0 for a sum or count of nothing."""
    if measure.how in ("sum", "count"):
        whole = whole.fill_null(0.0)
    per = reading.columns[measure.column].per if measure.column in reading.columns else 1
    return whole.cast("float64") / per if per != 1 else whole.cast("float64")


def _month(day: Any, as_of: date) -> Any:
    """Whole months back to the as-of day, as `days.months_back` cuts them: 0 is the month that ends with it."""
    following = as_of + timedelta(days=1)
    apart = following.year * 12 + following.month - (day.year() * 12 + day.month())
    last_of_month = (day.truncate("M") + ibis.interval(months=1) - ibis.interval(days=1)).day()
    turn = following.day if following.day <= 28 else ibis.least(following.day, last_of_month)
    return (apart - (day.day() >= turn).cast("int32")).cast("int32")


def _days_ago(known: ibis.Table, as_of: date) -> Any:
    return ibis.literal(as_of).delta(known.happened_on, unit="day").cast("int32")


def _by_month(used: ibis.Table, reading: Reading, nodes: Sequence[Value], names: Names) -> ibis.Table:
    """One row per firm with all that comes from its months: measures over windows, and months gathered."""
    gathered = [node for node in nodes if isinstance(node, Gathered) and node.gathers is Grain.FIRM_MONTH]
    table, cells = _months(used, reading, nodes, dense=bool(gathered))
    local: Names = {
        leaf: f"m_{cells[leaf.measure]}" for node in gathered for leaf in node.walk() if isinstance(leaf, InMonth)
    }
    leaves = {
        local[leaf]: _measured(table[cells[leaf.measure]], leaf.measure, reading)
        for leaf in local
        if isinstance(leaf, InMonth)
    }
    table = _beside(table.mutate(**leaves) if leaves else table, gathered, local)
    columns = {}
    for node in nodes:
        if isinstance(node, OverFirm):
            names[node] = f"v{len(names)}"
            cell = _only(table[cells[node.measure]], _within(table, node.window))
            whole = _latest(cell, table[MONTH]) if node.measure.how == "latest" else _together(cell, node.measure)
            columns[names[node]] = _measured(whole, node.measure, reading)
    return table.group_by(FIRM).agg(**columns, **_aggregates(table, gathered, local, names))


def _months(
    used: ibis.Table, reading: Reading, nodes: Sequence[Value], *, dense: bool
) -> tuple[ibis.Table, dict[Measure, str]]:
    """Firm × month with a column of whole numbers per measure.

    `dense`: without holes from the firm's first month to the as-of day.
    """
    measured = list(dict.fromkeys(node.measure for node in nodes if isinstance(node, OverFirm | InMonth)))
    rolled = _rolled(used, (FIRM, MONTH), measured)
    cells = {measure: f"c{number}" for number, measure in enumerate(measured)}
    table = rolled.group_by([FIRM, MONTH]).agg(
        **{name: _spread(rolled, measure, reading) for measure, name in cells.items()}
    )
    if dense:
        spans = table.group_by(FIRM).agg(first=table[MONTH].max())
        grid = spans.select(FIRM, **{MONTH: ibis.range(0, spans["first"] + 1).unnest().cast("int32")})
        table = grid.left_join(table, [FIRM, MONTH]).select(FIRM, MONTH, *cells.values())
    return table, cells


def _by_partner(
    used: ibis.Table, reading: Reading, nodes: Sequence[Value], names: Names, *, whom: str
) -> ibis.Table | None:
    """Firm × one sort of partner, every window side by side, gathered to the firm."""
    gathered = [node for node in nodes if isinstance(node, Gathered) and node.gathers_by == whom]
    if not gathered:
        return None
    leaves = list(dict.fromkeys(leaf for node in gathered for leaf in node.walk() if isinstance(leaf, WithPartner)))
    cuts = _cuts(nodes, whom)
    theirs = used.rename({PARTNER: f"{PARTNER}_{whom}", BAND: f"{BAND}_{whom}"})
    theirs = theirs.filter(theirs[PARTNER].notnull())
    rolled = _rolled(theirs, (FIRM, PARTNER, BAND), {leaf.measure for leaf in leaves})
    local: Names = {}
    measured = {}
    for leaf in leaves:
        local[leaf] = f"p{len(local)}"
        whole = _spread(rolled, leaf.measure, reading, *_in_bands(rolled, leaf.window, cuts))
        measured[local[leaf]] = _measured(whole, leaf.measure, reading)
    ties = _with_foremost(rolled.group_by([FIRM, PARTNER]).agg(**measured), gathered, local)
    ties = _beside(ties, gathered, local)
    return ties.group_by(FIRM).agg(**_aggregates(ties, gathered, local, names))


def _in_bands(rolled: ibis.Table, window: Window, cuts: Sequence[int]) -> list[Any]:
    """The condition that a band, which counts the cuts a row lies beyond, falls in a window."""
    within = [rolled[BAND] >= bisect_right(cuts, window.ago)] if window.ago else []
    if window.reach is not None:
        within.append(rolled[BAND] < bisect_right(cuts, window.reach))
    return within


def _with_foremost(ties: ibis.Table, gathered: Sequence[Gathered], local: Names) -> ibis.Table:
    """The ties with those columns added that say which are a firm's largest.

    Only the few that lead are ranked and joined back: sorting all ties with all their columns takes far longer.
    """
    asked = list(dict.fromkeys(node for outer in gathered for node in outer.walk() if isinstance(node, Foremost)))
    if not asked:
        return ties
    leading, places = [], dict[Value, str]()
    for node in asked:
        if node.of not in places:
            places[node.of] = f"place{len(places)}"
            size = _written(node.of, ties, local)
            above = ties.filter(size > 0).select(FIRM, PARTNER, size=size)
            order = ibis.window(group_by=FIRM, order_by=[above["size"].desc(), above[PARTNER]])
            ranked = above.mutate(by=ibis.literal(places[node.of]), place=ibis.row_number().over(order) + 1)
            most = max(other.places for other in asked if other.of == node.of)
            leading.append(ranked.filter(ranked.place <= most).select(FIRM, PARTNER, "by", "place"))
    tops = ibis.union(*leading) if len(leading) > 1 else leading[0]
    columns = {name: tops.place.max(where=tops.by == name) for name in places.values()}
    beside = ties.left_join(tops.group_by([FIRM, PARTNER]).agg(**columns), [FIRM, PARTNER])
    table = beside.select(*ties.columns, *columns)
    added: Names = {node: f"leads{number}" for number, node in enumerate(asked)}
    local.update(added)
    no = ibis.literal(False)
    return table.mutate(**{added[node]: (table[places[node.of]] <= node.places).fill_null(no) for node in asked})


def _beside(table: ibis.Table, gathered: Sequence[Gathered], local: Names) -> ibis.Table:
    """The table with those columns added that look at a firm's other months or partners."""
    added: dict[Value, tuple[str, Any]] = {}
    for node in dict.fromkeys(inner for outer in gathered for inner in outer.walk()):
        if isinstance(node, MonthsSince):
            window = ibis.window(group_by=FIRM, order_by=table[MONTH].desc(), preceding=None, following=0)
            held = ibis.ifelse(_written(node.condition, table, local), table[MONTH], ibis.null("int32"))
            column = held.min().over(window) - table[MONTH]
        elif isinstance(node, MonthsEarlier):
            window = ibis.window(group_by=FIRM, order_by=table[MONTH].desc())
            column = _written(node.of, table, local).lag(node.by).over(window)
        elif isinstance(node, Least):
            column = _written(node.of, table, local).min().over(ibis.window(group_by=FIRM))
        else:
            continue
        added[node] = (f"w{len(added)}", column.cast("float64"))
    local.update({node: name for node, (name, _) in added.items()})
    return table.mutate(**dict(added.values())) if added else table


def _aggregates(table: ibis.Table, gathered: Sequence[Gathered], local: Names, names: Names) -> dict[str, Any]:
    """The outer aggregation: all of a grain's numbers of the firm at once."""
    columns = {}
    for node in gathered:
        names[node] = f"v{len(names)}"
        columns[names[node]] = _aggregate(node, table, local)
    return columns


def _within(table: ibis.Table, window: Window) -> list[Any]:
    """The conditions that a month lies in a window."""
    conditions = [table[MONTH] >= window.ago] if window.ago else []
    if window.reach is not None:
        conditions.append(table[MONTH] < window.reach)
    return conditions


def _aggregate(node: Gathered, table: ibis.Table, local: Names) -> Any:
    """One gathered value as an Ibis aggregate."""
    of = _written(node.of, table, local)
    if of.type().is_boolean():
        of = of.cast("float64")
    conditions = [] if node.where is None else [_written(node.where, table, local)]
    if node.window is not None:
        conditions += _within(table, node.window)
    of = _only(of, conditions)
    if node.how == "slope":
        forward = ibis.ifelse(of.notnull(), -table[MONTH].cast("float64"), ibis.null("float64"))
        return of.cov(forward, how="pop") / forward.var(how="pop").nullif(0)
    if node.how == "correlation":
        assert node.other is not None, "a correlation has two sides"
        return of.corr(_written(node.other, table, local), how="pop")
    if node.how == "latest":
        return _latest(of, table[MONTH])
    if node.how == "deviation":
        return of.std(how="sample")
    ways = {"mean": of.mean, "largest": of.max, "smallest": of.min, "sum": of.sum}
    whole = ways[node.how]()
    return whole.fill_null(0.0) if node.how == "sum" else whole


def _written(value: Value, table: ibis.Table, names: Names) -> Any:
    """A value as an Ibis expression over columns of `table` that already hold what `names` says."""
    if value in names:
        return table[names[value]]
    if isinstance(value, Constant):
        return ibis.literal(value.number, "float64")
    if isinstance(value, Function):
        return _function(value.name, _written(value.of, table, names))
    assert isinstance(value, Arithmetic), f"{value} should have been a column by now"
    left, right = _written(value.left, table, names), _written(value.right, table, names)
    return _arithmetic(value.operator, left, right)


def _function(name: str, of: Any) -> Any:
    if name == "positive":
        return ibis.greatest(of, 0.0).nullif(0.0)
    if name == "or_zero":
        return of.fill_null(0.0)
    ways = {"ln": of.ln, "exp": of.exp}
    return ways[name]()


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    ways = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right.nullif(0),
        ">": lambda: left > right,
        "<": lambda: left < right,
        "&": lambda: left & right,
        "smaller": lambda: ibis.least(left, right),
        "percent": lambda: _percent(left, right),
    }
    return ways[operator]()


def _percent(part: Any, whole: Any) -> Any:
    """Both sides are tested before the bounds are put on, because `least` and `greatest` pass over missing values."""
    held = ibis.greatest(ibis.least(100.0 * part / whole, MOST_PERCENT), -MOST_PERCENT)
    return ibis.ifelse((whole > 0) & part.notnull(), held, ibis.null("float64"))
