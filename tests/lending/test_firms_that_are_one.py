"""Two firms that borrow here turn out to be one: from the next close on their debt is looked at together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from paper_lines import OPENED, HonestBank, Line, approval, noon, request

from puhui.approval import lines_here
from puhui.enterprises import services as enterprises
from puhui.enterprises.acts import Acted as Merged
from puhui.enterprises.models import Enterprise
from puhui.governance import services as eyes
from puhui.governance.proposals import Proposal
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.models import FacilityRow, LoanRow, SnapshotRow
from puhui.refusals import Code, Refused

BookLike = Callable[[str, Path], AbstractContextManager[Path]]
Two = tuple[Line, Line]
LATE = date(2026, 8, 10)  # interest of April is 112 days past due
SOUND, BAD = EnterpriseId("E1"), EnterpriseId("E2")
NEXT_DAY = timedelta(days=1)


def tiers() -> dict[str, int]:
    return dict(LoanRow.objects.filter(status="active").values_list("facility__enterprise", "tier"))


def kept(day: date) -> list[int]:
    """The tiers of a day's snapshot, by loan."""
    return list(SnapshotRow.objects.filter(on=day).order_by("loan").values_list("tier", flat=True))


@pytest.fixture(scope="module")
def lived(template_book: str, book_like: BookLike, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Line, Line]:
    """One line that pays, and one of another firm that has paid nothing since April; every test has a copy."""
    with book_like(template_book, tmp_path_factory.mktemp("lived")):
        sound, bad = Line(firm=SOUND, account="an account"), Line(firm=BAD)
        sound.draw("100,000", OPENED)
        bad.draw("50,000", OPENED)
        services.close_days(LATE, at=noon(LATE), rail=sound.bank)
        assert tiers() == {SOUND: 1, BAD: 3}
        return str(connection.settings_dict["NAME"]), sound, bad


@pytest.fixture
def two_lines(lived: tuple[str, Line, Line], book_like: BookLike, tmp_path: Path) -> Iterator[tuple[Line, Line]]:
    """The two lines, on the evening of the last day that is closed."""
    name, sound, bad = lived
    sound.bank = HonestBank()
    with book_like(name, tmp_path):
        yield sound, bad


def agreed(act: str, firm: EnterpriseId, other: str) -> int:
    """A proposal about the identity of borrowers, agreed to by another person."""
    proposed = enterprises.propose(act, firm, other, reason="one licence", by="li", request=request())
    assert isinstance(proposed, Proposal), proposed
    said = {"why": "seen", "by": "wang", "request": request(), "at": noon(LATE)}
    assert not isinstance(eyes.judge(proposed.number, agrees=True, **said), Refused)
    return proposed.number


def merged(on: date) -> int:
    """The bad firm turns out to be the sound one; returns the act."""
    for firm in (SOUND, BAD):
        Enterprise.objects.get_or_create(pk=firm, defaults={"made_at": noon(on)})
    said = {"reason": "one licence", "on": on, "request": request(), "by": "li"}
    act = enterprises.merge(SOUND, BAD, proposal=agreed("merge", SOUND, BAD), **said)
    assert isinstance(act, Merged), act
    return act.act


def test_contagion_passes_between_lines_of_ids_that_were_merged_and_ends_when_the_merge_is_undone(
    two_lines: Two,
) -> None:
    sound, _ = two_lines
    act = merged(LATE + NEXT_DAY)
    assert tiers() == {SOUND: 1, BAD: 3}, "it counts from the next close"
    for days in (1, 2):
        services.close_days(LATE + days * NEXT_DAY, at=noon(LATE), rail=sound.bank)
        assert tiers() == {SOUND: 3, BAD: 3}, "a third of the firm's debt is non-performing"
    undone = LATE + 3 * NEXT_DAY
    said = {"reason": "two after all", "on": undone, "request": request(), "by": "li"}
    back = enterprises.undo(act, proposal=agreed("undo", SOUND, str(act)), **said)
    assert isinstance(back, Merged), back
    services.close_days(undone, at=noon(LATE), rail=sound.bank)
    assert tiers() == {SOUND: 1, BAD: 3}
    assert selectors.disagreements(snapshot_of=undone) == []


def test_a_missed_day_before_the_merge_is_closed_as_the_firms_stood_then(two_lines: Two) -> None:
    sound, _ = two_lines
    merged(LATE + 2 * NEXT_DAY)
    services.close_days(LATE + 3 * NEXT_DAY, at=noon(LATE), rail=sound.bank)
    assert [kept(LATE + n * NEXT_DAY) for n in (1, 2, 3)] == [[1, 3], [3, 3], [3, 3]]


def test_who_acts_on_one_line_of_a_merged_firm_takes_the_other_along(two_lines: Two) -> None:
    """They leave a day behind together, in whichever of them somebody acts first."""
    sound, bad = two_lines
    merged(LATE + NEXT_DAY)
    services.close_days(LATE + NEXT_DAY, at=noon(LATE), rail=sound.bank)
    assert isinstance(bad.repay("10", LATE + 5 * NEXT_DAY), Acted)
    assert tiers() == {SOUND: 3, BAD: 3}
    assert kept(LATE + 4 * NEXT_DAY) == [3, 3]
    services.close_days(LATE + 5 * NEXT_DAY, at=noon(LATE), rail=sound.bank)
    assert selectors.disagreements(snapshot_of=LATE + 5 * NEXT_DAY) == []


def test_a_line_of_an_id_that_was_merged_is_renewed_under_the_one_that_stands(two_lines: Two) -> None:
    merged(LATE)
    day = LATE + NEXT_DAY
    said = {"opens": day, "until": date(2027, 8, 1)}
    other = Line(firm="E3")
    no = services.renew(other.facility, approval(firm=SOUND, **said), on=day, at=noon(day))
    assert isinstance(no, Refused) and no.code is Code.OUTSIDE_APPROVAL
    third = Line(firm=BAD, opens=day, until=date(2027, 4, 1))
    assert FacilityRow.objects.get(id=third.facility).firm == SOUND, "the last close had taken the merge up"
    assert isinstance(services.renew(third.facility, approval(firm=SOUND, **said), on=day, at=noon(day)), Acted)


def test_approval_hears_of_lines_that_go_ill_under_any_id_of_the_firm(two_lines: Two) -> None:
    sound, bad = two_lines
    assert lines_here.ill(SOUND, on=LATE) == ()
    assert lines_here.ill(BAD, on=LATE) == (f"{bad.facility} non_performing",)
    merged(LATE)
    assert lines_here.ill(SOUND, on=LATE) == (f"{bad.facility} non_performing",)
    sound.act("freeze", LATE + NEXT_DAY, why="to see")
    proposal = services.propose_write_off(bad.facility, why="lost", by="li", request=request(), at=noon(LATE))
    assert isinstance(proposal, Proposal)
    eyes.judge(proposal.number, agrees=True, why="so", by="wang", request=RequestId("yes"), at=noon(LATE))
    assert isinstance(bad.act("write_off", LATE + NEXT_DAY, proposal=proposal.number), Acted)
    told = (f"{sound.facility} frozen", f"{bad.facility} written_off")
    assert lines_here.ill(BAD, on=LATE) == told == lines_here.ill(SOUND, on=LATE)
