"""What customs says: exports and imports, partners and countries, and goods sent back."""

from __future__ import annotations

from functools import partial

from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.language import (
    EVER,
    PARTNER,
    count,
    growth,
    hhi,
    months,
    percent,
    positive,
    smallest,
    top_share,
    total,
)
from puhui.words import Label

CUSTOMS = Reading(
    channel="customs",
    kinds={
        "returned": _.status == "returned",
        "export": _.direction == "export",
        "import": _.direction == "import",
    },
    columns={"amount": Column(_.amount_fen, per=100)},
    partners={PARTNER: _.counterparty, "country": _.country},
    quiet=True,
)
_variable = partial(Variable, reads=CUSTOMS)
EXPORTS, IMPORTS = total("amount", of=("export",)), total("amount", of=("import",))
SHIPPED, ANY = count(of=("export",)), ("returned", "export", "import")
YEAR, YEAR_BEFORE = months(12), months(12, ago=12)

VOLUMES = (
    *(
        _variable(
            name=f"customs_exports_{n}m",
            label=Label(f"Exports, last {n} months", f"近{n}个月出口额"),
            unit=units.YUAN,
            value=EXPORTS.over(months(n)),
            worse_when="lower",
            why=Label("Goods that crossed a border were seen by a third party.", "过关货物有第三方见证。"),
        )
        for n in (3, 12)
    ),
    _variable(
        name="customs_imports_12m",
        label=Label("Imports, last 12 months", "近12个月进口额"),
        unit=units.YUAN,
        value=IMPORTS.over(YEAR),
        worse_when=None,
        why=Label("Materials and machines bought abroad, to be paid in foreign money.", "境外采购须以外汇支付。"),
    ),
    *(
        _variable(
            name=f"customs_exports_growth_{n}m",
            label=Label(
                f"Growth of exports, last {n} months on the same months a year before", f"近{n}个月出口额同比增长率"
            ),
            unit=units.PERCENT,
            value=growth(EXPORTS.over(months(n)), EXPORTS.over(months(n, ago=12))),
            worse_when="lower",
            why=Label(
                "Orders from abroad stop without warning; this is the first to show it.",
                "海外订单说停就停，此处最早显现。",
            ),
        )
        for n in (3, 12)
    ),
    _variable(
        name="customs_exports_volatility_12m",
        label=Label("Volatility of monthly exports (deviation to mean), last 12 months", "近12个月月出口额波动率"),
        unit=units.TIMES,
        value=EXPORTS.monthly.deviation(YEAR) / positive(EXPORTS.monthly.mean(YEAR)),
        worse_when="higher",
        why=Label("Few large shipments leave long months without money.", "集中出货则长时间无回款。"),
    ),
    _variable(
        name="customs_export_months_12m",
        label=Label("Months with exports, last 12 months", "近12个月有出口月数"),
        unit=units.MONTHS,
        value=(SHIPPED.monthly > 0).count(YEAR),
        worse_when="lower",
        why=Label("Regular shipments are orders that come back.", "持续出货意味着订单稳定。"),
    ),
    _variable(
        name="customs_days_since_export",
        label=Label("Days since the last export", "距最近一次出口天数"),
        unit=units.DAYS,
        value=smallest(DAYS_AGO, of=("export",)).over(EVER),
        worse_when="higher",
        why=Label("An exporter that has stopped shipping has lost its buyer.", "出口商停止发货说明失去买家。"),
    ),
)

TIES = (
    _variable(
        name="customs_buyers_12m",
        label=Label("Buyers abroad, last 12 months", "近12个月境外客户数"),
        unit=units.BUYERS,
        value=(SHIPPED.by_partner(YEAR) > 0).count(),
        worse_when="lower",
        why=Label("One buyer abroad is one signature away from none.", "单一境外客户随时可能流失。"),
    ),
    _variable(
        name="customs_top_buyer_share_12m",
        label=Label("Share of the largest buyer in exports, last 12 months", "近12个月第一大境外客户占比"),
        unit=units.PERCENT,
        value=top_share(EXPORTS.by_partner(YEAR), 1),
        worse_when="higher",
        why=Label("A foreign debtor is hard to press.", "境外欠款难以追讨。"),
    ),
    _variable(
        name="customs_countries_12m",
        label=Label("Countries exported to, last 12 months", "近12个月出口国家数"),
        unit=units.COUNTRIES,
        value=(SHIPPED.by("country", YEAR) > 0).count(),
        worse_when="lower",
        why=Label("A tariff or a war closes one market, seldom all.", "关税或战争关闭一国市场，很少关闭全部。"),
    ),
    _variable(
        name="customs_top_country_share_12m",
        label=Label("Share of the largest country in exports, last 12 months", "近12个月第一大出口国占比"),
        unit=units.PERCENT,
        value=top_share(EXPORTS.by("country", YEAR), 1),
        worse_when="higher",
        why=Label("All on one country is all on one government.", "单一国家即单一政策风险。"),
    ),
    _variable(
        name="customs_country_hhi_12m",
        label=Label("Concentration of exports by country (HHI), last 12 months", "近12个月出口国集中度（HHI）"),
        unit=units.SHARE,
        value=hhi(EXPORTS.by("country", YEAR)),
        worse_when="higher",
        why=Label("How evenly the risk of a country is spread.", "国别风险的分散程度。"),
    ),
    _variable(
        name="customs_country_hhi_change",
        label=Label("Change of the concentration by country on the year before", "出口国集中度同比变化"),
        unit=units.SHARE,
        value=hhi(EXPORTS.by("country", YEAR)) - hhi(EXPORTS.by("country", YEAR_BEFORE)),
        worse_when="higher",
        why=Label("Markets that are lost one by one end in one.", "市场逐一流失终成单一。"),
    ),
    _variable(
        name="customs_returned_share_12m",
        label=Label("Declarations sent back, in % of all, last 12 months", "近12个月退单占比"),
        unit=units.PERCENT,
        value=percent(count(of=("returned",)).over(YEAR), count(of=ANY).over(YEAR)),
        worse_when="higher",
        why=Label("Papers that do not match goods, or goods that do not match papers.", "单货不符。"),
    ),
)

VARIABLES = (*VOLUMES, *TIES)
