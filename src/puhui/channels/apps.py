"""The room as a Django app: it tells the room of governance which purposes each channel allows."""

from __future__ import annotations

from django.apps import AppConfig

from puhui.governance import purposes
from puhui.governance.purposes import Purpose


class Channels(AppConfig):
    """Loaded by Django."""

    name = "puhui.channels"

    def ready(self) -> None:
        """Catalogue and engines load with the first question, not with Django."""
        purposes.tell_allowed(_allowed)


def _allowed(channel: str) -> frozenset[Purpose] | None:
    from puhui.channels.catalogue import CHANNELS  # noqa: PLC0415

    return CHANNELS[channel].purposes if channel in CHANNELS else None
