"""A firm's own copy of everything that is held of it, in files that a person can read."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pyarrow.csv as pacsv

from puhui.channels.catalogue import CHANNELS
from puhui.channels.deliveries import State
from puhui.channels.models import QuarantinedRow
from puhui.channels.sealing import opened_quarantine
from puhui.channels.showing import Shown, shown
from puhui.governance import holding, services
from puhui.governance import selectors as governance
from puhui.governance.access import Role
from puhui.governance.purposes import WORDS, Basis, Purpose
from puhui.governance.vault import heads_of
from puhui.ids import EnterpriseId
from puhui.refusals import BadInput

TIGHT = 0o600


@dataclass(frozen=True, slots=True)
class Copied:
    """The answer to a copy: rows by channel, quarantined rows, rights and reads, and where they were written.

    `beside` counts what other rooms hold, by name.
    """

    folder: str
    rows: dict[str, int]
    quarantined: int
    rights: int
    reads: int
    erased_cells: int
    beside: dict[str, int]


def copy(firm: EnterpriseId, folder: Path, *, evidence: str, on: date, by: str) -> Copied:
    """Write what is held of a firm, superseded rows too, and who may read it and who did (PIPL art. 45).

    All that is held under any of its ids and codes is of the copy, as it is of an erasure. `evidence` says who asked
    and how we know that it is the owner. The folder is for its owner only, and new or empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is not an empty folder", then="name a new one: a copy is not mixed with other files")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    rows, erased, called = {}, 0, holding.keys_of(firm)
    for channel in CHANNELS.values():
        found = shown(
            channel.name,
            called,
            role=Role.BORROWER,
            purpose=Purpose.OWNER_COPY,
            as_of=on,
            all_revisions=True,
            on=on,
            by=by,
        )
        assert isinstance(found, Shown), "the law gives the owner this right"
        erased += found.erased
        if found.rows.num_rows:
            rows[channel.name] = found.rows.num_rows
            with _private(folder / f"{channel.name}.csv") as file:
                pacsv.write_csv(found.rows.combine_chunks(), file)  # of a chunk without rows Arrow writes zeros
    quarantined = [row for key in called for row in _quarantined(key)]
    rights = [right for key in called for right in governance.rights_of(key, on=on)]
    every = {read.number: read for key in called for read in governance.reads_of(key)}
    reads = [every[number] for number in sorted(every, reverse=True)]
    beside = holding.held_of(firm)
    counts = {what: len(its) for what, its in beside.items()}
    answer = Copied(str(folder), rows, len(quarantined), len(rights), len(reads), erased, counts)
    held = {
        "firm": firm,
        "on": on,
        "asked by": evidence,
        "purpose": WORDS[Purpose.OWNER_COPY],
        "rows by channel": {name: {"label": CHANNELS[name].label, "rows": count} for name, count in rows.items()},
        "cells whose key was destroyed": erased,
        "rows that waited in quarantine": quarantined,
        "rights to read": [asdict(right) for right in rights],
        "held beside": beside,
        "reads": [{"at": r.at, "by": r.by, "channel": r.subject, **r.body} for r in reads],
        "words": {str(basis): WORDS[basis] for basis in Basis},
    }
    with _private(folder / "held.json") as file:
        file.write(json.dumps(held, ensure_ascii=False, indent=2, default=_plain).encode())
    services.record("copy", firm, {"evidence": evidence, "rows": sum(rows.values()), "on": on}, by=by)
    return answer


def _quarantined(firm: EnterpriseId) -> list[dict[str, object]]:
    """The firm's rows that could not be accepted, as they came."""
    found = []
    for head in heads_of(firm):
        rows = list(
            QuarantinedRow.objects.filter(
                raw__startswith=b64encode(head).decode(), delivery__state=State.COMMITTED
            ).select_related("delivery")
        )
        for row in rows:
            (raw,) = opened_quarantine(row.delivery.channel, [(row.delivery_id, row.raw)])
            found.append({"channel": row.delivery.channel, "line": row.line, "reasons": row.reasons, "row": raw})
    return found


def _private(path: Path) -> BinaryIO:
    """A new file that its owner alone may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, TIGHT), "wb")


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return {"en": value.en, "zh": value.zh} if hasattr(value, "zh") and hasattr(value, "en") else str(value)
