"""The room's reads: which version is live for a firm on a day, its texts and models, how far each version has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from puhui.ids import EnterpriseId
from puhui.products import definition, desks, scorers
from puhui.products.definition import Definition
from puhui.products.desks import ReadyProduct, Texts
from puhui.products.lifecycle import Role, Status, place_of
from puhui.products.models import Artefact, ModelRow, RoleRow, StepRow, VersionRow
from puhui.products.scorers import Scorer
from puhui.refusals import BadInput
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Version:
    """A version for people: who drafted it and why, how far it has come, and from when it is live."""

    product: str
    number: int
    status: Status
    why: str
    by: str
    at: datetime
    live_from: date | None
    share: Decimal | None
    hashes: dict[str, str]
    steps: tuple[tuple[Status, date, str, dict[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A model for people, with the role it plays on a day, if any."""

    product: str
    number: int
    kind: str
    sha256: str
    facts: dict[str, Any]
    role: Role | None


def live(product: str, *, on: date, firm: EnterpriseId | None = None) -> ReadyProduct | None:
    """The version that decides on a day, ready; None when none is live.

    A version that is live for a share of firms only decides for those whose place is below it, always the same ones.
    """
    row = live_row(product, on=on, firm=firm)
    return desks.ready(product, row.number, texts(row), on=on) if row else None


def live_row(product: str, *, on: date, firm: EnterpriseId | None = None) -> VersionRow | None:
    """The row of the live version: of those live on the day, the latest to go live whose share has the firm."""
    steps = StepRow.objects.filter(version__product=product, on__lte=on, status__in=[Status.LIVE, Status.RETIRED])
    standing: dict[int, StepRow] = {}
    for step in steps.select_related("version").order_by("id"):
        standing.pop(step.version_id, None)
        if step.status == Status.LIVE:
            standing[step.version_id] = step
    for step in sorted(standing.values(), key=lambda one: (one.on, one.pk), reverse=True):
        share = step.share if step.share is not None else Decimal(1)
        if share >= 1 or (firm is not None and place_of(firm, product) < share):
            return step.version
    return None


def version(product: str, number: int, *, on: date) -> ReadyProduct:
    """Any version, ready under the terms of a day: for back-tests and for what is only drafted."""
    return desks.ready(product, number, texts(version_row(product, number)), on=on)


def definition_of(product: str) -> Definition:
    """The definition of a product's newest version, whether or not it is live; the catalogue's where there is none."""
    row = VersionRow.objects.filter(product=product).order_by("-number").first()
    return definition.parse(texts(row).definition) if row else definition.load(product)


def versions(product: str) -> list[Version]:
    """All versions of a product, the newest first."""
    rows = VersionRow.objects.filter(product=product).prefetch_related("steps").order_by("-number")
    return [_version(row) for row in rows]


def texts(row: VersionRow) -> Texts:
    """A version's three texts."""
    return _texts(row.definition, row.graph, row.terms)


def text(sha256: str) -> str | None:
    """A kept text by its hash, as it is in the book now; None when there is none."""
    return Artefact.objects.filter(pk=sha256).values_list("text", flat=True).first()


def version_row(product: str, number: int) -> VersionRow:
    """A version's row. Raises BadInput when there is none."""
    row = VersionRow.objects.filter(product=product, number=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no version {number} of {product}", f"{product}没有版本{number}"),
            then=Label("list them with `puhui product versions`", "请从产品版本清单中选择"),
        )
    return row


def model_row(product: str, number: int) -> ModelRow:
    """A model's row. Raises BadInput when there is none."""
    row = ModelRow.objects.filter(product=product, number=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no model {number} of {product}", f"{product}没有模型{number}"),
            then=Label("fit one first", "请先训练一个模型"),
        )
    return row


def status_of(row: VersionRow) -> Status:
    """How far a version has come."""
    last = StepRow.objects.filter(version=row).order_by("-id").values_list("status", flat=True).first()
    return Status(last) if last else Status.DRAFT


def models(product: str, *, on: date) -> dict[Role, Scorer]:
    """The models that play a role for a product on a day. Raises scorers.Altered when one is not what its name says."""
    found: dict[Role, Scorer] = {}
    for role, number, sha256 in _roles(product, on):
        kept = _model_text(sha256)
        found[Role(role)] = Scorer(number, sha256, scorers.model_of(kept, sha256))
    return found


def kept_models(product: str, *, on: date) -> list[KeptModel]:
    """All models of a product, the newest first."""
    roles = {number: Role(role) for role, number, _ in _roles(product, on)}
    rows = ModelRow.objects.filter(product=product).order_by("-number")
    return [
        KeptModel(row.product, row.number, row.kind, row.artefact, row.facts, roles.get(row.number)) for row in rows
    ]


def _roles(product: str, on: date) -> list[tuple[str, int, str]]:
    rows = (
        RoleRow.objects.filter(model__product=product, since__lte=on).order_by("role", "-since", "-id").distinct("role")
    )
    return list(rows.values_list("role", "model__number", "model__artefact"))


@lru_cache(maxsize=32)
def _model_text(sha256: str) -> str:
    """A model's text, read once: what is kept never changes, and whether it is what its name says is checked."""
    return _text(sha256)


@lru_cache(maxsize=64)
def _texts(said: str, graph: str, terms: str) -> Texts:
    kept = dict(Artefact.objects.filter(pk__in=[said, graph, terms]).values_list("sha256", "text"))
    for named, content in kept.items():
        if scorers.sha256(content) != named:
            raise scorers.Altered(f"the text {named[:12]} was altered: its content has another hash")
    return Texts(kept[said], kept[graph], kept[terms])


def _text(sha256: str) -> str:
    found = text(sha256)
    if found is None:
        raise BadInput(f"the text {sha256[:12]} is not in the book", then="restore the book from a backup")
    return found


def _version(row: VersionRow) -> Version:
    steps = sorted(row.steps.all(), key=lambda step: step.pk)
    status = Status(steps[-1].status) if steps else Status.DRAFT
    went_live = next((step for step in reversed(steps) if step.status == Status.LIVE), None)
    return Version(
        row.product, row.number, status, row.why, row.by, row.at, went_live.on if went_live else None,
        went_live.share if went_live else None,
        {"definition": row.definition, "graph": row.graph, "terms": row.terms},
        tuple((Status(step.status), step.on, step.by, step.facts) for step in steps),
    )  # fmt: skip
