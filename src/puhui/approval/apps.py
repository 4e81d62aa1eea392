"""The room as a Django app: it tells the room of governance what it holds of a firm."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from puhui.governance import holding
from puhui.ids import EnterpriseId


class Approval(AppConfig):
    """Loaded by Django."""

    name = "puhui.approval"

    def ready(self) -> None:
        """The room loads with the first question, not with Django."""
        holding.also("applications and decisions", _held)


def _held(firm: EnterpriseId) -> list[dict[str, Any]]:
    from puhui.approval import selectors  # noqa: PLC0415

    return selectors.held_of(firm)
