"""Stage: every variable of every firm, and how far each can be trusted, as of the day on which the showing lends.

Leaves the firms' ids (`list[EnterpriseId]`).
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from puhui.channels import selectors as lake
from puhui.channels.catalogue import CHANNELS
from puhui.enterprises import services as enterprises
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId, digest
from puhui.progress import Step
from puhui.refusals import BadInput
from puhui.showcase.play import Play, Sheet, Stage, Told
from puhui.variables import registry, selectors
from puhui.variables.declarations import Declared
from puhui.words import Label

ACROSS = "several channels"


def work(play: Play, tell: Step) -> Told:
    """Register the set's public basis, then compute channel by channel."""
    world, as_of = play.world, play.world.lends_from
    firms = permit(play)
    worked = []
    for number, channel in enumerate(world.channels):
        if registry.CHANNELS.get(channel, ()):
            tell(number / len(world.channels), channel)
            worked.append(_worked(play, channel, firms, registry.CHANNELS[channel]))
    tell(1.0, ACROSS)
    worked.append(_worked(play, ACROSS, firms, (*registry.DERIVED, *registry.ASSESSED)))
    enterprises.assess(firms, purpose=Purpose.RESEARCH, as_of=as_of, on=as_of, by=play.by)
    return Told((_sheet(play, worked, len(firms)),), {"as_of": as_of, "firms": len(firms), "channels": worked})


def permit(play: Play) -> list[EnterpriseId]:
    """Register the set's public basis, and let every firm consent; the firms, which are left for later stages."""
    world = play.world
    # The book may hold other firms, such as those of the public set: the world's are those that its files speak of.
    firms = sorted({firm for channel in world.channels for firm in lake.firms(channel, source=channel)})
    # A small world may have no row of a channel, such as customs; its variables are missing there, and not forbidden.
    named = digest([(world.folder / "world.json").read_bytes()])[:12]
    governance.register_public_basis(
        firms,
        channels=[name for name, channel in CHANNELS.items() if Purpose.RESEARCH in channel.purposes],
        dataset=f"world-{named}",
        evidence="simulated: nobody lives in it",
        on=world.lends_from,
        by=play.by,
    )
    _consented(play, firms, named)
    play.left["variables"] = firms
    return firms


def _consented(play: Play, firms: list[EnterpriseId], named: str) -> None:
    """Every firm of the world has let the bank decide on it from its channels."""
    decides = Purpose.CREDIT_DECISION
    governance.grant(
        firms,
        channels=[name for name, channel in CHANNELS.items() if decides in channel.purposes],
        purposes=[decides],
        basis=Basis.CONSENT,
        evidence="simulated: signed at the counter",
        valid_from=play.world.lends_from,
        request=RequestId(f"show-consent-{named}"),
        by=play.by,
    )


def _worked(play: Play, channel: str, firms: list[EnterpriseId], its: Sequence[Declared]) -> dict[str, Any]:
    """One channel's variables: how many there are, of how many firms it speaks, and how much of them is known."""
    as_of, started = play.world.lends_from, perf_counter()
    asked = selectors.values(firms, purpose=Purpose.RESEARCH, as_of=as_of, variables=its, on=as_of, by=play.by)
    for refused in asked.refused.values():
        raise BadInput(str(refused), then="let the firms consent, or register the set's public basis")
    found = asked.table
    known = sum(found.num_rows - found[variable.name].null_count for variable in its)
    speaking = sum(any(value is not None for value in row.values()) for row in found.drop(["enterprise"]).to_pylist())
    return {
        "channel": channel,
        "variables": len(its),
        "firms": speaking,
        "known": round(known / max(1, len(its) * found.num_rows), 4),
        "seconds": round(perf_counter() - started, 2),
    }


def _sheet(play: Play, worked: list[dict[str, Any]], firms: int) -> Sheet:
    rows = [(row["channel"], row["variables"], row["firms"], f"{row['known']:.0%}", row["seconds"]) for row in worked]
    return Sheet(
        f"what it says of {firms:,} firms as of {play.world.lends_from}",
        ("channel", "variables", "firms heard of", "values known", "seconds"),
        tuple(rows),
        ("all", sum(row["variables"] for row in worked), None, None, sum(row["seconds"] for row in worked)),
    )


STAGE = Stage("variables", Label("compute every variable of every firm", "计算每家企业的全部变量"), work, ("deliver",))
