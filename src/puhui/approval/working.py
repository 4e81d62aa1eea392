"""From inputs to an answer: score, graph, house rules, parts of the limit, reasons. Pure, and so replayed to the byte.

Promises that whatever fails on the way refers. Refuses to read anything that is not in the inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from puhui.approval import counterfactual, house_rules, reasons, speaking
from puhui.approval.evidence import Answer, Inputs
from puhui.products import facts as facts_of
from puhui.products import graph, scorers
from puhui.products.definition import TRUST, Definition
from puhui.products.desks import ReadyProduct
from puhui.products.lifecycle import Role
from puhui.products.scorers import Score, Scorer
from puhui.products.values import Decision
from puhui.refusals import BadInput
from puhui.words import Label

TOLD_OF_TRUST = ("trust", "contradictions", "comparisons", "fraud_signs")
assert len(TOLD_OF_TRUST) == len(TRUST)


@dataclass(frozen=True)
class Bench:
    """What decides: a product's version under its terms, and the models by role. `fault` says what cannot be used."""

    product: ReadyProduct
    models: Mapping[Role, Scorer]
    fault: str = ""


@dataclass(frozen=True)
class Worked:
    """A decision of the graph with what led to it."""

    scores: Mapping[Role, Score]
    facts: Mapping[str, Any]
    decision: Decision


def work_out(inputs: Inputs, bench: Bench) -> Answer:
    """The answer that follows from the inputs.

    Its sentences are said as the inputs' own time said them (`wording`), so that old decisions keep their bytes.
    """
    say = speaking.WORDINGS[inputs.wording]
    worked = _worked(inputs, bench)
    settled = house_rules.settle(inputs, worked.decision, bench.product)
    champion = worked.scores.get(Role.CHAMPION)
    model = bench.models[Role.CHAMPION].model if Role.CHAMPION in bench.models else None
    why = [_plain(say(words)) for words in reasons.three(settled, champion, model, inputs)]
    found = counterfactual.find(settled.outcome, inputs, lambda tried: _tried(tried, bench), bench.product)
    changes = [{**change, "do": [_plain(say(words)) for words in change["do"]]} for change in found]
    body = {
        "scores": {role: _score(bench.models[role], score) for role, score in worked.scores.items()},
        "facts": dict(worked.facts),
        "outcome": settled.outcome,
        "grade": worked.decision.grade,
        "limit_fen": settled.limit_fen,
        "mortgage_fen": settled.mortgage_fen,
        # Answers from before there were guarantees keep their bytes.
        **({"guarantee_fen": settled.guarantee_fen} if settled.guarantee_fen else {}),
        "rate_bp": settled.rate_bp,
        "limit_parts": [
            {"name": part.name, "en": part.words.en, "zh": part.words.zh, "yuan": part.yuan, "binding": part.binding}
            for part in settled.limit_parts
        ],
        "build_up": [
            {"name": part.name, "en": part.words.en, "zh": part.words.zh, "bp": part.basis_points}
            for part in worked.decision.build_up
        ],
        "rules": [
            {"table": hit.table, "rule": hit.rule, "en": hit.words.en, "zh": hit.words.zh} for hit in settled.hits
        ],
        "decided_by": [hit.rule for hit in settled.deciding],
        "path": list(worked.decision.trace.path),
        "reasons": why,
        "would_change": changes,
        "fault": bench.fault or bench.product.fault,
    }
    return Answer(
        outcome=settled.outcome,
        limit_fen=settled.limit_fen,
        mortgage_fen=settled.mortgage_fen,
        guarantee_fen=settled.guarantee_fen,
        rate_bp=settled.rate_bp,
        grade=worked.decision.grade,
        pd=champion.pd if champion else None,
        reasons=tuple(why),
        would_change=tuple(changes),
        rules=tuple(hit.rule for hit in settled.deciding),
        body=body,
    )


def facts_of_inputs(inputs: Inputs, definition: Definition) -> dict[str, Any]:
    """What a graph is asked with, but for the score."""
    trust = {name: inputs.trust[said] for name, said in zip(TRUST, TOLD_OF_TRUST, strict=True)}
    return {
        **facts_of.of({**inputs.variables, **trust}, definition.facts),
        **{name: inputs.told.get(name) for name in definition.told},
        "trade": inputs.trade,
    }


def artefacts_of(bench: Bench, *, terms_sha256: str) -> dict[str, str]:
    """The hashes of all texts that decide."""
    product = bench.product
    named = {
        "definition": scorers.sha256(product.definition_text),
        "graph": scorers.sha256(product.graph_text),
        "terms": terms_sha256,
    }
    return named | {str(role): scorer.sha256 for role, scorer in bench.models.items()}


def _tried(inputs: Inputs, bench: Bench) -> house_rules.Settled:
    """The same without reasons and other models: what would be, were the inputs others."""
    champion: dict[Role, Scorer] = {role: scorer for role, scorer in bench.models.items() if role is Role.CHAMPION}
    worked = _worked(inputs, replace(bench, models=champion))
    return house_rules.settle(inputs, worked.decision, bench.product)


def _worked(inputs: Inputs, bench: Bench) -> Worked:
    floor = float(bench.product.terms.number("pd_floor"))
    scores = {}
    for role, scorer in bench.models.items():
        try:
            scores[role] = scorers.score_one(scorer.model, inputs.variables, pd_floor=floor)
        except (BadInput, ValueError, LookupError, TypeError) as problem:
            if role is Role.CHAMPION:
                return Worked({}, {}, graph.faulty(f"the champion cannot score: {problem}"))
    champion = scores.get(Role.CHAMPION)
    facts = facts_of_inputs(inputs, bench.product.definition) | {
        "pd": champion.pd if champion else None,
        "score": round(champion.score) if champion else None,
    }
    if bench.fault:
        return Worked(scores, facts, graph.faulty(bench.fault))
    return Worked(scores, facts, bench.product.decide(facts))


def _plain(words: Label) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}


def _score(scorer: Scorer, score: Score) -> dict[str, Any]:
    return {
        "model": scorer.number,
        "sha256": scorer.sha256,
        "pd": score.pd,
        "score": score.score,
        "points": [[name, points] for name, points in score.points],
    }
