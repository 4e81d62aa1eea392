"""A watched folder: who may write there may deliver. DIR/<channel>/FILE goes to done/ or, with its reason, refused/.

A file that changed within the last seconds, or whose name says that it is not complete, is left alone until it rests.
A delivery comes before its file is moved: whatever is interrupted in between is delivered again, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from puhui.channels import services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.deliveries import Delivery
from puhui.refusals import BadInput

DONE, REFUSED = "done", "refused"
INCOMPLETE = {".part", ".tmp", ".crdownload", ".filepart", ".swp"}  # how senders mark a file that they still write


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of one file: its delivery, or why it was refused."""

    channel: str
    file: str
    moved_to: str
    delivery: Delivery | None
    refused: str | None


def take_in(folder: Path, *, source: str, rested_since: datetime, on: date, by: str) -> Iterator[TakenIn]:
    """Deliver every file of a watched folder that was last changed before `rested_since`, oldest first.

    Raises BadInput for a folder that is not there or in which no folder bears a channel's name. What is no fault of the
    file (a full disk, a database that is gone) is raised, and the file stays where it is.
    """
    for channel, path in list(_waiting(folder, rested_since)):
        try:
            done = services.deliver(channel, path, source=source, on=on, by=by)
        except BadInput as wrong:
            moved = _moved(path, REFUSED)
            Path(f"{moved}.txt").write_text(f"{wrong}\n", encoding="utf-8")
            yield TakenIn(channel, path.name, str(moved), None, str(wrong))
        else:
            yield TakenIn(channel, path.name, str(_moved(path, DONE)), done, None)


def _waiting(folder: Path, rested_since: datetime) -> Iterator[tuple[str, Path]]:
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder", then="name the folder in which suppliers leave their files")
    channels = [name for name in CHANNELS if (folder / name).is_dir()]
    if not channels:
        raise BadInput(
            f"{folder} has no folder that bears a channel's name",
            then=f"make one for each channel that is delivered here, such as {folder / next(iter(CHANNELS))}",
        )
    found = []
    for channel in channels:
        for path in (folder / channel).iterdir():
            if path.is_file() and not path.name.startswith((".", "~")) and path.suffix.lower() not in INCOMPLETE:
                changed = path.stat().st_mtime
                if changed <= rested_since.timestamp():
                    found.append((changed, channel, path))
    yield from ((channel, path) for _, channel, path in sorted(found))


def _moved(path: Path, where: str) -> Path:
    """The file in its new folder; one of the same name that is there already stays, and this one gets a number."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    place, number = folder / path.name, 1
    while place.exists():
        number += 1
        place = folder / f"{path.stem}-{number}{path.suffix}"
    return path.rename(place)
