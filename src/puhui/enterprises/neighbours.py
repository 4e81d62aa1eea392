"""Read a firm's neighbourhood from the lake, as far as it may be read, and tell what binds the firm on a day.

From the firms asked for, the search goes on to those that share a person, hold each other or guarantee each other,
until nobody new is met: so one firm gets the numbers that it has in the whole house. A person who stands for very many
firms is an agent and leads nowhere.
"""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.channels import lake
from puhui.channels import selectors as channels
from puhui.enterprises import identity, relations
from puhui.enterprises.accuracy import terms
from puhui.enterprises.bonds import Bonds, bonds
from puhui.governance import selectors as permissions
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused

MEMORY = "2GB"
AGENT = 50  # firms; `Graph.same_person` has the same bound
ROUNDS = 8
MOST = 5_000  # firms met beyond those asked for; a larger neighbourhood is cut there
NAMES = (("registry", "person"), ("enterprise_bureau", "counterparty"))  # the columns that name another
Keys = Mapping[EnterpriseId, Collection[EnterpriseId]]


def bonds_of(
    firms: Keys,
    *,
    purpose: Purpose,
    as_of: date,
    on: date,
    by: str,
    withheld: Collection[str] = (),
    owners: bool = False,
) -> tuple[dict[EnterpriseId, Bonds], dict[str, Refused]]:
    """The bonds of those firms of which the registry or the bureau may be read, and by channel what was refused.

    A channel that the firms have `withheld` is refused of them, whatever was consented to, and not of those they meet.
    The `owners` of each come with them where they are wanted.
    """
    con = lake.connect(memory=MEMORY)
    try:
        for name in relations.CHANNELS:
            con.con.execute(f"create or replace temp table {name} as {channels.nothing_of(name)}")
        firm_of = {key: firm for firm, keys in firms.items() for key in (firm, *keys)}
        refused = _refused(firm_of, purpose=purpose, on=on, withheld=withheld)
        met: set[EnterpriseId] = set()
        frontier = set(firm_of)
        for _ in range(ROUNDS):
            _read(con, frontier, dict.fromkeys(withheld, firm_of), purpose=purpose, as_of=as_of, on=on, by=by)
            met |= frontier
            frontier = _named(con, frontier) - met
            if not frontier or len(met) - len(firm_of) > MOST:
                break
        _rename(con, {**identity.merged(), **{key: firm for key, firm in firm_of.items() if key != firm}})
        told = {firm for (firm,) in con.con.execute(_TOLD).fetchall()}
        trouble = relations.in_trouble(con, overdue_days=terms.load(as_of).whole("trouble_overdue_days"))
        asked = [firm for firm in firms if firm in told]
        found = bonds(relations.standing(con), trouble, asked, owners=owners)
        return {EnterpriseId(firm): its for firm, its in found.items()}, refused
    finally:
        con.disconnect()


_TOLD = "select distinct enterprise from registry union select distinct enterprise from enterprise_bureau"


def _refused(
    firm_of: Collection[EnterpriseId], *, purpose: Purpose, on: date, withheld: Collection[str]
) -> dict[str, Refused]:
    refused = {}
    for name in relations.CHANNELS:
        has = channels.firms_of(name)
        known = [key for key in firm_of if key in has]
        permission = permissions.allowed(known, channel=name, purpose=purpose, on=on)
        if permission.refused is not None:
            refused[name] = permission.refused
        elif known and name in withheld:
            refused[name] = Refused(Code.NO_CONSENT, {"firm": known[0], "channel": name})
    return refused


def _read(
    con: Backend,
    firms: Collection[EnterpriseId],
    but: Mapping[str, Collection[EnterpriseId]],
    *,
    purpose: Purpose,
    as_of: date,
    on: date,
    by: str,
) -> None:
    """The firms' rows into `con`, by channel without those `but` names."""
    for name in relations.CHANNELS:
        has = channels.firms_of(name)
        wanted = [firm for firm in firms if firm in has and firm not in but.get(name, ())]
        if not wanted:
            continue
        rows = channels.rows(name, wanted, purpose=purpose, as_of=as_of, on=on, by=by, con=con, only_permitted=True)
        if not isinstance(rows, Refused):
            con.con.execute(f"insert into {name} {con.compile(rows)}")


def _named(con: Backend, firms: Collection[EnterpriseId]) -> set[EnterpriseId]:
    """Firms that these firms' rows name, and firms whose rows name these or a person of theirs."""
    con.con.register("these", pa.table({"firm": pa.array(sorted(firms), pa.string())}))
    found: set[EnterpriseId] = set()
    for name, column in NAMES:
        rows = con.con.execute(
            f"select distinct {column} from {name} join these on firm = enterprise where {column} is not null"
        ).fetchall()
        named = {str(value) for (value,) in rows}
        has = channels.firms_of(name)
        found |= {EnterpriseId(value) for value in named if value in has}
        naming = channels.firms_naming(name, column, {*named, *firms})
        found |= {firm for its in naming.values() if len(its) <= AGENT for firm in its}
    con.con.unregister("these")
    return found


def _rename(con: Backend, names: Mapping[str, str]) -> None:
    """Put a firm's one id in place of every other under which it stands."""
    if not names:
        return
    alias = {"key": pa.array(list(names), pa.string()), "firm": pa.array(list(names.values()), pa.string())}
    con.con.register("alias", pa.table(alias))
    for name, column in (*NAMES, *((channel, "enterprise") for channel in relations.CHANNELS)):
        con.con.execute(f"update {name} set {column} = alias.firm from alias where {column} = alias.key")
    con.con.unregister("alias")
