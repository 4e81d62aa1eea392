"""What the room's tests may ask for: a DuckDB, the hand-made firms, and the real invoices as the lake has them."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import hand_made
import ibis
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

ROOT = Path(__file__).parents[2]
COLUMNS = ("enterprise", "direction", "counterparty", "happened_on", "amount_fen", "tax_fen", "total_fen", "status")


@pytest.fixture(scope="session")
def con() -> Backend:
    """A DuckDB of the tests' own, which fetches nothing."""
    return ibis.duckdb.connect(autoinstall_known_extensions=False, threads=1)


@pytest.fixture(scope="session")
def invoices(con: Backend) -> ibis.Table:
    """The hand-made firms' invoices."""
    return hand_made.kept(con, "hand_made", hand_made.table())


@pytest.fixture(scope="session")
def real(con: Backend, shared_data: Path) -> ibis.Table:
    """The invoices of the 123 real firms with records, as the lake has them."""
    parts = [
        f"""select 企业代号 as enterprise, '{direction}' as direction, "{partner}" as counterparty,
            strptime(开票日期, '%Y/%m/%d')::date as happened_on,
            round(金额::double * 100)::bigint as amount_fen, round(税额::double * 100)::bigint as tax_fen,
            round(价税合计::double * 100)::bigint as total_fen,
            if(trim(发票状态) = '有效发票', 'valid', 'void') as status, happened_on::timestamptz as learned_at
            from '{shared_data}/cumcm2020c/with_record_{file}_invoices.parquet'"""
        for direction, file, partner in (("sale", "sales", "购方单位代号"), ("purchase", "purchase", "销方单位代号"))
    ]
    con.con.execute(f"create or replace table real_invoices as {' union all '.join(parts)}")
    return con.table("real_invoices")


@pytest.fixture(scope="session")
def by_pandas() -> Callable[[ibis.Table, date], pd.DataFrame]:
    """Every variable by the bench's peer, written in pandas without a look at the engine."""
    peer: dict[str, Any] = runpy.run_path(str(ROOT / "bench" / "peers" / "variables_pandas.py"))

    def compute(rows: ibis.Table, as_of: date) -> pd.DataFrame:
        found = rows.get_backend().con.sql(ibis.to_sql(rows.select(*COLUMNS), dialect="duckdb")).to_arrow_table()
        frame = pd.DataFrame(found.to_pydict())
        frame["happened_on"] = pd.to_datetime(frame.happened_on)
        return peer["compute"](frame, pd.Timestamp(as_of))

    return compute
