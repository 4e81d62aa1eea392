"""What `puhui channels` says: freshness against the promise, quarantine, changes of form; and what a channel is for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from puhui.channels import selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.health import ChannelHealth, SchemaChange, health
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Code, Refused

HEADER = "户号,抄表日期,类别,用量,费用,统一社会信用代码"
pytestmark = pytest.mark.usefixtures("book")


def deliver(tmp_path: Path, text: str, on: str, source: str = "the grid") -> None:
    path = tmp_path / f"{source} {on}.csv"
    path.write_text(text, encoding="utf-8")
    services.deliver("utilities", path, source=source, on=date.fromisoformat(on), by="a test")


def of(channel: str, on: str) -> ChannelHealth:
    return next(one for one in health(date.fromisoformat(on)) if one.name == channel)


def test_a_channel_is_fresh_until_its_promise_is_broken(tmp_path: Path) -> None:
    assert of("utilities", "2024-06-30").freshness == "empty"
    deliver(tmp_path, f"{HEADER}\nM1,2024-05-27,电,10,5,E1\nM2,2024-05-20,电,-1,5,E1\n", "2024-06-01")
    deliver(tmp_path, f"{HEADER}\nM1,2024-05-27,电,11,5,E1\nM3,2024-05-02,水,1,5,E1\n", "2024-06-02")
    found = of("utilities", "2024-07-01")
    assert (found.freshness, found.age_days, found.newest) == ("fresh", 35, date(2024, 5, 27))
    assert (found.deliveries, found.rows, found.corrections, found.quarantined) == (2, 2, 1, 1)
    assert found.quarantine_rate == 0.25
    assert (found.last_on, found.last_source) == (date(2024, 6, 2), "the grid")
    assert of("utilities", "2024-07-02").freshness == "stale"
    assert of("utilities", "2024-06-01").deliveries == 1, "as of a day, without what came later"
    assert [one.name for one in health(date(2024, 6, 30))] == list(CHANNELS)


def test_a_new_and_a_vanished_column_are_told_once_and_per_source(tmp_path: Path) -> None:
    deliver(tmp_path, f"{HEADER},缴费日期\nM1,2024-05-01,电,10,5,E1,2024-05-09\n", "2024-05-10")
    deliver(tmp_path, f"{HEADER}\nM1,2024-05-01,电,10,5,E1\n", "2024-05-10", source="another")
    deliver(tmp_path, f"{HEADER},备注\nM2,2024-05-01,电,10,5,E1,ok\n", "2024-05-11")
    deliver(tmp_path, f"{HEADER},备注\nM3,2024-05-01,电,10,5,E1,ok\n", "2024-05-12")
    found = of("utilities", "2024-06-30")
    told = SchemaChange(date(2024, 5, 11), "the grid", "the grid 2024-05-11.csv", ("备注",), ("缴费日期",))
    assert found.changes == (told,)
    assert found.unknown_headers == ("备注",)


def grant(channel: str, purpose: Purpose) -> int:
    return governance.grant(
        [EnterpriseId("E1")],
        channels=[channel],
        purposes=[purpose],
        basis=Basis.CONSENT,
        evidence="a form",
        valid_from=date(2024, 1, 1),
        request=RequestId(f"{channel} {purpose}"),
        by="a test",
    )


@pytest.mark.parametrize("name", CHANNELS)
def test_no_consent_widens_what_a_channel_is_for(name: str) -> None:
    for purpose in Purpose:
        read = selectors.rows(
            name, [EnterpriseId("E1")], purpose=purpose, as_of=date(2024, 6, 30), on=date(2024, 6, 30)
        )
        assert isinstance(read, Refused)
        if purpose in CHANNELS[name].purposes:
            assert read.code is Code.NO_CONSENT
            assert grant(name, purpose) == 1
        else:
            assert read.code is Code.PURPOSE_NOT_ALLOWED
            with pytest.raises(BadInput, match=f"{name} may never be read for {purpose}"):
                grant(name, purpose)


def test_the_owners_own_record_is_not_for_checks_of_quality() -> None:
    assert Purpose.QUALITY not in CHANNELS["owner_bureau"].purposes


def test_nobody_consents_to_a_channel_that_is_not_there() -> None:
    with pytest.raises(BadInput, match="there is no channel 'weather' to consent to"):
        grant("weather", Purpose.RESEARCH)
