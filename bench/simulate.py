"""How long a region takes to simulate, and how much memory. `puhui bench simulate --json`.

100,000 firms over 36 months (`--no-big`: 10,000), written as their suppliers would. Memory is that of the process and
of those that it starts, together, looked at twice a second; what processes share is counted in each.
"""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

from puhui.progress import Teller
from puhui.simulator import services

FIRMS, FEW_FIRMS, MONTHS, SEED = 100_000, 10_000, 36, 7


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Wall-clock and processor seconds, the most memory in megabytes, and what was written."""
    firms, over, most = FIRMS if big else FEW_FIRMS, threading.Event(), [0]

    def look() -> None:
        me = psutil.Process()
        while not over.wait(0.5):
            seen = 0
            for process in (me, *me.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    seen += process.memory_info().rss
            most[0] = max(most[0], seen)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    with tempfile.TemporaryDirectory(prefix="puhui-bench-") as folder:
        world, started, before = Path(folder) / "world", perf_counter(), sum(os.times()[:4])
        with teller.step(f"simulate {firms:,} firms over {MONTHS} months") as tell:
            made = services.simulate(world, seed=SEED, firms=firms, months=MONTHS, tell=tell)
        seconds, spent = perf_counter() - started, sum(os.times()[:4]) - before
        size = sum(file.stat().st_size for file in world.rglob("*") if file.is_file())
    over.set()
    looking.join()
    return {
        "firms": firms,
        "months": MONTHS,
        "rows": sum(channel["rows"] for channel in made["channels"].values()),
        "written_mb": round(size / 1e6),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(spent, 1),
        "peak_mb": round(most[0] / 1e6),
    }
