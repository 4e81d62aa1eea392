"""Where a firm stands by what its registry says: its trade, and the region that its credit code was given in.

Promises that what the registry does not say leaves a place as it was stated; refuses nothing.
"""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from puhui.channels import lake
from puhui.channels import selectors as channels
from puhui.enterprises import selectors as enterprises
from puhui.enterprises.trade import trade_of
from puhui.exposure.models import PlaceRow
from puhui.exposure.places import regroup
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.refusals import Refused

CREDIT_CODE = "^[0-9A-Z]{2}[0-9]{6}[0-9A-Z]{10}$"
TRADES = """select enterprise as firm, arg_max(trade, happened_on) as trade from registry
    where trade is not null group by 1"""
BELONGS = ("owner", "group", "circle")


def placed(found: pa.Table, trades: pa.Table) -> pa.Table:
    """`firm, owner, group, circle, trade, region` of all firms of both; trade and region are null where nothing says.

    `trades` are (`firm`, `trade` as the registry writes it); a region is a city, by the four digits of its division.

    >>> ties = pa.table({name: ["91510107MA62K0260E"] for name in ("firm", "owner", "group", "circle")})
    >>> said = pa.table({"firm": ["91510107MA62K0260E", "P1"], "trade": ["建筑业", "批发业"]})
    >>> placed(ties, said).select(["trade", "region"]).to_pydict()
    {'trade': ['construction', 'wholesale_retail'], 'region': ['5101', None]}
    """
    both = found.join(trades, "firm", join_type="full outer").sort_by("firm")
    for name in BELONGS:
        both = both.set_column(both.column_names.index(name), name, pc.fill_null(both[name], ""))
    said = both["trade"].combine_chunks().dictionary_encode()
    words = pa.array([trade_of(each).value for each in said.dictionary.to_pylist()], pa.string())
    both = both.set_column(both.column_names.index("trade"), "trade", words.take(said.indices))
    nowhere = pa.scalar(None, pa.string())
    is_code = pc.match_substring_regex(both["firm"], CREDIT_CODE)
    return both.append_column("region", pc.if_else(is_code, pc.utf8_slice_codeunits(both["firm"], 2, 6), nowhere))


def place_by_registry(firm: EnterpriseId, *, purpose: Purpose, on: date, at: datetime, by: str) -> None:
    """Give a firm whose trade or region nobody knows what its registry says: its next line counts in those caps.

    To be called in no transaction: whoever draws waits while a firm is moved.
    """
    there = PlaceRow.objects.filter(pk=firm).first()
    if there is not None and there.trade and there.region:
        return
    con = lake.connect(memory="256MB")
    try:
        keys = enterprises.lake_keys(firm)
        rows = channels.rows("registry", keys, purpose=purpose, as_of=on, on=on, by=by, con=con)
        trades = pa.table({"firm": pa.array([], pa.string()), "trade": pa.array([], pa.string())})
        if not isinstance(rows, Refused):
            con.con.execute(f"create or replace temp table registry as {con.compile(rows)}")
            trades = con.con.sql(TRADES).to_arrow_table().cast(trades.schema)
    finally:
        con.disconnect()
    own = pa.table({name: pa.array([firm], pa.string()) for name in ("firm", *BELONGS)})
    told = placed(own, trades.set_column(0, "firm", pa.array([firm] * trades.num_rows, pa.string())))
    said = told.select(["firm", "trade", "region"]).slice(0, 1)
    if said["trade"][0].is_valid or said["region"][0].is_valid:
        request = RequestId(f"place/{firm}/{new_request()[:8]}"[:80])
        done = regroup(said, request=request, on=on, at=at, by=by, why="registry", whole=False)
        assert not isinstance(done, Refused), done
