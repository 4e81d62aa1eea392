"""The life of a line that is drawn and repaid at any time: 6.15 % a year, actual/360, interest due on the 20th.

After the bar: available, principal, interest, penalty, compound interest, in yuan, as counted up to that day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from paper_lines import OPENED, YEAR_ON, Line, approval, noon, request

from puhui import postgres
from puhui.governance import services as eyes
from puhui.governance.proposals import Verdict
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.facility import Status
from puhui.lending.models import SnapshotRow
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused


def test_drawn_repaid_and_drawn_again(book: Path) -> None:
    Line().play("""
        2026-04-01 | draw 120000       | 380000 120000   0.00 0 0
        2026-04-20 | repay 389.50      | 380000 120000   0.00 0 0
        2026-04-20 | close             | 380000 120000   0.00 0 0
        2026-05-01 | repay 225.50      | 380000 120000   0.00 0 0
        2026-05-01 | repay 60000       | 440000  60000   0.00 0 0
        2026-05-03 | draw 450000       | refused ABOVE_AVAILABLE
        2026-05-03 | draw 440000       |      0 500000  20.50 0 0
        2026-05-04 | repay 999999      | refused ABOVE_OWED
        2026-05-04 | repay 500105.92   | 500000      0   0.00 0 0
        2026-05-04 | close_facility    |      0      0   0.00 0 0
        2026-05-04 | draw 1            | refused FACILITY_NOT_OPEN
    """)


def test_overdue_interest_bears_compound_interest_and_overdue_principal_a_penalty(book: Path) -> None:
    """After the 20th, 100 yuan of interest costs 9.225 % a year; after maturity, so does the principal."""
    Line(until=date(2026, 6, 1)).play("""
        2026-04-01 | draw 100000       | 400000 100000    0.00   0.00 0.00
        2026-04-20 | close             | 400000 100000  324.58   0.00 0.00
        2026-04-21 | close             | 400000 100000  341.66   0.00 0.08
        2026-05-19 | close             | 400000 100000  820.00   0.00 2.41
        2026-06-01 | close             | 400000 100000 1042.08   0.00 5.07
        2026-06-11 | close             | 400000 100000 1042.08 256.25 7.74
        2026-06-12 | repay 300         | 400000 100000 1031.97   0.00 0.00
    """)


def test_a_rate_change_counts_from_its_day(book: Path) -> None:
    Line().play("""
        2026-04-01 | draw 360000       | 140000 360000   0.00 0 0
        2026-04-11 | rate 0.05         | 140000 360000 615.00 0 0
        2026-04-12 | close             | 140000 360000 665.00 0 0
    """)


def test_a_frozen_line_is_repaid_but_not_drawn(book: Path) -> None:
    Line().play("""
        2026-04-01 | draw 100          | 499900 100 0.00 0 0
        2026-04-02 | freeze            | 499900 100 0.02 0 0
        2026-04-02 | draw 1            | refused FACILITY_NOT_OPEN
        2026-04-02 | freeze            | refused STATUS_FORBIDS
        2026-04-03 | repay 50          | 499949.97 50.03 0.00 0 0
        2026-04-03 | unfreeze          | 499949.97 50.03 0.00 0 0
        2026-04-03 | draw 1            | 499948.97 51.03 0.00 0 0
        2026-04-03 | close_facility    | refused STILL_OWED
    """)


def test_an_extended_line_matures_later(book: Path) -> None:
    line = Line(until=date(2026, 4, 10))
    line.play("""
        2026-04-01 | draw 100000       | 400000 100000 0.00 0 0
        2026-04-09 | extend 2026-04-08 | refused OUTSIDE_APPROVAL
        2026-04-09 | extend 2026-04-15 | 400000 100000 136.67 0 0
        2026-04-12 | draw 10           | 399990 100010 187.92 0 0
        2026-04-15 | draw 10           | refused FACILITY_MATURED
        2026-04-15 | extend 2026-05-15 | refused FACILITY_MATURED
        2026-04-16 | close             | 399990 100010 239.18 25.63 0.06
    """)


def test_misuse_makes_all_principal_bear_the_heavier_rate_and_not_the_sum(book: Path) -> None:
    line = Line(until=date(2026, 4, 11))
    line.play("""
        2026-04-01 | draw 360000       | 140000 360000   0.00    0.00 0.00
        2026-04-01 | mark_misused      | 140000 360000   0.00    0.00 0.00
        2026-04-11 | close             | 140000 360000   0.00 1230.00 0.00
        2026-04-21 | close             | 140000 360000   0.00 2460.00 0.00
    """)


def test_a_loss_leaves_the_books_with_two_names_and_what_comes_back_is_income(book: Path) -> None:
    line = Line(until=date(2026, 6, 1))
    line.draw("100000", OPENED)
    day = date(2026, 7, 1)
    said = {"why": "nothing is left of the firm", "by": "an officer", "request": request(), "at": noon(day)}
    proposed = services.propose_write_off(line.facility, **said)
    alone = line.act("write_off", day, proposal=proposed.number)
    assert isinstance(alone, Refused) and alone.code is Code.NOT_AGREED
    judged = {"agrees": True, "why": "seen the file", "request": request(), "at": noon(day)}
    own = eyes.judge(proposed.number, by="an officer", **judged)
    assert isinstance(own, Refused) and own.code is Code.OWN_PROPOSAL
    assert isinstance(eyes.judge(proposed.number, by="a director", **judged | {"request": request()}), Verdict)
    lost = line.act("write_off", day, proposal=proposed.number)
    assert isinstance(lost, Acted) and lost.facts["principal"] == 100_000_00 and lost.facts["penalty"] > 0
    assert selectors.standing(line.facility).status is Status.WRITTEN_OFF
    assert selectors.disagreements() == []
    back = line.act("recover", day + timedelta(days=1), Money(40_000_00))
    assert isinstance(back, Acted)
    more = line.act("recover", day + timedelta(days=1), Money(lost.facts["fen"] - 40_000_00 + 1))
    assert isinstance(more, Refused) and more.code is Code.ABOVE_OWED
    assert isinstance(line.repay("1", day + timedelta(days=1)), Refused)
    with pytest.raises(BadInput, match="another matter"):
        Line().act("write_off", day, proposal=proposed.number)


def test_an_approval_that_was_altered_opens_nothing(book: Path) -> None:
    forged = replace(approval(), limit_fen=10**9)
    refused = services.open_facility(forged, on=OPENED, at=noon(OPENED))
    assert isinstance(refused, Refused) and refused.code is Code.APPROVAL_NOT_SIGNED
    late = services.open_facility(approval(), on=YEAR_ON, at=noon(YEAR_ON))
    assert isinstance(late, Refused) and late.code is Code.OUTSIDE_APPROVAL


def test_the_same_approval_opens_one_line(book: Path) -> None:
    signed = approval()
    first, again = (services.open_facility(signed, on=OPENED, at=noon(OPENED)) for _ in range(2))
    assert first == again
    assert selectors.standing(first.facility).available_fen == 500_000_00


def test_asking_twice_acts_once(book: Path) -> None:
    line = Line()
    first = line.draw("1000", OPENED, again="r1")
    assert line.draw("1000", OPENED, again="r1") == first
    other = line.draw("1001", OPENED, again="r1")
    assert isinstance(other, Refused) and other.code is Code.REQUEST_HAS_OTHER_CONTENT
    paid = line.repay("10", date(2026, 4, 5), again="r2")
    assert line.repay("10", date(2026, 4, 5), again="r2") == paid
    assert line.owed(date(2026, 4, 5)) == {"principal": "990.68"}


def test_a_quote_changes_nothing_and_is_what_repaying_costs(book: Path) -> None:
    line = Line()
    line.draw("100000", OPENED)
    day = date(2026, 9, 3)
    before = line.owed(date(2026, 4, 2))
    asked = services.quote(line.facility, on=day, at=noon(day))
    assert line.owed(date(2026, 4, 2)) == before == {"interest": "17.08", "principal": "100,000.00"}
    assert isinstance(line.repay(f"{asked.total / 100:.2f}", day), Acted)
    assert line.owed(day) == {}


@pytest.mark.parametrize(
    ("when", "code"), [(date(2026, 4, 9), "DAY_IS_CLOSED"), (date(2026, 4, 11), "DAY_BEFORE_LAST_ACT")]
)
def test_an_act_belongs_to_an_open_day(book: Path, when: date, code: str) -> None:
    line = Line()
    line.draw("100", OPENED)
    services.close_days(date(2026, 4, 10), at=noon(OPENED))
    line.repay("1", date(2026, 4, 12))
    refused = line.repay("1", when)
    assert isinstance(refused, Refused) and refused.code == code


def test_missed_days_are_closed_to_the_fen_as_if_each_had_been_closed_in_time(template_book: str) -> None:
    """Across a due date and a maturity, in two books of their own."""
    end, seen = date(2026, 5, 3), []
    before = postgres.url()
    for days in ([OPENED + timedelta(days=n) for n in range(33)], [date(2026, 4, 12), end]):
        postgres.use(postgres.create(f"missed_{request()[:8]}", template=template_book))
        line = Line(until=date(2026, 4, 25))
        line.draw("123456.78", OPENED)
        closed = [closed for day in days for closed in services.close_days(day, at=noon(day))]
        assert [each.on for each in closed] == [OPENED + timedelta(days=n) for n in range(33)]
        assert services.close_days(end, at=noon(end)) == []
        assert selectors.disagreements(snapshot_of=end) == []
        seen.append(list(SnapshotRow.objects.order_by("on").values()))
    postgres.use(before)
    assert seen[0] == [each | {"id": first["id"]} for each, first in zip(seen[1], seen[0], strict=True)]
    assert (seen[0][-1]["days_past_due"], seen[0][-1]["tier"]) == (13, 2)


@pytest.mark.parametrize(("sound_yuan", "tier"), [("8,999.99", 3), ("9,000", 1)], ids=["over a tenth", "a tenth"])
def test_a_firm_that_is_sick_in_one_loan_is_sick_in_all(book: Path, sound_yuan: str, tier: int) -> None:
    """On 20 July a thousand yuan are 91 days past due. The firm acts on the 21st before the 20th is closed."""
    sick, sound, other = (Line(firm="E1", until=date(2026, 4, 20)), Line(firm="E1"), Line(firm="E2"))
    sick.draw("1000", OPENED)
    for line in (sound, other):
        line.draw(sound_yuan, date(2026, 7, 10))
    services.close_days(date(2026, 7, 19), at=noon(OPENED))
    lines = (sick, sound, other)
    assert [selectors.standing(line.facility).tier for line in lines] == [2, 1, 1]
    assert isinstance(sound.repay("1", date(2026, 7, 21)), Acted)
    late = sick.repay("1", date(2026, 7, 20))
    assert isinstance(late, Refused) and late.code is Code.DAY_BEFORE_LAST_ACT, "a firm leaves a day behind as a whole"
    services.close_days(date(2026, 7, 20), at=noon(OPENED))
    kept = dict(SnapshotRow.objects.filter(on=date(2026, 7, 20)).values_list("facility", "tier"))
    assert [kept[line.facility] for line in lines] == [3, tier, 1]
    assert selectors.disagreements() == []


def test_unknown_things_are_refused(book: Path) -> None:
    line = Line()
    line.facility = type(line.facility)(99)
    assert isinstance(line.repay("1", OPENED), Refused)
    with pytest.raises(BadInput, match="no facility"):
        line.owed(OPENED)
    with pytest.raises(BadInput, match="long"):
        line.repay("1", OPENED, again="r" * 61)
    with pytest.raises(BadInput, match="seven decimals"):
        services.open_facility(approval(rate="0.061512345678"), on=OPENED, at=noon(OPENED))
