"""Every variable there is, by name. A channel's come in by one line of `CHANNELS`; `across` holds those of several."""

from __future__ import annotations

from collections.abc import Iterable

from puhui.ids import digest
from puhui.refusals import BadInput
from puhui.variables import (
    across,
    bank_transactions,
    court_records,
    customs,
    enterprise_bureau,
    firm_standing,
    owner_bureau,
    pos_settlements,
    registry_records,
    social_security,
    tax_filings,
    utilities,
)
from puhui.variables.declarations import Assessed, Declared, Variable
from puhui.variables.vat_invoices import margin, partners, quality, rhythm, size

CHANNELS: dict[str, tuple[Variable, ...]] = {
    "vat_invoices": (
        *size.VARIABLES,
        *rhythm.VARIABLES,
        *margin.VARIABLES,
        *quality.VARIABLES,
        *partners.VARIABLES,
    ),
    "tax_filings": tax_filings.VARIABLES,
    "bank_transactions": bank_transactions.VARIABLES,
    "pos_settlements": pos_settlements.VARIABLES,
    "enterprise_bureau": enterprise_bureau.VARIABLES,
    "owner_bureau": owner_bureau.VARIABLES,
    "registry": registry_records.VARIABLES,
    "court_records": court_records.VARIABLES,
    "utilities": utilities.VARIABLES,
    "customs": customs.VARIABLES,
    "social_security": social_security.VARIABLES,
}


def by_name(variables: Iterable[Declared]) -> dict[str, Declared]:
    """The variables by name, in order; a name declared twice stops the import."""
    named: dict[str, Declared] = {}
    for variable in variables:
        if variable.name in named:
            raise ValueError(f"{variable.name} is declared twice: give one of them another name")
        named[variable.name] = variable
    return named


DERIVED, ASSESSED = across.DERIVED, firm_standing.ASSESSED
VARIABLES = by_name((*(variable for variables in CHANNELS.values() for variable in variables), *DERIVED, *ASSESSED))
assert all(variable.channel == channel for channel, its in CHANNELS.items() for variable in its)
assert all(isinstance(VARIABLES[name], Variable) for derived in DERIVED for name in derived.made_of)


def channels_of(declared: Declared) -> tuple[str, ...]:
    """The channels that must be read for a variable.

    >>> channels_of(VARIABLES["debt_to_sales"])
    ('enterprise_bureau', 'vat_invoices')
    """
    if isinstance(declared, Assessed):
        return declared.channels
    return tuple(dict.fromkeys(variable.channel for variable in parts(declared)))


def parts(declared: Declared) -> tuple[Variable, ...]:
    """The variables of single channels that it is, or is made of."""
    if isinstance(declared, Assessed):
        return ()
    if isinstance(declared, Variable):
        return (declared,)
    found = [VARIABLES[name] for name in declared.made_of]
    return tuple(variable for variable in found if isinstance(variable, Variable))


def named(names: Iterable[str]) -> tuple[Declared, ...]:
    """Declared variables by their names, in the order asked."""
    asked = list(names)
    unknown = [name for name in asked if name not in VARIABLES]
    if unknown:
        raise BadInput(f"no variable is called {', '.join(unknown)}", then="run `puhui variables` for those there are")
    return tuple(VARIABLES[name] for name in asked)


def fingerprint(variables: Iterable[Declared] | None = None) -> str:
    """SHA-256 of a set of declarations, in any order: equal when they would give equal values.

    >>> fingerprint() == fingerprint(reversed(VARIABLES.values()))
    True
    """
    its = VARIABLES.values() if variables is None else variables
    return digest(sorted(variable.fingerprint().encode() for variable in its))
