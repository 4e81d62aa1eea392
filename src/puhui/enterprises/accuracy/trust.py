"""How far each source, each fact and each firm can be believed, with the parts in words.

A source's reliability is a Beta belief: it begins at a stated prior, and every verdict in which the source took part
adds to it. A disagreement is blamed on both sides in proportion to how unreliable each was thought to be before; two
rounds of this settle (Dawid, Skene 1979 does the same for observers). A firm's trust is

    100 × (agreement × 0.6 + freshness × 0.2 + completeness × 0.2)

where agreement is the share of verdicts that agree, each weighted by the reliability of its weaker side, and drawn
towards the house's mean by three verdicts' worth of prior; freshness falls by half for every month that a channel's
newest row is late; completeness is the share of channels that say anything of the firm.
"""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.channels.catalogue import CHANNELS
from puhui.enterprises.accuracy.rules import FACTS, RULES
from puhui.words import Label

PRIOR: dict[str, tuple[float, float]] = {  # agreements and disagreements that each source begins with
    "vat_invoices": (47.5, 2.5),
    "tax_filings": (48.5, 1.5),
    "bank_transactions": (49.5, 0.5),
    "pos_settlements": (48.5, 1.5),
    "social_security": (47.5, 2.5),
    "utilities": (48.5, 1.5),
    "customs": (49.0, 1.0),
}
PRIOR_VERDICTS = 3.0
WEIGHTS = {"agreement": 0.6, "freshness": 0.2, "completeness": 0.2}
PART_WORDS = {
    "agreement": Label("how far independent sources agree", "独立来源之间的一致程度"),
    "freshness": Label("how fresh the newest rows are", "最新数据的时效"),
    "completeness": Label("how many of the channels say anything", "数据渠道的完整程度"),
}
assert PART_WORDS.keys() == WEIGHTS.keys()


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


def shared_blame(left: float, right: float) -> tuple[float, float]:
    """How a disagreement is shared between two sources of these reliabilities.

    >>> [round(part, 2) for part in shared_blame(0.99, 0.96)]
    [0.2, 0.8]
    """
    wrong = (1 - left) + (1 - right)
    return ((1 - left) / wrong, (1 - right) / wrong) if wrong else (0.5, 0.5)


def learn(con: Backend) -> dict[str, Reliability]:
    """Each source's reliability from all `verdicts`."""
    counted = con.con.execute(
        "select rule, count(*) filter (verdict = 'agree'), count(*) filter (verdict = 'differ') from verdicts"
        " group by rule"
    ).fetchall()
    belief = {channel: Reliability(channel, *prior) for channel, prior in PRIOR.items()}
    for _ in range(2):
        tally = {channel: list(prior) for channel, prior in PRIOR.items()}
        for rule, agreed, differed in counted:
            left, right = FACTS[RULES[rule].left].channel, FACTS[RULES[rule].right].channel
            blame = shared_blame(belief[left].mean, belief[right].mean)
            for side, part in zip((left, right), blame, strict=True):
                tally[side][0] += agreed
                tally[side][1] += differed * part
        belief = {channel: Reliability(channel, *sums) for channel, sums in tally.items()}
    return belief


def write_trust(con: Backend, *, as_of: date) -> dict[str, Reliability]:
    """Make `trust(enterprise, trust, agreement, freshness, completeness, agree, differ)`; returns the reliabilities."""
    belief = learn(con)
    pairs = [(rule, FACTS[of.left].channel, FACTS[of.right].channel) for rule, of in RULES.items()]
    weights = pa.table({
        "rule": [rule for rule, *_ in pairs],
        "weight": [min(belief[left].mean, belief[right].mean) for _, left, right in pairs],
    })  # fmt: skip
    promised = pa.table({
        "channel": list(PRIOR),
        "fresh_days": [CHANNELS[channel].fresh_within_days for channel in PRIOR],
    })  # fmt: skip
    con.con.register("weights_arrow", weights)
    con.con.register("promised_arrow", promised)
    con.con.execute(f"""
        create or replace temp table trust as
        with mean as (
            select coalesce(avg((verdict = 'agree')::int), 0.9) as agreed from verdicts where verdict <> 'cannot_tell'),
        agreement as (
            select enterprise, (sum(weight) filter (verdict = 'agree') + {PRIOR_VERDICTS} * any_value(agreed))
                / (sum(weight) filter (verdict <> 'cannot_tell') + {PRIOR_VERDICTS}) as agreement,
                count(*) filter (verdict = 'agree') as agree, count(*) filter (verdict = 'differ') as differ
            from verdicts join weights_arrow using (rule), mean group by enterprise),
        newest as (
            select enterprise, channel, max(newest) as newest from facts where channel <> 'both_sides' group by all),
        known as (
            select enterprise, avg(0.5 ** (greatest(0, date '{as_of}' - newest - fresh_days - 31) / 31.0)) as freshness,
                count(*) / 5.0 as completeness
            from newest join promised_arrow using (channel) group by enterprise)
        select enterprise, round(100 * (coalesce(agreement, agreed) * {WEIGHTS["agreement"]}
                + freshness * {WEIGHTS["freshness"]} + least(1, completeness) * {WEIGHTS["completeness"]}), 1) as trust,
            coalesce(agreement, agreed) as agreement, freshness, least(1, completeness) as completeness,
            coalesce(agree, 0) as agree, coalesce(differ, 0) as differ
        from known left join agreement using (enterprise), mean
    """)
    for name in ("weights_arrow", "promised_arrow"):
        con.con.unregister(name)
    return belief
