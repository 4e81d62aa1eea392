"""Products and their versions: draft, check, back-test, propose, go live, retire. Verdicts are under `/proposals`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field

from puhui.approval import services as approval
from puhui.governance.access import Act
from puhui.products import selectors, services
from puhui.products.definition import PRODUCTS
from puhui.web.api.frame import operation
from puhui.web.api.once import Call, business_day, writes
from puhui.web.api.people import Proposal
from puhui.web.api.shapes import Agreed, Line

router = Router(tags=["products"])
Product = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Version = Annotated[int, Path(ge=1, le=10**6)]
Text = Annotated[str, Field(max_length=400_000)]


class Offered(Schema):
    """A product that can be applied for on a day: its live version, and what it asks to read."""

    product: str
    en: str
    zh: str
    version: int
    needed: list[str]
    helpful: list[str]
    ways: list[str]
    term_months: int


class VersionStep(Schema):
    """One step of a version's life."""

    status: str
    on: date
    by: str
    facts: dict[str, Any]


class Kept(Schema):
    """A version: who drafted it and why, how far it has come, and the hashes of its texts."""

    product: str
    number: int
    status: str
    why: str
    by: str
    at: datetime
    live_from: date | None
    share: str | None
    hashes: dict[str, str]
    steps: list[VersionStep]


class Draft(Schema):
    """A new version; what is not given is as in the last one. Each is the text of a JSON document."""

    definition: Text | None = None
    graph: Text | None = None
    terms: Text | None = None
    why: Line


class Drafted(Schema):
    """A version that was drafted."""

    product: str
    number: int


class Checked(Schema):
    """What an examination found: problems bar a proposal, remarks are for a person to weigh."""

    sound: bool
    problems: list[str]
    remarks: list[str]


class Months(Schema):
    """How many past months of applications to work out again."""

    months: Annotated[int, Field(ge=1, le=60)] = 12


class Tested(Schema):
    """What a version would have decided: both sides in figures, who changes side, and the rules behind it."""

    product: str
    version: int
    since: date
    until: date
    applications: int
    before: dict[str, Any]
    after: dict[str, Any]
    changes: dict[str, int]
    why: dict[str, int]
    by_version: dict[int, dict[str, Any]]
    faults: int


class Going(Schema):
    """From which day a version is to be live, and for which share of firms."""

    live_from: date
    share: Annotated[Decimal, Field(gt=0, le=1, max_digits=5, decimal_places=4)] = Decimal(1)
    why: Line


class Retiring(Schema):
    """From which day a version is to be taken off."""

    on: date
    why: Line


class Stepped(Schema):
    """How far a version has come."""

    product: str
    number: int
    status: str
    on: date


@operation(router, "GET", "/products", act=Act.SEE_PRODUCTS, answers=list[Offered], says="What can be applied for.")
def list_products(request: HttpRequest) -> Any:
    day, found = business_day(request), []
    for product in PRODUCTS:
        live = selectors.live(product, on=day)
        if live is not None:
            said = live.definition
            found.append({
                "product": product, "en": said.label.en, "zh": said.label.zh, "version": live.number,
                "needed": said.needed, "helpful": said.helpful, "ways": said.ways, "term_months": said.term_months,
            })  # fmt: skip
    return found


@operation(
    router, "GET", "/products/{product}/versions", act=Act.DRAFT_PRODUCT, answers=list[Kept], says="Its versions."
)
def list_versions(request: HttpRequest, product: Product) -> Any:
    return [_kept(each) for each in selectors.versions(product)]


@writes(
    router, "/products/{product}/versions", act=Act.DRAFT_PRODUCT, answers=Drafted,
    says="Keep a new version; it decides nothing before it is live.",
)  # fmt: skip
def draft_version(call: Call, product: Product, body: Draft) -> Any:
    return services.draft(
        product, definition_text=body.definition, graph_text=body.graph, terms_text=body.terms, why=body.why,
        **call.said,
    )  # fmt: skip


@operation(
    router, "GET", "/products/{product}/versions/{version}/check", act=Act.DRAFT_PRODUCT, answers=Checked,
    says="Everything that can be found wrong with a version: every path of its graph is tried.",
)  # fmt: skip
def check_version(request: HttpRequest, product: Product, version: Version) -> Any:
    texts = selectors.texts(selectors.version_row(product, version))
    return services.examine(product, texts, on=business_day(request))


@writes(
    router, "/products/{product}/versions/{version}/backtest", act=Act.DRAFT_PRODUCT, answers=Tested,
    says="Work the last months' decisions out again under a version; then it may be proposed.",
)  # fmt: skip
def backtest_version(call: Call, product: Product, version: Version, body: Months) -> Any:
    return approval.backtest(product, version, months=body.months, on=call.on, **call.said)


@writes(
    router, "/products/{product}/versions/{version}/proposal", act=Act.PROPOSE_PRODUCT, answers=Proposal,
    says="Propose that a tested version goes live from a day, for a share of firms.",
)  # fmt: skip
def propose_version(call: Call, product: Product, version: Version, body: Going) -> Any:
    return services.propose(
        product, version, live_from=body.live_from, share=body.share, why=body.why, **call.said,
    )  # fmt: skip


@writes(
    router, "/products/{product}/versions/{version}/retirement", act=Act.PROPOSE_PRODUCT, answers=Proposal,
    says="Propose that a live version is taken off from a day on.",
)  # fmt: skip
def propose_retirement(call: Call, product: Product, version: Version, body: Retiring) -> Any:
    return services.propose_retirement(product, version, on=body.on, why=body.why, **call.said)


@writes(
    router, "/products/going-live", act=Act.PROPOSE_PRODUCT, answers=Stepped,
    says="Carry out what was judged: the version is live from its day on, or rejected.",
)  # fmt: skip
def go_live(call: Call, body: Agreed) -> Any:
    return services.go_live(body.proposal, **call.said)


@writes(
    router, "/products/taking-off", act=Act.PROPOSE_PRODUCT, answers=Stepped,
    says="Carry out a retirement that was agreed to.",
)  # fmt: skip
def retire(call: Call, body: Agreed) -> Any:
    return services.retire(body.proposal, **call.said)


def _kept(version: selectors.Version) -> dict[str, Any]:
    steps = [{"status": status, "on": on, "by": by, "facts": facts} for status, on, by, facts in version.steps]
    named = ("product", "number", "status", "why", "by", "at", "live_from", "hashes")
    share = None if version.share is None else str(version.share)
    return {name: getattr(version, name) for name in named} | {"share": share, "steps": steps}
