"""Decide: look everything up, work the answer out, keep the evidence. And replay: the same inputs, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from time import perf_counter
from typing import Any

from django.db import transaction

from puhui.approval import evidence, gathering, working
from puhui.approval.evidence import Answer, Inputs
from puhui.approval.gathering import Question
from puhui.approval.models import ApplicationRow, DecisionRow
from puhui.approval.working import Bench
from puhui.governance import services as governance
from puhui.ids import RequestId
from puhui.products import desks, scorers
from puhui.products import selectors as products
from puhui.products import services as versions
from puhui.products.lifecycle import Role
from puhui.products.scorers import Scorer
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that is kept. Amounts in fen, the rate in basis points; 0 unless approved."""

    number: int
    firm: str
    product: str
    version: int
    as_of: date
    outcome: str
    grade: str
    limit_fen: int
    mortgage_fen: int
    guarantee_fen: int
    rate_bp: int
    pd: float | None
    reasons: tuple[Mapping[str, str], ...]
    would_change: tuple[Mapping[str, Any], ...]
    rules: tuple[str, ...]
    sha256: str
    took_ms: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision worked out again. `same` when every byte is; else `altered` names texts and `differs` places."""

    number: int
    same: bool
    sha256: str
    altered: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict, repr=False)


def decide(asked: Question, *, request: RequestId, at: datetime) -> Decided | Refused:
    """Decide on a firm for a product as of a day, and keep the evidence. A repeated request gives the first answer.

    Refuses PRODUCT_NOT_LIVE on a day on which no version of the product is, UNKNOWN_FIRM (of which the house has never
    heard; a firm that applies is looked up first), NOT_ITS_PROPERTY (an application was refused before, and what became
    another's meanwhile carries nothing), and REQUEST_HAS_OTHER_CONTENT. Raises BadInput for no product.
    """
    first = DecisionRow.objects.filter(request=request).first()
    if first is not None:
        same = (first.enterprise, first.product, first.as_of) == (asked.firm, asked.product, asked.as_of)
        return decided(first) if same else Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request})
    started = perf_counter()
    try:
        product = products.live(asked.product, on=asked.on, firm=asked.firm)
    except scorers.Altered as altered:
        raise BadInput(str(altered), then="restore the book from a backup, and look at who changed it") from None
    if product is None:
        products.definition_of(asked.product)
        return Refused(Code.PRODUCT_NOT_LIVE, {"product": asked.product, "on": asked.on.isoformat()})
    if not asked.application and not gathering.heard_of(asked.firm):
        return Refused(Code.UNKNOWN_FIRM, {"firm": asked.firm})
    if not asked.application and gathering.is_anothers(asked.firm, asked.property, on=asked.on):
        return Refused(Code.NOT_ITS_PROPERTY, {"property": asked.property})
    bench = gathering.bench(product, on=asked.on)
    inputs = gathering.gather(asked, bench)
    return keep(inputs, bench, application=asked.application, by=asked.by, request=request, at=at, started=started)


def keep(
    inputs: Inputs, bench: Bench, *, application: str, by: str, request: RequestId, at: datetime, started: float
) -> Decided:
    """Work the answer out and keep it with its evidence."""
    answer = working.work_out(inputs, bench)
    terms = desks.terms_text(bench.product.terms)
    artefacts = working.artefacts_of(bench, terms_sha256=scorers.sha256(terms))
    text = evidence.text_of(inputs, answer, artefacts)
    with transaction.atomic():
        governance.alone(request)
        if (first := DecisionRow.objects.filter(request=request).first()) is not None:
            return decided(first)  # another has decided meanwhile: one request, one decision
        versions.keep("terms", terms)
        row = DecisionRow.objects.create(
            application=ApplicationRow.objects.get(pk=application) if application else None,
            enterprise=inputs.firm,
            product=inputs.product,
            version=inputs.version,
            as_of=inputs.as_of,
            outcome=answer.outcome,
            limit_fen=answer.limit_fen,
            rate_bp=answer.rate_bp,
            evidence=text,
            sha256=evidence.sha256(text),
            took_ms=round((perf_counter() - started) * 1e3, 2),
            on=inputs.on,
            at=at,
            by=by,
            request=request,
        )
        body = {"decision": row.pk, "outcome": answer.outcome, "sha256": row.sha256}
        governance.record("decide", f"{inputs.product} {inputs.firm}", body, by=by)
    return _decided(row, answer)


def decided(row: DecisionRow) -> Decided:
    """A kept decision as its answer."""
    said = json.loads(row.evidence)["answer"]
    champion = said["scores"].get(Role.CHAMPION)
    return Decided(
        row.pk, row.enterprise, row.product, row.version, row.as_of, row.outcome, said["grade"], row.limit_fen,
        said["mortgage_fen"], said.get("guarantee_fen", 0), row.rate_bp,
        champion["pd"] if champion else None, tuple(said["reasons"]), tuple(said["would_change"]),
        tuple(said["decided_by"]), row.sha256, row.took_ms,
    )  # fmt: skip


def _decided(row: DecisionRow, answer: Answer) -> Decided:
    return Decided(
        row.pk, row.enterprise, row.product, row.version, row.as_of, answer.outcome, answer.grade, answer.limit_fen,
        answer.mortgage_fen, answer.guarantee_fen, answer.rate_bp, answer.pd, answer.reasons, answer.would_change,
        answer.rules, row.sha256, row.took_ms,
    )  # fmt: skip


def replay(number: int) -> Replayed:
    """Work a kept decision out again from its own inputs and the texts that it names.

    Says which text was altered or is gone (its content no longer has its hash), and place by place what would be
    decided otherwise. Raises BadInput when there is no such decision, or its evidence was altered beyond reading.
    """
    row = DecisionRow.objects.filter(pk=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no decision {number}", f"没有决策{number}"),
            then=Label("give the number that deciding has answered", "请填写决策得到的编号"),
        )
    altered = []
    if evidence.sha256(row.evidence) != row.sha256:
        altered.append(f"the evidence of decision {number}: its content no longer has the hash {row.sha256}")
    try:
        said = json.loads(row.evidence)
        inputs, names = evidence.inputs_from(said["inputs"]), said["artefacts"]
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"the evidence of decision {number} cannot be read", then="restore it from a backup") from None
    texts = {what: products.text(named) for what, named in names.items()}
    for what, text in texts.items():
        if text is None:
            altered.append(f"the {what} {names[what]} is gone")
        elif (now := scorers.sha256(text)) != names[what]:
            altered.append(f"the {what} {names[what]} was altered: its content has the hash {now}")
    try:
        again = _again(row, said, inputs, texts)
    except (BadInput, KeyError, AssertionError) as broken:
        return Replayed(number, same=False, sha256="", altered=(*altered, f"it cannot be worked out: {broken}"))
    differs = () if again == row.evidence else tuple(evidence.differences(said, json.loads(again)))
    same = again == row.evidence and not altered
    return Replayed(number, same, evidence.sha256(again), tuple(altered), differs, json.loads(again))


def _again(row: DecisionRow, said: Mapping[str, Any], inputs: Inputs, texts: Mapping[str, str | None]) -> str:
    """The evidence's text, worked out anew."""
    names = said["artefacts"]
    missing = [what for what, text in texts.items() if text is None]
    if missing:
        raise BadInput(f"{', '.join(missing)} cannot be found", then="restore the book from a backup")
    kept = {what: str(text) for what, text in texts.items()}
    product = desks.replayed(
        row.product, row.version,
        definition_text=kept["definition"], graph_text=kept["graph"], terms_text=kept["terms"],
    )  # fmt: skip
    scores = said["answer"]["scores"]
    models = {
        role: Scorer(scores[role]["model"], names[role], _model(kept[role], names[role]))
        for role in Role
        if role in names
    }
    bench = Bench(product, models, said["answer"]["fault"] if not models else "")
    answer = working.work_out(inputs, bench)
    return evidence.text_of(inputs, answer, names)


def _model(text: str, named: str) -> scorers.Model:
    """A kept model, read once while it is what its name says; an altered one as it is now."""
    return scorers.model_of(text, named) if scorers.sha256(text) == named else scorers.read(text)
