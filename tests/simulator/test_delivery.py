"""Every file of a world goes through its channel's contract; only the dirt that was put in is quarantined."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from small_world import read, truth

from puhui.channels import services
from puhui.days import add_months
from puhui.simulator.forms import FORM
from puhui.simulator.services import simulate

FIRST, LAST = "2022-04", "2022-05"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("delivered") / "world"
    simulate(out, seed=5, firms=150, months=13, processes=1)
    return out


def _last_day(label: str) -> date:
    return add_months(date.fromisoformat(f"{label}-01"), 1) - timedelta(days=1)


@pytest.mark.parametrize("channel", sorted(FORM))
def test_two_months_of_a_channel_are_taken_in(channel: str, world: Path, book: Path) -> None:
    for label in (FIRST, LAST):
        file = world / "channels" / channel / f"{label}.{FORM[channel].kind.value}"
        done = services.deliver(channel, file, source="simulated", on=_last_day(label), by="test")
        told = Counter(row["kind"] for row in truth(world, "dirt") if row["file"] == f"channels/{channel}/{file.name}")
        assert done.rows_in == len(read(file, channel)) == done.accepted + done.quarantined + done.duplicates
        assert set(done.reasons) <= {"ENTERPRISE_MISSING"}, done.reasons
        assert done.quarantined >= told["missing_code"]
        assert done.quarantined + done.duplicates <= told["missing_code"] + told["duplicated_row"] + 2
