"""Seeded random years beside a shadow that shares no code with lending: to the fen on every day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from years import Years


# Around Chinese New Year, a leap day, and the long holiday of October; `puhui bench simulation` lives years on end.
@pytest.mark.parametrize(("seed", "since"), [(1, date(2020, 1, 8)), (2, date(2024, 1, 31)), (5, date(2025, 8, 31))])
def test_random_months_of_several_lines_agree_with_a_shadow_every_day(book: Path, seed: int, since: date) -> None:
    Years(seed, since=since, lines=4).live(60)
