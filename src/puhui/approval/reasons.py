"""Why, in plain words in both languages: the three reasons that matter most. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from puhui.approval.house_rules import APPROVED, Settled
from puhui.products.scorers import Model, Score
from puhui.scoring.additive import Additive
from puhui.words import Label

SHOWN = 3
TOO_LIKELY = "P01"  # the rule that says only that the score is too low: what made it so says more
UNSAID = Label("The product's rules ask for a person's look", "按产品规则需人工审核")


def three(
    settled: Settled, score: Score | None, model: Model | None, variables: Mapping[str, float | None]
) -> list[dict[str, str]]:
    """The reasons that matter most, the deciding ones first: for a no the rules and what cost the score most; for a yes
    what holds the limit, the grade, and what speaks most for and against the firm."""
    against = [pair for pair in score.points if pair[1] < 0] if score else []
    if settled.outcome == APPROVED:
        found = [_held(settled)]
        found += [hit.words for hit in settled.hits if hit.table == "Grade"]
        best = [pair for pair in (score.points if score else ())[::-1] if pair[1] > 0][:1]
        found += [_of_points(pair, model, variables) for pair in (*best, *against[:1])]
    else:
        found = [hit.words for hit in settled.deciding if hit.rule != TOO_LIKELY][:SHOWN]
        low = [hit.words for hit in settled.deciding if hit.rule == TOO_LIKELY]
        points = [_of_points(pair, model, variables) for pair in against[:SHOWN]]
        found = [*low, *found, *points] if low else [*found, *points]
    chosen = found[:SHOWN] or [UNSAID]
    return [{"en": words.en, "zh": words.zh} for words in chosen]


def _held(settled: Settled) -> Label:
    binding = next(part for part in settled.limit_parts if part.binding)
    limit = settled.limit_fen // 100
    return Label(
        f"Limit {limit:,} yuan, held by: {binding.words.en}", f"额度 {limit:,} 元，由此限定：{binding.words.zh}"
    )


def _of_points(pair: tuple[str, float], model: Model | None, variables: Mapping[str, float | None]) -> Label:
    name, points = pair
    assert isinstance(model, Additive), "only an additive model gives points"
    term = next(one for one in model.terms if one.name == name)
    words = model.term_label(term)
    value = " / ".join(_short(variables.get(column)) for column in term.columns)
    sign = "+" if points > 0 else "−"
    return Label(
        f"{words.en}: {value} ({sign}{abs(points):.0f} points)", f"{words.zh}：{value}（{sign}{abs(points):.0f} 分）"
    )


def _short(number: float | None) -> str:
    if number is None:
        return "–"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
