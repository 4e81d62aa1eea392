"""Linking a million dirty records, and ten thousand more into them, beside plain Splink with its default settings.

The records are made by `bench/worlds/dirty_records.py`, which knows the truth. Precision and recall are pairwise: of
all pairs of records linked to one firm, how many are of one firm, and the other way round. Most true pairs share a
code, so they are told again without the pairs of which both sides say a code: there linking is hard.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent / "worlds"))

RECORDS_A_FIRM = 4.58
NEW = 10_000
DAY = date(2026, 1, 5)


def run(data: Path, *, big: bool, teller: Any) -> dict[str, Any]:
    """Measure; `big` is a million records, otherwise a hundred thousand."""
    import psycopg
    from dirty_records import dirty_records
    from django.conf import settings as django_settings

    from puhui import postgres, settings

    size = 1_000_000 if big else 100_000
    with teller.step(f"make {size + NEW:,} records"):
        table = dirty_records(int((size + NEW) / RECORDS_A_FIRM * 1.005) + 50, seed=11).slice(0, size + NEW)
    postgres.open_book()
    before = postgres.url()
    with tempfile.TemporaryDirectory() as scratch:
        name = f"bench_{uuid.uuid4().hex}"
        postgres.use(postgres.create(name))
        postgres.migrate()
        settings.LAKE = django_settings.LAKE = Path(scratch) / "lake"
        try:
            ours = _ours(table, size, teller)
        finally:
            postgres.use(before)
            with psycopg.connect(before, autocommit=True) as link:
                link.execute(f'drop database "{name}" with (force)')
    with teller.step("plain Splink, default settings"):
        plain = _plain(table.slice(0, size))
    return {"records": size, "new": NEW, "puhui": ours, "splink_defaults": plain}


def _ours(table: pa.Table, size: int, teller: Any) -> dict[str, Any]:
    from puhui.enterprises import services
    from puhui.enterprises.models import RecordLink

    steps: list[tuple[str, float]] = []
    started, cpu = time.perf_counter(), time.process_time()

    def tell(done: float, note: str = "") -> None:
        steps.append((note, time.perf_counter() - started))

    with teller.step(f"link {size:,} records"):
        first = services.link(table.slice(0, size).drop_columns(["truth"]), on=DAY, by="bench", tell=tell)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    begun = dict(steps)
    started = time.perf_counter()
    with teller.step(f"link {NEW:,} more"):
        second = services.link(table.slice(size).drop_columns(["truth"]), on=DAY, by="bench")
    more = time.perf_counter() - started
    firm = {(s, r): e for s, r, e in RecordLink.objects.values_list("source", "record", "enterprise")}
    keys = list(zip(table["source"].to_pylist(), table["record"].to_pylist(), strict=True))
    found = np.array([firm[key] for key in keys])
    coded = np.array([code is not None for code in table["code"].to_pylist()])
    truth = table["truth"].to_numpy()
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "began_at": {note: round(at, 1) for note, at in begun.items()},
        "new_seconds": round(more, 1),
        "how": first.how, "new_how": second.how, "cases": first.cases, "new_firms": first.new_firms,
        **_pairs(found[:size], truth[:size]),
        "without_code": _pairs_beyond_codes(found[:size], truth[:size], coded[:size]),
        "after_new": _pairs(found, truth),
    }  # fmt: skip


def _plain(table: pa.Table) -> dict[str, Any]:
    """Splink as its getting-started page has it: library comparisons on the raw columns, EM, clusters at 0.95."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    started, cpu = time.perf_counter(), time.process_time()
    with duckdb.connect() as con:
        con.execute("set memory_limit = '8GB'")
        con.register("raw", table.append_column("unique_id", pa.array(range(table.num_rows))))
        con.execute("create table records as select unique_id, code, name, address, phone, person from raw")
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=[
                cl.NameComparison("name"), cl.ExactMatch("code"), cl.ExactMatch("phone"),
                cl.NameComparison("person"), cl.JaroWinklerAtThresholds("address"),
            ],
            blocking_rules_to_generate_predictions=[
                block_on("code"), block_on("name"), block_on("phone"), block_on("address"),
            ],
        )  # fmt: skip
        linker = Linker(DuckDBAPI(con).register("records"), settings, log_level=None)
        linker.training.estimate_probability_two_random_records_match([block_on("code")], recall=0.7)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
        for rule in (block_on("code"), block_on("phone")):
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        predicted = linker.inference.predict(threshold_match_probability=0.5)
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.95)
        rows = con.execute(f"select unique_id, cluster_id from {clusters.physical_name}").fetchall()
    found = np.empty(table.num_rows, np.int64)
    for place, cluster in rows:
        found[place] = int(cluster)
    truth = table["truth"].to_numpy()
    coded = np.array([code is not None for code in table["code"].to_pylist()])
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        **_pairs(found, truth),
        "without_code": _pairs_beyond_codes(found, truth, coded),
    }


def _pairs(found: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    right, linked, true = _counts(found, truth)
    return {"precision": round(right / max(linked, 1), 5), "recall": round(right / max(true, 1), 5)}


def _pairs_beyond_codes(found: np.ndarray, truth: np.ndarray, coded: np.ndarray) -> dict[str, float]:
    """The same without the pairs of which both sides say a code."""
    everyone, both = _counts(found, truth), _counts(found[coded], truth[coded])
    right, linked, true = (all_ - of for all_, of in zip(everyone, both, strict=True))
    return {"precision": round(right / max(linked, 1), 5), "recall": round(right / max(true, 1), 5)}


def _counts(found: np.ndarray, truth: np.ndarray) -> tuple[int, int, int]:
    _, firm = np.unique(found, return_inverse=True)
    together = firm.astype(np.int64) * (int(truth.max(initial=0)) + 1) + truth
    return _choose(together), _choose(firm), _choose(truth)


def _choose(labels: np.ndarray) -> int:
    _, counts = np.unique(labels, return_counts=True)
    return int((counts.astype(np.int64) * (counts - 1) // 2).sum())
