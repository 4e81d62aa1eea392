"""How fast a delivery is, and whether its memory stays flat: each of the three biggest channels, beside a bare rewrite.

A delivery reads the file, holds every row against the contract, finds duplicates in the file and in the lake, and
writes sorted Parquet in one commit. The bare rewrite reads the same file with DuckDB, every cell as text, and writes
Parquet.
Each measurement runs in a process of its own, so that its peak memory is its own. `puhui bench channels --json`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from puhui.progress import Teller

ON = date(2024, 12, 31)
SMALL, BIG = 1_000_000, 4_000_000
FIRMS = 20_000
FIRM = f"'91' || lpad((n % {FIRMS})::varchar, 15, '0') || 'X'"
DAY = "(date '2024-01-01' + (n // 7 % 366)::integer)"
YUAN = "((hash(n) % 10000000) / 100)::decimal(12, 2)"
ROWS = {
    "bank_transactions": f"""{FIRM} as 统一社会信用代码, '6222' || lpad((n % {FIRMS})::varchar, 12, '0') as 账号,
        'T' || lpad(n::varchar, 12, '0') as 交易流水号, {DAY} as 交易日期, if(n % 3 = 0, '借', '贷') as 借贷标志,
        {YUAN} + 1 as 交易金额, {YUAN} as 账户余额, '客户' || (n % 977) as 对方户名,
        '6217' || lpad((n % 977)::varchar, 12, '0') as 对方账号, if(n % 5 = 0, '工资', '货款') as 摘要""",
    "vat_invoices": f"""{FIRM} as 统一社会信用代码, lpad(n::varchar, 8, '0') as 发票号码, {DAY} as 开票日期,
        '91' || lpad((n % 977)::varchar, 15, '0') || 'Y' as 购方单位代号, {YUAN} as 金额,
        round({YUAN} * 0.13, 2) as 税额, {YUAN} + round({YUAN} * 0.13, 2) as 价税合计,
        if(n % 40 = 0, '作废发票', '有效发票') as 发票状态""",
    "pos_settlements": f"""{FIRM} as enterprise, 'T' || (n % {FIRMS}) as terminal,
        date '2024-01-01' + (n // {FIRMS} % 366)::integer as happened_on, n % 300 + 10 as tickets,
        {YUAN} + 10000 as amount, n % 4 as refunds, if(n % 4 = 0, 0, 35.5) as refund, n % 9 as night_tickets,
        if(n % 9 = 0, 0, 120.25) as night, 12.3 as fee""",
}
FORM = {"bank_transactions": "csv", "vat_invoices": "csv", "pos_settlements": "jsonl"}


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Make the files, then deliver and rewrite each. Wall-clock seconds, rows a second, the process's peak memory."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="puhui-bench-") as folder:
        for channel, kind in FORM.items():
            at: dict[int, dict[str, Any]] = {}
            for rows in (SMALL, BIG) if big else (SMALL,):
                file = Path(folder) / f"{channel}-{rows}.{kind}"
                _make(channel, rows, file)
                with teller.step(f"{channel}: {rows:,} rows"):
                    at[rows] = _measured(channel, file, Path(folder) / f"home-{channel}-{rows}", rows)
                file.unlink()
            found[channel] = {f"{rows}_rows": figures for rows, figures in at.items()}
            if big:
                found[channel]["memory_growth"] = round(at[BIG]["peak_mb"] / at[SMALL]["peak_mb"], 2)
    return found


def _measured(channel: str, file: Path, home: Path, rows: int) -> dict[str, Any]:
    delivered, bare = _in_a_process("deliver", channel, file, home), _in_a_process("rewrite", channel, file, home)
    assert delivered["accepted"] == rows, f"{delivered['accepted']} of {rows} rows were accepted"
    return {
        "file_mb": round(file.stat().st_size / 1e6),
        "seconds": delivered["seconds"],
        "rows_per_second": round(rows / delivered["seconds"]),
        "rewrite_seconds": bare["seconds"],
        "times_slower_than_rewrite": round(delivered["seconds"] / bare["seconds"], 1),
        "peak_mb": delivered["peak_mb"],
        "rewrite_peak_mb": bare["peak_mb"],
    }


def _make(channel: str, rows: int, file: Path) -> None:
    form = "format json" if file.suffix == ".jsonl" else "header"
    with duckdb.connect() as con:
        con.execute(f"copy (select {ROWS[channel]} from range({rows}) t(n)) to '{file}' ({form})")


def _in_a_process(what: str, channel: str, file: Path, home: Path) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).resolve()), what, channel, str(file), str(home)]
    surroundings = {**os.environ, "PUHUI_HOME": str(home), "PUHUI_DATABASE_URL": ""}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{what} failed:\n{done.stderr}"
    return json.loads(done.stdout)


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def deliver(channel: str, file: Path, home: Path) -> dict[str, Any]:
    """One delivery into an empty lake; starting the book and loading the libraries are not counted."""
    from puhui import postgres

    postgres.open_book()
    from puhui.channels import contract, services
    from puhui.channels.catalogue import CHANNELS

    contract.contract(CHANNELS[channel], ON)
    started = perf_counter()
    done = services.deliver(channel, file, source="bench", on=ON, by="bench", tell=_told)
    return {"seconds": round(perf_counter() - started, 2), "accepted": done.accepted, "peak_mb": _peak_mb()}


def _told(done: float, note: str = "") -> None:
    if os.environ.get("PUHUI_BENCH_STEPS"):
        print(f"{perf_counter():.2f} {done} {note}", file=sys.stderr)


def rewrite(channel: str, file: Path, home: Path) -> dict[str, Any]:
    """The same file, every cell as text, to Parquet: no contract, no order, no lake."""
    started = perf_counter()
    with duckdb.connect() as con:
        if file.suffix == ".jsonl":
            names = [name for (name, *_) in con.execute(f"describe select * from read_json('{file}')").fetchall()]
            columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"
            source = f"read_json('{file}', format = 'newline_delimited', columns = {columns})"
        else:
            source = f"read_csv('{file}', all_varchar = true)"
        con.execute(f"copy (select * from {source}) to '{home}.parquet' (format parquet, compression zstd)")
    Path(f"{home}.parquet").unlink()
    return {"seconds": round(perf_counter() - started, 2), "peak_mb": _peak_mb()}


if __name__ == "__main__":
    what, channel, file, home = sys.argv[1:]
    print(json.dumps(globals()[what](channel, Path(file), Path(home))))
