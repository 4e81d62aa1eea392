"""The room's acts: count lines, hold and free caps with each draw and repayment."""

from __future__ import annotations

from puhui.exposure.holding import free_repaid, hold_draw, settle_draw
from puhui.exposure.opening import end_line, note_approved, open_line

__all__ = ["end_line", "free_repaid", "hold_draw", "note_approved", "open_line", "settle_draw"]
