"""The simulator's verbs: write worlds and data sets as files. Nothing else leaves this room."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from puhui.progress import Step
from puhui.refusals import BadInput
from puhui.simulator import world
from puhui.simulator.public import writing as public

FIRST_DAY = date(2022, 1, 1)
FEWEST_FIRMS, FEWEST_MONTHS = 20, 13
MOST_FIRMS = 1_000_000
DISTRICT_FIRMS, MOST_IN_DISTRICT = 5_000, 20_000


def simulate(
    out: Path,
    *,
    seed: int,
    firms: int,
    months: int,
    first: date = FIRST_DAY,
    processes: int = 2,
    district_firms: int = DISTRICT_FIRMS,
    tell: Step | None = None,
) -> dict[str, Any]:
    """Write a world: `out/channels/<channel>/<YYYY-MM>.<ext>`, `out/truth/` for tests only, `out/world.json` last.

    The same seed, firms, months, first month and district size give the same bytes, whatever the number of processes.
    Returns the content of world.json: seed, firms, months, first and last day, rows and files by channel. Raises
    BadInput for too few firms or months, years without a known calendar, and a folder that is not empty.
    """
    if firms < FEWEST_FIRMS:
        raise BadInput(f"{firms} firms make no market", then=f"ask for at least {FEWEST_FIRMS}: --firms 2000")
    if firms > MOST_FIRMS:
        raise BadInput(f"{firms:,} firms are more than a world has codes for", then=f"ask for at most {MOST_FIRMS:,}")
    if months < FEWEST_MONTHS:
        raise BadInput(
            f"{months} months do not hold a year and its comparison",
            then=f"ask for at least {FEWEST_MONTHS}: --months 36",
        )
    if seed < 0:
        raise BadInput(f"the seed {seed} is below zero", then="name a whole number from 0 up: --seed 7")
    if processes < 1 or not FEWEST_FIRMS <= district_firms <= MOST_IN_DISTRICT:
        raise BadInput(
            "a world needs a process and districts that are markets", then="leave these two at their defaults"
        )
    asked = world.World(seed, firms, months, first.replace(day=1), district_firms)
    assert asked.calendar.months == months, "the calendar refuses years that it does not know"
    _assert_empty(out)
    return world.write(asked, out, processes=processes, tell=tell or _silent)


def write_public_set(out: Path, *, seed: int, with_record: int = 60, without_record: int = 120) -> None:
    """Write a data set in the shape of the public one (2020 contest, problem C): the same files and headers.

    `with_record` firms have a rating and a known outcome, `without_record` firms have neither. The same seed
    gives the same bytes. `out/truth/firms.csv` tells what only tests may know: trade, stress and who defaults.
    Raises BadInput when a set is too small to learn from.
    """
    if with_record < 10 or without_record < 1:
        raise BadInput(
            f"{with_record} firms with records and {without_record} without are too few",
            then="ask for at least 10 firms with records and 1 without",
        )
    public.write(out, seed=seed, with_record=with_record, without_record=without_record)


def _assert_empty(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file", then="name a folder that is empty or not there yet")
    if out.is_dir() and any(out.iterdir()):
        whole = (out / world.PAGE).exists()
        said = "holds a whole world already" if whole else "is not empty, and no whole world: a run was stopped here"
        raise BadInput(f"{out} {said}", then="name another folder, or remove this one first")


def _silent(done: float, note: str = "") -> None:
    """For whom nobody waits."""
