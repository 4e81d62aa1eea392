"""What the till says: takings, tickets, days open, refunds, and trade at night."""

from __future__ import annotations

from functools import partial

from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.language import EVER, count, growth, months, percent, positive, smallest, total
from puhui.words import Label

POS_SETTLEMENTS = Reading(
    channel="pos_settlements",
    kinds={"open": _.tickets > 0, "shut": _.tickets == 0},
    columns={
        "amount": Column(_.amount_fen, per=100),
        "tickets": Column(_.tickets),
        "refund": Column(_.refund_fen, per=100),
        "refunds": Column(_.refunds),
        "night": Column(_.night_fen, per=100),
        "fee": Column(_.fee_fen, per=100),
    },
    partners={"terminal": _.terminal, "day": _.happened_on},
)
_variable = partial(Variable, reads=POS_SETTLEMENTS)
OPEN, ANY = ("open",), ("open", "shut")
TAKINGS, TICKETS, NIGHT = total("amount", of=OPEN), total("tickets", of=OPEN), total("night", of=OPEN)
YEAR, YEAR_BEFORE = months(12), months(12, ago=12)

TRADE = (
    *(
        _variable(
            name=f"pos_takings_{n}m",
            label=Label(f"Takings by card and code, last {n} months", f"近{n}个月刷卡扫码收款额"),
            unit=units.YUAN,
            value=TAKINGS.over(months(n)),
            worse_when="lower",
            why=Label("Customers' own payments: the hardest sales to invent.", "顾客亲自付款，最难虚构。"),
        )
        for n in (3, 12)
    ),
    _variable(
        name="pos_takings_growth_3m",
        label=Label("Growth of takings, last 3 months on the same months a year before", "近3个月收款额同比增长率"),
        unit=units.PERCENT,
        value=growth(TAKINGS.over(months(3)), TAKINGS.over(months(3, ago=12))),
        worse_when="lower",
        why=Label(
            "Shops fail by fewer customers first; the till knows it within days.",
            "店铺衰败始于客流，收款数据最早反映。",
        ),
    ),
    _variable(
        name="pos_takings_trend_12m",
        label=Label(
            "Trend of monthly takings in % of their mean, last 12 months", "近12个月月收款额趋势（每月变动占均值比重）"
        ),
        unit=units.PERCENT_A_MONTH,
        value=percent(TAKINGS.monthly.slope(YEAR), TAKINGS.monthly.mean(YEAR)),
        worse_when="lower",
        why=Label("A slow fading that a good week hides.", "看出被旺季掩盖的缓慢衰退。"),
    ),
    _variable(
        name="pos_takings_volatility_12m",
        label=Label("Volatility of monthly takings (deviation to mean), last 12 months", "近12个月月收款额波动率"),
        unit=units.TIMES,
        value=TAKINGS.monthly.deviation(YEAR) / positive(TAKINGS.monthly.mean(YEAR)),
        worse_when="higher",
        why=Label("Uneven takings make equal instalments hard to pay.", "收款起伏大，难以等额还款。"),
    ),
    _variable(
        name="pos_tickets_3m",
        label=Label("Tickets, last 3 months", "近3个月交易笔数"),
        unit=units.TICKETS,
        value=TICKETS.over(months(3)),
        worse_when="lower",
        why=Label("How many customers came and paid.", "有多少顾客真正付款。"),
    ),
    _variable(
        name="pos_tickets_growth_3m",
        label=Label("Growth of tickets, last 3 months on the same months a year before", "近3个月交易笔数同比增长率"),
        unit=units.PERCENT,
        value=growth(TICKETS.over(months(3)), TICKETS.over(months(3, ago=12))),
        worse_when="lower",
        why=Label(
            "Higher prices can hide fewer customers in takings, not in tickets.", "涨价能掩盖客流下降，笔数不能。"
        ),
    ),
    _variable(
        name="pos_ticket_size_12m",
        label=Label("Average ticket, last 12 months", "近12个月笔均金额"),
        unit=units.YUAN_A_TICKET,
        value=TAKINGS.over(YEAR) / TICKETS.over(YEAR),
        worse_when=None,
        why=Label("A ticket far above the trade's own may be a card cashed out.", "笔均远高于同行可能是套现。"),
    ),
)

HABITS = (
    _variable(
        name="pos_days_open_3m",
        label=Label("Days open, last 3 months", "近3个月营业天数"),
        unit=units.DAYS,
        value=(count(of=OPEN).by("day", months(3)) > 0).count(),
        worse_when="lower",
        why=Label("A shop that stays shut earns nothing and pays rent.", "关门不营业，租金照付。"),
    ),
    _variable(
        name="pos_days_since_ticket",
        label=Label("Days since the last ticket", "距最近一笔交易天数"),
        unit=units.DAYS,
        value=smallest(DAYS_AGO, of=OPEN).over(EVER),
        worse_when="higher",
        why=Label("A till that has fallen silent is a shop that may have closed.", "收款沉寂可能已关店。"),
    ),
    _variable(
        name="pos_refund_share_12m",
        label=Label("Refunds in % of takings, last 12 months", "近12个月退款金额占比"),
        unit=units.PERCENT,
        value=percent(total("refund", of=ANY).over(YEAR), TAKINGS.over(YEAR)),
        worse_when="higher",
        why=Label("Refunds mean poor goods, or sales made to be taken back.", "退款源于质量问题或虚假交易。"),
    ),
    _variable(
        name="pos_refund_count_share_12m",
        label=Label("Refunds for each 100 tickets, last 12 months", "近12个月每百笔交易退款笔数"),
        unit=units.PERCENT,
        value=percent(total("refunds", of=ANY).over(YEAR), TICKETS.over(YEAR)),
        worse_when="higher",
        why=Label("How often, not how much, customers want their money back.", "衡量退款频次而非金额。"),
    ),
    _variable(
        name="pos_night_share_12m",
        label=Label("Takings between 22:00 and 06:00 in % of all, last 12 months", "近12个月夜间收款占比"),
        unit=units.PERCENT,
        value=percent(NIGHT.over(YEAR), TAKINGS.over(YEAR)),
        worse_when="higher",
        why=Label(
            "Night trade out of keeping with the business suggests cashed-out cards.", "与业态不符的夜间交易疑似套现。"
        ),
    ),
    _variable(
        name="pos_night_share_change",
        label=Label("Change of the night share on the year before", "夜间收款占比同比变化"),
        unit=units.PERCENT_POINTS,
        value=percent(NIGHT.over(YEAR), TAKINGS.over(YEAR))
        - percent(NIGHT.over(YEAR_BEFORE), TAKINGS.over(YEAR_BEFORE)),
        worse_when="higher",
        why=Label("A change of hours without a change of trade asks for a reason.", "业态未变而时段变化需要解释。"),
    ),
    _variable(
        name="pos_fee_rate_12m",
        label=Label("Fee in % of takings, last 12 months", "近12个月手续费率"),
        unit=units.PERCENT,
        value=percent(total("fee", of=OPEN).over(YEAR), TAKINGS.over(YEAR)),
        worse_when=None,
        why=Label(
            "The payment company's price shows what it takes the trade to be.", "费率反映支付机构对其业态的判断。"
        ),
    ),
    _variable(
        name="pos_terminals_3m",
        label=Label("Terminals with tickets, last 3 months", "近3个月有交易终端数"),
        unit=units.TERMINALS,
        value=(count(of=OPEN).by("terminal", months(3)) > 0).count(),
        worse_when="lower",
        why=Label("Counters that are really staffed.", "真正有人值守的收银台数。"),
    ),
)

VARIABLES = (*TRADE, *HABITS)
