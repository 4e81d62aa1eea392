"""Three firms small enough to work out on paper, as of 2020-02-29 (so that a month of the window is a calendar month).

KILN trades all along: it grows, has one return and one void, and buys from a firm that it also sells to.
LAMP sold twice, long ago, to one buyer. MILL only buys.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui import days

AS_OF = date(2020, 2, 29)
INVOICES = """
firm  day         side      partner  amount    tax      status
KILN  2018-01-10  sale      ash      1000.00   160.00   valid
KILN  2018-06-15  sale      oak      2000.00   320.00   valid
KILN  2018-06-20  purchase  clay     1500.00   240.00   valid
KILN  2019-01-12  sale      ash      3000.00   480.00   valid
KILN  2019-02-11  sale      oak      1000.00   160.00   void
KILN  2019-03-05  sale      ash      4000.00   520.00   valid
KILN  2019-06-30  sale      elm      6000.00   780.00   valid
KILN  2019-07-02  sale      elm     -1000.00  -130.00   valid
KILN  2019-07-10  purchase  clay     2000.00   260.00   valid
KILN  2019-08-20  purchase  ash      1000.00    30.00   valid
KILN  2019-12-14  sale      ash      1000.00     0.00   valid
KILN  2020-01-15  sale      fir      2000.00   260.00   valid
KILN  2020-02-20  purchase  clay      500.00    15.00   valid
KILN  2020-02-21  purchase  clay      500.00    15.00   void
LAMP  2018-07-31  sale      yew       300.00     9.00   valid
LAMP  2018-08-01  sale      yew       100.00     3.00   valid
MILL  2019-05-06  purchase  rye       800.00    72.00   valid
MILL  2019-09-09  purchase  rye       200.00    18.00   valid
"""


def rows() -> list[dict[str, Any]]:
    """The invoices as the lake has them; each was known at the end of its day."""
    lines = [line.split() for line in INVOICES.strip().splitlines()[1:]]
    return [
        row(firm, date.fromisoformat(day), side, partner, round(float(amount) * 100), round(float(tax) * 100), status)
        for firm, day, side, partner, amount, tax, status in lines
    ]


def row(  # noqa: PLR0917  as a line of the table above
    firm: str, day: date, side: str, partner: str | None, amount_fen: int, tax_fen: int, status: str = "valid"
) -> dict[str, Any]:
    """One invoice row with the columns that variables read."""
    return {
        "enterprise": firm,
        "direction": side,
        "counterparty": partner,
        "happened_on": day,
        "amount_fen": amount_fen,
        "tax_fen": tax_fen,
        "total_fen": amount_fen + tax_fen,
        "status": status,
        "learned_at": days.end_of(day) - timedelta(microseconds=1),
    }


SCHEMA = pa.schema(
    {
        "enterprise": pa.string(),
        "direction": pa.string(),
        "counterparty": pa.string(),
        "happened_on": pa.date32(),
        "amount_fen": pa.int64(),
        "tax_fen": pa.int64(),
        "total_fen": pa.int64(),
        "status": pa.string(),
        "learned_at": pa.timestamp("us", tz="UTC"),
    }
)


def table(more: list[dict[str, Any]] | None = None) -> pa.Table:
    """The hand-made invoices, and perhaps more."""
    return pa.Table.from_pylist(rows() + (more or []), schema=SCHEMA)


def kept(con: Backend, name: str, table: pa.Table) -> ibis.Table:
    """An Arrow table as a table of the database."""
    con.con.register("arrived", table)
    con.con.execute(f'create or replace table "{name}" as from arrived')
    con.con.unregister("arrived")
    return con.table(name)
