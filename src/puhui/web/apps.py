"""The room as a Django app: it tells the room of governance what it holds of a firm, and how it lets go."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from puhui.governance import holding
from puhui.ids import EnterpriseId


class Web(AppConfig):
    """Loaded by Django."""

    name = "puhui.web"

    def ready(self) -> None:
        """The room loads with the first question, not with Django."""
        holding.also("what was begun to be written", _held, _forgotten)


def _held(firm: EnterpriseId) -> list[dict[str, Any]]:
    from puhui.web import drafts  # noqa: PLC0415

    return drafts.held_of(firm)


def _forgotten(firm: EnterpriseId) -> int:
    from puhui.web import drafts  # noqa: PLC0415

    return drafts.forget_firm(firm)
