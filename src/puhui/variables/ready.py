"""Variables that stand ready before a customer asks: worked out when data arrive, and each night for the new day.

Promises that what it answers is what `selectors.values` gave, and rests on what stands now: the same declarations, the
same ids of the firm, the same rights, and in each channel no delivery since that may tell of the firm. What other
firms' rows say as well (trust, bonds) is as of the working out. Every answer is on record as a read. Refuses nothing:
where nothing stands ready, the values are worked out while the customer waits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from puhui.channels import selectors as channels
from puhui.channels.catalogue import CHANNELS
from puhui.enterprises import selectors as enterprises
from puhui.governance import selectors as permissions
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId
from puhui.refusals import Refused
from puhui.variables import selectors
from puhui.variables.declarations import Declared
from puhui.variables.models import ReadyRow
from puhui.variables.registry import VARIABLES, channels_of, fingerprint
from puhui.variables.selectors import Known, ValuesOfOne

AT_ONCE = 1_000  # firms whose values are worked out together


@dataclass(frozen=True, slots=True)
class Ground:
    """What values of a firm rest on: the declarations, the firm's ids, each channel's state, and the channels refused.

    A channel's state is the number of the lake's snapshot; 0 before its first delivery.
    """

    declarations: str
    ids: Sequence[str]
    states: dict[str, int]
    refused: list[str]


def make_ready(firms: Sequence[EnterpriseId], *, purpose: Purpose, as_of: date, on: date, by: str) -> int:
    """Work out every variable of the firms as of a day and keep the values; how many firms have them now.

    Rights are held against `on`. What stood ready for the same day before is replaced.
    """
    asked = list(dict.fromkeys(firms))
    return sum(
        _made_ready(asked[first : first + AT_ONCE], purpose=purpose, as_of=as_of, on=on, by=by)
        for first in range(0, len(asked), AT_ONCE)
    )


def values_of_one(
    firm: EnterpriseId,
    *,
    purpose: Purpose,
    as_of: date,
    variables: Sequence[Declared],
    on: date,
    by: str,
    withheld: Collection[str] = (),
) -> ValuesOfOne:
    """The variables that stand ready, with the refusals by channel; worked out now where none do, or not as things are.

    The read is on record, channel by channel. What a channel tells that the firm has `withheld` is neither read nor
    taken from what stands ready: such a variable is worked out now without it.
    """
    row = ReadyRow.objects.filter(enterprise=firm, purpose=purpose, as_of=as_of).first()
    known = Known.of([firm])
    barred = (
        {} if row is None else {name: no for name, (of, no) in _barred(known, purpose=purpose, on=on).items() if of}
    )
    asked: Any = {"purpose": purpose, "as_of": as_of, "on": on, "by": by, "withheld": withheld}
    if row is None or not _holds(row, known, barred):
        return selectors.values_of_one(firm, variables=variables, **asked)
    of = {each.name: channels_of(each) for each in variables}
    anew = [each for each in variables if not set(withheld).isdisjoint(of[each.name])]
    found = selectors.values_of_one(firm, variables=anew, **asked) if anew else ValuesOfOne({}, {})
    standing = {name: its for name, its in of.items() if name not in found.values}
    read = sorted({name for its in standing.values() for name in its})
    refused = {name: why for name in read if (why := barred.get(name)) is not None}
    told = {name: sum(name in its for its in standing.values()) for name in read if name not in barred}
    governance.record_values_read(told, known.whose, purpose=purpose, as_of=as_of, sight=Sight.PSEUDONYMS, by=by)
    values = {name: row.values[name] if name in standing else found.values[name] for name in of}
    return ValuesOfOne(values, {**refused, **found.refused, **selectors.refusals(firm, withheld)})


def arrived(since: datetime, *, purpose: Purpose, as_of: date) -> list[EnterpriseId]:
    """Firms of which small deliveries have told since a moment, and whose values do not stand ready for a day."""
    told = channels.told_of_since(since)
    standing = sorted(set(enterprises.standing_of(told).values()))
    rows = {
        row.enterprise: row for row in ReadyRow.objects.filter(enterprise__in=standing, purpose=purpose, as_of=as_of)
    }
    return [firm for firm in standing if firm not in rows or _is_behind(rows[firm])]


def left_behind(*, purpose: Purpose, as_of: date, most: int = AT_ONCE) -> list[EnterpriseId]:
    """Firms whose values rest on a channel's state since which a big delivery may have told of anybody: so many of them
    as are worked out together. Asked again when these are done, it names the next.
    """
    kept = ReadyRow.objects.filter(purpose=purpose, as_of=as_of)
    behind: list[EnterpriseId] = []
    for states in kept.values_list("ground__states", flat=True).distinct():
        if any(channels.told_since(name, state) is None for name, state in states.items()):
            rows = kept.filter(ground__states=states).order_by("enterprise").values_list("enterprise", flat=True)
            behind += [EnterpriseId(firm) for firm in rows[: most - len(behind)]]
        if len(behind) >= most:
            break
    return behind


def forget(*, before: date) -> int:
    """Drop what stood ready for the days before `before`; how many firms' values these were."""
    return ReadyRow.objects.filter(as_of__lt=before).delete()[0]


def held_of(firm: EnterpriseId) -> list[dict[str, Any]]:
    """All that stands ready for a firm, for its owner."""
    rows = ReadyRow.objects.filter(enterprise__in=enterprises.lake_keys(firm)).order_by("as_of", "purpose")
    return [{"as_of": row.as_of, "purpose": row.purpose, "values": row.values} for row in rows]


def forget_firm(firm: EnterpriseId) -> int:
    """Drop all that stands ready for a firm, under whichever id; for how many days and purposes that was."""
    return ReadyRow.objects.filter(enterprise__in=enterprises.lake_keys(firm)).delete()[0]


def _made_ready(firms: list[EnterpriseId], *, purpose: Purpose, as_of: date, on: date, by: str) -> int:
    states = {name: channels.state_of(name) for name in CHANNELS}  # before the read: what comes meanwhile is newer
    found = selectors.values(firms, purpose=purpose, as_of=as_of, on=on, by=by)
    columns = {name: found.table[name].to_pylist() for name in VARIABLES}
    known = Known.of(firms)
    barred = _barred(known, purpose=purpose, on=on)
    rows = [
        ReadyRow(
            enterprise=firm,
            purpose=purpose,
            as_of=as_of,
            ground=asdict(
                Ground(
                    _declarations(),
                    known.keys[standing],
                    states,
                    sorted(name for name, (of, _) in barred.items() if standing in of),
                )
            ),
            values={name: column[place] for name, column in columns.items()},
        )
        for place, (firm, standing) in enumerate(zip(firms, known.standing, strict=True))
    ]
    ReadyRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["enterprise", "purpose", "as_of"],
        update_fields=["ground", "values"],
        batch_size=500,
    )
    return len(rows)


def _barred(known: Known, *, purpose: Purpose, on: date) -> dict[str, tuple[set[EnterpriseId], Refused | None]]:
    """By channel the firms that may not be read, and the refusal that names them."""
    rights = permissions.rights(known.whose, purpose=purpose, on=on)
    barred = {}
    for name in CHANNELS:
        may, refused = known.permitted(name, purpose=purpose, on=on, rights=rights)
        barred[name] = set(known.standing) - {known.whose[key] for key in may}, refused
    return barred


def _holds(row: ReadyRow, known: Known, barred: Collection[str]) -> bool:
    """Whether what the values rest on still stands."""
    ground = Ground(_declarations(), sorted(known.whose), row.ground["states"], sorted(barred))
    return bool(row.ground == asdict(ground)) and not _is_behind(row)


def _told_since(channel: str, state: int, ids: Collection[EnterpriseId]) -> bool:
    told = channels.told_since(channel, state)
    return told is None or not told.isdisjoint(ids)


def _is_behind(row: ReadyRow) -> bool:
    states = row.ground["states"]
    return any(_told_since(name, states[name], row.ground["ids"]) for name in channels.changed_since(states))


@cache
def _declarations() -> str:
    return fingerprint()
