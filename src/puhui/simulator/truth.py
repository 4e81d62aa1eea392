"""What is true of a world and told to tests and benchmarks only: lives, frauds, links, dirt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from puhui.simulator.deeds import Deeds
from puhui.simulator.dirt import Dirt
from puhui.simulator.district import District
from puhui.simulator.frauds import SHARE
from puhui.simulator.health import NEVER
from puhui.simulator.suppliers.credit_bureau import EnterpriseBureau
from puhui.simulator.suppliers.rows import days, of_firms, picked, same
from puhui.simulator.trades import TRADES


def write_truth(deeds: Deeds, dirt: Dirt, bureau: EnterpriseBureau, folder: Path, suffix: str) -> None:
    """The truth of one district: firms, health by month, frauds, links and dirt, each a Parquet file."""
    d = deeds.district
    tables = {"firms": firms(d), "health": health(d), "frauds": frauds(deeds), "links": links(d, bureau)}
    for name, table in (tables | {"dirt": dirt.all_told()}).items():
        pq.write_table(table, folder / f"{name}{suffix}.parquet", compression="zstd")


def firms(d: District) -> pa.Table:
    """One row a firm: who it is, how its health ran, and the day of its default or closing."""
    f, h = d.firms, d.health
    everyone = np.arange(d.n)
    closed = h.closed_month < NEVER
    starts = d.calendar.starts
    group = np.where(d.owners.group >= 0, d.owners.group + d.number * 1_000_000, -1)
    return pa.table({
        "enterprise": of_firms(d, everyone),
        "name": pa.array(f.name.tolist(), pa.string()),
        "trade": picked(np.array([trade.code for trade in TRADES]), f.trade),
        "founded_on": days(f.founded),
        "monthly_sales_yuan": f.pace,
        "small_scale_taxpayer": f.small,
        "owner": pa.array(d.owners.person[d.owners.majority].tolist(), pa.string()),
        "group": pa.array(group, mask=group < 0),
        "applied_on": days(starts[np.maximum(f.applied, 0)], f.applied >= 0),
        "default_day": days(h.default_day, h.default_day >= 0),
        "closed_on": days(starts[np.minimum(h.closed_month, d.calendar.months)], closed),
        "operating_mean": h.operating.mean(axis=1),
        "operating_last": h.operating[:, -1],
        "strain_mean": h.strain.mean(axis=1),
        "strain_last": h.strain[:, -1],
        "risk_highest": h.risk.max(axis=1),
    })  # fmt: skip


def health(d: District) -> pa.Table:
    """One row a firm and month: the hidden path."""
    months = d.calendar.months
    firm, month = np.repeat(np.arange(d.n), months), np.tile(np.arange(months), d.n)
    return pa.table({
        "enterprise": of_firms(d, firm).dictionary_encode(),
        "month": days(d.calendar.starts[month]),
        "operating": d.health.operating.ravel().astype(np.float32),
        "strain": d.health.strain.ravel().astype(np.float32),
        "risk": d.health.risk.ravel().astype(np.float32),
        "pulse": d.health.pulse.ravel().astype(np.float32),
    })  # fmt: skip


def frauds(deeds: Deeds) -> pa.Table:
    """One row a firm and fraud that it has committed, with its ring or pair and the months from the first to the last.

    `until` is missing where it goes on at the end of the world.
    """
    parts, d = [], deeds.district
    starts, months = d.calendar.starts, d.calendar.months
    for fraud in SHARE:
        firm = np.flatnonzero(deeds.done_by(fraud))
        since, until = deeds.first[fraud][firm], deeds.last[fraud][firm] + 1
        ring = d.frauds.ring[fraud][firm]
        partner = {"bought_invoices": d.frauds.bought_from, "hidden_affiliates": d.frauds.affiliate}.get(fraud)
        with_whom = np.full(firm.size, -1) if partner is None else partner[firm]
        code = of_firms(d, np.maximum(with_whom, 0))
        parts.append(pa.table({
            "enterprise": of_firms(d, firm),
            "fraud": same(fraud, firm),
            "ring": pa.array(ring + d.number * 1_000_000, mask=ring < 0),
            "partner": pa.array(code.to_pylist(), pa.string(), mask=with_whom < 0),
            "since": days(starts[since]),
            "until": days(starts[until], until < months),
        }))  # fmt: skip
    return pa.concat_tables(parts)


def links(d: District, bureau: EnterpriseBureau) -> pa.Table:
    """Who is bound to whom: trade (seller, buyer, share of the seller's sales), group, affiliate, guarantee."""
    n = d.network
    leader = d.owners.majority
    grouped = np.flatnonzero((d.owners.group >= 0) & (leader != np.arange(d.n)))
    twins = np.flatnonzero(d.frauds.affiliate > np.arange(d.n))
    vouches = np.flatnonzero(bureau.guaranteed >= 0)
    parts = [
        ("trade", n.seller, n.buyer, n.share),
        ("group", leader[grouped], grouped, np.ones(grouped.size)),
        ("affiliate", twins, d.frauds.affiliate[twins], np.ones(twins.size)),
        ("guarantee", vouches, bureau.guaranteed[vouches], np.ones(vouches.size)),
    ]
    return pa.concat_tables(
        pa.table({"kind": same(kind, a), "from": of_firms(d, a), "to": of_firms(d, b), "share": share})
        for kind, a, b, share in parts
    )
