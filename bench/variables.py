"""How fast and how big: every variable from the lake, beside pandas and a bare scan, in one run.

Each measurement runs in a process of its own, so that its peak memory is its own. `puhui bench variables --json`.
"""

from __future__ import annotations

import json
import math
import os
import resource
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time
from typing import Any

from puhui.progress import Teller

AS_OF = date(2020, 2, 29)
FILES = tuple(
    f"{known}_record_{side}_invoices.parquet" for known in ("with", "without") for side in ("sales", "purchase")
)
COLUMNS = ("enterprise", "direction", "counterparty", "happened_on", "amount_fen", "tax_fen", "total_fen", "status")
COPIES = 50
WORLD_FIRMS, WORLD_MONTHS, WORLD_COPIES = 400, 36, 250  # together 100,000 firms with every channel
SAMPLE = ("vat_sales_12m", "vat_sales_volatility_24m", "vat_buyer_hhi_12m", "vat_gross_margin_ever", "vat_burden_24m")


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Deliver the public set to a lake of its own, and measure. Wall-clock seconds, the process's peak memory."""
    with tempfile.TemporaryDirectory(prefix="puhui-bench-") as folder:
        home = Path(folder)

        def measured(what: str) -> dict[str, Any]:
            with teller.step(what):
                return _in_a_process(what, data, home)

        found = {"delivered": measured("deliver")}
        found |= {what: measured(what) for what in ("lake", "scan", "pandas", "online")}
        lake, pandas = found["lake"], found["pandas"]
        assert lake.pop("sample") == pandas.pop("sample"), "pandas and the engine disagree: mend one of them"
        found["times_faster_than_pandas"] = round(pandas["seconds"] / lake["seconds"], 1)
        used = {what: found[what]["cpu_seconds"] for what in ("lake", "pandas")}
        found["times_less_cpu_than_pandas"] = round(used["pandas"] / used["lake"], 1)
        found["times_slower_than_scan"] = round(lake["seconds"] / found["scan"]["seconds"], 1)
        if big:
            found[f"repeated_{COPIES}_times"] = measured("big")
            found["simulated"] = measured("simulate")
            found["every_channel"] = measured("every_channel")
    return found


def _in_a_process(what: str, data: Path, home: Path) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).resolve()), what, str(data.resolve()), str(home)]
    surroundings = {**os.environ, "PUHUI_HOME": str(home / "home"), "PUHUI_DATABASE_URL": ""}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{what} failed:\n{done.stderr}"
    return json.loads(done.stdout)


def _best_of(times: int, act: Callable[[], object]) -> tuple[dict[str, float], Any]:
    """Seconds of the first go and of the best, the best's processor time on all cores, and the last answer.

    Processor time tells what the work costs where other work takes the cores away.
    """
    seconds, processor, answer = [], [], None
    for _ in range(times):
        started, spent = perf_counter(), process_time()
        answer = act()
        seconds.append(perf_counter() - started)
        processor.append(process_time() - spent)
    found = {"seconds": min(seconds), "first_seconds": seconds[0], "cpu_seconds": min(processor)}
    return {name: round(value, 3) for name, value in found.items()}, answer


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _rounded(values: dict[str, list[float | None]]) -> dict[str, Any]:
    """A sample of values in seven significant digits, which both ways of working them out must share."""
    return {
        name: [None if value is None or math.isnan(value) else float(f"{value:.7g}") for value in column]
        for name, column in values.items()
    }


def deliver(data: Path, home: Path) -> dict[str, Any]:
    """The four files into a lake of the bench's own, under the public research basis."""
    from puhui.channels import selectors, services
    from puhui.governance import services as governance

    started = perf_counter()
    for file in FILES:
        services.deliver("vat_invoices", data / file, source="cumcm2020c", on=AS_OF, history=True, by="bench")
    seconds = perf_counter() - started
    firms = selectors.firms("vat_invoices")
    governance.register_public_basis(
        firms, channels=["vat_invoices"], dataset="bench", evidence="public", on=AS_OF, by="bench"
    )
    return {"firms": len(firms), "seconds": round(seconds, 2)}


def _rows() -> Any:
    from puhui.channels import selectors
    from puhui.governance.purposes import Purpose

    firms = selectors.firms("vat_invoices")
    return firms, selectors.rows("vat_invoices", firms, purpose=Purpose.RESEARCH, as_of=AS_OF)


def lake(data: Path, home: Path) -> dict[str, Any]:
    """Every variable of every firm, right to read and lake plan included."""
    from puhui.channels import selectors as channels
    from puhui.governance.purposes import Purpose
    from puhui.variables import registry, selectors

    firms = channels.firms("vat_invoices")
    its = registry.CHANNELS["vat_invoices"]
    asked = {"purpose": Purpose.RESEARCH, "as_of": AS_OF, "variables": its}
    took, table = _best_of(3, lambda: selectors.values(firms, **asked).table)
    rows = _rows()[1].count().execute()
    sample = _rounded({name: table[name].to_pylist() for name in SAMPLE})
    sizes = {"rows": int(rows), "firms": table.num_rows, "variables": len(its)}
    return {**sizes, **took, "peak_mb": _peak_mb(), "sample": sample}


def scan(data: Path, home: Path) -> dict[str, Any]:
    """The same columns of the same rows, read and looked at once."""
    _, rows = _rows()
    looked = {name: rows[name].max() for name in COLUMNS}
    took, _ = _best_of(3, lambda: rows.aggregate(**looked).to_pyarrow())
    return {**took, "peak_mb": _peak_mb()}


def pandas(data: Path, home: Path) -> dict[str, Any]:
    """The same variables from the same rows by the peer; reading them into memory is told apart and not counted."""
    import pandas as pd

    peer = runpy.run_path(str(Path(__file__).parent / "peers" / "variables_pandas.py"))
    firms, rows = _rows()
    started = perf_counter()
    frame = rows.select(*COLUMNS).to_pyarrow().to_pandas()
    frame["happened_on"] = pd.to_datetime(frame.happened_on)
    reading = round(perf_counter() - started, 2)
    took, table = _best_of(2, lambda: peer["compute"](frame, pd.Timestamp(AS_OF)))
    sample = _rounded({name: table[name].reindex(firms).tolist() for name in SAMPLE})
    return {**took, "reading_seconds": reading, "peak_mb": _peak_mb(), "sample": sample}


def online(data: Path, home: Path) -> dict[str, Any]:
    """One firm at a time in a warm process: right to read, audit record, lake plan, rows and every variable."""
    from puhui.channels import selectors as channels
    from puhui.governance.purposes import Purpose
    from puhui.variables import registry, selectors

    firms = channels.firms("vat_invoices")[::3]
    its = registry.CHANNELS["vat_invoices"]
    seconds, processor = [], []
    for firm in firms[:5] + firms:
        started, spent = perf_counter(), process_time()
        selectors.values_of_one(firm, purpose=Purpose.RESEARCH, as_of=AS_OF, variables=its)
        seconds.append(perf_counter() - started)
        processor.append(process_time() - spent)
    found: dict[str, Any] = {"firms": len(firms), "peak_mb": _peak_mb()}
    for name, taken in (("", seconds), ("cpu_", processor)):
        cuts = quantiles(taken[5:], n=20)
        found |= {f"{name}p50_ms": round(cuts[9] * 1000, 1), f"{name}p95_ms": round(cuts[18] * 1000, 1)}
    return found


def big(data: Path, home: Path) -> dict[str, Any]:
    """The set under fifty times as many firm ids, as sorted Parquet, through the same engine."""
    from puhui.channels import lake
    from puhui.variables import registry, services

    path, con = home / "big.parquet", lake.connect(memory="5GB")
    _, rows = _rows()
    started = perf_counter()
    columns = ", ".join((*COLUMNS[1:], "learned_at"))
    lake.shared().to_parquet(rows.select(*COLUMNS, "learned_at").order_by("enterprise"), home / "once.parquet")
    con.con.execute(
        f"""copy (select enterprise || '#' || copy as enterprise, {columns}
            from range({COPIES}) copies(copy), read_parquet('{home / "once.parquet"}'))
            to '{path}' (format parquet, compression zstd)"""
    )
    making = round(perf_counter() - started, 1)
    table = con.read_parquet(str(path))
    took, found = _best_of(1, lambda: services.compute(table, registry.CHANNELS["vat_invoices"], AS_OF))
    return {
        "rows": int(table.count().to_pyarrow().as_py()),
        "firms": found.num_rows,
        "seconds": round(took["seconds"], 1),
        "cpu_seconds": round(took["cpu_seconds"], 1),
        "making_seconds": making,
        "peak_mb": _peak_mb(),
    }


def simulate(data: Path, home: Path) -> dict[str, Any]:
    """A small bank in a box, delivered to the bench's own lake."""
    world = home / "world"
    sizes = ("--firms", str(WORLD_FIRMS), "--months", str(WORLD_MONTHS), "--out", str(world))
    started = perf_counter()
    for verb in (("simulate", *sizes), ("bank", str(world), "--json")):
        subprocess.run([Path(sys.executable).with_name("puhui"), *verb], check=True, capture_output=True)
    return {"firms": WORLD_FIRMS, "months": WORLD_MONTHS, "seconds": round(perf_counter() - started, 1)}


def every_channel(data: Path, home: Path) -> dict[str, Any]:
    """The simulated firms under many times as many ids: all variables of all channels, one channel after another."""
    from puhui.channels import lake
    from puhui.variables import registry, services

    last = date.fromisoformat(json.loads((home / "world" / "world.json").read_text())["last_day"])
    con, table, firms, told = lake.connect(memory="5GB"), None, None, {}
    for channel, its in registry.CHANNELS.items():
        path = _repeated(channel, last, home)
        rows = con.read_parquet(str(path))
        started, before = perf_counter(), process_time()
        found = services.compute(rows, its, last, firms=firms, covered=True)
        seconds, cpu = perf_counter() - started, process_time() - before
        told[channel] = {
            "rows": int(rows.count().to_pyarrow().as_py()),
            "variables": len(its),
            "seconds": round(seconds, 1),
            "cpu_seconds": round(cpu, 1),
        }
        path.unlink()
        if table is None:
            table, firms = found, found["enterprise"].to_pylist()
        else:
            for variable in its:
                table = table.append_column(variable.name, found[variable.name])
    started, before = perf_counter(), process_time()
    table = services.derive(table, registry.DERIVED)
    whole = {
        "firms": table.num_rows,
        "variables": sum(one["variables"] for one in told.values()) + len(registry.DERIVED),
        "rows": sum(one["rows"] for one in told.values()),
        "seconds": round(sum(one["seconds"] for one in told.values()) + perf_counter() - started, 1),
        "cpu_seconds": round(sum(one["cpu_seconds"] for one in told.values()) + process_time() - before, 1),
        "peak_mb": _peak_mb(),
    }
    return whole | {"channels": told}


def _repeated(channel: str, as_of: date, home: Path) -> Path:
    """A channel's rows of the simulated firms, under WORLD_COPIES ids each, as Parquet sorted by firm within a copy."""
    from puhui.channels import lake, selectors
    from puhui.channels.catalogue import channel_named
    from puhui.governance.purposes import Purpose

    columns = [*(column.name for column in channel_named(channel).columns), "learned_at"]
    firms = [firm for firm in selectors.firms(channel) if len(firm) == 18]  # the simulated; the public set's are E1 …
    rows = selectors.rows(channel, firms, purpose=Purpose.RESEARCH, as_of=as_of)
    once, path = home / f"{channel}_once.parquet", home / f"{channel}.parquet"
    lake.shared().to_parquet(rows.select(*columns).order_by("enterprise"), once)
    rest = ", ".join(name for name in columns if name != "enterprise")
    con = lake.connect(memory="4GB")
    con.con.execute(
        f"""copy (select enterprise || '#' || copy as enterprise, {rest}
            from range({WORLD_COPIES}) copies(copy), read_parquet('{once}'))
            to '{path}' (format parquet, compression zstd)"""
    )
    con.disconnect()
    once.unlink()
    return path


if __name__ == "__main__":
    from puhui import postgres

    postgres.open_book()
    what, data, home = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    print(json.dumps(globals()[what](data, home)))
