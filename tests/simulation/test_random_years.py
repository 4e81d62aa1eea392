"""Seeded random years beside a shadow that shares no code with lending: to the fen on every day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from years import Years


@pytest.mark.parametrize(("seed", "since"), [(1, date(2019, 11, 3)), (2, date(2023, 11, 20)), (3, date(2025, 8, 31))])
def test_random_years_agree_with_a_shadow_every_day(book: Path, seed: int, since: date) -> None:
    years = Years(seed, since=since, lines=4)
    years.live(100)
