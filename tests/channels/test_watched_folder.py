"""A watched folder: files that rest are delivered and put away, files being written are left alone."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from puhui import days
from puhui.channels import lake, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.pulls import watching
from puhui.channels.pulls.watching import TakenIn
from puhui.refusals import BadInput

pytestmark = pytest.mark.usefixtures("book")


def look(folder: Path, rested_since: datetime | None = None) -> list[TakenIn]:
    since = rested_since or days.now() - timedelta(seconds=10)
    return list(watching.take_in(folder, source="a bank", rested_since=since, on=date(2024, 6, 30), by="a test"))


def left(folder: Path, name: str, text: str, *, seconds_ago: float = 60) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    moment = days.now().timestamp() - seconds_ago
    os.utime(path, (moment, moment))
    return path


def test_what_rests_is_delivered_oldest_first_and_put_away(tmp_path: Path) -> None:
    sample = CHANNELS["utilities"].sample
    left(tmp_path, "utilities/b.csv", sample, seconds_ago=30)
    left(tmp_path, "utilities/a.csv", sample.replace("8736.00", "8735.00"), seconds_ago=20)
    left(tmp_path, "court_records/x.csv", "a,b\n1,2\n")
    taken = look(tmp_path)
    assert [(t.channel, t.file) for t in taken] == [
        ("court_records", "x.csv"),
        ("utilities", "b.csv"),
        ("utilities", "a.csv"),
    ]
    assert taken[0].delivery is None
    assert "no column for" in (tmp_path / "court_records/refused/x.csv.txt").read_text(encoding="utf-8")
    assert taken[1].delivery is not None and taken[1].delivery.accepted == 3
    assert taken[2].delivery is not None and taken[2].delivery.corrections == 1
    assert sorted(p.name for p in (tmp_path / "utilities/done").iterdir()) == ["a.csv", "b.csv"]
    assert look(tmp_path) == []


def test_a_file_that_is_still_written_is_left_alone(tmp_path: Path) -> None:
    path = left(tmp_path, "utilities/a.csv", CHANNELS["utilities"].sample, seconds_ago=1)
    for name in ("b.csv.part", ".c.csv", "~d.csv"):
        left(tmp_path, f"utilities/{name}", CHANNELS["utilities"].sample)
    assert look(tmp_path) == []
    assert len(look(tmp_path, days.now() + timedelta(seconds=1))) == 1
    assert not path.exists()


def test_a_name_that_was_there_before_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    left(tmp_path, "utilities/a.csv", CHANNELS["utilities"].sample)
    look(tmp_path)
    left(tmp_path, "utilities/a.csv", CHANNELS["utilities"].sample)
    (again,) = look(tmp_path)
    assert again.delivery is not None and again.delivery.repeated
    assert sorted(p.name for p in (tmp_path / "utilities/done").iterdir()) == ["a-2.csv", "a.csv"]


def test_what_is_no_fault_of_the_file_leaves_it_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = left(tmp_path, "utilities/a.csv", CHANNELS["utilities"].sample)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(lake, "commit", full)
        with pytest.raises(OSError, match="No space"):
            look(tmp_path)
    assert path.exists()
    # As if killed between the delivery and the move: it is delivered, and the file is still there.
    services.deliver("utilities", path, source="a bank", on=date(2024, 6, 30), by="a test")
    (taken,) = look(tmp_path)
    assert taken.delivery is not None and taken.delivery.repeated
    assert len(selectors.deliveries("utilities")) == 1


def test_a_folder_that_holds_no_channel_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no folder that bears a channel's name"):
        look(tmp_path)
    with pytest.raises(BadInput, match="is not a folder"):
        look(tmp_path / "nowhere")
