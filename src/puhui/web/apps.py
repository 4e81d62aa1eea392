"""The room as a Django app: it tells the room of governance what it lets go of when a firm is erased."""

from __future__ import annotations

from django.apps import AppConfig

from puhui.governance import forgetting
from puhui.ids import EnterpriseId


class Web(AppConfig):
    """Loaded by Django."""

    name = "puhui.web"

    def ready(self) -> None:
        """Rooms load with the first erasure, not with Django."""
        forgetting.also(_forgotten)


def _forgotten(firm: EnterpriseId) -> int:
    from puhui.web import drafts  # noqa: PLC0415

    return drafts.forget_firm(firm)
