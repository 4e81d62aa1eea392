"""The room as a Django app: it tells the room of governance what it holds of a firm, and its keys."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from puhui.governance import holding
from puhui.ids import EnterpriseId


class Enterprises(AppConfig):
    """Loaded by Django."""

    name = "puhui.enterprises"

    def ready(self) -> None:
        """The room loads with the first question, not with Django."""
        holding.also("identity and trust", _held)
        holding.known_by(_keys)


def _held(firm: EnterpriseId) -> list[dict[str, Any]]:
    from puhui.enterprises import selectors  # noqa: PLC0415

    return selectors.held_of(firm)


def _keys(firm: EnterpriseId) -> list[EnterpriseId]:
    from puhui.enterprises import selectors  # noqa: PLC0415

    return selectors.keys_meaning(firm)
