"""The room's table: values that stand ready for a day. They are worked out again at will, so they are no history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ReadyRow(models.Model):
    """All variables of one firm as of a day for a purpose, and what they rest on (`ready.Ground` as JSON)."""

    enterprise = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40)
    as_of = models.DateField()
    ground = models.JSONField()
    values = models.JSONField()

    class Meta:
        db_table = "variables_ready"
        constraints: ClassVar = [
            models.UniqueConstraint(name="variables_ready_once", fields=["enterprise", "purpose", "as_of"])
        ]
