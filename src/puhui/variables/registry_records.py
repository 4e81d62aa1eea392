"""What the business registry says: age, capital, holders, changes of hands and of place, listing as abnormal."""

from __future__ import annotations

from functools import partial

from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.language import EVER, count, largest, latest, months, or_zero, positive, smaller, smallest
from puhui.words import Label

REGISTRY = Reading(
    channel="registry",
    kinds={
        "identity": _.kind == "identity",
        "representative": _.kind == "representative",
        "holder": _.kind == "shareholder",
        "moved": (_.kind == "change") & _.item.re_search("住所|地址|经营场所"),
        "change": _.kind == "change",
        "abnormal": _.kind == "abnormal",
        "restored": _.kind == "restored",
    },
    columns={
        "share": Column(_.share_bp, per=100),
        "capital": Column(_.capital_fen, per=100),
        "listed": Column((_.kind == "abnormal").cast("int8")),
    },
    partners={"holder": _.person.coalesce(_.name)},
    order=_.record_number,
)
_variable = partial(Variable, reads=REGISTRY)
DAYS_A_YEAR = 365.25
HANDS = count(of=("representative",))
SHARES = latest("share", of=("holder",)).by("holder", EVER)

VARIABLES = (
    _variable(
        name="registry_age_years",
        label=Label("Age of the firm", "企业成立年限"),
        unit=units.YEARS,
        value=largest(DAYS_AGO, of=("identity",)).over(EVER) / DAYS_A_YEAR,
        worse_when="lower",
        why=Label("Most firms that fail do so in their first years.", "企业失败多发生在最初几年。"),
    ),
    _variable(
        name="registry_capital",
        label=Label("Registered capital, the latest", "最近登记注册资本"),
        unit=units.YUAN,
        value=latest("capital", of=("identity", "moved", "change")).over(EVER),
        worse_when="lower",
        why=Label("What the holders have promised to stand for.", "股东承诺承担责任的限额。"),
    ),
    _variable(
        name="registry_representative_changes_36m",
        label=Label("Changes of legal representative, last 36 months", "近36个月法定代表人变更次数"),
        unit=units.CHANGES,
        value=smaller(HANDS.over(months(36)), positive(HANDS.over(EVER)) - 1.0),
        worse_when="higher",
        why=Label("A firm passed on in a hurry leaves its debts with a stranger.", "匆忙换人常为甩债。"),
    ),
    _variable(
        name="registry_representative_years",
        label=Label("Years since the legal representative took office", "现任法定代表人任职年限"),
        unit=units.YEARS,
        value=smallest(DAYS_AGO, of=("representative",)).over(EVER) / DAYS_A_YEAR,
        worse_when="lower",
        why=Label("Who has led for long has seen bad years through.", "长期在任者经历过坏年景。"),
    ),
    _variable(
        name="registry_holders",
        label=Label("Holders of shares now", "现有股东数"),
        unit=units.HOLDERS,
        value=(SHARES > 0).count(),
        worse_when=None,
        why=Label("One holder decides fast and alone; several may quarrel.", "独资决策快，多股东可能内讧。"),
    ),
    _variable(
        name="registry_largest_share",
        label=Label("Largest holder's share now", "现第一大股东持股比例"),
        unit=units.PERCENT,
        value=SHARES.largest(where=SHARES > 0),
        worse_when=None,
        why=Label("Shows whether somebody answers for the firm.", "看是否有人真正负责。"),
    ),
    _variable(
        name="registry_holdings_changed_24m",
        label=Label("Registrations of holdings, last 24 months", "近24个月股权登记次数"),
        unit=units.CHANGES,
        value=count(of=("holder",)).over(months(24)),
        worse_when="higher",
        why=Label("Insiders who leave know why.", "内部人退出自有原因。"),
    ),
    _variable(
        name="registry_changes_24m",
        label=Label("Registered changes of any kind, last 24 months", "近24个月工商变更次数"),
        unit=units.CHANGES,
        value=count(of=("moved", "change")).over(months(24)),
        worse_when="higher",
        why=Label("A firm that keeps changing its face is hard to hold to its word.", "频繁变更难以追责。"),
    ),
    _variable(
        name="registry_moves_36m",
        label=Label("Changes of address, last 36 months", "近36个月住所变更次数"),
        unit=units.CHANGES,
        value=count(of=("moved",)).over(months(36)),
        worse_when="higher",
        why=Label("Who moves often is hard to visit and to collect from.", "频繁搬迁难以走访与催收。"),
    ),
    _variable(
        name="registry_abnormal_now",
        label=Label("Listed as abnormal now (1 = yes)", "现列入经营异常名录（1为是）"),
        unit=units.LISTINGS,
        value=or_zero(latest("listed", of=("abnormal", "restored")).over(EVER)),
        worse_when="higher",
        why=Label("No annual report, or not to be found at its address.", "未报年报或住所失联。"),
    ),
    _variable(
        name="registry_abnormal_ever",
        label=Label("Listings as abnormal, ever", "历史列入经营异常次数"),
        unit=units.LISTINGS,
        value=count(of=("abnormal",)).over(EVER),
        worse_when="higher",
        why=Label("Duties that were neglected once are neglected again.", "曾疏于义务者会再犯。"),
    ),
)
