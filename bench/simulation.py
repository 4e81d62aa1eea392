"""Random years of several lines beside a shadow that shares no code with lending, one seed after the other.

Not a measurement but the long form of `tests/simulation`: every draw, repayment, change of terms, missed close and late
booking is done in both, and what is owed is compared to the fen on every day. Stops at the first difference, and says
which seed to live again; tells at the end what never occurred of all that a line may meet: `puhui bench simulation
--json` (an hour; `--no-big`: two minutes; `--minutes 15 --seed 100`: so long, and from the world after that seed on).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from puhui.progress import Teller

MINUTES, FEW = 60, 2
DAYS, LINES = 540, 5
OCCURS = {
    "change_rate", "charge_fee", "close_facility", "collected", "dated back", "draw", "draw refused", "extend",
    "freeze", "hold_draws", "mark_misused", "merge", "promise", "recover", "recover_from_security", "renew", "repay",
    "restructure", "resolve_draws", "unfreeze", "write_off", "days of loans held down by others of the firm",
    "rates that followed the prime rate",
}  # fmt: skip
EARLIEST, LATEST = date(2019, 9, 1), date(2026, 6, 30)
HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent / "worlds"))
SIMULATION = HERE.parents[1] / "tests" / "simulation"


def run(data: Path, *, big: bool, teller: Teller, minutes: float = 0, seed: int = 0) -> dict[str, Any]:
    """Live years on a server of the bench's own, for some minutes or the usual time; `data` is not looked at."""
    from workers import measure_apart

    return measure_apart(str(HERE), minutes or (MINUTES if big else FEW), seed, teller=teller)


def live(minutes: float, seed: int = 0) -> None:
    """Live worlds until the time is over; prints what was lived."""
    sys.path.insert(0, str(SIMULATION))
    from django.db import connections

    from puhui import postgres

    postgres.open_book()
    from years import Years

    template, end, done = postgres.BOOK, monotonic() + 60 * minutes, Counter[str]()
    connections.close_all()
    worlds = days = 0
    while monotonic() < end:
        seed += 1
        postgres.drop(f"world_{seed}")
        postgres.use(postgres.create(f"world_{seed}", template=template))
        since = EARLIEST + timedelta(days=seed * 997 % (LATEST - EARLIEST).days)
        years = Years(seed, since=since, lines=LINES)
        years.live(DAYS, until=lambda: monotonic() >= end)
        connections.close_all()
        postgres.drop(f"world_{seed}")
        worlds, days, done = worlds + 1, days + years.lived, done + years.done
        print(json.dumps({"told": f"{worlds} worlds, {days:,} days, {sum(done.values()):,} acts agree"}), flush=True)
    never = sorted(OCCURS - {each for each, times in done.items() if times})
    found = {
        "never occurred": never,
        "minutes": minutes,
        "worlds": worlds,
        "days": days,
        "line_years": round(days * LINES / 365.25, 1),
    }
    print(json.dumps(found | {"differences": 0, "done": dict(sorted(done.items()))}), flush=True)


if __name__ == "__main__":
    live(float(sys.argv[1]), *map(int, sys.argv[2:]))
