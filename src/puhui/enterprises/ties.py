"""Whom a firm's own data bind it to: who stands behind it, whom it guarantees, with whom it trades most.

Promises ties that this firm's rows tell of, each read under its own channel's right; people are pseudonyms. Refuses
nothing: a channel that may not be read tells nothing, and `silent` names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from puhui.channels import at_once, lake
from puhui.channels import selectors as channels
from puhui.enterprises import selectors
from puhui.enterprises.codes import holds
from puhui.enterprises.dossier import pseudonym
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Refused
from puhui.words import Label

MOST_PARTNERS = 8  # of each direction of trade


class Kind(StrEnum):
    """What binds."""

    REPRESENTS = "represents"
    OWNS = "owns"
    GUARANTEES = "guarantees"
    GUARANTEED_BY = "guaranteed_by"
    BUYS_FROM_IT = "buys_from_it"
    SELLS_TO_IT = "sells_to_it"


WORDS: dict[Kind, Label] = {
    Kind.REPRESENTS: Label("legal representative", "法定代表人"),
    Kind.OWNS: Label("shareholder", "股东"),
    Kind.GUARANTEES: Label("guarantees for", "为其担保"),
    Kind.GUARANTEED_BY: Label("guaranteed by", "由其担保"),
    Kind.BUYS_FROM_IT: Label("buyer", "客户"),
    Kind.SELLS_TO_IT: Label("supplier", "供应商"),
}
assert WORDS.keys() == set(Kind)


@dataclass(frozen=True, slots=True)
class Tie:
    """One tie. `firm` is the other side's id where it is a firm with a code; `fen` and `share` where they are told."""

    kind: Kind
    name: str
    firm: EnterpriseId | None
    share: float | None = None
    fen: int | None = None


@dataclass(frozen=True, slots=True)
class Ties:
    """Every tie that may be read, and the channels that may not be."""

    ties: tuple[Tie, ...]
    silent: tuple[str, ...]


STATEMENTS = {
    "registry": """select kind, person, name, share_bp from held where kind in ('representative', 'shareholder')
        qualify row_number() over (partition by kind, coalesce(person, name) order by happened_on desc) = 1""",
    "enterprise_bureau": """select kind, counterparty, max_by(balance_fen, happened_on) from held
        where kind in ('guarantee_given', 'guarantee_received') and counterparty is not null group by 1, 2""",
    "vat_invoices": f"""select direction, counterparty, sum(amount_fen) as fen from held
        where counterparty is not null group by 1, 2
        qualify row_number() over (partition by direction order by fen desc) <= {MOST_PARTNERS}""",
}


def ties(firm: EnterpriseId, *, purpose: Purpose, as_of: date, on: date, by: str) -> Ties:
    """Whom the firm is bound to, as known by the end of `as_of`."""
    keys = selectors.lake_keys(firm)
    heard = channels.heard_of(keys, STATEMENTS)
    wanted = {name: its for name, its in heard.items() if its}
    found: list[Tie] = []
    silent = []
    with lake.beside() as con:
        for name, rows in at_once.rows(wanted, purpose=purpose, as_of=as_of, on=on, by=by).items():
            if isinstance(rows, Refused):
                silent.append(name)
                continue
            con.con.register("held", rows)
            found += [tie for row in con.con.execute(STATEMENTS[name]).fetchall() if (tie := _tie(name, row))]
    return Ties(tuple(found), tuple(silent))


def _tie(channel: str, row: tuple[object, ...]) -> Tie | None:
    if channel == "registry":
        kind, person, name, share = row
        code = str(person) if person and holds(str(person)) else None
        return Tie(
            Kind.REPRESENTS if kind == "representative" else Kind.OWNS,
            pseudonym(str(person) if person else None, str(name) if name else None),
            EnterpriseId(code) if code else None,
            share=float(str(share)) / 10_000 if share is not None and kind == "shareholder" else None,
        )
    kind, other, amount = row
    kinds = {
        "guarantee_given": Kind.GUARANTEES,
        "guarantee_received": Kind.GUARANTEED_BY,
        "sale": Kind.BUYS_FROM_IT,
        "purchase": Kind.SELLS_TO_IT,
    }
    if str(kind) not in kinds:
        return None
    firm = EnterpriseId(str(other)) if holds(str(other)) else None
    return Tie(kinds[str(kind)], str(other), firm, fen=int(str(amount)) if amount is not None else None)
