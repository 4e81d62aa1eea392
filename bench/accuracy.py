"""Signs of fraud on a simulated world whose truth is known and on the real invoices; speed of reconciling and graph.

`--data` may name a world that `puhui simulate` has written; otherwise one is made. A fraud leaves traces only where the
firm lives: recall is told of all cheats, and of those that issued an invoice (or had a bureau report) in the spell.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent / "worlds"))

SEED, FIRMS, MONTHS = 23, 1_000, 36
TIMES = 100_000


def run(data: Path, *, big: bool, teller: Any) -> dict[str, Any]:
    """Measure; `big` also times 100,000 firms and a graph of a million."""
    from puhui import postgres

    warnings.simplefilter("ignore")
    postgres.open_book()  # personal columns are sealed with its keys
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        world = data if (data / "truth").is_dir() else _made(Path(scratch) / "world", teller)
        result["world"] = _on_a_world(world, big=big, teller=teller)
    real = data if data.name == "cumcm2020c" else data.parent / "cumcm2020c"
    if real.is_dir():
        with teller.step("real invoices"):
            result["real_invoices"] = _on_real_invoices(real)
    if big:
        with teller.step("graph of a million firms"):
            result["graph"] = _graph()
    return result


def _made(folder: Path, teller: Any) -> Path:
    from puhui.simulator import services

    with teller.step(f"simulate {FIRMS:,} firms"):
        services.simulate(folder, seed=SEED, firms=FIRMS, months=MONTHS, first=date(2022, 1, 1), processes=2)
    return folder


def _on_a_world(world: Path, *, big: bool, teller: Any) -> dict[str, Any]:
    import world_tables

    from puhui.channels import lake
    from puhui.enterprises.accuracy import checking, facts, reconciling, trust
    from puhui.enterprises.accuracy.detectors import DETECTORS

    con = lake.connect(memory="6GB")
    try:
        with teller.step("read the world"):
            world_tables.load(con, world, facts.CHANNELS)
        for name in ("firms", "frauds"):
            con.con.execute(f"create view {name} as select * from read_parquet('{world}/truth/{name}*.parquet')")
        ((last, rows, firms),) = con.con.execute(
            "select (select max(happened_on) from vat_invoices), (select count(*) from vat_invoices),"
            " (select count(*) from firms)"
        ).fetchall()
        started = time.perf_counter()
        with teller.step("facts, verdicts, trust"):
            beliefs = checking.run(con, as_of=last)
        seconds = time.perf_counter() - started
        kinds = {}
        with teller.step("signs of fraud"):
            for kind, detector in DETECTORS.items():
                began = time.perf_counter()
                found = {sign.enterprise for sign in detector.find(con, last)}
                kinds[kind] = _judged(con, kind, found, firms) | {"seconds": round(time.perf_counter() - began, 2)}
        told = con.con.execute("""
            select round(avg(trust) filter (default_day is null), 1),
                round(avg(trust) filter (default_day is not null), 1)
            from trust join firms using (enterprise)""").fetchone()
        answer = {
            "firms": firms, "invoices": rows, "seconds": round(seconds, 2), "frauds": kinds,
            "reliability": {name: round(of.mean, 4) for name, of in beliefs.items()},
            "mean_trust": {"paying": told[0], "defaulted": told[1]},
        }  # fmt: skip
        if big:
            with teller.step("100,000 firms"):
                times = max(1, TIMES // firms)
                con.con.execute(f"""
                    create or replace temp table facts as
                    select enterprise || '-' || n as enterprise, month, newest, fact, amount, channel
                    from facts, range({times}) as r(n)""")
                reconciling.write_trades(con)
                began = time.perf_counter()
                reconciling.write_verdicts(con, as_of=last)
                trust.write_trust(con, as_of=last)
                ((many, monthly),) = con.con.execute(
                    "select count(distinct enterprise), count(*) from facts"
                ).fetchall()
                answer["reconciling_100k"] = {
                    "firms": many, "monthly_facts": monthly, "seconds": round(time.perf_counter() - began, 2),
                    "from": "monthly facts: building them from rows is `seconds` above, for `invoices` rows",
                }  # fmt: skip
        return answer
    finally:
        con.disconnect()


def _judged(con: Any, kind: str, found: set[str], firms: int) -> dict[str, Any]:
    truth = con.con.execute(
        """
        select f.enterprise, exists (select 1 from vat_invoices as v where v.enterprise = f.enterprise
                and v.direction = 'sale' and v.happened_on >= f.since
                and v.happened_on < coalesce(f.until, date '2100-01-01')) as lives
        from frauds as f where fraud = ?""",
        [kind],
    ).fetchall()
    cheats = {firm for firm, _ in truth}
    living = {firm for firm, lives in truth if lives}
    return {
        "cheats": len(cheats), "of_them_trading": len(living), "found": len(found & cheats),
        "recall": round(len(found & cheats) / max(1, len(cheats)), 3),
        "recall_of_trading": round(len(found & living) / max(1, len(living)), 3),
        "false_alarms": len(found - cheats), "false_alarm_rate": round(len(found - cheats) / (firms - len(cheats)), 4),
    }  # fmt: skip


def _on_real_invoices(folder: Path) -> dict[str, Any]:
    """The published set: 123 firms with known outcome, 302 without. Only invoices are known of them."""
    from puhui.channels import lake
    from puhui.channels.catalogue import CHANNELS
    from puhui.enterprises.accuracy import checking, facts
    from puhui.enterprises.accuracy.detectors import DETECTORS

    con = lake.connect(memory="4GB")
    try:
        kinds = {"string": "varchar", "date": "date", "int64": "bigint"}
        for name in facts.CHANNELS:
            columns = ", ".join(f"{c.name} {kinds[c.dtype]}" for c in CHANNELS[name].columns)
            con.con.execute(f"create or replace temp table {name} ({columns})")
        for file in sorted(folder.glob("*_invoices.parquet")):
            sale = "sales" in file.name
            other = "购方单位代号" if sale else "销方单位代号"
            con.con.execute(f"""
                insert into vat_invoices (enterprise, direction, invoice_number, happened_on, counterparty, amount_fen,
                    tax_fen, total_fen, status)
                select 企业代号, '{"sale" if sale else "purchase"}', 发票号码,
                    strptime(trim(开票日期), '%Y/%m/%d')::date,
                    {other}, round(金额::double * 100)::bigint, round(税额::double * 100)::bigint,
                    round(价税合计::double * 100)::bigint, if(trim(发票状态) = '作废发票', 'void', 'valid')
                from read_parquet('{file}')""")
        last = con.con.execute("select max(happened_on) from vat_invoices").fetchone()[0]
        checking.run(con, as_of=last)
        signs = [sign for detector in DETECTORS.values() for sign in detector.find(con, last)]
        known = con.con.execute(f"""
            select 企业代号, 是否违约 = '是' from read_csv('{folder}/with_record_enterprises.csv', all_varchar = true)
        """).fetchall()
    finally:
        con.disconnect()
    defaulted, paid = {e for e, d in known if d}, {e for e, d in known if not d}
    flagged = {sign.enterprise for sign in signs}
    return {
        "suspicious": [
            {"firm": s.enterprise, "kind": s.kind, "strength": s.strength, "evidence": s.evidence,
             "defaulted": s.enterprise in defaulted if s.enterprise in defaulted | paid else None}
            for s in sorted(signs, key=lambda s: -s.strength)
        ],
        "flagged_of_defaulted": f"{len(flagged & defaulted)} of {len(defaulted)}",
        "flagged_of_paid": f"{len(flagged & paid)} of {len(paid)}",
        "honestly": "invoices alone: money, staff and power are not known here, only the shape of sales tells",
    }  # fmt: skip


def _graph() -> dict[str, Any]:
    from puhui.enterprises.graph import Graph

    n, rng = 1_000_000, np.random.default_rng(1)
    name = lambda of, mark: np.char.add(mark, of.astype(str))  # noqa: E731
    holds, held = rng.integers(0, 1_200_000, 1_400_000), rng.integers(0, n, 1_400_000)
    vouches = rng.integers(0, n, 500_000)
    vouched = np.where(rng.random(500_000) < 0.002, np.maximum(vouches - 2, 0), (vouches + 2) % n)
    signs, signed = rng.integers(0, 1_200_000, 1_100_000), rng.integers(0, n, 1_100_000)
    relations = pa.table({
        "kind": pa.array(["owns"] * 1_400_000 + ["guarantees"] * 500_000 + ["represents"] * 1_100_000),
        "one": pa.array(np.concatenate([name(holds, "P"), name(vouches, "F"), name(signs, "P")])),
        "other": pa.array(np.concatenate([name(held, "F"), name(vouched, "F"), name(signed, "F")])),
        "share_bp": pa.array(np.concatenate([rng.integers(1, 10_000, 1_400_000), np.zeros(1_600_000, np.int64)])),
    })  # fmt: skip
    started, cpu = time.perf_counter(), time.process_time()
    graph = Graph(relations)
    groups, circles = graph.groups(), graph.circles()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    began = time.perf_counter()
    near = graph.distances({"F1", "F2", "F3"})
    return {
        "firms": n, "relations": relations.num_rows, "groups": len(groups), "circles": len(circles),
        "seconds": round(seconds, 2), "cpu_seconds": round(cpu_seconds, 2),
        "distance_seconds": round(time.perf_counter() - began, 2), "near": len(near),
    }  # fmt: skip
