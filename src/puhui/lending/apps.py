"""The room as a Django app: it tells rooms below what it holds of a firm, and which of its lines go ill."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import AppConfig

from puhui.approval import lines_here
from puhui.governance import holding
from puhui.ids import EnterpriseId


class Lending(AppConfig):
    """Loaded by Django."""

    name = "puhui.lending"

    def ready(self) -> None:
        """The room loads with the first question, not with Django."""
        holding.also("lines", _held)
        lines_here.tell(_ill)


def _held(firm: EnterpriseId) -> list[dict[str, Any]]:
    from puhui.lending import selectors  # noqa: PLC0415

    return selectors.held_of(firm)


def _ill(firm: EnterpriseId, on: date) -> list[str]:
    from puhui.lending import selectors  # noqa: PLC0415

    return selectors.ill_of(firm, on=on)
