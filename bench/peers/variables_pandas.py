"""The VAT-invoice variables once more, as a competent analyst would write them in pandas: a group-by for each.

A peer to measure against and to check values with, made without a look at the engine; the product never imports it.
`compute(frame, as_of)` gives one row per firm. Sums of nothing are 0; ratios and averages of nothing are missing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

YEAR = 365.25
MOST = 1000.0
SPANS = {"12m": 12, "24m": 24, "ever": None}


class Analyst:
    """One frame of invoices (valid and void, both directions), and the questions asked of it."""

    def __init__(self, frame: pd.DataFrame, as_of: pd.Timestamp) -> None:
        frame = frame[frame.happened_on <= as_of].copy()
        self.as_of = as_of
        frame["amount"] = frame.amount_fen / 100
        frame["tax"] = frame.tax_fen / 100
        frame["days"] = (as_of - frame.happened_on).dt.days
        frame["month"] = self._month(frame.happened_on)
        valid = frame.status == "valid"
        self.frame = frame
        self.firms = pd.Index(sorted(frame.enterprise.unique()), name="enterprise")
        self.good, self.net, self.back, self.void, self.all = {}, {}, {}, {}, {}
        for kind in ("sale", "purchase"):
            side = frame.direction == kind
            self.all[kind] = frame[side]
            self.net[kind] = frame[side & valid]
            self.good[kind] = frame[side & valid & (frame.amount_fen >= 0)]
            self.back[kind] = frame[side & valid & (frame.amount_fen < 0)]
            self.void[kind] = frame[side & ~valid]
        self.out: dict[str, pd.Series] = {}

    def _month(self, day: pd.Series) -> pd.Series:
        """0 for the whole month that ends with the as-of day, 1 for the one before, and so on."""
        number = pd.Series(-1, index=day.index)
        edge, back = self.as_of + pd.Timedelta(days=1), 0
        while (number < 0).any():
            start = edge - pd.DateOffset(months=back + 1)
            number[(number < 0) & (day >= start)] = back
            back += 1
        return number

    @staticmethod
    def within(rows: pd.DataFrame, length: int | None, ago: int = 0) -> pd.DataFrame:
        kept = rows.month >= ago
        if length is not None:
            kept &= rows.month < ago + length
        return rows[kept]

    def sum(self, rows: pd.DataFrame, column: str = "amount") -> pd.Series:
        return rows.groupby("enterprise")[column].sum().reindex(self.firms, fill_value=0.0)

    def count(self, rows: pd.DataFrame) -> pd.Series:
        return rows.groupby("enterprise").size().reindex(self.firms, fill_value=0).astype(float)

    def volume(self, kind: str, length: int | None, ago: int = 0) -> pd.Series:
        return self.sum(self.within(self.net[kind], length, ago))

    def typical(self, rows: pd.DataFrame) -> pd.Series:
        logs = np.log(rows.amount.where(rows.amount > 0))
        return np.exp(logs.groupby(rows.enterprise).sum().reindex(self.firms) / self.count(rows).replace(0, np.nan))

    def monthly(self, rows: pd.DataFrame, column: str | None = "amount") -> pd.DataFrame:
        """Firms × months, 0 where nothing happened, missing before the firm's first row of any kind."""
        grouped = rows.groupby(["enterprise", "month"])
        wide = (grouped[column].sum() if column else grouped.size()).unstack()
        first = self.frame.groupby("enterprise").month.max().reindex(self.firms)
        wide = wide.reindex(index=self.firms, columns=range(first.max() + 1)).fillna(0.0)
        return wide.where(np.arange(first.max() + 1) <= first.to_numpy()[:, None])

    def ties(self, rows: pd.DataFrame, column: str | None = "amount") -> pd.Series:
        """One number per firm and partner, 0 with partners of other times."""
        grouped = rows.groupby(["enterprise", "counterparty"])
        return grouped[column].sum() if column else grouped.size().astype(float)


def percent(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (100 * part / whole.where(whole > 0)).clip(-MOST, MOST)


def compute(frame: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """All variables; `frame` has the lake's columns with `happened_on` as a timestamp."""
    ask = Analyst(frame, as_of)
    for kind in ("sale", "purchase"):
        for family in (_size, _rhythm, _quality, _concentration, _turnover, _ties):
            family(ask, kind)
    _history(ask)
    _margin(ask)
    _two_way(ask)
    return pd.DataFrame(ask.out).reindex(ask.firms)


def _size(ask: Analyst, kind: str) -> None:
    out, good = ask.out, ask.good[kind]
    for n in (3, 6, 12, 24):
        out[f"vat_{kind}s_{n}m"] = ask.volume(kind, n)
    for n in (3, 6, 12):
        then = ask.volume(kind, n, 12)
        out[f"vat_{kind}s_growth_{n}m"] = percent(ask.volume(kind, n) - then, then)
    then = ask.volume(kind, 12, 24)
    out[f"vat_{kind}s_growth_24m"] = percent(ask.volume(kind, 12) - then, then)
    out[f"vat_{kind}s_recent_pace"] = percent(3 * ask.volume(kind, 6), ask.volume(kind, 18, 6))
    for n in (3, 12):
        out[f"vat_{kind}s_invoices_{n}m"] = ask.count(ask.within(good, n))
    year, two = ask.within(good, 12), ask.within(good, 24)
    biggest = year.groupby("enterprise").amount.max().reindex(ask.firms)
    out[f"vat_{kind}s_typical_invoice"] = ask.typical(two)
    out[f"vat_{kind}s_largest_invoice_12m"] = biggest
    out[f"vat_{kind}s_largest_invoice_share_12m"] = percent(biggest, ask.sum(year))
    out[f"vat_{kind}s_invoice_skew_24m"] = ask.sum(two) / ask.count(two).replace(0, np.nan) / ask.typical(two)


def _history(ask: Analyst) -> None:
    out, sales = ask.out, ask.monthly(ask.net["sale"])
    out["vat_years_of_sales"] = ask.good["sale"].groupby("enterprise").days.max().reindex(ask.firms) / YEAR
    out["vat_sales_per_month_on_record"] = sales.mean(axis=1)
    out["vat_sales_peak_recovery_6m"] = percent(sales.iloc[:, :6].max(axis=1), sales.max(axis=1))


def _rhythm(ask: Analyst, kind: str) -> None:
    out, good = ask.out, ask.good[kind]
    out[f"vat_days_since_last_{kind}"] = good.groupby("enterprise").days.min().reindex(ask.firms)
    counts, volume = ask.monthly(good, None), ask.monthly(ask.net[kind])
    for n in (6, 12, 24):
        out[f"vat_{kind}s_active_months_{n}m"] = (counts.iloc[:, :n] > 0).sum(axis=1).astype(float)
    out[f"vat_{kind}s_gap_months_12m"] = (counts.iloc[:, :12] < 1).sum(axis=1).astype(float)
    out[f"vat_{kind}s_longest_gap_24m"] = counts.apply(_longest_gap, axis=1)
    out[f"vat_{kind}s_active_share_ever"] = 100 * (counts > 0).sum(axis=1) / counts.notna().sum(axis=1)
    for n in (12, 24):
        window = volume.iloc[:, :n]
        mean = window.mean(axis=1)
        out[f"vat_{kind}s_volatility_{n}m"] = window.std(axis=1) / mean.where(mean > 0)
        out[f"vat_{kind}s_trend_{n}m"] = percent(window.apply(_slope, axis=1), mean)
    two = ask.within(good, 24)
    ends = (two.happened_on + pd.Timedelta(days=5)).dt.month != two.happened_on.dt.month
    out[f"vat_{kind}s_month_end_share_24m"] = percent(ask.count(two[ends]), ask.count(two))
    out[f"vat_{kind}s_weekend_share_24m"] = percent(ask.count(two[two.happened_on.dt.day_of_week >= 5]), ask.count(two))
    window = counts.iloc[:, :24]
    out[f"vat_{kind}s_invoices_per_active_month_24m"] = window.where(window > 0).mean(axis=1)
    if kind == "sale":
        year = volume.iloc[:, :12]
        out["vat_sales_peak_month_share_12m"] = percent(year.max(axis=1), year.sum(axis=1))
        earlier = volume.iloc[:, 12:24].set_axis(year.columns[: volume.iloc[:, 12:24].shape[1]], axis=1)
        out["vat_sales_seasonality_12m"] = year.corrwith(earlier, axis=1)
        two_years = volume.iloc[:, :24]
        out["vat_sales_weak_months_24m"] = 100 - percent(two_years.mean(axis=1), two_years.max(axis=1))


def _slope(window: pd.Series) -> float:
    known = window.dropna()
    return np.polyfit(-np.arange(len(known)), known, 1)[0] if len(known) > 1 else np.nan


def _longest_gap(counts: pd.Series) -> float:
    """Months since the last active month, at its largest within the last 24."""
    longest, since = np.nan, np.nan
    for month in range(len(counts.dropna()) - 1, -1, -1):
        since = 0 if counts.iloc[month] > 0 else since + 1
        if month < 24:
            longest = np.fmax(longest, since)
    return longest


def _quality(ask: Analyst, kind: str) -> None:
    out = ask.out

    def void_rate(length: int | None, ago: int = 0) -> pd.Series:
        return percent(
            ask.count(ask.within(ask.void[kind], length, ago)), ask.count(ask.within(ask.all[kind], length, ago))
        )

    def return_rate(length: int | None, ago: int = 0) -> pd.Series:
        return percent(
            -ask.sum(ask.within(ask.back[kind], length, ago)), ask.sum(ask.within(ask.good[kind], length, ago))
        )

    out[f"vat_{kind}s_void_rate_12m"], out[f"vat_{kind}s_void_rate_ever"] = void_rate(12), void_rate(None)
    out[f"vat_{kind}s_void_rate_trend"] = void_rate(12) - void_rate(12, 12)
    out[f"vat_{kind}s_return_rate_12m"], out[f"vat_{kind}s_return_rate_ever"] = return_rate(12), return_rate(None)
    out[f"vat_{kind}s_return_rate_trend"] = return_rate(12) - return_rate(12, 12)
    out[f"vat_{kind}s_return_count_rate_ever"] = percent(ask.count(ask.back[kind]), ask.count(ask.net[kind]))
    two = ask.within(ask.good[kind], 24)
    out[f"vat_{kind}s_round_share_24m"] = percent(ask.count(two[two.total_fen % 100_000 == 0]), ask.count(two))
    rate = two.tax_fen.abs() * 1000 / two.amount_fen.where(two.amount_fen != 0)
    out[f"vat_{kind}s_untaxed_share_24m"] = percent(ask.sum(two[rate < 5]), ask.sum(two))
    out[f"vat_{kind}s_small_scale_share_24m"] = percent(ask.sum(two[(rate >= 5) & (rate < 35)]), ask.sum(two))
    out[f"vat_{kind}s_goods_rate_share_24m"] = percent(ask.sum(two[(rate >= 120) & (rate < 1000)]), ask.sum(two))


def _margin(ask: Analyst) -> None:
    out = ask.out
    for suffix, n in SPANS.items():
        sold, bought = ask.volume("sale", n), ask.volume("purchase", n)
        taxes = [ask.sum(ask.within(ask.net[kind], n), "tax") for kind in ("sale", "purchase")]
        out[f"vat_gross_margin_{suffix}"] = percent(sold - bought, sold)
        out[f"vat_burden_{suffix}"] = percent(taxes[0] - taxes[1], sold)
        out[f"vat_purchases_to_sales_{suffix}"] = percent(bought, sold)
    then = ask.volume("sale", 12, 12)
    out["vat_gross_margin_change"] = out["vat_gross_margin_12m"] - percent(then - ask.volume("purchase", 12, 12), then)
    out["vat_gross_profit_12m"] = ask.volume("sale", 12) - ask.volume("purchase", 12)
    for name, kind in (("output", "sale"), ("input", "purchase")):
        tax = ask.sum(ask.within(ask.net[kind], 24), "tax")
        out[f"vat_{name}_rate_24m"] = percent(tax, ask.volume(kind, 24))
    sales, purchases = ask.monthly(ask.net["sale"]), ask.monthly(ask.net["purchase"])
    out["vat_gross_profit_ever"] = (sales - purchases).mean(axis=1)
    two, spent = sales.iloc[:, :24], purchases.iloc[:, :24]
    out["vat_deficit_months_24m"] = (spent > two).sum(axis=1).astype(float)
    out["vat_sales_follow_purchases_24m"] = two.corrwith(spent, axis=1)
    sold, bought = ask.monthly(ask.good["sale"], None), ask.monthly(ask.good["purchase"], None)
    one_sided = (sold.iloc[:, :24] > 0) & (bought.iloc[:, :24] < 1)
    out["vat_one_sided_months_24m"] = one_sided.sum(axis=1).astype(float)


NAMES = {"sale": ("sales", "buyer"), "purchase": ("purchases", "supplier")}


def _hhi(ties: pd.Series, firms: pd.Index) -> pd.Series:
    ties = ties[ties > 0]
    shares = ties / ties.groupby(level=0).transform("sum")
    return (shares**2).groupby(level=0).sum().reindex(firms)


def _top(ties: pd.Series, places: int, firms: pd.Index) -> pd.Series:
    ties = ties[ties > 0]
    largest = ties.sort_values(ascending=False).groupby(level=0).head(places)
    return percent(largest.groupby(level=0).sum(), ties.groupby(level=0).sum()).reindex(firms)


def _concentration(ask: Analyst, kind: str) -> None:
    out, (trade, partner) = ask.out, NAMES[kind]
    now, then = (ask.ties(ask.within(ask.net[kind], 12, ago)) for ago in (0, 12))
    met, met_then = (
        ask.within(ask.good[kind], 12, ago).groupby("enterprise").counterparty.nunique().reindex(ask.firms).fillna(0.0)
        for ago in (0, 12)
    )
    out[f"vat_{partner}s_12m"] = met
    out[f"vat_{partner}s_growth"] = percent(met - met_then, met_then)
    out[f"vat_{partner}_hhi_12m"] = _hhi(now, ask.firms)
    out[f"vat_{partner}_hhi_change"] = _hhi(now, ask.firms) - _hhi(then, ask.firms)
    out[f"vat_{partner}_top1_12m"], out[f"vat_{partner}_top5_12m"] = _top(now, 1, ask.firms), _top(now, 5, ask.firms)
    shares = now[now > 0] / now[now > 0].groupby(level=0).transform("sum")
    entropy = -(shares * np.log(shares)).groupby(level=0).sum()
    out[f"vat_{partner}s_effective_12m"] = np.exp(entropy).reindex(ask.firms)
    out[f"vat_{trade}_per_{partner}_12m"] = ask.volume(kind, 12) / met.replace(0, np.nan)
    out[f"vat_invoices_per_{partner}_12m"] = ask.count(ask.within(ask.good[kind], 12)) / met.replace(0, np.nan)


def _turnover(ask: Analyst, kind: str) -> None:
    out, (_, partner), good, net = ask.out, NAMES[kind], ask.good[kind], ask.net[kind]
    pairs = {
        name: ask.ties(rows, None).index
        for name, rows in (
            ("now", ask.within(good, 12)),
            ("then", ask.within(good, 12, 12)),
            ("before", ask.within(good, None, 12)),
        )
    }
    now, then = ask.ties(ask.within(net, 12)), ask.ties(ask.within(net, 12, 12))
    bought, had = now[now > 0], then[then > 0]

    def summed(ties: pd.Series) -> pd.Series:
        return ties.groupby(level=0).sum().reindex(ask.firms, fill_value=0.0)

    out[f"vat_{partner}_new_share_12m"] = percent(summed(bought[~bought.index.isin(pairs["before"])]), summed(bought))
    out[f"vat_{partner}_lost_share_12m"] = percent(summed(had[~had.index.isin(pairs["now"])]), summed(had))
    kept = pairs["then"].intersection(pairs["now"]).get_level_values(0).value_counts().reindex(ask.firms, fill_value=0)
    met = pairs["then"].get_level_values(0).value_counts().reindex(ask.firms, fill_value=0)
    out[f"vat_{partner}_retention_12m"] = percent(kept, met)
    five = had.reset_index().sort_values(["amount", "counterparty"], ascending=[False, True])
    five = five.groupby("enterprise").head(5).set_index(["enterprise", "counterparty"]).amount
    out[f"vat_{partner}_top5_kept"] = percent(summed(now.reindex(five.index).fillna(0.0)), summed(five))


def _ties(ask: Analyst, kind: str) -> None:
    out, (_, partner), good = ask.out, NAMES[kind], ask.good[kind]
    grouped = good.groupby(["enterprise", "counterparty"])
    first, last, deals = grouped.days.max() / YEAR, grouped.days.min() / YEAR, grouped.size()
    length = (first - last).groupby(level=0)
    out[f"vat_{partner}_tie_years"] = length.mean().reindex(ask.firms)
    out[f"vat_{partner}_longest_tie_years"] = length.max().reindex(ask.firms)
    now = ask.ties(ask.within(ask.net[kind], 12))
    now = now[now > 0]
    weighted = (now * first.reindex(now.index)).groupby(level=0).sum() / now.groupby(level=0).sum()
    out[f"vat_{partner}_weighted_tie_years_12m"] = weighted.reindex(ask.firms)
    top = now.reset_index().sort_values(["amount", "counterparty"], ascending=[False, True])
    top = top.groupby("enterprise").head(1).set_index(["enterprise", "counterparty"]).index
    out[f"vat_{partner}_top_tie_years_12m"] = first.reindex(top).droplevel(1).reindex(ask.firms)
    known = deals.groupby(level=0).size()
    out[f"vat_{partner}_once_share"] = percent((deals == 1).groupby(level=0).sum(), known).reindex(ask.firms)


def _two_way(ask: Analyst) -> None:
    sold, bought = (ask.ties(ask.within(ask.net[kind], 12)) for kind in ("sale", "purchase"))
    both = pd.concat([sold[sold > 0], bought[bought > 0]], axis=1, keys=["sold", "bought"]).dropna()
    ask.out["vat_two_way_partners_12m"] = both.groupby(level=0).size().reindex(ask.firms, fill_value=0).astype(float)
    matched = both.min(axis=1).groupby(level=0).sum().reindex(ask.firms, fill_value=0.0)
    ask.out["vat_two_way_share_12m"] = percent(matched, sold[sold > 0].groupby(level=0).sum().reindex(ask.firms))
