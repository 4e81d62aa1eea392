"""The sums that pages show: kept, they are those that would be worked out at that moment, until they are kept anew."""

from __future__ import annotations

from pathlib import Path

from paper_lines import OPENED, Line, noon

from puhui.exposure.caps import Scope
from puhui.lending import kept
from puhui.lending.acts.acting import Acted
from puhui.money import Money


def test_kept_sums_stand_as_they_were_until_they_are_kept_anew(book: Path) -> None:
    line = Line("500,000")
    for scope in (Scope.FIRM, Scope.PRODUCT):
        assert kept.largest(scope, on=OPENED).made_at is None
    kept.keep_sums(on=OPENED, at=noon(OPENED))
    assert kept.trial_balance().made_at == noon(OPENED)
    assert kept.trial_balance().rows == kept.trial_balance(now=True).rows
    assert isinstance(line.draw("100,000", OPENED), Acted)
    for scope in (Scope.FIRM, Scope.PRODUCT):
        then, now = kept.largest(scope, on=OPENED).rows[0], kept.largest(scope, on=OPENED, now=True).rows[0]
        assert (then.subject, then.drawn, now.drawn) == (now.subject, Money(0), Money(100_000_00))
    kept.keep_sums(on=OPENED, at=noon(OPENED))
    assert kept.trial_balance().rows == kept.trial_balance(now=True).rows
    assert list(kept.largest(Scope.FIRM, on=OPENED).rows) == kept.largest(Scope.FIRM, on=OPENED, now=True).rows
