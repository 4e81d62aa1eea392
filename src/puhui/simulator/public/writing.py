"""Write the public set's files: firms with and without records, their invoices, and how many leave at which rate."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from puhui.simulator.public.firms import Firm, default_threshold, draw_firm, rating
from puhui.simulator.public.invoices import Invoices, draw_invoices, purchase_flow, sales_flow

COUNTERPARTY = {"sales": "购方单位代号", "purchase": "销方单位代号"}
PREFIXES = {("with", "purchase"): "A", ("with", "sales"): "B", ("without", "purchase"): "C", ("without", "sales"): "D"}
CHURN_RATES = (0.04, *(round(0.0425 + 0.004 * step, 4) for step in range(27)), 0.15)


def write(out: Path, *, seed: int, with_record: int, without_record: int) -> None:
    """All files of the set, and `out/truth/firms.csv` for tests only."""
    out.mkdir(parents=True, exist_ok=True)
    known = [_draw(number, seed, with_record=True) for number in range(1, with_record + 1)]
    fresh = [_draw(with_record + n, seed, with_record=False) for n in range(1, without_record + 1)]
    threshold = default_threshold(known)
    _write_csv(
        out / "with_record_enterprises.csv",
        ["企业代号", "企业名称", "信誉评级", "是否违约"],
        ([f.id, f.name, rating(f, threshold), "是" if f.stress > threshold else "否"] for f in known),
    )
    _write_csv(out / "without_record_enterprises.csv", ["企业代号", "企业名称"], ([f.id, f.name] for f in fresh))
    _write_invoices(out, "with", known, seed)
    _write_invoices(out, "without", fresh, seed)
    _write_csv(
        out / "rate_churn.csv",
        ["年利率", "信誉评级A", "信誉评级B", "信誉评级C"],
        _churn_rows(np.random.default_rng([seed, 0])),
    )
    (out / "truth").mkdir(exist_ok=True)
    _write_csv(
        out / "truth" / "firms.csv",
        ["enterprise", "trade", "stress", "defaults"],
        ([f.id, f.trade.code, f"{f.stress:.6f}", int(f.stress > threshold)] for f in (*known, *fresh)),
    )


def _draw(number: int, seed: int, *, with_record: bool) -> Firm:
    return draw_firm(number, np.random.default_rng([seed, 1, number]), with_record=with_record)


def _write_invoices(out: Path, kind: str, firms: list[Firm], seed: int) -> None:
    sides: dict[str, list[tuple[str, Invoices]]] = {"sales": [], "purchase": []}
    for firm in firms:
        rng = np.random.default_rng([seed, 2, firm.number])
        sales = sales_flow(firm, rng, prefix=PREFIXES[kind, "sales"])
        purchases = purchase_flow(firm, sales, rng, prefix=PREFIXES[kind, "purchase"])
        sides["sales"].append((firm.id, draw_invoices(firm, sales, rng)))
        sides["purchase"].append((firm.id, draw_invoices(firm, purchases, rng)))
    for side, drawn in sides.items():
        pq.write_table(_table(side, drawn), out / f"{kind}_record_{side}_invoices.parquet")


def _table(side: str, drawn: list[tuple[str, Invoices]]) -> pa.Table:
    columns = {
        "企业代号": np.concatenate([np.full(rows.number.size, firm) for firm, rows in drawn]),
        "发票号码": np.concatenate([rows.number for _, rows in drawn]),
        "开票日期": np.concatenate([rows.day for _, rows in drawn]),
        COUNTERPARTY[side]: np.concatenate([rows.counterparty for _, rows in drawn]),
        "金额": np.concatenate([rows.amount for _, rows in drawn]),
        "税额": np.concatenate([rows.tax for _, rows in drawn]),
        "价税合计": np.concatenate([rows.total for _, rows in drawn]),
        "发票状态": np.concatenate([rows.status for _, rows in drawn]),
    }
    return pa.table({name: pa.array(values.tolist(), pa.large_string()) for name, values in columns.items()})


def _churn_rows(rng: np.random.Generator) -> Iterable[list[object]]:
    """Churn by rate: nobody leaves at the lowest, nine in ten at the highest, dips by sampling as published."""
    for rate in CHURN_RATES:
        expected = 1 - np.exp(-23.0 * (rate - CHURN_RATES[0]) ** np.array([0.98, 1.0, 1.01]))
        noise = rng.normal(0, 0.012, 3) * (rate > CHURN_RATES[0])
        yield [rate, *np.clip(expected + noise, 0, 1).round(6).tolist()]


def _write_csv(path: Path, header: list[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
