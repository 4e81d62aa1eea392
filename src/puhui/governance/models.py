"""Tables of the room. Rows are added, never changed: triggers of the first migration say no to the rest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class AuditRecord(models.Model):
    """One link of the audit chain."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    act = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    by = models.CharField(max_length=120)
    body = models.TextField()
    before = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject"]), models.Index(fields=["act", "at"])]


class Grant(models.Model):
    """A right to read one firm's rows of one channel for one purpose, and what it rests on."""

    enterprise = models.CharField(max_length=80)
    channel = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40)
    basis = models.CharField(max_length=40)
    evidence = models.CharField(max_length=400)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    made_at = models.DateTimeField()
    request = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "enterprise", "channel", "purpose"], name="grant_once_a_request")
        ]
        indexes: ClassVar = [models.Index(fields=["channel", "purpose", "enterprise"])]


class Withdrawal(models.Model):
    """The end of a grant, from a day on. The grant itself stays as it was."""

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT)
    withdrawn_on = models.DateField()
    made_at = models.DateTimeField()
    request = models.CharField(max_length=80)
