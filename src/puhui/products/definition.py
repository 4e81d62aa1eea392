"""What a product is, beside its graph and its terms: channels, facts, the names of its limit's formulas, repayment.

A definition is JSON in `products/catalogue/<product>_product.json`, or in a later version's own text. Pure but for
reading that file. Refuses a definition that lacks a part, names an unknown variable, or an unknown part of a limit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from puhui.channels.catalogue import channel_named
from puhui.mitigation.parts import Part
from puhui.products.facts import FromVariable
from puhui.products.terms import CATALOGUE
from puhui.refusals import BadInput
from puhui.variables.declarations import Derived, Variable
from puhui.variables.registry import VARIABLES, channels_of
from puhui.words import Label

TRUST = ("firm_trust", "firm_contradictions", "firm_comparisons", "firm_fraud_signs")  # enterprises tells these
WAYS = ("any_time", "bullet", "equal_instalments", "equal_principal")  # as lending's schedules name them
PRODUCTS = ("invoice_credit", "tax_credit", "account_credit", "pos_credit", "property_loan")


@dataclass(frozen=True)
class Definition:
    """One product as its version defines it.

    `needed` channels must speak of a firm, or a person must look; `helpful` ones are read where consent allows.
    `facts` are the graph's inputs that come from variables, `told` those that the application tells in yuan.
    `limit_parts` names every formula that may cap the limit; `lending` names the terms under which a line lives.
    """

    product: str
    label: Label
    says: Label
    needed: tuple[str, ...]
    helpful: tuple[str, ...]
    facts: Mapping[str, FromVariable]
    told: tuple[str, ...]
    limit_parts: Mapping[str, Label]
    secured_by: tuple[str, ...]
    lending: str
    ways: tuple[str, ...]
    term_months: int

    @property
    def channels(self) -> tuple[str, ...]:
        """All channels whose consent the product asks for, those that it needs first."""
        return (*self.needed, *self.helpful)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The variables that the graph's facts come from."""
        names = (name for fact in self.facts.values() for name in fact.variables if name not in TRUST)
        return tuple(dict.fromkeys(names))

    @cached_property
    def scored_on(self) -> tuple[str, ...]:
        """The variables that a score of this product may use: all that rest on its channels alone."""
        mine = set(self.channels)
        plain = ((name, one) for name, one in VARIABLES.items() if isinstance(one, Variable | Derived))
        return tuple(name for name, declared in plain if set(channels_of(declared)) <= mine)

    def to_json(self) -> dict[str, Any]:
        """As the file writes it."""
        return {
            "product": self.product,
            "label": {"en": self.label.en, "zh": self.label.zh},
            "says": {"en": self.says.en, "zh": self.says.zh},
            "channels": {"needed": list(self.needed), "helpful": list(self.helpful)},
            "facts": {name: fact.to_json() for name, fact in self.facts.items()},
            "told": list(self.told),
            "limit_parts": {name: {"en": words.en, "zh": words.zh} for name, words in self.limit_parts.items()},
            "secured_by": list(self.secured_by),
            "lending": self.lending,
            "ways": list(self.ways),
            "term_months": self.term_months,
        }


def parse(text: str, *, name: str = "the definition") -> Definition:
    """A definition from its JSON. Raises BadInput naming what is wrong with it."""
    try:
        said = json.loads(text)
        found = Definition(
            product=said["product"],
            label=Label(**said["label"]),
            says=Label(**said["says"]),
            needed=tuple(said["channels"]["needed"]),
            helpful=tuple(said["channels"]["helpful"]),
            facts={fact: _from(source) for fact, source in said["facts"].items()},
            told=tuple(said["told"]),
            limit_parts={part: Label(**words) for part, words in said["limit_parts"].items()},
            secured_by=tuple(said["secured_by"]),
            lending=said["lending"],
            ways=tuple(said["ways"]),
            term_months=int(said["term_months"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadInput(
            f"{name} cannot be read ({type(problem).__name__}: {problem})",
            then="give it every part that a definition of the catalogue has",
        ) from None
    if wrong := _wrong(found):
        raise BadInput(
            Label(f"{name} is wrong: {'; '.join(wrong)}", f"{name}有误：{'；'.join(wrong)}"),
            then=Label("mend the definition", "请修正产品定义"),
        )
    return found


def load(product: str, *, catalogue: Path = CATALOGUE) -> Definition:
    """The definition in the catalogue. Raises BadInput for a product that is not there."""
    if product not in PRODUCTS and not (catalogue / f"{product}_product.json").is_file():
        raise BadInput(
            Label(f"there is no product '{product}'", f"没有产品“{product}”"),
            then=Label(f"name one of {', '.join(PRODUCTS)}", f"请选择其中之一：{'、'.join(PRODUCTS)}"),
        )
    return _read(catalogue / f"{product}_product.json")


@lru_cache(maxsize=16)
def _read(path: Path) -> Definition:
    return parse(path.read_text(encoding="utf-8"), name=path.name)


def _from(source: Mapping[str, Any]) -> FromVariable:
    said = {**source, "or_else": tuple(source.get("or_else", ()))}
    return FromVariable(**said)


def _wrong(found: Definition) -> list[str]:
    problems = []
    for channel in found.channels:
        try:
            channel_named(channel)
        except BadInput as unknown:
            problems.append(unknown.what)
    if both := sorted(set(found.needed) & set(found.helpful)):
        problems.append(f"{', '.join(both)} is both needed and helpful")
    if not found.needed:
        problems.append("no channel is needed")
    for fact, source in found.facts.items():
        for name in source.variables:
            if name not in VARIABLES and name not in TRUST:
                problems.append(f"the fact {fact} comes from '{name}', which is no variable")
            elif name not in TRUST and (beyond := sorted(set(channels_of(VARIABLES[name])) - set(found.channels))):
                problems.append(f"the fact {fact} needs {', '.join(beyond)}, which is no channel of the product")
    problems += [f"'{part}' is no part of a limit" for part in found.secured_by if part not in set(Part)]
    problems += [f"'{way}' is no way of repaying" for way in found.ways if way not in WAYS]
    if not found.ways or not found.limit_parts:
        problems.append("a way of repaying and a formula of the limit are needed")
    if not 1 <= found.term_months <= 360:
        problems.append(f"a line of {found.term_months} months is none")
    return problems
