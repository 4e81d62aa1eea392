"""How clean the invoices are: voids, returns, round amounts, tax rates."""

from __future__ import annotations

from puhui.variables import units
from puhui.variables.declarations import Variable
from puhui.variables.language import EVER, Value, Window, months, percent
from puhui.variables.vat_invoices.reading import SIDES, VAT_INVOICES, Side
from puhui.words import Label


def _void_rate(side: Side, window: Window) -> Value:
    return percent(side.voids.over(window), side.issued.over(window))


def _return_rate(side: Side, window: Window) -> Value:
    return percent(0.0 - side.returned.over(window), side.gross.over(window))


VOIDS = tuple(
    variable
    for side in SIDES
    for variable in (
        *(
            Variable(
                name=f"vat_{side.name}_void_rate_{suffix}",
                label=Label(
                    f"Share of void {side.trade.en} invoices, {when.en}", f"{when.zh}{side.trade.zh}发票作废率"
                ),
                unit=units.PERCENT,
                reads=VAT_INVOICES,
                value=_void_rate(side, window),
                worse_when="higher",
                why=Label(
                    "Invoices voided after issue mean deals that fell through, or sales made up and taken back.",
                    "开后作废意味着交易落空，或虚开后撤回。",
                ),
            )
            for suffix, when, window in (
                ("12m", Label("last 12 months", "近12个月"), months(12)),
                ("ever", Label("whole record", "全部记录期"), EVER),
            )
        ),
        Variable(
            name=f"vat_{side.name}_void_rate_trend",
            label=Label(
                f"Change of the void rate of {side.trade.en} on the year before", f"{side.trade.zh}发票作废率同比变化"
            ),
            unit=units.PERCENT_POINTS,
            reads=VAT_INVOICES,
            value=_void_rate(side, months(12)) - _void_rate(side, months(12, ago=12)),
            worse_when="higher",
            why=Label("A rising void rate shows up before sales fall.", "作废率上升往往先于销售下滑。"),
        ),
    )
)

RETURNS = tuple(
    variable
    for side in SIDES
    for variable in (
        *(
            Variable(
                name=f"vat_{side.name}_return_rate_{suffix}",
                label=Label(
                    f"Returns in % of gross {side.trade.en}, {when.en}",
                    f"{when.zh}{side.trade.zh}退货率（红字金额占比）",
                ),
                unit=units.PERCENT,
                reads=VAT_INVOICES,
                value=_return_rate(side, window),
                worse_when="higher",
                why=Label(
                    "Red-letter invoices take sales back: poor goods, disputes, or sales booked to look large.",
                    "红字发票冲回销售，源于质量、纠纷或虚增收入。",
                ),
            )
            for suffix, when, window in (
                ("12m", Label("last 12 months", "近12个月"), months(12)),
                ("ever", Label("whole record", "全部记录期"), EVER),
            )
        ),
        Variable(
            name=f"vat_{side.name}_return_rate_trend",
            label=Label(
                f"Change of the return rate of {side.trade.en} on the year before", f"{side.trade.zh}退货率同比变化"
            ),
            unit=units.PERCENT_POINTS,
            reads=VAT_INVOICES,
            value=_return_rate(side, months(12)) - _return_rate(side, months(12, ago=12)),
            worse_when="higher",
            why=Label("Returns that grow eat next year's sales.", "退货增加会侵蚀来年销售。"),
        ),
        Variable(
            name=f"vat_{side.name}_return_count_rate_ever",
            label=Label(
                f"Share of returns among valid {side.trade.en} invoices, whole record",
                f"全部记录期{side.trade.zh}红字发票张数占比",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(side.returns.over(EVER), side.valid.over(EVER)),
            worse_when="higher",
            why=Label("How often, not how much, is taken back.", "衡量退货的频次而非金额。"),
        ),
    )
)

HABITS = tuple(
    variable
    for side in SIDES
    for variable in (
        Variable(
            name=f"vat_{side.name}_round_share_24m",
            label=Label(
                f"Share of {side.trade.en} invoices of whole thousands of yuan, last 24 months",
                f"近24个月整千元{side.trade.zh}发票占比",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(side.rounded.over(months(24)), side.invoices.over(months(24))),
            worse_when="higher",
            why=Label(
                "Real prices times real quantities are seldom round; invented amounts often are.",
                "真实单价乘数量很少为整数，虚构金额常为整数。",
            ),
        ),
        Variable(
            name=f"vat_{side.name}_small_scale_share_24m",
            label=Label(
                f"Share of {side.trade.en} taxed at 1 to 3 % (small-scale taxpayer rate), last 24 months",
                f"近24个月1%–3%征收率{side.trade.zh}额占比（小规模纳税人）",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(side.taxed_up_to_3.over(months(24)), side.gross.over(months(24))),
            worse_when=None,
            why=Label(
                "The levy rate marks a small-scale taxpayer: in sales the firm itself, in purchases its suppliers.",
                "征收率标志小规模纳税人：销售端为本企业，采购端为其供应商。",
            ),
        ),
        Variable(
            name=f"vat_{side.name}_goods_rate_share_24m",
            label=Label(
                f"Share of {side.trade.en} taxed at 12 % or more (goods), last 24 months",
                f"近24个月12%及以上税率{side.trade.zh}额占比（货物）",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(side.taxed_from_12.over(months(24)), side.gross.over(months(24))),
            worse_when=None,
            why=Label("Tells a trade in goods from one in services.", "区分货物贸易与服务。"),
        ),
        Variable(
            name=f"vat_{side.name}_untaxed_share_24m",
            label=Label(f"Share of {side.trade.en} without tax, last 24 months", f"近24个月零税{side.trade.zh}额占比"),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(side.untaxed.over(months(24)), side.gross.over(months(24))),
            worse_when=None,
            why=Label(
                "Untaxed trade (farm produce, exempt firms) leaves no tax trail to check against.",
                "免税交易（农产品、免税主体）缺少可核对的税款痕迹。",
            ),
        ),
    )
)

VARIABLES = (*VOIDS, *RETURNS, *HABITS)
