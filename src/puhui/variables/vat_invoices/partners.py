"""With whom the firm trades: concentration, turnover, length of ties, and trade on both sides of one partner."""

from __future__ import annotations

from puhui.variables import units
from puhui.variables.declarations import Variable
from puhui.variables.language import (
    EVER,
    Foremost,
    before,
    effective_number,
    growth,
    hhi,
    months,
    percent,
    positive,
    smaller,
    top_share,
)
from puhui.variables.vat_invoices.reading import PURCHASES, SALES, SIDES, VAT_INVOICES, Side
from puhui.words import Label

YEAR, YEAR_BEFORE, EARLIER = months(12), months(12, ago=12), before(12)
DAYS_A_YEAR = 365.25


def _leaning(side: Side) -> Label:
    partner = side.partner
    return Label(
        f"The fewer {partner.en}s carry the trade, the more one of them leaving or failing takes away.",
        f"{partner.zh}越集中，单一{partner.zh}流失或违约的冲击越大。",
    )


def _concentration(side: Side) -> tuple[Variable, ...]:
    partner, trade = side.partner, side.trade
    now, then = side.volume.by_partner(YEAR), side.volume.by_partner(YEAR_BEFORE)
    leaning = _leaning(side)
    return (
        Variable(
            name=f"vat_{partner.en}s_12m",
            label=Label(f"Number of {partner.en}s, last 12 months", f"近12个月{partner.zh}数"),
            unit=side.partners,
            reads=VAT_INVOICES,
            value=(side.invoices.by_partner(YEAR) > 0).count(),
            worse_when="lower",
            why=leaning,
        ),
        Variable(
            name=f"vat_{partner.en}s_growth",
            label=Label(f"Growth of the number of {partner.en}s on the year before", f"{partner.zh}数同比增长率"),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=growth(
                (side.invoices.by_partner(YEAR) > 0).count(), (side.invoices.by_partner(YEAR_BEFORE) > 0).count()
            ),
            worse_when="lower",
            why=Label(
                f"{partner.en.capitalize()}s leave before {trade.en} fall.", f"{partner.zh}流失先于{trade.zh}下滑。"
            ),
        ),
        Variable(
            name=f"vat_{partner.en}_hhi_12m",
            label=Label(f"Concentration of {partner.en}s (HHI), last 12 months", f"近12个月{partner.zh}集中度（HHI）"),
            unit=units.SHARE,
            reads=VAT_INVOICES,
            value=hhi(now),
            worse_when="higher",
            why=leaning,
        ),
        Variable(
            name=f"vat_{partner.en}_hhi_change",
            label=Label(f"Change of {partner.en} concentration on the year before", f"{partner.zh}集中度同比变化"),
            unit=units.SHARE,
            reads=VAT_INVOICES,
            value=hhi(now) - hhi(then),
            worse_when="higher",
            why=Label("Trade that narrows year on year is losing its market.", "交易对手逐年收窄说明市场在丢失。"),
        ),
    )


def _weight(side: Side) -> tuple[Variable, ...]:
    partner, trade = side.partner, side.trade
    now = side.volume.by_partner(YEAR)
    leaning = _leaning(side)
    return (
        *(
            Variable(
                name=f"vat_{partner.en}_top{places}_12m",
                label=Label(
                    f"Share of the {places} largest {partner.en}s in {trade.en}, last 12 months"
                    if places > 1
                    else f"Share of the largest {partner.en} in {trade.en}, last 12 months",
                    f"近12个月前{places}大{partner.zh}占{trade.zh}额比重",
                ),
                unit=units.PERCENT,
                reads=VAT_INVOICES,
                value=top_share(now, places),
                worse_when="higher",
                why=leaning,
            )
            for places in (1, 5)
        ),
        Variable(
            name=f"vat_{partner.en}s_effective_12m",
            label=Label(
                f"Effective number of {partner.en}s (exp of entropy), last 12 months",
                f"近12个月有效{partner.zh}数（熵指数）",
            ),
            unit=side.partners,
            reads=VAT_INVOICES,
            value=effective_number(now),
            worse_when="lower",
            why=leaning,
        ),
        Variable(
            name=f"vat_{trade.en}_per_{partner.en}_12m",
            label=Label(
                f"{trade.en.capitalize()} per {partner.en}, last 12 months", f"近12个月单个{partner.zh}平均{trade.zh}额"
            ),
            unit=units.YUAN,
            reads=VAT_INVOICES,
            value=side.volume.over(YEAR) / (side.invoices.by_partner(YEAR) > 0).count(),
            worse_when=None,
            why=Label(
                "Tells a firm of many small deals from one of few large contracts.", "区分多而小与少而大的生意。"
            ),
        ),
    )


def _turnover(side: Side) -> tuple[Variable, ...]:
    partner, trade = side.partner, side.trade
    now, then = side.volume.by_partner(YEAR), side.volume.by_partner(YEAR_BEFORE)
    seen_now = side.invoices.by_partner(YEAR) > 0
    seen_then = side.invoices.by_partner(YEAR_BEFORE) > 0
    return (
        Variable(
            name=f"vat_{partner.en}_new_share_12m",
            label=Label(
                f"Share of {trade.en} with {partner.en}s never met before the last 12 months",
                f"近12个月新{partner.zh}占{trade.zh}额比重",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(now.sum(where=(now > 0) & (side.invoices.by_partner(EARLIER) < 1)), now.sum(where=now > 0)),
            worse_when="higher",
            why=Label(
                f"New {partner.en}s have not been tried; their trade may not last.",
                f"新{partner.zh}未经考验，交易未必持续。",
            ),
        ),
        Variable(
            name=f"vat_{partner.en}_lost_share_12m",
            label=Label(
                f"Share of the year before's {trade.en} whose {partner.en}s are gone",
                f"流失{partner.zh}占上年{trade.zh}额比重",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(then.sum(where=(then > 0) & (side.invoices.by_partner(YEAR) < 1)), then.sum(where=then > 0)),
            worse_when="higher",
            why=Label(
                f"{partner.en.capitalize()}s who do not come back judge the firm.",
                f"不再回头的{partner.zh}就是对企业的评价。",
            ),
        ),
        Variable(
            name=f"vat_{partner.en}_retention_12m",
            label=Label(
                f"Share of the year before's {partner.en}s who traded again", f"上年{partner.zh}本年继续交易的比例"
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent((seen_then & seen_now).count(), seen_then.count()),
            worse_when="lower",
            why=Label("Partners who return show satisfaction and real trade.", "持续往来体现信任与真实交易。"),
        ),
        Variable(
            name=f"vat_{partner.en}_top5_kept",
            label=Label(
                f"This year's {trade.en} with the year before's 5 largest {partner.en}s, in % of theirs then",
                f"上年前五大{partner.zh}本年{trade.zh}额与上年之比",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(now.sum(where=Foremost(then, 5)), then.sum(where=Foremost(then, 5))),
            worse_when="lower",
            why=Label(
                "Losing the ties that carried the firm is the first sign of a fall.", "核心往来流失是下滑的先兆。"
            ),
        ),
    )


def _ties(side: Side) -> tuple[Variable, ...]:
    partner, trade = side.partner, side.trade
    length = (side.first.by_partner(EVER) - side.last.by_partner(EVER)) / DAYS_A_YEAR
    known_for = side.first.by_partner(EVER) / DAYS_A_YEAR
    now, deals = side.volume.by_partner(YEAR), side.invoices.by_partner(EVER)
    return (
        Variable(
            name=f"vat_{partner.en}_tie_years",
            label=Label(f"Average length of the tie with a {partner.en}", f"与{partner.zh}平均往来年限"),
            unit=units.YEARS,
            reads=VAT_INVOICES,
            value=length.mean(),
            worse_when="lower",
            why=Label("Long ties survive because both sides were paid.", "长期往来说明双方都能收到款。"),
        ),
        Variable(
            name=f"vat_{partner.en}_longest_tie_years",
            label=Label(f"Longest tie with a {partner.en}", f"与{partner.zh}最长往来年限"),
            unit=units.YEARS,
            reads=VAT_INVOICES,
            value=length.largest(),
            worse_when="lower",
            why=Label("At least one partner has stayed for so long.", "至少有一家往来如此之久。"),
        ),
        Variable(
            name=f"vat_{partner.en}_weighted_tie_years_12m",
            label=Label(
                f"Age of ties weighted by the last 12 months' {trade.en}",
                f"近12个月按{trade.zh}额加权的{partner.zh}往来年限",
            ),
            unit=units.YEARS,
            reads=VAT_INVOICES,
            value=(now * known_for).sum(where=now > 0) / positive(now.sum(where=now > 0)),
            worse_when="lower",
            why=Label("How well known those are on whom today's trade rests.", "反映当前交易所依赖对象的熟悉程度。"),
        ),
        Variable(
            name=f"vat_{partner.en}_top_tie_years_12m",
            label=Label(
                f"Age of the tie with the largest {partner.en} of the last 12 months",
                f"近12个月第一大{partner.zh}往来年限",
            ),
            unit=units.YEARS,
            reads=VAT_INVOICES,
            value=known_for.largest(where=Foremost(now, 1)),
            worse_when="lower",
            why=Label("A main partner met last month is a risk, or a story.", "刚结识的第一大对手，不是风险就是故事。"),
        ),
        Variable(
            name=f"vat_{partner.en}_once_share",
            label=Label(
                f"Share of {partner.en}s with one invoice only, whole record", f"仅开过一张发票的{partner.zh}占比"
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(((deals > 0) & (deals < 2)).count(), (deals > 0).count()),
            worse_when="higher",
            why=Label("Trade among strangers must be won anew each time.", "一次性交易每次都要重新争取。"),
        ),
        Variable(
            name=f"vat_invoices_per_{partner.en}_12m",
            label=Label(f"Invoices per {partner.en}, last 12 months", f"近12个月单个{partner.zh}平均发票张数"),
            unit=units.INVOICES,
            reads=VAT_INVOICES,
            value=side.invoices.over(YEAR) / (side.invoices.by_partner(YEAR) > 0).count(),
            worse_when="lower",
            why=Label("Repeat deals are what makes next month foreseeable.", "重复交易使未来可预期。"),
        ),
    )


SOLD, BOUGHT = SALES.volume.by_partner(YEAR), PURCHASES.volume.by_partner(YEAR)
BOTH = (SOLD > 0) & (BOUGHT > 0)

BOTH_SIDES = (
    Variable(
        name="vat_two_way_partners_12m",
        label=Label(
            "Counterparties that both buy from and sell to the firm, last 12 months",
            "近12个月既采购又销售的双向往来方数",
        ),
        unit=units.PARTNERS,
        reads=VAT_INVOICES,
        value=BOTH.count(),
        worse_when="higher",
        why=Label(
            "Goods that go out and come back may be turnover made on paper.", "货物有来有往，可能是对开虚增流水。"
        ),
    ),
    Variable(
        name="vat_two_way_share_12m",
        label=Label(
            "Sales matched by purchases from the same counterparty, in % of sales, last 12 months",
            "近12个月同一对手购销对冲额占销售额比重",
        ),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=percent(smaller(SOLD, BOUGHT).sum(where=BOTH), SOLD.sum(where=SOLD > 0)),
        worse_when="higher",
        why=Label(
            "What is sold and bought back from one partner earns nothing and inflates both sides.",
            "与同一对手互相买卖不产生收益，却同时虚增购销。",
        ),
    ),
)

VARIABLES = (
    *(
        variable
        for side in SIDES
        for family in (_concentration, _weight, _turnover, _ties)
        for variable in family(side)
    ),
    *BOTH_SIDES,
)
