"""How like the real ones are the simulator's invoices? `puhui bench likeness --json`.

The public invoices of 2018 and 2019 beside those of a simulated world with the same calendar: sizes, partners, voids,
returns and the year's rhythm. A distance is Kolmogorov–Smirnov's (the widest gap between two distribution functions:
0 the same, 1 apart), or for the rhythm half the sum of differences of the months' shares.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from puhui.documents import plots
from puhui.documents import services as documents
from puhui.documents.blocks import Column, Document, Plot, Row, Section, Table
from puhui.documents.plots import Axis
from puhui.documents.wording import Form
from puhui.progress import Teller
from puhui.simulator import services
from puhui.words import Label

FIRST_DAY, LAST_DAY = date(2018, 1, 1), date(2019, 12, 31)
WORLD = {"seed": 7, "firms": 600, "months": 36, "first": date(2017, 1, 1)}
REPORT = Path("out") / "likeness.html"
MONTHS_SEEN = 12  # a firm counts when it invoiced in as many months of the window
REAL = """select '{kind}' || 企业代号 as firm, '{side}' as side, strptime(trim(开票日期), '%Y/%m/%d')::date as day,
    {other} as partner, 金额::double as amount, trim(发票状态) = '作废发票' as void
    from '{folder}/{kind}_record_{table}_invoices.parquet'"""
MADE = """select 统一社会信用代码 as firm, if(发票方向 = '销项', 'sale', 'purchase') as side, 开票日期 as day,
    交易对方 as partner, 金额::double as amount, 发票状态 = '作废发票' as void
    from '{folder}/channels/vat_invoices/*.parquet' where 统一社会信用代码 <> ''"""
SIDES = {"sale": ("sales", "购方单位代号"), "purchase": ("purchase", "销方单位代号")}
BY_FIRM = {
    "sizes": ("median(ln(amount)) filter (amount > 0 and not void)", "Median invoice of a firm", "企业发票金额中位数"),
    "spread": ("stddev(ln(amount)) filter (amount > 0 and not void)", "Spread of a firm's sizes", "企业发票金额离散度"),
    "partners": ("ln(count(distinct partner) filter (not void))", "Partners of a firm", "企业交易对手数"),
    "voids": ("avg(void::int)", "Share of voided invoices", "作废发票占比"),
    "returns": ("avg((amount < 0)::int)", "Share of negative invoices", "负数发票占比"),
}


def run(data: Path, *, big: bool, teller: Teller, report: Path = REPORT) -> dict[str, Any]:
    """Simulate a world and measure its distances from the public set in `data`; `big`: 2,000 firms, else 600."""
    report.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="puhui-likeness-") as folder:
        with teller.step("simulate") as tell:
            services.simulate(Path(folder) / "world", **WORLD | ({"firms": 2_000} if big else {}), tell=tell)
        with teller.step("compare"):
            return compare(data, Path(folder) / "world", report=report) | {"report": str(report)}


def compare(data: Path, world: Path, *, report: Path | None = None) -> dict[str, Any]:
    """Distances by side of trade and measure, and the medians of both; writes a page of plots to `report`."""
    con = duckdb.connect()
    parts = [
        REAL.format(folder=data, kind=kind, side=side, table=table, other=other)
        for kind in ("with", "without")
        for side, (table, other) in SIDES.items()
    ]
    window = f"day between date '{FIRST_DAY}' and date '{LAST_DAY}'"
    con.execute(f"create table real as select * from ({' union all '.join(parts)}) where {window}")
    con.execute(f"create table made as select * from ({MADE.format(folder=world)}) where {window}")
    found: dict[str, Any] = {}
    sections = []
    for side in SIDES:
        both = {of: _measures(con, of, side) for of in ("real", "made")}
        found[side] = {
            name: {
                "distance": round(ks(both["real"][name], both["made"][name]), 3),
                "real_median": round(float(np.median(both["real"][name])), 3),
                "made_median": round(float(np.median(both["made"][name])), 3),
            }
            for name in BY_FIRM
        }
        rhythm = {of: _rhythm(con, of, side) for of in ("real", "made")}
        found[side]["rhythm"] = {"distance": round(float(np.abs(rhythm["real"] - rhythm["made"]).sum() / 2), 3)}
        sections.append((side, both, rhythm))
    if report is not None:
        _write_report(found, sections, report)
    return found


def ks(a: np.ndarray, b: np.ndarray) -> float:
    """The widest gap between two samples' distribution functions.

    >>> ks(np.array([1.0, 2.0]), np.array([1.0, 2.0])), ks(np.array([1.0]), np.array([2.0]))
    (0.0, 1.0)
    """
    every = np.sort(np.concatenate([a, b]))
    below = [np.searchsorted(np.sort(sample), every, side="right") / sample.size for sample in (a, b)]
    return float(np.abs(below[0] - below[1]).max())


def _measures(con: duckdb.DuckDBPyConnection, of: str, side: str) -> dict[str, np.ndarray]:
    asked = ", ".join(f"{sql} as {name}" for name, (sql, *_) in BY_FIRM.items())
    rows = con.execute(
        f"select {asked} from {of} where side = '{side}' group by firm"
        f" having count(distinct date_trunc('month', day)) >= {MONTHS_SEEN}"
    ).fetchnumpy()
    return {name: np.asarray(values[~np.isnan(values)], float) for name, values in rows.items()}


def _rhythm(con: duckdb.DuckDBPyConnection, of: str, side: str) -> np.ndarray:
    """Each month's share of the window's invoices; firms count alike, for no giant to set the rhythm."""
    rows = con.execute(
        f"""with whole as (select firm, count(*) as n from {of} where side = '{side}' and not void group by firm
                having count(distinct date_trunc('month', day)) >= {MONTHS_SEEN})
            select date_trunc('month', day) as month, sum(1.0 / n) as share
            from {of} join whole using (firm) where side = '{side}' and not void group by 1 order by 1"""
    ).fetchnumpy()["share"]
    shares = np.asarray(rows, float)
    return shares / shares.sum()


REAL_ONES, MADE_ONES = Label("Real, 425 firms", "真实（425家）"), Label("Simulated", "模拟")
SIDE_WORDS = {"sale": Label("Sales", "销项"), "purchase": Label("Purchases", "进项")}
LOGARITHMS = {"sizes", "partners"}


def _write_report(found: dict[str, Any], sections: list[Any], report: Path) -> None:
    """A page with every distribution of the real and the simulated firms, one over the other."""
    parts = []
    for side, both, rhythm in sections:
        drawn: list[Any] = [_table(side, found[side])]
        drawn += [_curves(name, both) for name in BY_FIRM]
        drawn.append(_months(rhythm))
        parts.append(Section(SIDE_WORDS[side], tuple(drawn)))
    page = Document(
        kind=Label("Likeness", "相似度"),
        title=Label("Simulated invoices beside real ones", "模拟发票与真实发票对比"),
        lead=Label(
            "Invoices of 2018 and 2019. The distance is the widest gap between the two curves: 0 the same, 1 apart.",
            "2018年与2019年的发票。距离为两条曲线的最大差：0为相同，1为完全分离。",
        ),
        sections=tuple(parts),
        colophon=Label("puhui bench likeness", "puhui bench likeness"),
    )
    documents.write(page, report)


def _table(side: str, found: dict[str, Any]) -> Table:
    rows = [
        Row((Label(*BY_FIRM[name][1:]), of["distance"], of["real_median"], of["made_median"]))
        for name, of in found.items()
        if name in BY_FIRM
    ]
    number = {"form": Form.NUMBER, "digits": 3}
    return Table(
        SIDE_WORDS[side],
        (
            Column(Label("Measure", "指标")),
            Column(Label("Distance", "距离"), **number),
            Column(Label("Median, real", "真实中位数"), **number),
            Column(Label("Median, simulated", "模拟中位数"), **number),
        ),
        tuple(rows),
    )


def _curves(name: str, both: dict[str, np.ndarray]) -> Plot:
    """Both distribution functions, thinned to a hundred points."""
    share = np.linspace(0, 1, 101)
    label = Label(*BY_FIRM[name][1:])
    curves = {
        words: [(float(x), float(y)) for x, y in zip(np.quantile(both[of][name], share), share, strict=True)]
        for of, words in (("real", REAL_ONES), ("made", MADE_ONES))
    }
    of_what = Label(f"{label.en} (natural logarithm)", f"{label.zh}（自然对数）") if name in LOGARITHMS else label
    said = Label("Share of firms below each value", "不高于该值的企业占比")
    return plots.lines(label, curves, Axis(of_what, Form.NUMBER, 2), Axis(said, Form.PERCENT, 0), said=said)


def _months(rhythm: dict[str, np.ndarray]) -> Plot:
    months = [f"{2018 + number // 12}-{number % 12 + 1:02d}-01" for number in range(rhythm["real"].size)]
    said = Label("Each month's share of the invoices", "各月发票占比")
    curves = {REAL_ONES: rhythm["real"].tolist(), MADE_ONES: rhythm["made"].tolist()}
    return plots.over_time(said, months, curves, Axis(said, Form.PERCENT, 1), said=said)
