"""The room as a Django app: it tells the room of governance what it holds of a firm, and how it lets go."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from puhui.governance import holding
from puhui.ids import EnterpriseId


class Variables(AppConfig):
    """Loaded by Django."""

    name = "puhui.variables"

    def ready(self) -> None:
        """The room loads with the first question, not with Django."""
        holding.also("values that stand ready", _held, _forgotten)


def _held(firm: EnterpriseId) -> list[dict[str, Any]]:
    from puhui.variables import ready  # noqa: PLC0415

    return ready.held_of(firm)


def _forgotten(firm: EnterpriseId) -> int:
    from puhui.variables import ready  # noqa: PLC0415

    return ready.forget_firm(firm)
