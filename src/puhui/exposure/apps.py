"""The room as a Django app: it tells the room of mitigation what is known of guarantors."""

from __future__ import annotations

from django.apps import AppConfig

from puhui.mitigation import known


class Exposure(AppConfig):
    """Loaded by Django."""

    name = "puhui.exposure"

    def ready(self) -> None:
        """Tables load with the first question, not with Django."""
        known.tell(_source)


def _source() -> known.Source:
    from puhui.exposure import guaranteeing  # noqa: PLC0415

    return guaranteeing
