"""What several modules of pages share: the bank that is prepared once and copied."""

from __future__ import annotations

from prepared_bank import bank, world

__all__ = ["bank", "world"]
