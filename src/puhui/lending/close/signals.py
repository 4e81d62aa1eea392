"""What a closed day has changed, for those who watch from afar: one signal a facility and kind, written once.

A signal compares the day's snapshot with the one of the day before: a firm that falls behind or catches up, a tier or a
stage that moves, a line that is nearly used up, an account that did not hold what was due. Promises that a day that is
fed late, or again, says what it would have said in time. Refuses nothing: what to do about a signal is for monitoring.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from django.db import connection

from puhui import dated
from puhui.ids import EnterpriseId
from puhui.lending.facility import FacilityId
from puhui.lending.models import SignalRow
from puhui.words import Label

TERMS = Path(__file__).parent / "signals.json"


class Kind(StrEnum):
    """What a signal says."""

    FELL_BEHIND = "fell_behind"
    CAUGHT_UP = "caught_up"
    TIER_WORSE = "tier_worse"
    TIER_BETTER = "tier_better"
    STAGE_WORSE = "stage_worse"
    STAGE_BETTER = "stage_better"
    LINE_USED_UP = "line_used_up"
    ACCOUNT_SHORT = "account_short"


WORDS = {
    Kind.FELL_BEHIND: Label("Fell past due", "发生逾期"),
    Kind.CAUGHT_UP: Label("Is on time again", "恢复正常还款"),
    Kind.TIER_WORSE: Label("Its tier became worse", "风险分类下调"),
    Kind.TIER_BETTER: Label("Its tier became better", "风险分类上调"),
    Kind.STAGE_WORSE: Label("Its stage of expected loss became worse", "减值阶段上升"),
    Kind.STAGE_BETTER: Label("Its stage of expected loss became better", "减值阶段下降"),
    Kind.LINE_USED_UP: Label("The line is nearly used up", "额度接近用尽"),
    Kind.ACCOUNT_SHORT: Label("The account did not hold what was due", "扣款账户余额不足"),
}
assert WORDS.keys() == set(Kind)
FEED = """
with stood as (
    select facility, "on", max(days_past_due) as late, max(tier) as tier, max(stage) as stage,
        sum(principal_fen) as principal
    from lending_snapshot where "on" in (%(day)s, %(day)s::date - 1) group by 1, 2
), moved as (
    select f.id as facility, f.enterprise, coalesce(a.late, 0) as late_before, coalesce(b.late, 0) as late,
        coalesce(a.tier, 1) as tier_before, coalesce(b.tier, 1) as tier,
        coalesce(a.stage, 1) as stage_before, coalesce(b.stage, 1) as stage,
        floor(100 * coalesce(a.principal, 0) / f.limit_fen)::int as used_before,
        floor(100 * coalesce(b.principal, 0) / f.limit_fen)::int as used
    from (select * from stood where "on" = %(day)s) b
        full join (select * from stood where "on" < %(day)s) a using (facility)
        join lending_facility f on f.id = coalesce(b.facility, a.facility)
    where (a.late, a.tier, a.stage, a.principal) is distinct from (b.late, b.tier, b.stage, b.principal)
), found as (
    select facility, enterprise, 'fell_behind' as kind, late_before as before, late as now
        from moved where late_before = 0 and late > 0
    union all select facility, enterprise, 'caught_up', late_before, late from moved where late_before > 0 and late = 0
    union all select facility, enterprise, case when tier > tier_before then 'tier_worse' else 'tier_better' end,
        tier_before, tier from moved where tier <> tier_before
    union all select facility, enterprise, case when stage > stage_before then 'stage_worse' else 'stage_better' end,
        stage_before, stage from moved where stage <> stage_before
    union all select facility, enterprise, 'line_used_up', used_before, used
        from moved where used_before < %(nearly)s and used >= %(nearly)s
    union all select c.facility, f.enterprise, 'account_short', c.asked_fen, c.taken_fen
        from lending_collection c join lending_facility f on f.id = c.facility
        where c."on" = %(day)s and c.status in ('taken', 'failed') and c.taken_fen < c.asked_fen
)
insert into lending_signal ("on", facility, enterprise, kind, before, now, written_at)
select %(day)s, facility, enterprise, kind, before, now, %(at)s from found order by facility, kind
on conflict ("on", facility, kind) do nothing
"""


@dataclass(frozen=True, slots=True)
class Signal:
    """One change of a facility on a day: days past due, tier, stage, percent of the limit, or fen, before and now."""

    on: date
    facility: FacilityId
    firm: EnterpriseId
    kind: Kind
    before: int
    now: int

    @property
    def words(self) -> Label:
        """What it says to a person."""
        return WORDS[self.kind]


def feed(day: date, at: datetime) -> int:
    """Write what a closed day has changed; returns how many signals."""
    nearly = dated.load(TERMS, on=day).whole("line_nearly_used")
    with connection.cursor() as cursor:
        cursor.execute(FEED, {"day": day, "nearly": nearly, "at": at})
        return int(cursor.rowcount)


def of_day(day: date) -> list[Signal]:
    """The signals of a day, by facility."""
    rows = SignalRow.objects.filter(on=day).order_by("facility", "kind")
    return [
        Signal(row.on, FacilityId(row.facility), EnterpriseId(row.enterprise), Kind(row.kind), row.before, row.now)
        for row in rows
    ]
