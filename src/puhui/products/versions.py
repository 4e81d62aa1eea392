"""The acts on a product's versions (install, draft, test, propose, go live, retire) and on its models.

A version goes live, and a model gets a role, only by a proposal that another person has agreed to.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from puhui import dated
from puhui.governance import selectors as proposals
from puhui.governance import services as governance
from puhui.governance.proposals import Matter, Proposal
from puhui.ids import RequestId
from puhui.products import checking, definition, desks, scorers
from puhui.products import selectors as reads
from puhui.products import terms as dated_terms
from puhui.products.definition import PRODUCTS
from puhui.products.desks import Texts
from puhui.products.lifecycle import NEXT, Role, Status
from puhui.products.models import Artefact, ModelRow, RoleRow, StepRow, VersionRow
from puhui.products.scorers import Model
from puhui.products.terms import CATALOGUE
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

FIRST_DAY = date(2015, 10, 26)  # from which the terms of the catalogue hold
NUMBERING = 7_017_2026  # the advisory lock under which a version or a model gets its number
DIFF_LINES = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, when, and the request that makes asking twice one act."""

    by: str
    at: datetime
    request: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """A version that was drafted."""

    product: str
    number: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """How far a version has come."""

    product: str
    number: int
    status: Status
    on: date


@dataclass(frozen=True, slots=True)
class Kept:
    """A model that was kept."""

    product: str
    number: int
    sha256: str


def keep(kind: str, text: str) -> str:
    """Keep a text that decides, under the hash of its content; keeping it again changes nothing."""
    named = scorers.sha256(text)
    Artefact.objects.bulk_create([Artefact(sha256=named, kind=kind, text=text)], ignore_conflicts=True)
    return named


def install(*, at: datetime) -> None:
    """Let the catalogue's files be the first version of every product that the book has none of."""
    there = set(VersionRow.objects.values_list("product", flat=True).distinct())
    for product in PRODUCTS:
        if product not in there:
            with transaction.atomic():
                _numbering(product)
                if not VersionRow.objects.filter(product=product).exists():
                    _install(product, at)


def _install(product: str, at: datetime) -> None:
    row = _versioned(
        product, 1, catalogue_texts(product), "the catalogue of this release", Asked("puhui", at, f"first/{product}")
    )
    asked = Asked("puhui", at, f"live/{product}/1")
    _written(row, Status.LIVE, FIRST_DAY, {"origin": "catalogue"}, asked, share=Decimal(1))
    governance.record("install product", product, {"version": 1, "graph": row.graph}, by="puhui")


def catalogue_texts(product: str) -> Texts:
    """What the catalogue's files say of a product."""
    if product not in PRODUCTS:
        raise BadInput(
            Label(f"there is no product '{product}'", f"没有产品“{product}”"),
            then=Label(f"name one of {', '.join(PRODUCTS)}", f"请选择其中之一：{'、'.join(PRODUCTS)}"),
        )
    names = (f"{product}_product.json", f"{product}.json", f"{product}_terms.json")
    return Texts(*((CATALOGUE / name).read_text(encoding="utf-8") for name in names))


def draft(
    product: str,
    *,
    definition_text: str | None = None,
    graph_text: str | None = None,
    terms_text: str | None = None,
    why: str,
    by: str,
    request: RequestId,
    at: datetime,
) -> Drafted | Refused:
    """Keep a new version; what is not given is as in the last one. A repeated request gives the first answer.

    Its definition and terms must be readable, its graph need not be sound yet: a studio saves what is half done.
    Refuses REQUEST_HAS_OTHER_CONTENT. Raises BadInput when nothing is changed.
    """
    if not why.strip() or len(why) > 2_000:
        raise BadInput(
            Label("a version needs a reason of 1 to 2,000 characters", "新版本须填写1至2,000个字符的理由"),
            then=Label("say what it changes and why", "请说明改动内容及原因"),
        )
    install(at=at)
    with transaction.atomic():
        _numbering(product)
        last = VersionRow.objects.filter(product=product).order_by("-number").first()
        before = reads.texts(last) if last else None
        given = (definition_text, graph_text, terms_text)
        if before is None and None in given:
            raise BadInput(f"'{product}' is new", then="give its definition, its graph and its terms")
        kept = (before.definition, before.graph, before.terms) if before else given
        texts = Texts(*(str(new if new is not None else old) for new, old in zip(given, kept, strict=True)))
        if (first := VersionRow.objects.filter(request=request).first()) is not None:
            same = (first.product, reads.texts(first), first.by) == (product, texts, by) or first == last
            answer = Drafted(first.product, first.number)
            return answer if same else Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request})
        if texts == before:
            raise BadInput(
                Label(
                    f"this is version {last.number if last else 0} again", f"内容与版本{last.number if last else 0}相同"
                ),
                then=Label("change something first", "请先作出改动"),
            )
        _readable(product, texts)
        row = _versioned(product, (last.number if last else 0) + 1, texts, why, Asked(by, at, request))
        _written(row, Status.DRAFT, at.date(), {}, Asked(by, at, f"draft/{row.pk}"))
        governance.record("draft product", f"{product} v{row.number}", {"why": why, "graph": row.graph}, by=by)
    return Drafted(product, row.number)


def note_tested(
    product: str, number: int, facts: Mapping[str, Any], *, by: str, request: RequestId, at: datetime
) -> Stepped | Refused:
    """Note what a back-test of a version found. Refuses STEP_NOT_POSSIBLE."""
    asked = Asked(by, at, request)
    with transaction.atomic():
        _numbering(product)
        row = reads.version_row(product, number)
        if (done := StepRow.objects.filter(request=request).first()) is not None:
            return Stepped(product, number, Status(done.status), done.on)
        if Status.TESTED not in NEXT[reads.status_of(row)]:
            return _not_possible(row, Status.TESTED)
        _stepped(row, Status.TESTED, at.date(), dict(facts), asked)
        governance.record("test product", _subject(row), dict(facts), by=by)
    return Stepped(product, number, Status.TESTED, at.date())


def propose(
    product: str,
    number: int,
    *,
    live_from: date,
    share: Decimal = Decimal(1),
    why: str,
    by: str,
    request: RequestId,
    at: datetime,
) -> Proposal | Refused:
    """Propose that a version goes live from a day, for a share of firms (1: all). A second person judges it.

    Refuses STEP_NOT_POSSIBLE unless it was back-tested, and PRODUCT_NOT_SOUND with all that an examination finds.
    """
    if not 0 < share <= 1:
        raise BadInput(
            Label(f"a share of {share} is none", f"比例不能为{share}"),
            then=Label("give a share above 0 and up to 1", "请填写大于0且不超过1的比例"),
        )
    with transaction.atomic():
        _numbering(product)
        row = reads.version_row(product, number)
        again = proposals.proposals(waiting=False, kind=Matter.PRODUCT, subject=_subject(row))
        if same := [one for one in again if one.request == request]:
            return same[0]
        if Status.PROPOSED not in NEXT[reads.status_of(row)]:
            return _not_possible(row, Status.PROPOSED)
        texts = reads.texts(row)
        found = examine(product, texts, on=live_from)
        if not found.sound:
            return Refused(Code.PRODUCT_NOT_SOUND, {"version": _subject(row), "problems": "; ".join(found.problems)})
        before = reads.live_row(product, on=live_from)
        made = governance.propose(
            Matter.PRODUCT,
            _subject(row),
            before={"live": before.number if before else None},
            after={"live": number, "from": live_from.isoformat(), "share": str(share), "remarks": list(found.remarks)}
            | ({"changes": changes(reads.texts(before), texts)} if before else {}),
            why=why,
            by=by,
            request=request,
            at=at,
        )
        if isinstance(made, Proposal):
            facts = {"proposal": made.number, "share": str(share)}
            _stepped(row, Status.PROPOSED, live_from, facts, Asked(by, at, f"proposed/{made.number}"))
    return made


def propose_retirement(
    product: str, number: int, *, on: date, why: str, by: str, request: RequestId, at: datetime
) -> Proposal | Refused:
    """Propose that a live version is taken off from a day on. A second person judges it. Refuses STEP_NOT_POSSIBLE."""
    row = reads.version_row(product, number)
    if Status.RETIRED not in NEXT[reads.status_of(row)]:
        return _not_possible(row, Status.RETIRED)
    after = {"retire": number, "from": on.isoformat()}
    return governance.propose(
        Matter.PRODUCT, _subject(row), before={"live": number}, after=after, why=why, by=by, request=request, at=at
    )


def go_live(proposal: int, *, by: str, request: RequestId, at: datetime) -> Stepped | Refused:
    """Carry out what was agreed to: the version is live from its day on. A no makes it REJECTED. Repeating is safe.

    Refuses PROPOSAL_NOT_AGREED while nobody has judged it, and STEP_NOT_POSSIBLE.
    """
    with transaction.atomic():
        found, row = _proposed(proposal, "live")
        if (done := StepRow.objects.filter(request=request).first()) is not None:
            return Stepped(row.product, row.number, Status(done.status), done.on)
        if found.verdict is None:
            return Refused(Code.PROPOSAL_NOT_AGREED, {"proposal": proposal})
        to = Status.APPROVED if found.agreed else Status.REJECTED
        if to not in NEXT[reads.status_of(row)]:
            return _not_possible(row, to)
        live_from, share = date.fromisoformat(found.after["from"]), Decimal(found.after["share"])
        facts = {"proposal": proposal}
        _stepped(row, to, live_from, facts, Asked(found.verdict.by, at, f"judged/{proposal}"))
        if found.agreed:
            _stepped(row, Status.LIVE, live_from, facts, Asked(by, at, request), share=share)
            governance.record("product live", found.subject, {"from": live_from, "share": str(share)} | facts, by=by)
    return Stepped(row.product, row.number, reads.status_of(row), live_from)


def retire(proposal: int, *, by: str, request: RequestId, at: datetime) -> Stepped | Refused:
    """Carry out a retirement that was agreed to; with no other version live, nobody can apply. Repeating is safe.

    Refuses PROPOSAL_NOT_AGREED and STEP_NOT_POSSIBLE.
    """
    with transaction.atomic():
        found, row = _proposed(proposal, "retire")
        if (done := StepRow.objects.filter(request=request).first()) is not None:
            return Stepped(row.product, row.number, Status(done.status), done.on)
        if not found.agreed:
            return Refused(Code.PROPOSAL_NOT_AGREED, {"proposal": proposal})
        if Status.RETIRED not in NEXT[reads.status_of(row)]:
            return _not_possible(row, Status.RETIRED)
        on = date.fromisoformat(found.after["from"])
        _stepped(row, Status.RETIRED, on, {"proposal": proposal}, Asked(by, at, request))
        governance.record("product retired", found.subject, {"from": on, "proposal": proposal}, by=by)
    return Stepped(row.product, row.number, Status.RETIRED, on)


def _proposed(proposal: int, what: str) -> tuple[Proposal, VersionRow]:
    """A proposal about a version, with the version, alone among the acts on its product."""
    found = proposals.proposal(proposal)
    if found.kind is not Matter.PRODUCT or what not in found.after:
        raise BadInput(f"proposal {proposal} is about something else", then=f"name one whose matter is to {what}")
    product, _, number = found.subject.rpartition(" v")
    _numbering(product)
    return found, reads.version_row(product, int(number))


def examine(product: str, texts: Texts, *, on: date) -> checking.Examined:
    """Everything that can be found wrong with a version under the terms of a day."""
    own = dated.read(texts.terms, on=on, name=f"the terms of {product}")
    return checking.examine(definition.parse(texts.definition), texts.graph, dated_terms.above_house(own))


def keep_model(
    product: str, model: Model, *, facts: Mapping[str, Any], by: str, request: RequestId, at: datetime
) -> Kept:
    """Keep a fitted model of a product, under its hash and a number; it decides nothing before it has a role."""
    text = scorers.text_of(model)
    with transaction.atomic():
        _numbering(product)
        if (first := ModelRow.objects.filter(request=request).first()) is not None:
            return Kept(product, first.number, first.artefact)
        number = ModelRow.objects.filter(product=product).count() + 1
        named = keep("model", text)
        said = {"kind": scorers.kind_of(model), "artefact": named, "facts": dict(facts)}
        ModelRow.objects.create(product=product, number=number, **said, by=by, at=at, request=request)
        governance.record("keep model", f"{product} m{number}", {"sha256": named}, by=by)
    return Kept(product, number, named)


def propose_role(
    product: str, number: int, role: Role, *, since: date, why: str, by: str, request: RequestId, at: datetime
) -> Proposal | Refused:
    """Propose that a model plays a role from a day on. A second person judges it."""
    row = reads.model_row(product, number)
    now = reads.models(product, on=since).get(role)
    before = {"role": role, "model": now.number if now else None}
    after = {"role": role, "model": number, "since": since.isoformat(), "sha256": row.artefact}
    return governance.propose(
        Matter.MODEL, f"{product} m{number}", before=before, after=after, why=why, by=by, request=request, at=at
    )


def give_role(proposal: int, *, by: str, request: RequestId, at: datetime) -> Kept | Refused:
    """Carry out what was agreed to: the model plays its role from its day on. Refuses PROPOSAL_NOT_AGREED."""
    with transaction.atomic():
        found = proposals.proposal(proposal)
        if found.kind is not Matter.MODEL:
            raise BadInput(f"proposal {proposal} is about something else", then="name one about a model's role")
        product, _, number = found.subject.rpartition(" m")
        row = reads.model_row(product, int(number))
        if not found.agreed:
            return Refused(Code.PROPOSAL_NOT_AGREED, {"proposal": proposal})
        if not RoleRow.objects.filter(request=request).exists():
            since, role = date.fromisoformat(found.after["since"]), Role(found.after["role"])
            RoleRow.objects.create(model=row, role=role, since=since, proposal=proposal, by=by, at=at, request=request)
            governance.record("model role", found.subject, {"role": role, "since": since, "proposal": proposal}, by=by)
    return Kept(product, row.number, row.artefact)


def changes(before: Texts, after: Texts) -> list[str]:
    """What differs between two versions, as lines that were taken out (-) and put in (+)."""
    lines: list[str] = []
    for name in ("definition", "graph", "terms"):
        old, new = getattr(before, name).splitlines(), getattr(after, name).splitlines()
        lines += [
            f"{name}: {line}"
            for line in difflib.unified_diff(old, new, lineterm="", n=0)
            if line[:2] not in ("--", "++", "@@")
        ]
    return lines[:DIFF_LINES]


def _readable(product: str, texts: Texts) -> None:
    said = definition.parse(texts.definition, name="the definition")
    own = dated.read(texts.terms, on=date.max, name="the terms")
    if {said.product, own.of} != {product}:
        raise BadInput(f"these texts are of {said.product} and {own.of}, not of {product}", then="name one product")
    desks.terms_text(own)


def _versioned(product: str, number: int, texts: Texts, why: str, asked: Asked) -> VersionRow:
    named = {kind: keep(kind, getattr(texts, kind)) for kind in ("definition", "graph", "terms")}
    said = {"why": why, "by": asked.by, "at": asked.at, "request": asked.request}
    return VersionRow.objects.create(product=product, number=number, **named, **said)


def _stepped(
    row: VersionRow, to: Status, on: date, facts: dict[str, Any], asked: Asked, *, share: Decimal | None = None
) -> None:
    assert to in NEXT[reads.status_of(row)], f"{reads.status_of(row)} does not lead to {to}"
    _written(row, to, on, facts, asked, share=share)


def _written(
    row: VersionRow, to: Status, on: date, facts: dict[str, Any], asked: Asked, *, share: Decimal | None = None
) -> None:
    said = {"by": asked.by, "at": asked.at, "request": asked.request}
    StepRow.objects.create(version=row, status=to, on=on, share=share, facts=facts, **said)


def _not_possible(row: VersionRow, to: Status) -> Refused:
    return Refused(Code.STEP_NOT_POSSIBLE, {"of": _subject(row), "status": reads.status_of(row), "to": to})


def _subject(row: VersionRow) -> str:
    return f"{row.product} v{row.number}"


def _numbering(product: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, %s))", [product, NUMBERING])
