"""A world: districts of firms written side by side, each by a process of its own, and one page that says it is whole.

`world.json` is written last. A folder without it is no world, however full it looks.
"""

from __future__ import annotations

import json
import multiprocessing
import queue
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from puhui.days import add_months
from puhui.progress import Step
from puhui.simulator.calendar import Calendar
from puhui.simulator.district import draw_district
from puhui.simulator.forms import FORMS
from puhui.simulator.macro import draw_macro
from puhui.simulator.months import write_district
from puhui.simulator.trades import TRADES

PAGE = "world.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class World:
    """What is asked for: `firms` over `months` from `first`, in districts of at most `district_firms`."""

    seed: int
    firms: int
    months: int
    first: date
    district_firms: int

    @property
    def sizes(self) -> list[int]:
        """Firms of each district, as equal as can be.

        >>> World(7, 12_001, 36, date(2022, 1, 1), 5_000).sizes
        [4001, 4000, 4000]
        """
        many = -(-self.firms // self.district_firms)
        return [self.firms // many + (number < self.firms % many) for number in range(many)]

    @property
    def calendar(self) -> Calendar:
        """Its months and days."""
        return Calendar(self.first, self.months)

    def suffix(self, number: int) -> str:
        """What tells a district's files from others'; nothing where there is one district only."""
        return "" if len(self.sizes) == 1 else f"-d{number + 1:02d}"


def write(world: World, out: Path, *, processes: int, tell: Step) -> dict[str, Any]:
    """Write all districts and the world's page; returns the page. `out` is empty or not there."""
    (out / "truth").mkdir(parents=True)
    for form in FORMS:
        (out / "channels" / form.channel).mkdir(parents=True)
    total = len(world.sizes) * world.months
    if processes == 1 or len(world.sizes) == 1:
        written = []
        for number in range(len(world.sizes)):
            before = number * world.months

            def one(month: int, before: int = before) -> None:
                tell((before + month + 1) / total, _note(world, month))

            written.append(_district(world, number, out, one))
    else:
        written = _side_by_side(world, out, processes, lambda done, month: tell(done / total, _note(world, month)))
    _write_macro(world, out)
    page = _page(world, out, written)
    half = out / (PAGE + ".half")
    half.write_text(json.dumps(page, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    half.rename(out / PAGE)
    return page


def _district(world: World, number: int, out: Path, tell: Callable[[int], None]) -> dict[str, int]:
    district = draw_district(world.seed, number, world.sizes[number], world.calendar)
    return write_district(district, out, suffix=world.suffix(number), tell=tell)


def _side_by_side(world: World, out: Path, processes: int, tell: Callable[[int, int], None]) -> list[dict[str, int]]:
    """Districts in processes of their own; their progress comes through one queue."""
    context = multiprocessing.get_context("spawn")
    told: Queue[int] = context.Queue()
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(told,)) as pool:
        running: list[Future[dict[str, int]]] = [
            pool.submit(_in_process, world, number, out) for number in range(len(world.sizes))
        ]
        done = 0
        try:
            while not all(future.done() for future in running):
                broken = next((f for f in running if f.done() and f.exception() is not None), None)
                if broken is not None:
                    break
                try:
                    month = told.get(timeout=0.5)
                except queue.Empty:
                    continue
                done += 1
                tell(done, month)
            return [future.result() for future in running]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_told: list[Queue[int]] = []


def _begin(told: Queue[int]) -> None:
    _told.append(told)
    pa.set_cpu_count(1)  # as many processes as cores: no more threads


def _in_process(world: World, number: int, out: Path) -> dict[str, int]:
    return _district(world, number, out, _told[0].put)


def _note(world: World, month: int) -> str:
    return world.calendar.label(month)


def _write_macro(world: World, out: Path) -> None:
    """The path of the world for the truth folder: pressure by trade and month, the rate, and the shocks."""
    macro = draw_macro(world.seed, world.months)
    months = [add_months(world.first, month) for month in range(world.months)]
    path = pa.table({"month": months, "rate": macro.rate} | {t.code: macro.pressure[n] for n, t in enumerate(TRADES)})
    pq.write_table(path, out / "truth" / "macro.parquet")
    shocks = {"shock": [kind for kind, _ in macro.shocks], "from": [months[month] for _, month in macro.shocks]}
    pq.write_table(
        pa.table(shocks, schema=pa.schema([("shock", pa.string()), ("from", pa.date32())])),
        out / "truth" / "shocks.parquet",
    )


def _page(world: World, out: Path, written: list[dict[str, int]]) -> dict[str, Any]:
    channels = {
        form.channel: {
            "rows": sum(rows[form.channel] for rows in written),
            "files": len(list((out / "channels" / form.channel).iterdir())),
            "kind": form.kind.value,
            "encoding": form.encoding,
        }
        for form in FORMS
    }
    return {
        "format": FORMAT,
        "seed": world.seed,
        "firms": world.firms,
        "months": world.months,
        "districts": world.sizes,
        "first_day": world.first.isoformat(),
        "last_day": (add_months(world.first, world.months) - timedelta(days=1)).isoformat(),
        "channels": channels,
    }
