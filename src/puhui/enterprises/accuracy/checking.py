"""Check firms: read what may be read for a purpose, and hold it against itself."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.channels import at_once, lake
from puhui.channels import selectors as channels
from puhui.days import months_back
from puhui.enterprises import owner
from puhui.enterprises.accuracy import beliefs, facts, reconciling, terms, trust
from puhui.enterprises.accuracy.detectors import DETECTORS, Sign
from puhui.enterprises.accuracy.rules import FACTS, RULES, VERDICT_WORDS, Verdict
from puhui.enterprises.accuracy.trust import Believed
from puhui.governance import selectors as permissions
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused
from puhui.words import Label

MEMORY = "4GB"
MOST_PARTNERS = 500  # whose books are read beside each firm's: those with whom most invoices were exchanged
OF_PARTNERS = ("vat_invoices", "bank_transactions", "social_security", "registry")
NAMED = {"vat_invoices": "counterparty", "enterprise_bureau": "counterparty"}  # columns that name another firm
MEASURES = ("firm_trust", "firm_contradictions", "firm_comparisons", "firm_fraud_signs")
Keys = Mapping[EnterpriseId, Collection[EnterpriseId]]  # each firm, and the ids under which channels may know it


@dataclass(frozen=True, slots=True)
class Compared:
    """One rule on one firm: both amounts, the verdict, and what would settle it.

    `besides` names what may or may not be part of the right side, `lag` the months by which it was taken to follow;
    `growth` says that the ratio is that of each side's last year to the one before, not of the amounts.
    """

    rule: str
    label: Label
    left: Label
    right: Label
    left_amount: float
    right_amount: float
    unit: str
    right_unit: str
    months: int
    ratio: float | None
    low: float
    high: float
    verdict: Verdict
    words: Label
    settles: Label
    besides: Label | None = None
    besides_amount: float = 0.0
    lag: int = 0
    growth: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """For what, as of when and by whom rows are read; which were `given` already, what the firms have `withheld`."""

    purpose: Purpose
    as_of: date
    on: date
    by: str
    given: Mapping[str, pa.Table] = field(default_factory=dict)
    withheld: Collection[str] = ()

    @property
    def of_partners(self) -> _Reading:
        """Partners' rows were not given, and partners have withheld nothing."""
        return replace(self, given={}, withheld=())


@dataclass(frozen=True, slots=True)
class Checked:
    """A firm held against itself: trust from 0 to 100 with its parts, every rule, every sign, every fact with its own
    trust, and what was not read.

    Trust is None where too few comparisons of independent sources can be made: then it cannot be told.
    """

    firm: EnterpriseId
    as_of: date
    trust: float | None
    parts: dict[str, float]
    compared: tuple[Compared, ...]
    signs: tuple[Sign, ...]
    not_read: dict[str, str]
    facts: tuple[Believed, ...] = ()

    @property
    def says(self) -> Label:
        """The verdict in words.

        >>> Checked(EnterpriseId("E1"), date(2024, 1, 1), None, {}, (), (), {}).says.en
        'too few independent sources speak of it to tell'
        """
        differ = [one for one in self.compared if one.verdict is Verdict.DIFFER]
        if not differ and not self.signs:
            if self.trust is None:
                return Label("too few independent sources speak of it to tell", "独立来源不足，无从判断")
            return Label("what can be compared agrees", "可比对的数据均相符")
        en = [one.label.en for one in differ] + [DETECTORS[sign.kind].label.en for sign in self.signs]
        zh = [one.label.zh for one in differ] + [DETECTORS[sign.kind].label.zh for sign in self.signs]
        return Label("to be settled: " + "; ".join(en), "待核实：" + "；".join(zh))


def check(
    firm: EnterpriseId, keys: Collection[EnterpriseId], *, purpose: Purpose, as_of: date, on: date, by: str
) -> Checked | Refused:
    """Check one firm, known to the channels under `keys`; its partners' books are used where they may be read.

    Refuses UNKNOWN_FIRM when no channel has a row of it, and NO_CONSENT when none of those that have may be read.
    """
    known = channels.heard_of(keys, facts.CHANNELS)
    if not any(known.values()):
        return Refused(Code.UNKNOWN_FIRM, {"firm": firm})
    with _own([firm]) as con:
        refused = _examine(con, {firm: keys}, _Reading(purpose, as_of, on, by))
        if set(refused) >= {name for name, of in known.items() if of}:
            return next(iter(refused.values()))
        return _answer(con, firm, as_of, {name: str(no) for name, no in refused.items()})


def assess(
    firms: Keys,
    *,
    purpose: Purpose,
    as_of: date,
    on: date,
    by: str,
    given: Mapping[str, pa.Table] | None = None,
    withheld: Collection[str] = (),
) -> tuple[pa.Table, dict[str, Refused]]:
    """Trust, contradictions, comparisons and signs of fraud of each firm, in the order given, and what was refused.

    The table has `enterprise` and a float64 column for each of `MEASURES`; what cannot be told is missing. One firm
    alone gets what it gets among many: its partners' books are read beside it, as far as they may be, and the belief in
    each source is the house's own. `given` are the firms' rows of some channels, where they were just read for the same
    purpose: these are not read again. What the firms have `withheld` is not read of them, whatever was consented to.
    """
    with _own(firms) as con:
        refused = _examine(con, firms, _Reading(purpose, as_of, on, by, given or {}, withheld))
        con.con.register("asked", pa.table({"enterprise": pa.array(list(firms), pa.string())}))
        found = [sign.enterprise for sign in _signs(con, as_of)]
        con.con.register("found", pa.table({"enterprise": pa.array(found, pa.string())}))
        table = con.con.sql("""
            with counted as (select enterprise, count(*) as signs from found group by all)
            select a.enterprise, t.trust::double as firm_trust,
                if(agree + differ > 0, differ, null)::double as firm_contradictions,
                if(t.enterprise is null, null, agree + differ)::double as firm_comparisons,
                if(t.trust is null, null, coalesce(signs, 0))::double as firm_fraud_signs
            from (select enterprise, row_number() over () as place from asked) as a
            left join trust as t using (enterprise) left join counted using (enterprise) order by place
        """).to_arrow_table()
        return table, refused


def learn(firms: Keys, *, purpose: Purpose, as_of: date, on: date, by: str) -> trust.Belief:
    """What the verdicts on these firms, as far as they may be read, teach of the sources."""
    with _own(firms) as con:
        _read_all(con, firms, _Reading(purpose, as_of, on, by))
        return run(con, as_of=as_of)


def run(con: Backend, *, as_of: date, belief: trust.Belief | None = None) -> trust.Belief:
    """Facts, verdicts and trust of every firm in the channels' tables of `con`.

    Trust rests on `belief`, or where none is given on what these firms' own verdicts teach; returns it.
    """
    facts.write_facts(con, as_of=as_of)
    reconciling.write_trades(con)
    reconciling.write_verdicts(con, as_of=as_of)
    belief = belief or trust.learn(con, as_of=as_of)
    trust.write_trust(con, belief, as_of=as_of)
    return belief


@contextmanager
def _own(firms: Collection[EnterpriseId]) -> Iterator[Backend]:
    """A place for these firms' tables: few share this thread's DuckDB, many get one with memory of its own."""
    if len(firms) <= channels.FEW:
        with lake.beside() as con:
            yield con
        return
    con = lake.connect(memory=MEMORY)
    try:
        yield con
    finally:
        con.disconnect()


def _examine(con: Backend, firms: Keys, reading: _Reading) -> dict[str, Refused]:
    """Read, and hold against itself, under the house's belief of the day; what was refused, by channel."""
    refused = _read_all(con, firms, reading)
    run(con, as_of=reading.as_of, belief=beliefs.held(reading.as_of))
    return refused


def _read_all(con: Backend, firms: Keys, reading: _Reading) -> dict[str, Refused]:
    """The firms' rows and, as far as they may be read, their partners', a table a channel, each under its firm's id."""
    firm_of = {key: firm for firm, keys in firms.items() for key in (firm, *keys)}
    few = len(firms) <= channels.FEW
    refused = _read(con, facts.CHANNELS, firm_of, reading, few=few)
    house = channels.firms_of("vat_invoices")
    con.con.register("mine", pa.table({"key": pa.array(list(firm_of), pa.string())}))
    named = con.con.execute(f"""
        select distinct counterparty from (
            select enterprise, counterparty, count(*) as n from vat_invoices group by enterprise, counterparty
            qualify row_number() over (partition by enterprise order by n desc, counterparty) <= {MOST_PARTNERS})
        where counterparty not in (select key from mine)
    """).fetchall()
    partners = {EnterpriseId(other): EnterpriseId(other) for (other,) in named if other in house}
    _read(con, OF_PARTNERS, partners, reading.of_partners, few=few, more=True)
    since = months_back(reading.as_of, terms.load(reading.as_of).whole("window_months"))
    con.con.register("said", owner.said_of(list(firms), since=since, as_of=reading.as_of))
    con.con.execute("create or replace temp table owner_said as select * from said")
    moved = {key: firm for key, firm in firm_of.items() if key != firm}
    if moved:
        alias = {"key": pa.array(list(moved), pa.string()), "firm": pa.array(list(moved.values()), pa.string())}
        con.con.register("alias", pa.table(alias))
        for name in facts.CHANNELS:
            columns = ("enterprise", *([NAMED[name]] if name in NAMED else []))
            if few:
                now = ", ".join(f"coalesce((select firm from alias where key = {of}), {of}) as {of}" for of in columns)
                con.con.register(name, con.con.sql(f"select * replace ({now}) from {name}").to_arrow_table())
                continue
            for column in columns:
                con.con.execute(f"update {name} set {column} = alias.firm from alias where {column} = alias.key")
    return refused


def _read(
    con: Backend,
    names: Collection[str],
    firm_of: Mapping[EnterpriseId, EnterpriseId],
    reading: _Reading,
    *,
    few: bool,
    more: bool = False,
) -> dict[str, Refused]:
    """Put the rows that may be read into `con`, a table a channel (or `more` rows into it); the rest is refused."""
    wanted = channels.heard_of(firm_of, names)
    refused: dict[str, Refused] = {}
    if not more:
        rights = permissions.rights(firm_of, purpose=reading.purpose, on=reading.on)
        missing = {name: rights.to(name, its).refused for name, its in wanted.items()}
        refused = {name: each for name, each in missing.items() if each is not None}
        refused |= {
            name: Refused(Code.NO_CONSENT, {"firm": its[0], "channel": name})
            for name, its in wanted.items()
            if its and name in reading.withheld
        }
        wanted |= {name: [] for name in reading.withheld}
    found: dict[str, Any] = {name: rows for name, rows in reading.given.items() if name not in reading.withheld}
    asked = {name: its for name, its in wanted.items() if its and name not in found}
    how: Any = {"purpose": reading.purpose, "as_of": reading.as_of, "on": reading.on, "by": reading.by}
    how["only_permitted"] = True
    if few:
        found |= at_once.rows(asked, **how)
    else:
        found |= {name: channels.rows(name, its, con=con, **how) for name, its in asked.items()}
    for name in names:
        rows = found.get(name)
        if isinstance(rows, Refused):  # the channel may never be read for this purpose
            refused[name] = rows
        _put(con, name, None if isinstance(rows, Refused) else rows, few=few, more=more)
    return refused


def _put(con: Backend, name: str, rows: pa.Table | ir.Table | None, *, few: bool, more: bool) -> None:
    """Rows under a channel's name, or none: of few firms as they lie in memory, of many in a table of their own."""
    if rows is None and more:
        return
    if few:
        rows = _nothing(name) if rows is None else rows
        con.con.register(name, pa.concat_tables([con.con.table(name).to_arrow_table(), rows]) if more else rows)
        return
    into = f"insert into {name}" if more else f"create or replace temp table {name} as"
    con.con.execute(f"{into} {channels.nothing_of(name) if rows is None else con.compile(rows)}")


@cache
def _nothing(name: str) -> pa.Table:
    """A channel's table without rows."""
    return lake.shared().con.sql(channels.nothing_of(name)).to_arrow_table()


def _signs(con: Backend, as_of: date) -> list[Sign]:
    held = terms.load(as_of)
    return [sign for detector in DETECTORS.values() for sign in detector.find(con, held)]


def _answer(con: Backend, firm: EnterpriseId, as_of: date, not_read: dict[str, str]) -> Checked:
    found = con.con.execute(
        "select rule, left_amount, right_amount, months, ratio, low, high, verdict, besides_amount, lag from verdicts"
        " where enterprise = ?",
        [firm],
    ).fetchall()
    by_rule = {row[0]: row[1:] for row in found}
    compared = tuple(_compared(name, by_rule[name]) for name in RULES if name in by_rule)
    told = con.con.execute(
        "select trust, agreement, freshness, completeness from trust where enterprise = ?", [firm]
    ).fetchone()
    held = tuple(trust.believed(con, firm, beliefs.held(as_of), as_of=as_of))
    score, parts = (told[0], told[1:]) if told else (None, ())
    named = zip(trust.PART_WORDS, parts, strict=False)
    shares = {name: round(float(part), 3) for name, part in named if part is not None}
    signs = tuple(sign for sign in _signs(con, as_of) if sign.enterprise == firm)
    return Checked(firm, as_of, None if score is None else float(score), shares, compared, signs, not_read, held)


def _compared(name: str, row: tuple[Any, ...]) -> Compared:
    rule, verdict = RULES[name], Verdict(row[6])
    left, right = FACTS[rule.left], FACTS[rule.right]
    besides = FACTS[rule.besides].label if rule.besides else None
    # Of people, the mean of the months says more than their sum.
    each = max(1, row[2]) if left.unit == right.unit == "heads" else 1
    return Compared(
        name, rule.label, left.label, right.label, row[0] / each, row[1] / each, left.unit, right.unit, row[2],
        round(row[3], 4) if row[3] is not None else None, row[4], row[5], verdict, VERDICT_WORDS[verdict], rule.settles,
        besides, float(row[7]), row[8], rule.growth,
    )  # fmt: skip
