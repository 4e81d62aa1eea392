"""Tables of the room: deliveries, and the rows that they could not accept."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from puhui.channels.deliveries import State


class DeliveryRow(models.Model):
    """One delivery of one file's content from one source. Its id follows from these, so it happens once."""

    id = models.CharField(primary_key=True, max_length=40)
    channel = models.CharField(max_length=40)
    source = models.CharField(max_length=80)
    file_name = models.CharField(max_length=400)
    sha256 = models.CharField(max_length=64)
    headers = models.JSONField()
    unknown_headers = models.JSONField()
    on = models.DateField()
    learned_at = models.DateTimeField()
    history = models.BooleanField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, null=True)
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in State])
    rows_in = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    corrections = models.BigIntegerField(default=0)
    reasons = models.JSONField(default=dict)
    mends = models.ForeignKey("QuarantinedRow", on_delete=models.PROTECT, null=True, related_name="mended_by")
    firms = ArrayField(models.CharField(max_length=40), null=True)  # of which it tells; none where these are many
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    made_at = models.DateTimeField(null=True)
    pulled = models.JSONField(null=True)  # the source and the cursor that this delivery moves it to

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "source", "sha256"], name="delivery_once"),
            models.UniqueConstraint(fields=["request"], name="delivery_request_once"),
            models.CheckConstraint(
                condition=models.Q(rows_in=models.F("accepted") + models.F("quarantined") + models.F("duplicates")),
                name="delivery_loses_no_row",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["channel", "state"]), models.Index(fields=["made_at"])]


class QuarantinedRow(models.Model):
    """A row that broke the contract, as it came, with every reason. It is kept for ever: mending adds a delivery."""

    delivery = models.ForeignKey(DeliveryRow, on_delete=models.CASCADE, related_name="quarantine")
    line = models.BigIntegerField()
    raw = models.TextField()  # JSON as text: its cells stay in the file's order
    reasons = models.JSONField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["delivery", "line"], name="quarantined_line_once")]


class PullRow(models.Model):
    """A source's cursor, and how its last pull ended. The cursor moves in the transaction of the delivery."""

    source = models.CharField(primary_key=True, max_length=60)
    cursor = models.JSONField(null=True)
    outcome = models.CharField(max_length=12, null=True)
    said = models.TextField(default="")
    last_started = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    rows = models.BigIntegerField(default=0)
