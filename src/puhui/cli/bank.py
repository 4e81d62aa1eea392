"""The bank in a box: a simulated world through all channels and into all variables, one table per stage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.table import Table

from puhui import days
from puhui.cli.showing import AsJson, me, open_book, out, print_json
from puhui.ids import digest
from puhui.progress import Step, Teller
from puhui.refusals import BadInput

app = typer.Typer()

ARRIVES_AFTER = timedelta(days=10)  # suppliers send a month's file when the month is over


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


@app.command()
def bank(
    world: Annotated[Path, typer.Argument(help="A folder that `puhui simulate` has written.")], as_json: AsJson = False
) -> None:
    """Deliver a simulated world month by month, then compute every variable of every firm as of its last day."""
    page = _page(world)
    files = sorted(_files(world))
    last = max(arrives for arrives, _, _ in files)
    open_book()
    teller = Teller(quiet=as_json)
    with teller.step(f"deliver {len(files)} files of {len(page['channels'])} channels") as tell:
        taken = _deliver(files, tell)
    with teller.step("compute every variable of every firm") as tell:
        firms, worked = _variables(world, list(taken), last, tell)
    if as_json:
        channels = {name: {**vars(one), "seconds": round(one.seconds, 2)} for name, one in taken.items()}
        print_json({"as_of": last, "firms": firms, "channels": channels, "variables": worked})
        return
    _show_taken(taken)
    _show_variables(worked, firms, last)


def _page(world: Path) -> dict[str, Any]:
    try:
        page: dict[str, Any] = json.loads((world / "world.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadInput(
            f"there is no simulated world in {world}", then=f"make one: puhui simulate --out {world}"
        ) from None
    return page


def _files(world: Path) -> Iterator[tuple[date, str, Path]]:
    """Every file with its channel and the day on which it arrives; its name begins with its month."""
    for file in (world / "channels").glob("*/*"):
        first = days.parse(f"{file.name[:7]}-01")
        yield days.add_months(first, 1) + ARRIVES_AFTER, file.parent.name, file


def _deliver(files: list[tuple[date, str, Path]], tell: Step) -> dict[str, Taken]:
    from puhui.channels import services
    from puhui.channels.catalogue import CHANNELS

    taken = {name: Taken() for name in CHANNELS if any(channel == name for _, channel, _ in files)}
    for number, (arrives, channel, file) in enumerate(files):
        tell(number / len(files), f"{channel} {file.name}")
        started = perf_counter()
        done = services.deliver(channel, file, source=channel, on=arrives, by=me())
        one = taken[channel]
        one.seconds += perf_counter() - started
        one.files += 1
        for count in ("rows_in", "accepted", "quarantined", "duplicates", "corrections"):
            setattr(one, count, getattr(one, count) + getattr(done, count))
        for code, rows in done.reasons.items():
            one.reasons[code] = one.reasons.get(code, 0) + rows
    return taken


def _variables(world: Path, channels: list[str], as_of: date, tell: Step) -> tuple[int, list[dict[str, Any]]]:
    """How many firms there are, and for each channel: its variables, how much of them is known, and the seconds."""
    from puhui.channels import selectors as lake
    from puhui.governance import services as governance
    from puhui.governance.purposes import Purpose
    from puhui.variables import registry, selectors

    firms = sorted({firm for channel in channels for firm in lake.firms(channel)})
    named = digest([(world / "world.json").read_bytes()])[:12]
    governance.register_public_basis(
        firms, channels=channels, dataset=f"world-{named}", evidence="simulated: nobody lives in it", on=as_of, by=me()
    )
    worked = []
    for number, channel in enumerate(channels):
        its = registry.CHANNELS.get(channel, ())
        if not its:
            continue
        tell(number / len(channels), channel)
        started = perf_counter()
        asked = selectors.values(firms, purpose=Purpose.RESEARCH, as_of=as_of, variables=its, on=as_of, by=me())
        for refused in asked.refused.values():
            raise BadInput(str(refused), then="let the firms consent, or register the set's public basis")
        found = asked.table
        known = sum(found.num_rows - found[variable.name].null_count for variable in its)
        speaking = sum(
            any(value is not None for value in row.values()) for row in found.drop(["enterprise"]).to_pylist()
        )
        worked.append(
            {
                "channel": channel,
                "variables": len(its),
                "firms": speaking,
                "known": round(known / max(1, len(its) * found.num_rows), 4),
                "seconds": round(perf_counter() - started, 2),
            }
        )
    return len(firms), worked


def _show_taken(taken: dict[str, Taken]) -> None:
    table = Table("channel", title="what came in: rows in = accepted + quarantined + duplicates")
    for name in ("files", "rows in", "accepted", "quarantined", "duplicates", "corrections", "seconds"):
        table.add_column(name, justify="right")
    for channel, one in taken.items():
        counts = (one.files, one.rows_in, one.accepted, one.quarantined, one.duplicates, one.corrections)
        table.add_row(channel, *(f"{count:,}" for count in counts), f"{one.seconds:.1f}")
    out.print(table)


def _show_variables(worked: list[dict[str, Any]], firms: int, as_of: date) -> None:
    table = Table("channel", title=f"what it says of {firms:,} firms as of {as_of}")
    for name in ("variables", "firms heard of", "values known", "seconds"):
        table.add_column(name, justify="right")
    for row in worked:
        table.add_row(
            row["channel"], str(row["variables"]), f"{row['firms']:,}", f"{row['known']:.0%}", f"{row['seconds']:.1f}"
        )
    table.add_section()
    table.add_row(
        "all", str(sum(row["variables"] for row in worked)), "", "", f"{sum(r['seconds'] for r in worked):.1f}"
    )
    out.print(table)
