"""Everything that a decision rests on, looked up once: consents, variables, security, caps, earlier applications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from puhui import dated
from puhui.approval import lines_here
from puhui.approval.evidence import Cap, Inputs, Sign
from puhui.approval.models import ApplicationRow
from puhui.approval.working import Bench
from puhui.channels import selectors as lake
from puhui.channels.catalogue import CHANNELS
from puhui.enterprises import selectors as enterprises
from puhui.exposure import referring
from puhui.exposure import selectors as exposure
from puhui.exposure.caps import Force
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.mitigation import selectors as mitigation
from puhui.products import selectors as products
from puhui.products.definition import TRUST
from puhui.products.desks import ReadyProduct
from puhui.products.scorers import Altered
from puhui.refusals import Refused
from puhui.variables import ready
from puhui.variables.registry import VARIABLES, channels_of, named

TERMS = Path(__file__).parent / "catalogue" / "approval_terms.json"
HOUSE_TERMS = ("repeats_days", "repeats_most", "affiliates_most")
UNPLACED = "other"
BUREAU, SALES_FROM = "enterprise_bureau", "vat_invoices"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of which firm, for which product, as of which day, and what the application tells.

    `purpose` is what the firm consented to; a study on public data asks for research. `application` is left out of
    the count of earlier ones, and what it `withheld` is not read, whatever was consented to on another occasion.
    """

    firm: EnterpriseId
    product: str
    as_of: date
    on: date
    by: str
    asked_fen: int | None = None
    property: str = ""
    guarantee: str = ""
    purpose: Purpose = Purpose.CREDIT_DECISION
    application: str = ""
    told: Mapping[str, float] | None = None
    withheld: frozenset[str] = frozenset()


def bench(product: ReadyProduct, *, on: date) -> Bench:
    """A product with its models of the day; a model that was altered is not used, and says so."""
    try:
        return Bench(product, products.models(product.product, on=on))
    except Altered as altered:
        return Bench(product, {}, str(altered))


def gather(asked: Question, at: Bench) -> Inputs:
    """Look everything up. A channel that may not be read leaves its variables missing, and the inputs say so."""
    names = list(dict.fromkeys((*needed(at), *_hints(at))))
    found = ready.values_of_one(
        asked.firm, purpose=asked.purpose, as_of=asked.as_of, variables=named(names), on=asked.on, by=asked.by,
        withheld=asked.withheld,
    )  # fmt: skip
    made = put_together(asked, at, {name: found.values[name] for name in needed(at)}, found.refused)
    holds = tuple(each.reference for each in enterprises.draw_holds(asked.firm) if each.since <= asked.on)
    signs = _signs(asked, at, found.values, refused=found.refused)
    return replace(made, signs=signs, holds=holds, lines=lines_here.ill(asked.firm, on=asked.on))


def _hints(at: Bench) -> tuple[str, ...]:
    """What tells whether a sign of too much credit may be there, of the channels that the product asks for."""
    asked = set(at.product.definition.channels)
    return tuple(name for name in referring.WANTED if asked.issuperset(channels_of(VARIABLES[name])))


def _signs(
    asked: Question, at: Bench, values: Mapping[str, float | None], *, refused: Mapping[str, Refused]
) -> tuple[Sign, ...]:
    """The signs of too much credit, of what the application lets be read."""
    if BUREAU not in at.product.definition.channels or BUREAU in refused:
        return ()
    sales = SALES_FROM in at.product.definition.channels and SALES_FROM not in refused
    found = referring.signs(
        asked.firm, values, purpose=asked.purpose, with_sales=sales, as_of=asked.as_of, on=asked.on, by=asked.by
    )
    return tuple(Sign(each.name, each.label.en, each.label.zh, each.found, each.threshold) for each in found)


def needed(at: Bench) -> list[str]:
    """The variables that the graph or any model reads, and what tells of trust, in the registry's order."""
    definition = at.product.definition
    wanted = {*definition.variables, *(name for scorer in at.models.values() for name in scorer.model.inputs), *TRUST}
    return [name for name in VARIABLES if name in wanted]


def put_together(
    asked: Question, at: Bench, values: Mapping[str, float | None], refused: Mapping[str, Refused]
) -> Inputs:
    """The inputs from values that were computed, and from what other rooms know of the firm."""
    terms = dated.load(TERMS, on=asked.on)
    trust = dict(zip(("trust", "contradictions", "comparisons", "fraud_signs"), TRUST, strict=True))
    return Inputs(
        firm=asked.firm,
        product=asked.product,
        version=at.product.number,
        as_of=asked.as_of,
        on=asked.on,
        asked_fen=asked.asked_fen,
        trade=exposure.trade(asked.firm) or UNPLACED,
        channels=_channels(at, values, refused),
        variables={name: value for name, value in values.items() if name not in TRUST},
        trust={said: values.get(name) for said, name in trust.items()},
        told=_told(asked, at),
        caps=_caps(asked),
        repeats=_repeats(asked, days=terms.whole("repeats_days")),
        house={name: terms.whole(name) for name in HOUSE_TERMS},
    )


def _channels(
    at: Bench, values: Mapping[str, float | None], refused: Mapping[str, Refused]
) -> dict[str, dict[str, Any]]:
    """Of each of the product's channels: may it be read, and does it say anything of the firm."""
    speaking = {
        channel
        for name, value in values.items()
        if value is not None and name not in TRUST
        for channel in channels_of(VARIABLES[name])
    }
    definition = at.product.definition
    return {
        name: {
            "needed": name in definition.needed,
            "refused": str(refused[name].code) if name in refused else None,
            "speaks": name in speaking,
        }
        for name in definition.channels
    }


def _told(asked: Question, at: Bench) -> dict[str, float | None]:
    told: dict[str, float | None] = dict.fromkeys(at.product.definition.told)
    if "mortgage_yuan" in told:
        its_own = asked.property and not is_anothers(asked.firm, asked.property, on=asked.on)
        carried = mitigation.would_carry(asked.property, on=asked.on) if its_own else None
        told["mortgage_yuan"] = carried.fen // 100 if carried is not None else 0
    if asked.guarantee and "guarantee_yuan" in told:
        brought = mitigation.would_guarantee(asked.guarantee, borrower=asked.firm, on=asked.on)
        told["guarantee_yuan"] = brought.cap.fen // 100 if brought is not None else 0
        told["guarantee_share"] = float(brought.share) if brought is not None else 0
    return told | dict(asked.told or {})


def is_anothers(firm: EnterpriseId, property: str, *, on: date) -> bool:
    """Whether what is offered as security is registered, and as another firm's."""
    owner = mitigation.owner_of(property, on=on) if property else None
    return owner is not None and owner not in enterprises.ids_of(firm)


def _caps(asked: Question) -> tuple[Cap, ...]:
    room = exposure.headroom(asked.firm, product=asked.product, as_of=asked.on)
    return tuple(
        Cap(
            each.rule, each.label.en, each.label.zh, str(each.force), each.amount.fen, each.uncommitted.fen, each.source
        )
        for each in room.caps
        if each.force is not Force.WARNS
    )


def _repeats(asked: Question, *, days: int) -> dict[str, int]:
    """Earlier applications: of this firm for this product, and of firms under one control for any."""
    since = asked.on - timedelta(days=days)
    recent = ApplicationRow.objects.filter(on__gt=since, on__lte=asked.on).exclude(pk=asked.application)
    tied = exposure.affiliates(asked.firm)
    return {
        "same_firm": recent.filter(enterprise__in=enterprises.ids_of(asked.firm), product=asked.product).count(),
        "affiliates": recent.filter(enterprise__in=tied).count() if tied else 0,
    }


def heard_of(firm: EnterpriseId) -> bool:
    """Whether the house knows the firm, or any channel has a row of it."""
    return enterprises.first_known(firm) is not None or any(firm in lake.firms_of(name) for name in CHANNELS)
