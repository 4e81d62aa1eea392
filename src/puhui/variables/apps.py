"""The room as a Django app: it tells the room of governance what it lets go of when a firm is erased."""

from __future__ import annotations

from django.apps import AppConfig

from puhui.governance import forgetting
from puhui.ids import EnterpriseId


class Variables(AppConfig):
    """Loaded by Django."""

    name = "puhui.variables"

    def ready(self) -> None:
        """Declarations and engines load with the first erasure, not with Django."""
        forgetting.also(_forgotten)


def _forgotten(firm: EnterpriseId) -> int:
    from puhui.variables import ready  # noqa: PLC0415

    return ready.forget_firm(firm)
