"""Check firms: read what may be read for a purpose, and hold it against itself."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from ibis.backends.duckdb import Backend

from puhui.channels import lake
from puhui.channels import selectors as channels
from puhui.enterprises.accuracy import facts, reconciling, trust
from puhui.enterprises.accuracy.detectors import DETECTORS, Sign
from puhui.enterprises.accuracy.rules import FACTS, RULES, VERDICT_WORDS, Verdict
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused
from puhui.words import Label

MEMORY = "4GB"
MOST_PARTNERS = 500  # whose books are read beside one firm's


@dataclass(frozen=True, slots=True)
class Compared:
    """One rule on one firm: both amounts, the verdict, and what would settle it."""

    rule: str
    label: Label
    left: Label
    right: Label
    left_amount: float
    right_amount: float
    unit: str
    months: int
    ratio: float | None
    low: float
    high: float
    verdict: Verdict
    words: Label
    settles: Label


@dataclass(frozen=True, slots=True)
class Checked:
    """A firm held against itself: trust from 0 to 100 with its parts, every rule, every sign, and what was not read."""

    firm: EnterpriseId
    as_of: date
    trust: float | None
    parts: dict[str, float]
    compared: tuple[Compared, ...]
    signs: tuple[Sign, ...]
    not_read: dict[str, str]

    @property
    def says(self) -> Label:
        """The trust score in words.

        >>> Checked(EnterpriseId("E1"), date(2024, 1, 1), None, {}, (), (), {}).says.en
        'nothing can be said of it'
        """
        differ = [one for one in self.compared if one.verdict is Verdict.DIFFER]
        if self.trust is None:
            return Label("nothing can be said of it", "无从判断")
        if not differ and not self.signs:
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
    con = lake.connect(memory=MEMORY)
    try:
        known = {name: [key for key in keys if key in set(channels.firms(name))] for name in facts.CHANNELS}
        if not any(known.values()):
            return Refused(Code.UNKNOWN_FIRM, {"firm": firm})
        refused = read(con, known, purpose=purpose, as_of=as_of, on=on, by=by)
        if set(refused) >= {name for name, of in known.items() if of}:
            return next(iter(refused.values()))
        _read_partners(con, known["vat_invoices"], purpose=purpose, as_of=as_of, on=on, by=by)
        if len(keys) > 1:
            for name in facts.CHANNELS:
                listed = ", ".join(f"'{key}'" for key in keys)
                con.con.execute(f"update {name} set enterprise = '{firm}' where enterprise in ({listed})")
        run(con, as_of=as_of)
        return _answer(con, firm, as_of, {name: str(no) for name, no in refused.items()})
    finally:
        con.disconnect()


def run(con: Backend, *, as_of: date) -> dict[str, trust.Reliability]:
    """Facts, verdicts and trust of every firm in the channels' tables of `con`; returns the sources' reliabilities."""
    facts.write_facts(con, as_of=as_of)
    reconciling.write_trades(con)
    reconciling.write_verdicts(con, as_of=as_of)
    return trust.write_trust(con, as_of=as_of)


def read(
    con: Backend, firms: dict[str, list[EnterpriseId]], *, purpose: Purpose, as_of: date, on: date, by: str
) -> dict[str, Refused]:
    """Put the rows that may be read into `con`, a table a channel; the rest is refused, by channel."""
    refused: dict[str, Refused] = {}
    for name in facts.CHANNELS:
        rows = channels.rows(name, firms[name], purpose=purpose, as_of=as_of, on=on, by=by, con=con)
        if isinstance(rows, Refused):
            refused[name] = rows
            rows = channels.rows(name, [], purpose=purpose, as_of=as_of, on=on, by=by, con=con)
            assert not isinstance(rows, Refused), "nothing asks for no consent"
        con.con.execute(f"create or replace temp table {name} as {con.compile(rows)}")
    return refused


def _read_partners(con: Backend, keys: list[EnterpriseId], *, purpose: Purpose, as_of: date, on: date, by: str) -> None:
    house = set(channels.firms("vat_invoices"))
    found = con.con.execute("select distinct counterparty from vat_invoices").fetchall()
    partners = sorted({EnterpriseId(other) for (other,) in found if other in house} - set(keys))[:MOST_PARTNERS]
    if not partners:
        return
    rows = channels.rows(
        "vat_invoices", partners, purpose=purpose, as_of=as_of, on=on, by=by, con=con, only_permitted=True
    )
    assert not isinstance(rows, Refused), "only what is permitted was asked for"
    con.con.execute(f"insert into vat_invoices {con.compile(rows)}")


def _answer(con: Backend, firm: EnterpriseId, as_of: date, not_read: dict[str, str]) -> Checked:
    found = con.con.execute(
        "select rule, left_amount, right_amount, months, ratio, low, high, verdict from verdicts where enterprise = ?",
        [firm],
    ).fetchall()
    by_rule = {row[0]: row[1:] for row in found}
    compared = tuple(_compared(name, by_rule[name]) for name in RULES if name in by_rule)
    score = con.con.execute(
        "select trust, agreement, freshness, completeness from trust where enterprise = ?", [firm]
    ).fetchone()
    parts = dict(zip(trust.WEIGHTS, (round(float(part), 3) for part in score[1:]), strict=True)) if score else {}
    signs = tuple(s for detector in DETECTORS.values() for s in detector.find(con, as_of) if s.enterprise == firm)
    return Checked(firm, as_of, float(score[0]) if score else None, parts, compared, signs, not_read)


def _compared(name: str, row: tuple[float, float, int, float | None, float, float, str]) -> Compared:
    rule, verdict = RULES[name], Verdict(row[6])
    left, right = FACTS[rule.left], FACTS[rule.right]
    return Compared(
        name, rule.label, left.label, right.label, float(row[0]), float(row[1]), left.unit, row[2],
        round(row[3], 4) if row[3] is not None else None, row[4], row[5], verdict, VERDICT_WORDS[verdict], rule.settles,
    )  # fmt: skip
