"""A version made ready to decide: its graph compiled once, and kept; a version that cannot be read refers everyone.

Pure but for the cache. Promises that what decides is named by the hashes of its texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from puhui import dated
from puhui.dated import Term, Terms
from puhui.ids import digest
from puhui.products import definition, graph
from puhui.products import terms as dated_terms
from puhui.products.definition import Definition
from puhui.products.graph import Graph
from puhui.products.values import Decision
from puhui.refusals import BadInput
from puhui.words import Label


@dataclass(frozen=True)
class Texts:
    """What a version is made of."""

    definition: str
    graph: str
    terms: str


@dataclass(frozen=True)
class ReadyProduct:
    """A product ready to decide under the terms of one day. `fault` says why its graph cannot run, or nothing."""

    product: str
    number: int
    definition: Definition
    definition_text: str
    graph_text: str
    terms: Terms
    graph: Graph | None
    fault: str = ""

    def decide(self, facts: Mapping[str, object]) -> Decision:
        """The decision; a graph that cannot run, or that fails, refers."""
        if self.graph is None:
            return graph.faulty(self.fault, graph=digest([self.graph_text.encode()]), terms=self.terms.sha256)
        return self.graph.decide_or_refer(facts)


def ready(product: str, number: int, texts: Texts, *, on: date) -> ReadyProduct:
    """A version under the terms of a day. Raises BadInput when its definition or its terms cannot be read."""
    name = f"{product} v{number}"
    own = dated.read(texts.terms, on=on, name=f"the terms of {name}")
    return _ready(product, number, texts.definition, texts.graph, _Day(dated_terms.above_house(own)))


def replayed(product: str, number: int, *, definition_text: str, graph_text: str, terms_text: str) -> ReadyProduct:
    """A version as it decided once, from the texts that its evidence names. Raises BadInput where one is none."""
    return _ready(product, number, definition_text, graph_text, _Day(terms_from(terms_text)))


def terms_text(terms: Terms) -> str:
    """The values of the day's terms as one canonical text, from which `terms_from` makes them again.

    >>> from datetime import date
    >>> told = dated_terms.load("tax_credit", on=date(2024, 6, 30))
    >>> terms_from(terms_text(told)).sha256 == told.sha256
    True
    """
    said = {"of": terms.of, "on": terms.on.isoformat(), "values": {n: _said(t) for n, t in terms.terms.items()}}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def terms_from(text: str) -> Terms:
    """Terms from the text that kept their values. Raises BadInput when it is none."""
    try:
        said = json.loads(text)
        on = date.fromisoformat(said["on"])
        values = {name: _term(name, unit, value, on) for name, (unit, value) in said["values"].items()}
    except (ValueError, KeyError, TypeError, ArithmeticError) as problem:
        raise BadInput(f"the kept terms cannot be read ({problem})", then="restore the book from a backup") from None
    return Terms(said["of"], Label(said["of"], said["of"]), on, MappingProxyType(values))


def _said(term: Term) -> list[Any]:
    value = term.value
    return [term.unit, list(value) if isinstance(value, tuple) else value if isinstance(value, int) else str(value)]


def _term(name: str, unit: str, value: Any, on: date) -> Term:  # noqa: ANN401  a value of JSON
    read = tuple(value) if isinstance(value, list) else Decimal(value) if isinstance(value, str) else value
    return Term(name, Label(name, name), unit, read, on, "", "")


@dataclass(frozen=True)
class _Day:
    """Terms as a key of the cache: equal when their values are."""

    terms: Terms

    def __hash__(self) -> int:
        return hash((self.terms.of, self.terms.on, self.terms.sha256))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Day) and (self.terms.on, self.terms.sha256) == (other.terms.on, other.terms.sha256)


@lru_cache(maxsize=64)
def _ready(product: str, number: int, definition_text: str, graph_text: str, day: _Day) -> ReadyProduct:
    said = definition.parse(definition_text, name=f"the definition of {product} v{number}")
    try:
        made = graph.parse(graph_text, day.terms, name=f"{product} v{number}", limit_words=said.limit_parts)
    except BadInput as broken:
        return ReadyProduct(product, number, said, definition_text, graph_text, day.terms, None, broken.what)
    return ReadyProduct(product, number, said, definition_text, graph_text, day.terms, made)
