"""The enterprise file: everything the house knows of a firm, from where, since when, as far as it may be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pyarrow as pa

from puhui.channels import at_once, lake
from puhui.channels import selectors as channels
from puhui.channels.catalogue import CHANNELS
from puhui.enterprises import neighbours, owner, selectors
from puhui.enterprises.bonds import Bonds
from puhui.enterprises.codes import holds
from puhui.enterprises.records import veiled
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused

STATED = """select kind, name, person, share_bp, address, item, after, happened_on, source from held
    order by happened_on, record_number"""


@dataclass(frozen=True, slots=True)
class Held:
    """What one channel holds of the firm; `refused` says why it may not be read."""

    channel: str
    rows: int
    first_day: date | None
    last_day: date | None
    sources: tuple[str, ...]
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement of the registry, from its day on. People are shown by pseudonym."""

    what: str
    value: str
    since: date
    source: str


@dataclass(frozen=True, slots=True)
class EnterpriseFile:
    """A firm as the house knows it."""

    firm: EnterpriseId
    known_since: date | None
    codes: dict[str, list[str]]
    records: tuple[selectors.Linkage, ...]
    history: tuple[selectors.Happening, ...]
    doubts: tuple[selectors.Case, ...]
    statements: tuple[Stated, ...]
    held: tuple[Held, ...]
    owner_says: tuple[owner.Said, ...]
    bonds: Bonds | None
    """Whom it is bound to on that day, as far as registry and bureau may be read; None where neither may."""


def registered(firm: EnterpriseId, *, purpose: Purpose, as_of: date, on: date, by: str) -> tuple[Stated, ...] | Refused:
    """What the registry says of a firm by the end of `as_of`, the oldest first; no other channel is read."""
    keys = channels.heard_of(selectors.lake_keys(firm), ["registry"])["registry"]
    if not keys:
        return ()
    rows = at_once.rows({"registry": keys}, purpose=purpose, as_of=as_of, on=on, by=by)["registry"]
    return rows if isinstance(rows, Refused) else _statements(rows)


def enterprise_file(
    firm: EnterpriseId, *, purpose: Purpose, as_of: date, on: date, by: str
) -> EnterpriseFile | Refused:
    """Everything known of a firm by the end of `as_of`. Refuses UNKNOWN_FIRM when nothing is."""
    keys = selectors.lake_keys(firm)
    known = channels.heard_of(keys, CHANNELS)
    links = selectors.records(firm)
    if not links and not any(known.values()):
        return Refused(Code.UNKNOWN_FIRM, {"firm": firm})
    reading: Any = {"purpose": purpose, "as_of": as_of, "on": on, "by": by}
    held = []
    for name, told in at_once.tallies({name: of for name, of in known.items() if of}, **reading).items():
        if isinstance(told, Refused):
            held.append(Held(name, 0, None, None, (), str(told)))
        elif told.rows:
            held.append(Held(name, told.rows, told.first_day, told.last_day, told.sources))
    said = registered(firm, **reading)
    statements = () if isinstance(said, Refused) else said
    began = selectors.first_known(firm)
    found, _ = neighbours.bonds_of({firm: keys}, purpose=purpose, as_of=as_of, on=on, by=by, owners=True)
    return EnterpriseFile(
        firm, began.date() if began else None, selectors.codes(firm), tuple(links),
        tuple(selectors.history(firm)), tuple(selectors.doubts(firm=firm)), statements, tuple(held),
        tuple(owner.words_of(firm, as_of=as_of)), found.get(firm),
    )  # fmt: skip


def names(
    firms: Sequence[EnterpriseId], *, purpose: Purpose, as_of: date, on: date, by: str, like: str = ""
) -> dict[EnterpriseId, str]:
    """The registered names of those firms whose registry may be read; `like` asks for names with that text only.

    A name that this process has read in the registry's present state is not looked for in the lake again; the right to
    read it is asked for anew each time, and every read is on record.
    """
    registry = CHANNELS["registry"]
    permitted = channels.permitted(registry, firms, purpose=purpose, on=on).firms
    held = _names_held(channels.state_of("registry"), as_of)
    known = [firm for firm in permitted if firm in held]
    unknown = [firm for firm in permitted if firm not in held]
    if known:
        governance.record_read(
            "registry", known, purpose=purpose, as_of=as_of, sight=Sight.PSEUDONYMS, rows=len(known),
            exact=len(known) <= channels.FEW, by=by,
        )  # fmt: skip
    if unknown:
        held |= dict.fromkeys(unknown, "") | _names_read(unknown, purpose=purpose, as_of=as_of, on=on, by=by)
    found = {firm: held[firm] for firm in sorted(permitted)}
    return {firm: name for firm, name in found.items() if name and like.lower() in name.lower()}


@lru_cache(maxsize=2)
def _names_held(_state: int, _as_of: date) -> dict[EnterpriseId, str]:
    """The names read so far in one state of the registry; empty where it says none."""
    return {}


def _names_read(
    firms: Sequence[EnterpriseId], *, purpose: Purpose, as_of: date, on: date, by: str
) -> dict[EnterpriseId, str]:
    con = lake.connect(memory="1GB")
    try:
        rows = channels.rows(
            "registry", firms, purpose=purpose, as_of=as_of, on=on, by=by, con=con, only_permitted=True,
            columns=("enterprise", "kind", "name", "happened_on", "record_number"),
        )  # fmt: skip
        if isinstance(rows, Refused):
            return {}
        found = con.con.execute(
            "select enterprise, arg_max(name, (happened_on, record_number)) as name"  # noqa: S608  Ibis writes the inner part
            f" from ({con.compile(rows)}) where kind = 'identity' and name is not null group by enterprise"
        ).fetchall()
    finally:
        con.disconnect()
    return {EnterpriseId(firm): name for firm, name in found}


def _statements(held: pa.Table) -> tuple[Stated, ...]:
    with lake.beside() as con:
        con.con.register("held", held)
        rows = con.con.execute(STATED).fetchall()
    found = []
    for kind, name, person, share_bp, address, item, after, day, source in rows:
        who = pseudonym(person, name)
        said = {
            "identity": f"{name or ''} {address or ''}".strip(),
            "representative": who,
            "shareholder": f"{who} {(share_bp or 0) / 100:.2f} %",
            "change": f"{item or ''}: {after or ''}" if not item or "人" not in item else str(item),
            "abnormal": item or "",
            "restored": "",
        }
        found.append(Stated(kind, said[kind], day, source))
    return tuple(found)


def pseudonym(number: str | None, name: str | None) -> str:
    """A firm by its code and name, a person by a pseudonym that is the same wherever the person appears."""
    if number and holds(number):
        return f"{name or ''} {number}".strip()
    return "P" + veiled(number or name or "")[:10]
