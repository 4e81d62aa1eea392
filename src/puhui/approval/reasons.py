"""Why, in plain words in both languages: the three reasons that matter most. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from puhui.approval.evidence import Inputs
from puhui.approval.house_rules import APPROVED, Settled
from puhui.channels.catalogue import channel_named
from puhui.products.scorers import Model, Score
from puhui.products.values import RuleHit
from puhui.scoring.additive import Additive
from puhui.words import Label

SHOWN = 3
TOO_LIKELY = "P01"  # the rule that says only that the score is too low: what made it so says more
NOTHING_TO_JUDGE_BY = "E01"  # in every product's graph: no score, or no data of a channel that it needs
NAMES_WHAT_IS_MISSING = 2  # the wording since which it does
UNSAID = Label("The product's rules ask for a person's look", "按产品规则需人工审核")


def three(settled: Settled, score: Score | None, model: Model | None, inputs: Inputs) -> list[Label]:
    """The reasons that matter most, the deciding ones first: for a no the rules and what cost the score most; for a yes
    what holds the limit, the grade, and what speaks most for and against the firm. Where there is nothing to judge by,
    it is said which consent or which data are missing."""
    variables = inputs.variables
    against = [pair for pair in score.points if pair[1] < 0] if score else []
    if settled.outcome == APPROVED:
        found = [_held(settled)]
        found += [hit.words for hit in settled.hits if hit.table == "Grade"]
        best = [pair for pair in (score.points if score else ())[::-1] if pair[1] > 0][:1]
        found += [_of_points(pair, model, variables) for pair in (*best, *against[:1])]
    else:
        found = [words for hit in settled.deciding if hit.rule != TOO_LIKELY for words in _of_hit(hit, inputs)][:SHOWN]
        low = [hit.words for hit in settled.deciding if hit.rule == TOO_LIKELY]
        points = [_of_points(pair, model, variables) for pair in against[:SHOWN]]
        found = [*low, *found, *points] if low else [*found, *points]
    return found[:SHOWN] or [UNSAID]


def _of_hit(hit: RuleHit, inputs: Inputs) -> list[Label]:
    """A rule's own words; of the one that finds nothing to judge by, what exactly is missing, where that is known."""
    if hit.rule != NOTHING_TO_JUDGE_BY or inputs.wording < NAMES_WHAT_IS_MISSING:
        return [hit.words]
    needed = {name: said for name, said in sorted(inputs.channels.items()) if said["needed"]}  # as they read back
    unread = [channel_named(name).label for name, said in needed.items() if said["refused"]]
    silent = [channel_named(name).label for name, said in needed.items() if not said["refused"] and not said["speaks"]]
    missing = []
    if unread:
        missing.append(Label(
            f"No consent to read what is needed: {', '.join(each.en for each in unread)}",
            f"未获授权查询必需数据：{'、'.join(each.zh for each in unread)}",
        ))  # fmt: skip
    if silent:
        missing.append(Label(
            f"Nothing is known of the firm in: {', '.join(each.en for each in silent)}",
            f"以下渠道没有该企业的数据：{'、'.join(each.zh for each in silent)}",
        ))  # fmt: skip
    return missing or [hit.words]


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
