"""Every variable there is, by name. A channel's variables come in by one line of `CHANNELS`."""

from __future__ import annotations

from collections.abc import Iterable

from puhui.ids import digest
from puhui.refusals import BadInput
from puhui.variables.declarations import Variable
from puhui.variables.vat_invoices import margin, partners, quality, rhythm, size

CHANNELS: dict[str, tuple[Variable, ...]] = {
    "vat_invoices": (
        *size.VARIABLES,
        *rhythm.VARIABLES,
        *margin.VARIABLES,
        *quality.VARIABLES,
        *partners.VARIABLES,
    ),
}


def by_name(variables: Iterable[Variable]) -> dict[str, Variable]:
    """The variables by name, in order; a name declared twice stops the import."""
    named: dict[str, Variable] = {}
    for variable in variables:
        if variable.name in named:
            raise ValueError(f"{variable.name} is declared twice: give one of them another name")
        named[variable.name] = variable
    return named


VARIABLES = by_name(variable for variables in CHANNELS.values() for variable in variables)
assert all(variable.channel == channel for channel, its in CHANNELS.items() for variable in its)


def named(names: Iterable[str]) -> tuple[Variable, ...]:
    """Declared variables by their names, in the order asked."""
    asked = list(names)
    unknown = [name for name in asked if name not in VARIABLES]
    if unknown:
        raise BadInput(f"no variable is called {', '.join(unknown)}", then="run `puhui variables` for those there are")
    return tuple(VARIABLES[name] for name in asked)


def fingerprint(variables: Iterable[Variable] | None = None) -> str:
    """SHA-256 of a set of declarations, in any order: equal when they would give equal values.

    >>> fingerprint() == fingerprint(reversed(VARIABLES.values()))
    True
    """
    its = VARIABLES.values() if variables is None else variables
    return digest(sorted(variable.fingerprint().encode() for variable in its))
