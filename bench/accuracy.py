"""Signs of fraud on simulated worlds whose truth is known and on the real invoices; speed of reconciling and graph.

Thresholds are dated data, chosen on the world of seed 7; the worlds measured here were never used for choosing.
`--data` may name a world that `puhui simulate` has written, which is then the only one. Recall is told of all who
cheated, as the simulator's truth has it (deeds, not plans), and of those whose fraud is to be seen in the data
(`EVIDENCE`, from the truth alone and from the rows, whatever the detectors look for). Several worlds are added up, so
that small samples do not mislead. Which reconciliation rules say `differ` of honest firms is told by rule and trade: a
firm is honest that pays and takes part in no fraud.
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
import psutil
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent / "worlds"))

SEEDS, FIRMS, MONTHS = (103, 104), 4_000, 36
TIMES = 25  # 100,000 firms: this world's rows, so many times over

SPELL = "happened_on >= f.since and happened_on < coalesce(f.until, date '2100-01-01')"
IN_RING = """exists (select 1 from frauds as o join vat_invoices as v on v.direction = 'sale'
    and ((v.enterprise = f.enterprise and v.counterparty = o.enterprise)
        or (v.enterprise = o.enterprise and v.counterparty = f.enterprise))
    where o.fraud = f.fraud and o.ring = f.ring and o.enterprise <> f.enterprise and {spell}
    having count(*) >= 6)"""
EVIDENCE = {  # what must be in the rows for the fraud to be there to see: `f` is the truth's row
    "inflated_sales": f"""(select count(distinct date_trunc('month', happened_on)) from vat_invoices
        where enterprise = f.enterprise and direction = 'sale' and {SPELL}) >= 5""",
    "circular_invoices": IN_RING.format(spell=SPELL),
    "hidden_affiliates": """(select count(distinct v.enterprise) from vat_invoices as v
        where v.direction = 'sale' and ((v.enterprise = f.enterprise and v.counterparty = f.partner)
            or (v.enterprise = f.partner and v.counterparty = f.enterprise))) = 2""",
    "shell": "exists (select 1 from vat_invoices where enterprise = f.enterprise and direction = 'sale')",
    "bought_invoices": """(select count(*) from vat_invoices where enterprise = f.enterprise
        and direction = 'purchase' and counterparty = f.partner) >= 6""",
    "guarantee_circle": """(select count(*) from frauds as o where o.fraud = f.fraud and o.ring = f.ring) = (
        select max(n) from (select happened_on, count(distinct g.one) as n from (
            select happened_on, if(kind = 'guarantee_given', enterprise, counterparty) as one,
                if(kind = 'guarantee_given', counterparty, enterprise) as other
            from enterprise_bureau where kind in ('guarantee_given', 'guarantee_received')) as g
        join frauds as a on a.enterprise = g.one and a.fraud = f.fraud and a.ring = f.ring
        join frauds as b on b.enterprise = g.other and b.fraud = f.fraud and b.ring = f.ring
        group by happened_on))""",
    "stacked_loans": f"""(select count(distinct institution) from enterprise_bureau
        where enterprise = f.enterprise and {SPELL.replace("happened_on", "coalesce(opened_on, happened_on)")}) >= 3""",
}


def run(data: Path, *, big: bool, teller: Any) -> dict[str, Any]:
    """Measure; `big` also times 100,000 firms from their rows, and a graph of a million."""
    from puhui import postgres

    warnings.simplefilter("ignore")
    postgres.open_book()  # personal columns are sealed with its keys
    result: dict[str, Any] = {"worlds": {}}
    with tempfile.TemporaryDirectory() as scratch:
        given = (data / "truth").is_dir()
        worlds = [data] if given else [Path(scratch) / f"seed-{seed}" for seed in SEEDS]
        for number, world in enumerate(worlds):
            if not given:
                _make(world, SEEDS[number], FIRMS, teller)
            result["worlds"][world.name] = _on_a_world(world, teller=teller)
        result["frauds"] = _added_up([of["frauds"] for of in result["worlds"].values()])
        if big:
            world = Path(scratch) / "big"
            _make(world, SEEDS[0], FIRMS, teller)
            result["reconciling_100k"] = _reconciled_many(world, teller)
    real = data if data.name == "cumcm2020c" else data.parent / "cumcm2020c"
    real = real if real.is_dir() else data / "cumcm2020c"
    if real.is_dir():
        with teller.step("real invoices"):
            result["real_invoices"] = _on_real_invoices(real)
    if big:
        with teller.step("graph of a million firms"):
            result["graph"] = _graph()
    return result


def _make(folder: Path, seed: int, firms: int, teller: Any) -> None:
    from puhui.simulator import services

    with teller.step(f"simulate {firms:,} firms of seed {seed}"):
        services.simulate(folder, seed=seed, firms=firms, months=MONTHS, first=date(2022, 1, 1), processes=2)


def _on_a_world(world: Path, *, teller: Any) -> dict[str, Any]:
    import world_tables

    from puhui.channels import lake
    from puhui.enterprises.accuracy import checking, facts, terms
    from puhui.enterprises.accuracy.detectors import DETECTORS

    con = lake.connect(memory="4GB")
    try:
        with teller.step(f"read {world.name}"):
            world_tables.load(con, world, facts.CHANNELS)
        for name in ("firms", "frauds"):
            con.con.execute(f"create table {name} as select * from read_parquet('{world}/truth/{name}*.parquet')")
        ((last, rows, firms),) = con.con.execute(
            "select (select max(happened_on) from vat_invoices), (select count(*) from vat_invoices),"
            " (select count(*) from firms)"
        ).fetchall()
        started = time.perf_counter()
        with teller.step("facts, verdicts, trust"):
            belief = checking.run(con, as_of=last)
        seconds = time.perf_counter() - started
        kinds = {}
        with teller.step("signs of fraud"):
            for kind, detector in DETECTORS.items():
                began = time.perf_counter()
                found = {sign.enterprise for sign in detector.find(con, terms.load(last))}
                took = round(time.perf_counter() - began, 2)
                kinds[kind] = _judged(con, kind, found, firms) | {"seconds": took}
        return {
            "firms": firms, "invoices": rows, "seconds": round(seconds, 2), "frauds": kinds,
            "reliability": {name: round(of.mean, 4) for name, of in belief.sources.items()},
            "trust": _trust(con), "contradictions_of_honest_firms": _cries_wolf(con),
        }  # fmt: skip
    finally:
        con.disconnect()


GROUPS = {
    "honest": "default_day is null and enterprise not in (select enterprise from frauds)",
    "paying": "default_day is null",
    "defaulted": "default_day is not null",
    "cheating": "enterprise in (select enterprise from frauds)",
}


def _trust(con: Any) -> dict[str, Any]:
    """Mean trust and contradictions of the firms of each kind; `with_one` and `with_three` are shares of its firms."""
    told = {}
    for name, those in GROUPS.items():
        row = con.con.execute(f"""
            select count(*), round(avg(trust), 1), count(*) filter (trust is null),
                round(avg((differ > 0)::int), 4), round(avg((differ > 2)::int), 4)
            from trust join firms using (enterprise) where {those}""").fetchone()
        told[name] = dict(zip(("firms", "trust", "cannot_tell", "with_one", "with_three"), row, strict=True))
    return told


def _cries_wolf(con: Any) -> dict[str, Any]:
    """By rule: comparisons of honest firms that could be told, how many differ, which way, and in which trades."""
    rows = con.con.execute(f"""
        select rule, trades.trade, count(*), count(*) filter (verdict = 'differ' and ratio < low),
            count(*) filter (verdict = 'differ' and ratio > high)
        from verdicts join trades using (enterprise)
        where verdict <> 'cannot_tell' and enterprise in (select enterprise from firms where {GROUPS["honest"]})
        group by all order by all""").fetchall()
    told: dict[str, Any] = {}
    for rule, trade, count, below, above in rows:
        its = told.setdefault(rule, {"told": 0, "below": 0, "above": 0, "by_trade": {}})
        its["told"], its["below"], its["above"] = its["told"] + count, its["below"] + below, its["above"] + above
        if below + above:
            its["by_trade"][trade] = f"{below} below, {above} above of {count}"
    return told


def _judged(con: Any, kind: str, found: set[str], firms: int) -> dict[str, Any]:
    truth = con.con.execute(f"select f.enterprise, {EVIDENCE[kind]} from frauds as f where fraud = ?", [kind])
    seen = truth.fetchall()
    cheats, evident = {firm for firm, _ in seen}, {firm for firm, is_seen in seen if is_seen}
    return _shares({
        "firms": firms, "cheats": len(cheats), "with_evidence": len(evident), "found": len(found & cheats),
        "found_with_evidence": len(found & evident), "false_alarms": len(found - cheats),
    })  # fmt: skip


def _shares(counts: dict[str, Any]) -> dict[str, Any]:
    """Recall of all cheats and of those with evidence; false alarms among all others."""
    return counts | {
        "recall": round(counts["found"] / max(1, counts["cheats"]), 3),
        "recall_with_evidence": round(counts["found_with_evidence"] / max(1, counts["with_evidence"]), 3),
        "false_alarm_rate": round(counts["false_alarms"] / (counts["firms"] - counts["cheats"]), 4),
    }


def _added_up(worlds: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    counted = ("firms", "cheats", "with_evidence", "found", "found_with_evidence", "false_alarms")
    return {kind: _shares({name: sum(of[kind][name] for of in worlds) for name in counted}) for kind in worlds[0]}


def _reconciled_many(world: Path, teller: Any) -> dict[str, Any]:
    """From rows to trust for 100,000 firms: the world's rows lie on the disk once for every time over."""
    import world_tables

    from puhui.channels import lake
    from puhui.enterprises.accuracy import facts, reconciling, trust

    con = lake.connect(memory="6GB")
    try:
        with teller.step("read the world"):
            world_tables.load(con, world, facts.CHANNELS)
        with teller.step(f"write its rows {TIMES} times"), tempfile.TemporaryDirectory() as folder:
            for name in facts.CHANNELS:
                other = ", counterparty || '-' || n as counterparty" if name == "vat_invoices" else ""
                con.con.execute(f"""
                    copy (select * replace (enterprise || '-' || n as enterprise{other})
                          from {name}, range({TIMES}) as r(n))
                    to '{folder}/{name}.parquet' (format parquet)""")
                con.con.execute(f"drop table {name}")
                con.con.execute(f"create view {name} as select * from read_parquet('{folder}/{name}.parquet')")
            ((last, rows, firms),) = con.con.execute(
                "select max(happened_on), count(*), count(distinct enterprise) from vat_invoices"
            ).fetchall()
            parts, began = {}, time.perf_counter()
            for name, work in {
                "facts": lambda: facts.write_facts(con, as_of=last),
                "verdicts": lambda: (reconciling.write_trades(con), reconciling.write_verdicts(con, as_of=last)),
                "trust": lambda: trust.write_trust(con, trust.learn(con, as_of=last), as_of=last),
            }.items():
                started = time.perf_counter()
                work()
                parts[name] = round(time.perf_counter() - started, 2)
            return {
                "firms": firms, "invoices": rows, "seconds": round(time.perf_counter() - began, 2), "aim": 60,
                "by_part": parts, "memory_gb": round(psutil.Process().memory_info().rss / 2**30, 2),
            }  # fmt: skip
    finally:
        con.disconnect()


def _on_real_invoices(folder: Path) -> dict[str, Any]:
    """The published set: 123 firms with known outcome, 302 without. Only invoices are known of them."""
    from puhui.channels import lake
    from puhui.channels.catalogue import CHANNELS
    from puhui.enterprises.accuracy import checking, facts, terms
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
        told = con.con.execute("select count(trust), count(*) from trust").fetchone()
        signs = [sign for detector in DETECTORS.values() for sign in detector.find(con, terms.load(last))]
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
        "trust_told_of": f"{told[0]} of {told[1]}",
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
