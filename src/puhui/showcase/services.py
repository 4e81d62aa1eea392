"""The room's verb."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from puhui.progress import Teller
from puhui.showcase.play import Play, Stage, Told, read
from puhui.showcase.stages import STAGES


def show(folder: Path, *, by: str, teller: Teller) -> Iterator[tuple[Stage, Told]]:
    """Play every stage on a simulated world, one after another; each is given out as soon as it is done.

    Raises BadInput when the folder holds no world, or when a stage cannot do its work.
    """
    play = Play(read(folder), by)
    for number, stage in enumerate(STAGES, start=1):
        with teller.step(f"{number}/{len(STAGES)} {stage.label.en}") as tell:
            told = stage.work(play, tell)
        yield stage, told
