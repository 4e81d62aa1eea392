"""Stage: every supplier's files are delivered month by month, as they would arrive.

Leaves nothing: what was delivered is in the lake.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

from puhui.channels import services
from puhui.channels.catalogue import CHANNELS
from puhui.progress import Step
from puhui.showcase.play import Play, Sheet, Stage, Told
from puhui.words import Label

COUNTS = ("rows_in", "accepted", "quarantined", "duplicates", "corrections")


@dataclass
class Taken:
    """What one channel's files have become."""

    files: int = 0
    rows_in: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    corrections: int = 0
    seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)


def work(play: Play, tell: Step) -> Told:
    """Deliver all files in the order of their arrival."""
    deliveries = play.world.deliveries
    taken = {name: Taken() for name in CHANNELS if name in play.world.channels}
    for number, each in enumerate(deliveries):
        tell(number / len(deliveries), f"{each.channel} {each.file.name}")
        started = perf_counter()
        done = services.deliver(each.channel, each.file, source=each.channel, on=each.arrives, by=play.by)
        one = taken[each.channel]
        one.seconds += perf_counter() - started
        one.files += 1
        for count in COUNTS:
            setattr(one, count, getattr(one, count) + getattr(done, count))
        for code, rows in done.reasons.items():
            one.reasons[code] = one.reasons.get(code, 0) + rows
    return Told(
        (_sheet(taken),), {name: {**vars(one), "seconds": round(one.seconds, 2)} for name, one in taken.items()}
    )


def _sheet(taken: dict[str, Taken]) -> Sheet:
    heads = ("channel", "files", "rows in", "accepted", "quarantined", "duplicates", "corrections", "seconds")
    rows = [
        (name, one.files, one.rows_in, one.accepted, one.quarantined, one.duplicates, one.corrections, one.seconds)
        for name, one in taken.items()
    ]
    return Sheet("what came in: rows in = accepted + quarantined + duplicates", heads, tuple(rows))


STAGE = Stage("deliver", Label("deliver every channel's files", "投递各渠道的文件"), work)
