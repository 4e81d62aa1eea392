"""The room as a Django app: it tells the room of governance what it holds of a firm."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from puhui.governance import holding
from puhui.ids import EnterpriseId


class Lending(AppConfig):
    """Loaded by Django."""

    name = "puhui.lending"

    def ready(self) -> None:
        """The room loads with the first question, not with Django."""
        holding.also("lines", _held)


def _held(firm: EnterpriseId) -> list[dict[str, Any]]:
    from puhui.lending import selectors  # noqa: PLC0415

    return selectors.held_of(firm)
