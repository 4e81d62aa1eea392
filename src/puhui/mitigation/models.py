"""Tables of the room. Rows are added, never changed: triggers of the second migration say no to the rest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Proposal(models.Model):
    """One act that somebody proposes: about a thing, a guarantor or a guarantee (`subject`), with its content."""

    subject = models.CharField(max_length=80)
    act = models.CharField(max_length=20)
    content = models.JSONField()
    on = models.DateField()
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)
    governed = models.BigIntegerField(null=True)  # the proposal that governance keeps of it; older ones have none

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "id"]),
            models.Index(F("content__facility"), name="mitigation_by_facility"),
            models.Index(F("content__guarantor"), name="mitigation_by_guarantor"),
            models.Index(F("content__identity"), name="mitigation_by_identity"),
        ]


class Verdict(models.Model):
    """What the second person said of a proposal. Without one it waits; a refused one never counts."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT)
    confirmed = models.BooleanField()
    why = models.CharField(max_length=400)
    proposed_by = models.CharField(max_length=120)
    by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="mitigation_four_eyes", condition=~Q(by=F("proposed_by"))),
        ]


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
