"""Decision tables as sets of cases: which rule hides which, and which contradict each other. Pure.

A cell is read as an interval of numbers (with the day's terms put in) or a set of texts. What cannot be read so counts
as a condition of its own: equal only to the same text, so nothing is called hidden or contradictory that may not be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Any

from puhui.products.terms import Terms

COMPARED = re.compile(r"^(<=|>=|<|>|==)?\s*(-?\d+(?:\.\d+)?|terms\.\w+)$")
LISTED = re.compile(r"^(not in|in)\s*\[(.*)\]$")
QUOTED = re.compile(r"^'([^']*)'$")


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from `low` to `high`; a bound that is open is not itself inside."""

    low: float = -inf
    high: float = inf
    low_open: bool = True
    high_open: bool = True

    def within(self, other: Interval) -> bool:
        """Is every number of this one in the other?"""
        low = self.low > other.low or (self.low == other.low and (self.low_open or not other.low_open))
        high = self.high < other.high or (self.high == other.high and (self.high_open or not other.high_open))
        return low and high

    def meets(self, other: Interval) -> bool:
        """Is there a number in both?"""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low != high:
            return low < high
        return all(
            one.low < low < one.high or (low == one.low and not one.low_open) or (low == one.high and not one.high_open)
            for one in (self, other)
        )


@dataclass(frozen=True, slots=True)
class Texts:
    """These texts, or with `other` all but these."""

    values: frozenset[str]
    other: bool = False

    def within(self, wider: Texts) -> bool:
        """Is every text of this one in the other?"""
        if self.other:
            return wider.other and wider.values <= self.values
        return not self.values & wider.values if wider.other else self.values <= wider.values

    def meets(self, one: Texts) -> bool:
        """Is there a text in both?"""
        if self.other and one.other:
            return True
        if self.other or one.other:
            few, many = (one, self) if self.other else (self, one)
            return bool(few.values - many.values)
        return bool(self.values & one.values)


@dataclass(frozen=True, slots=True)
class Opaque:
    """A condition that is not read: equal to the same words only."""

    text: str


Cell = Interval | Texts | Opaque | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: its cells by column, and what it answers."""

    name: str
    cells: Mapping[str, Cell]
    answer: tuple[str, ...]

    @property
    def readable(self) -> bool:
        """Are all its cells read?"""
        return not any(isinstance(cell, Opaque) for cell in self.cells.values())

    def within(self, wider: Rule) -> bool:
        """Does every case of this rule match the other too?"""
        return all(cell is None or _within(self.cells[column], cell) for column, cell in wider.cells.items())

    def meets(self, other: Rule) -> bool:
        """May a case match both?"""
        pairs = ((self.cells[column], other.cells[column]) for column in self.cells)
        return all(one is None or two is None or _meets(one, two) for one, two in pairs)


@dataclass(frozen=True, slots=True)
class Table:
    """One decision table, read."""

    name: str
    first_only: bool
    rules: tuple[Rule, ...]


def of(document: Mapping[str, Any], terms: Terms) -> Iterator[Table]:
    """Every decision table of a graph."""
    for node in document["nodes"]:
        if node["type"] == "decisionTableNode":
            content = node["content"]
            rules = tuple(_rule(rule, content, terms) for rule in content["rules"])
            yield Table(node["name"], content["hitPolicy"] == "first", rules)


def problems(table: Table) -> Iterator[str]:
    """Rules that can never fire, rules of one condition with two answers, and rules that overlap and contradict.

    Where a table takes the first rule that matches, two that overlap in part and answer otherwise leave it to their
    order who is right. A rule that is a special case of a later, wider one is how such tables are written, and sound.
    """
    for at, rule in enumerate(table.rules):
        for earlier in table.rules[:at]:
            same = rule.within(earlier) and earlier.within(rule)
            if table.first_only and rule.within(earlier):
                yield f"{table.name}: the rule {rule.name} can never fire, {earlier.name} takes all its cases"
            elif same and rule.answer != earlier.answer:
                yield f"{table.name}: {earlier.name} and {rule.name} have one condition and two answers"
            elif same:
                yield f"{table.name}: {earlier.name} and {rule.name} are one rule written twice"
            elif table.first_only and _contradict(earlier, rule):
                yield f"{table.name}: {rule.name} overlaps {earlier.name} and answers otherwise; the order decides"


def _contradict(one: Rule, other: Rule) -> bool:
    """Do two rules overlap in part, as far as they can be read, and answer otherwise?"""
    overlap = one.readable and other.readable and other.meets(one) and not one.within(other)
    return overlap and one.answer != other.answer


def _rule(rule: Mapping[str, Any], content: Mapping[str, Any], terms: Terms) -> Rule:
    cells = {column["id"]: _cell(rule.get(column["id"], ""), terms) for column in content["inputs"]}
    told = ("verdict", "grade", "limit_share")
    answer = tuple(rule.get(column["id"], "") for column in content["outputs"] if column["field"] in told)
    return Rule(rule["_id"], cells, answer)


def _cell(text: str, terms: Terms) -> Cell:
    text = text.strip()
    if not text:
        return None
    if found := COMPARED.match(text):
        value = _number(found.group(2), terms)
        if value is not None:
            return {
                "<": Interval(high=value),
                "<=": Interval(high=value, high_open=False),
                ">": Interval(low=value),
                ">=": Interval(low=value, low_open=False),
            }.get(found.group(1) or "==", Interval(value, value, False, False))
    if text == "null":
        return Texts(frozenset({text}))
    if found := QUOTED.match(text):
        return Texts(frozenset({found.group(1)}))
    if found := LISTED.match(text):
        values = [QUOTED.match(part.strip()) for part in found.group(2).split(",")]
        if all(values):
            return Texts(frozenset(one.group(1) for one in values if one), other=found.group(1) == "not in")
    return Opaque(text)


def _number(text: str, terms: Terms) -> float | None:
    if text.startswith("terms."):
        value = terms.terms[text.removeprefix("terms.")].value
        return float(value) if isinstance(value, int | Decimal) else None
    return float(text)


def _within(cell: Cell, wider: Cell) -> bool:
    if isinstance(cell, Interval) and isinstance(wider, Interval):
        return cell.within(wider)
    if isinstance(cell, Texts) and isinstance(wider, Texts):
        return cell.within(wider)
    return cell == wider


def _meets(cell: Cell, other: Cell) -> bool:
    if isinstance(cell, Interval) and isinstance(other, Interval):
        return cell.meets(other)
    if isinstance(cell, Texts) and isinstance(other, Texts):
        return cell.meets(other)
    return isinstance(cell, Opaque) or isinstance(other, Opaque)
