"""What a stage is given and what it tells: the world that is played, and one sheet with the facts behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from puhui import days
from puhui.money import Money
from puhui.progress import Step
from puhui.refusals import BadInput
from puhui.words import Label

LONG_MONTHS, LENT_MONTHS = 19, 4
ARRIVES_AFTER = timedelta(days=10)  # suppliers send a month's file when the month is over
Cell = str | int | float | Money | date | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A supplier's file, its channel, and the day on which it arrives."""

    arrives: date
    channel: str
    file: Path


@dataclass(frozen=True, slots=True)
class World:
    """A folder that `puhui simulate` has written."""

    folder: Path
    page: dict[str, Any]
    deliveries: tuple[Delivery, ...]

    @property
    def last(self) -> date:
        """The day on which the last file arrives: all that the world has to say is known then."""
        return max(each.arrives for each in self.deliveries)

    @property
    def lends_from(self) -> date:
        """The day on which a showing decides and begins to lend.

        Of a long world it is some months before the last file, so that the days that are then closed have data too and
        whoever applies after the showing is judged on fresh ones; of a short one it is the last day.
        """
        long = int(self.page.get("months", 0)) >= LONG_MONTHS
        return days.add_months(self.last, -LENT_MONTHS) if long else self.last

    @property
    def channels(self) -> list[str]:
        """The channels that deliver anything."""
        return sorted({each.channel for each in self.deliveries})


@dataclass(slots=True)
class Play:
    """One showing. `left` holds what a stage leaves for those after it, under its name: see each stage's docstring."""

    world: World
    by: str
    left: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table for a person: numbers stand to the right, money in yuan; `total` is a last row set apart."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()

    def __post_init__(self) -> None:
        for row in (*self.rows, *([self.total] if self.total else [])):
            if len(row) != len(self.heads):
                raise ValueError(f"{self.title}: a row of {len(row)} cells under {len(self.heads)} heads")


@dataclass(frozen=True, slots=True)
class Told:
    """What a stage tells: its sheet (a few, when one would mix two things), and the same as facts for a machine."""

    sheets: tuple[Sheet, ...]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name for machines, what it does in words, and the work. `after` names the stages it builds on."""

    name: str
    label: Label
    work: Callable[[Play, Step], Told]
    after: tuple[str, ...] = ()


def read(folder: Path) -> World:
    """The world in a folder. Raises BadInput when there is none."""
    make = f"make one: puhui simulate --out {folder}"
    try:
        page: dict[str, Any] = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadInput(f"there is no simulated world in {folder}", then=make) from None
    deliveries = tuple(sorted(_deliveries(folder), key=lambda each: (each.arrives, each.channel, each.file)))
    if not deliveries:
        raise BadInput(f"no channel has delivered anything in {folder}", then=make)
    return World(folder, page, deliveries)


def _deliveries(folder: Path) -> Iterator[Delivery]:
    """Every file with its channel and the day on which it arrives; its name begins with its month."""
    for file in (folder / "channels").glob("*/*"):
        first = days.parse(f"{file.name[:7]}-01")
        yield Delivery(days.add_months(first, 1) + ARRIVES_AFTER, file.parent.name, file)
