"""How far each source, each fact and each firm can be believed, with the parts in words.

A source's reliability is a Beta belief: it begins at a stated prior, and every verdict in which the source took part
adds to it. A disagreement is blamed on both sides in proportion to how unreliable each was thought to be before; two
rounds of this settle (Dawid, Skene 1979 does the same for observers). A firm's trust is

    100 × (agreement × w1 + freshness × w2 + completeness × w3)

where agreement is the share of its comparisons of independent sources that agree, each weighted by the reliability of
its weaker side, and drawn towards the house's mean by a few verdicts' worth of prior; freshness falls by half for
every month that a channel's newest row is late; completeness is the share of channels that say anything of the firm.
Where fewer comparisons than a stated least can be made, trust cannot be told. A fact's trust is made in the same way of
the comparisons in which it takes part, drawn towards the reliability of its source; of how late that source is; and of
the share of the compared months in which it speaks. Weights and priors are dated data, in `terms.json`.
"""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.channels.catalogue import CHANNELS
from puhui.dated import Terms
from puhui.days import months_back
from puhui.enterprises.accuracy import terms
from puhui.enterprises.accuracy.rules import FACTS, RULES, SAID_ONCE
from puhui.enterprises.accuracy.signs import numbers
from puhui.words import Label

SOURCES = tuple(dict.fromkeys(fact.channel for fact in FACTS.values()))
PART_WORDS = {
    "agreement": Label("how far independent sources agree", "独立来源之间的一致程度"),
    "freshness": Label("how fresh the newest rows are", "最新数据的时效"),
    "completeness": Label("how many of the channels say anything", "数据渠道的完整程度"),
}


@dataclass(frozen=True, slots=True)
class Reliability:
    """A source's chance to be right, after so many agreements and disagreements (a disagreement is shared out)."""

    channel: str
    agreements: float
    disagreements: float

    @property
    def mean(self) -> float:
        """The mean of the Beta belief.

        >>> Reliability("bank_transactions", 98.0, 2.0).mean
        0.98
        """
        return self.agreements / (self.agreements + self.disagreements)


@dataclass(frozen=True, slots=True)
class Belief:
    """What the house believes of its sources, and how often comparisons agree in the mean."""

    sources: Mapping[str, Reliability]
    agreed: float


@dataclass(frozen=True, slots=True)
class Believed:
    """One fact of a firm over the compared months, and how far it can be believed, from 0 to 100.

    `reliability` is the source's, `agree` and `differ` count the comparisons in which the fact takes part.
    """

    fact: str
    label: Label
    channel: str
    amount: float
    unit: str
    months: int
    newest: date
    reliability: float
    agree: int
    differ: int
    trust: float


def believed(con: Backend, firm: str, belief: Belief, *, as_of: date) -> list[Believed]:
    """Every fact that speaks of a firm, in the order of their declaration. Wants `facts` and `verdicts`."""
    held = terms.load(as_of)
    number = numbers(held)
    since = months_back(as_of, held.whole("window_months"))
    told = con.con.execute(
        "select fact, sum(amount), count(*), max(newest) from facts where enterprise = ? and month >= ? group by fact",
        [firm, since],
    ).fetchall()
    said = con.con.execute("select rule, verdict from verdicts where enterprise = ?", [firm]).fetchall()
    found = []
    for fact, amount, months, newest in sorted(told, key=lambda row: list(FACTS).index(row[0])):
        of = FACTS[fact]
        verdicts = [
            verdict for rule, verdict in said
            if RULES[rule].independent and fact in (RULES[rule].left, RULES[rule].right)
        ]  # fmt: skip
        agree, differ = verdicts.count("agree"), verdicts.count("differ")
        reliability = belief.sources[of.channel].mean
        prior = number["prior_verdicts"]
        agreement = (agree + prior * reliability) / (agree + differ + prior)
        once = of.channel in SAID_ONCE
        late = 0 if once else max(0, (as_of - newest).days - CHANNELS[of.channel].fresh_within_days)
        freshness = 0.5 ** (max(0, late - number["stale_days"]) / number["stale_days"])
        whole = 1.0 if once else min(1.0, months / held.whole("window_months"))
        parts = (agreement, "agreement"), (freshness, "freshness"), (whole, "completeness")
        trust = round(100 * sum(part * number[f"weight_{name}"] for part, name in parts), 1)
        each = amount / (months if of.unit == "heads" else 1)  # of people the mean of the months, not their sum
        told_of = (fact, of.label, of.channel, each, of.unit, months, newest, reliability, agree, differ)
        found.append(Believed(*told_of, trust))
    return found


def stated(held: Terms) -> Belief:
    """The belief before any verdict is in."""
    sources = {
        channel: Reliability(
            channel, float(held.number(f"prior_right_{channel}")), float(held.number(f"prior_wrong_{channel}"))
        )
        for channel in SOURCES
    }
    return Belief(sources, float(held.number("prior_agreement")))


def shared_blame(left: float, right: float) -> tuple[float, float]:
    """How a disagreement is shared between two sources of these reliabilities.

    >>> [round(part, 2) for part in shared_blame(0.99, 0.96)]
    [0.2, 0.8]
    """
    wrong = (1 - left) + (1 - right)
    return ((1 - left) / wrong, (1 - right) / wrong) if wrong else (0.5, 0.5)


def learn(con: Backend, *, as_of: date) -> Belief:
    """Each source's reliability, and the mean agreement, from all `verdicts` on independent sources."""
    counted = con.con.execute(
        "select rule, count(*) filter (verdict = 'agree'), count(*) filter (verdict = 'differ') from verdicts"
        " group by rule"
    ).fetchall()
    told = [(RULES[rule], agreed, differed) for rule, agreed, differed in counted if RULES[rule].independent]
    prior = stated(terms.load(as_of))
    belief = dict(prior.sources)
    for _ in range(2):
        tally = {channel: [of.agreements, of.disagreements] for channel, of in prior.sources.items()}
        for rule, agreed, differed in told:
            left, right = FACTS[rule.left].channel, FACTS[rule.right].channel
            blame = shared_blame(belief[left].mean, belief[right].mean)
            for side, part in zip((left, right), blame, strict=True):
                tally[side][0] += agreed
                tally[side][1] += differed * part
        belief = {channel: Reliability(channel, *sums) for channel, sums in tally.items()}
    agreements, all_told = sum(agreed for _, agreed, _ in told), sum(a + d for _, a, d in told)
    return Belief(belief, agreements / all_told if all_told else prior.agreed)


def write_trust(con: Backend, belief: Belief, *, as_of: date) -> None:
    """Make `trust(enterprise, trust, agreement, freshness, completeness, agree, differ)`; trust is null where it cannot
    be told. Wants `facts` and `verdicts`.
    """
    held = terms.load(as_of)
    number = numbers(held)
    mean = {channel: of.mean for channel, of in belief.sources.items()}
    independent = [rule for rule in RULES.values() if rule.independent]
    weights = pa.table({
        "rule": [rule.name for rule in independent],
        "weight": [min(mean[FACTS[rule.left].channel], mean[FACTS[rule.right].channel]) for rule in independent],
    })  # fmt: skip
    promised = pa.table({
        "channel": [channel for channel in SOURCES if channel not in SAID_ONCE],
        "fresh_days": [CHANNELS[channel].fresh_within_days for channel in SOURCES if channel not in SAID_ONCE],
    })  # fmt: skip
    con.con.register("weights_arrow", weights)
    con.con.register("promised_arrow", promised)
    con.con.execute(f"""
        create or replace temp table trust as
        with agreement as (
            select enterprise,
                (coalesce(sum(weight) filter (verdict = 'agree'), 0) + {number["prior_verdicts"]} * {belief.agreed})
                / (coalesce(sum(weight) filter (verdict <> 'cannot_tell'), 0) + {number["prior_verdicts"]})
                    as agreement,
                count(*) filter (verdict = 'agree') as agree, count(*) filter (verdict = 'differ') as differ
            from verdicts join weights_arrow using (rule) group by enterprise),
        newest as (
            select enterprise, channel, max(newest) as newest from facts where channel <> 'both_sides' group by all),
        known as (
            select enterprise, avg(0.5 ** (greatest(0, date '{as_of}' - newest - fresh_days - {number["stale_days"]})
                    / {number["stale_days"]})) as freshness,
                least(1, count(*) / {number["channels_complete"]}) as completeness
            from newest join promised_arrow using (channel) group by enterprise)
        select enterprise, if(agree + differ >= {number["comparisons_least"]},
                round(100 * (agreement * {number["weight_agreement"]} + freshness * {number["weight_freshness"]}
                    + completeness * {number["weight_completeness"]}), 1), null) as trust,
            agreement, freshness, completeness, coalesce(agree, 0) as agree, coalesce(differ, 0) as differ
        from known left join agreement using (enterprise)
    """)
    for name in ("weights_arrow", "promised_arrow"):
        con.con.unregister(name)
