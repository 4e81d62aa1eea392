"""How VAT invoices are read: kinds of rows, whole-number columns, and the measures made of them."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading
from puhui.variables.language import PARTNER, Measure, count, largest, smallest, total
from puhui.words import Label

BILLIONTHS = 1_000_000_000  # so that logarithms add up exactly, in any order
THOUSAND_YUAN_FEN = 100_000


def _rate_between(low_permille: int, high_permille: int) -> Column:
    """The invoice's amount in fen where its tax rate lies in a range; rounding of small amounts is allowed for."""
    rate = (_.tax_fen * 1000, _.amount_fen * low_permille, _.amount_fen * high_permille)
    within = (rate[0].abs() >= rate[1].abs()) & (rate[0].abs() < rate[2].abs())
    return Column(within.ifelse(_.amount_fen, 0), per=100)


VAT_INVOICES = Reading(
    channel="vat_invoices",
    partners={PARTNER: _.counterparty},
    kinds={
        "sale": (_.direction == "sale") & (_.status == "valid") & (_.amount_fen >= 0),
        "purchase": (_.direction == "purchase") & (_.status == "valid") & (_.amount_fen >= 0),
        "sale_return": (_.direction == "sale") & (_.status == "valid"),
        "purchase_return": (_.direction == "purchase") & (_.status == "valid"),
        "sale_void": _.direction == "sale",
        "purchase_void": _.direction == "purchase",
    },
    columns={
        "amount": Column(_.amount_fen, per=100),
        "tax": Column(_.tax_fen, per=100),
        "log_amount": Column(
            (_.amount_fen.abs().nullif(0) / 100.0).ln().__mul__(BILLIONTHS).round().cast("int64"), per=BILLIONTHS
        ),
        "round_amount": Column((_.total_fen % THOUSAND_YUAN_FEN == 0).cast("int8")),
        "month_end": Column(((_.happened_on + ibis.interval(days=5)).month() != _.happened_on.month()).cast("int8")),
        "weekend": Column((_.happened_on.day_of_week.index() >= 5).cast("int8")),
        "untaxed": _rate_between(0, 5),
        "taxed_up_to_3": _rate_between(5, 35),
        "taxed_from_12": _rate_between(120, 1000),
    },
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the firm's trade, so that a question asked of sales is asked of purchases in the same words."""

    kind: str
    name: str
    trade: Label
    partner: Label
    partners: Label
    volume: Measure
    gross: Measure
    invoices: Measure
    valid: Measure
    tax: Measure
    returned: Measure
    returns: Measure
    voids: Measure
    issued: Measure
    biggest: Measure
    log_amounts: Measure
    rounded: Measure
    month_end: Measure
    weekend: Measure
    untaxed: Measure
    taxed_up_to_3: Measure
    taxed_from_12: Measure
    last: Measure
    first: Measure


def _side(kind: str, trade: Label, partner: Label, partners: Label) -> Side:
    good, back, void = (kind,), (f"{kind}_return",), (f"{kind}_void",)
    net = good + back
    return Side(
        kind=kind,
        name=f"{kind}s",
        trade=trade,
        partner=partner,
        partners=partners,
        volume=total("amount", of=net),
        gross=total("amount", of=good),
        invoices=count(of=good),
        valid=count(of=net),
        tax=total("tax", of=net),
        returned=total("amount", of=back),
        returns=count(of=back),
        voids=count(of=void),
        issued=count(of=net + void),
        biggest=largest("amount", of=good),
        log_amounts=total("log_amount", of=good),
        rounded=total("round_amount", of=good),
        month_end=total("month_end", of=good),
        weekend=total("weekend", of=good),
        untaxed=total("untaxed", of=good),
        taxed_up_to_3=total("taxed_up_to_3", of=good),
        taxed_from_12=total("taxed_from_12", of=good),
        last=smallest(DAYS_AGO, of=good),
        first=largest(DAYS_AGO, of=good),
    )


SALES = _side("sale", Label("sales", "销售"), Label("buyer", "客户"), units.BUYERS)
PURCHASES = _side("purchase", Label("purchases", "采购"), Label("supplier", "供应商"), units.SUPPLIERS)
SIDES = (SALES, PURCHASES)
