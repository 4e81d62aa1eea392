"""The room's acts: count lines, hold and free caps with each draw and repayment, say who shares which cap."""

from __future__ import annotations

from puhui.exposure.deciding import agree_cap, propose_cap, renew_caps
from puhui.exposure.holding import free_repaid, hold_draw, settle_draw
from puhui.exposure.opening import end_line, note_application, note_approved, open_line, renew_line
from puhui.exposure.places import place, regroup
from puhui.exposure.placing import place_by_registry

__all__ = [
    "agree_cap",
    "end_line",
    "free_repaid",
    "hold_draw",
    "note_application",
    "note_approved",
    "open_line",
    "place",
    "place_by_registry",
    "propose_cap",
    "regroup",
    "renew_caps",
    "renew_line",
    "settle_draw",
]
