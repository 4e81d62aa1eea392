"""Tables of the room. Rows are added, never changed: triggers of the second migration say no to the rest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class ActRow(models.Model):
    """An act that two people stand behind: about a thing, a guarantor or a guarantee (`subject`), with its content.

    `proposal` is the number under which governance keeps it; acts from before it did have none.
    """

    subject = models.CharField(max_length=80)
    act = models.CharField(max_length=20)
    content = models.JSONField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    confirmed_by = models.CharField(max_length=120)
    proposal = models.BigIntegerField(null=True, unique=True)

    class Meta:
        db_table = "mitigation_act"
        constraints: ClassVar = [
            models.CheckConstraint(name="mitigation_two_people", condition=~Q(confirmed_by=F("by"))),
        ]
        indexes: ClassVar = [
            models.Index(name="mitigation_act_on", fields=["subject", "on", "id"]),
            models.Index(F("content__facility"), name="mitigation_act_facility"),
            models.Index(F("content__guarantor"), name="mitigation_act_guarantor"),
            models.Index(F("content__counter"), name="mitigation_act_counter"),
            models.Index(F("content__identity"), name="mitigation_act_identity"),
            models.Index(F("content__instead_of"), name="mitigation_act_instead_of"),
            models.Index(F("content__owner"), name="mitigation_act_owner"),
            models.Index(F("content__borrower"), name="mitigation_act_borrower"),
            models.Index(F("content__document"), name="mitigation_act_document"),
        ]


class WatchedRow(models.Model):
    """The night on which the watch first saw something coming, or past its day. Never changed."""

    subject = models.CharField(max_length=80)
    watch = models.CharField(max_length=12)
    due = models.DateField()
    late = models.BooleanField()
    short_fen = models.BigIntegerField()
    lines = models.JSONField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        db_table = "mitigation_watched"
        constraints: ClassVar = [
            models.UniqueConstraint(name="mitigation_watched_once", fields=["subject", "watch", "due", "late"])
        ]


class PaperRow(models.Model):
    """A paper that acts rest on, by its SHA-256, sealed under the keys of its firm. Never changed."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    firm = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    sealed = models.BinaryField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        db_table = "mitigation_paper"
        indexes: ClassVar = [models.Index(name="mitigation_paper_of", fields=["firm"])]


class ClaimRow(models.Model):
    """A guarantee that was called, or a thing that is being sold: what is claimed of whom. Never changed."""

    subject = models.CharField(max_length=80)
    facility = models.CharField(max_length=80)
    part = models.CharField(max_length=12)
    debtor = models.CharField(max_length=80)
    amount_fen = models.BigIntegerField()
    account = models.BigIntegerField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80)

    class Meta:
        db_table = "mitigation_claim"
        constraints: ClassVar = [models.UniqueConstraint(name="mitigation_claimed_once", fields=["request", "subject"])]
        indexes: ClassVar = [models.Index(name="mitigation_claim_of", fields=["facility"])]
