"""The room as a Django app: it tells the room of governance what it holds of a firm, and what rests on it."""

from __future__ import annotations

from collections.abc import Collection
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
        holding.rests("applications and decisions", _resting)


def _held(firm: EnterpriseId) -> list[dict[str, Any]]:
    from puhui.approval import selectors  # noqa: PLC0415

    return selectors.held_of(firm)


def _resting(keys: Collection[EnterpriseId]) -> holding.Resting | None:
    from puhui.approval import selectors  # noqa: PLC0415

    return selectors.last_resting(keys)
