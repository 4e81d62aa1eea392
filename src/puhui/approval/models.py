"""Tables of the room. Rows are added, never changed: triggers of the second migration say no to the rest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class ApplicationRow(models.Model):
    """What a firm asks for. How far it has come is in its steps."""

    number = models.CharField(primary_key=True, max_length=24)
    enterprise = models.CharField(max_length=80)
    product = models.CharField(max_length=40)
    asked_fen = models.BigIntegerField(null=True)
    told = models.JSONField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "approval_application"
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "on"]),
            models.Index(fields=["product", "on"]),
            models.Index(fields=["on", "number"], name="approval_application_by_day"),
        ]


class StepRow(models.Model):
    """A step of an application. Two who take the next step at once find that only one has: `place` is theirs alone."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="steps")
    place = models.IntegerField()
    status = models.CharField(max_length=12)
    facts = models.JSONField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        db_table = "approval_step"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "place"], name="a_step_is_taken_once"),
        ]


class DecisionRow(models.Model):
    """A decision with all its evidence, as one canonical text and its hash."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, null=True, related_name="decisions")
    enterprise = models.CharField(max_length=80)
    product = models.CharField(max_length=40)
    version = models.IntegerField()
    as_of = models.DateField()
    outcome = models.CharField(max_length=10)
    limit_fen = models.BigIntegerField()
    rate_bp = models.IntegerField()
    evidence = models.TextField()
    sha256 = models.CharField(max_length=64)
    took_ms = models.FloatField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "approval_decision"
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "on"]),
            models.Index(fields=["product", "on"]),
            models.Index(fields=["application", "id"]),
        ]


class CaseRow(models.Model):
    """Something that a person must look at: a referred decision, or one that the firm asked a person to look at."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="cases")
    decision = models.OneToOneField(DecisionRow, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10)
    skill = models.CharField(max_length=20)
    amount_fen = models.BigIntegerField()
    why = models.CharField(max_length=2_000)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "approval_case"


class RulingRow(models.Model):
    """What a person decided on a case; above an amount, with the proposal that a second person agreed to."""

    case = models.OneToOneField(CaseRow, on_delete=models.PROTECT, related_name="ruling")
    approves = models.BooleanField()
    limit_fen = models.BigIntegerField()
    rate_bp = models.IntegerField()
    why = models.CharField(max_length=2_000)
    proposal = models.BigIntegerField(null=True)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "approval_ruling"
        constraints: ClassVar = [
            models.CheckConstraint(name="approval_limit_positive", condition=Q(approves=False) | Q(limit_fen__gt=0)),
        ]


class OfferRow(models.Model):
    """What the house offers, until when, and the hashes of its contract in both languages."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="offers")
    decision = models.ForeignKey(DecisionRow, on_delete=models.PROTECT)
    ruling = models.ForeignKey(RulingRow, on_delete=models.PROTECT, null=True)
    limit_fen = models.BigIntegerField()
    mortgage_fen = models.BigIntegerField()
    guarantee_fen = models.BigIntegerField(default=0)
    rate_bp = models.IntegerField()
    ways = models.JSONField()
    term_months = models.IntegerField()
    expires_on = models.DateField()
    contract_en = models.CharField(max_length=64)
    contract_zh = models.CharField(max_length=64)
    on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        db_table = "approval_offer"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="approval_parts_of_limit", condition=Q(mortgage_fen__gte=0) & Q(mortgage_fen__lte=F("limit_fen"))
            ),
            models.CheckConstraint(
                name="approval_guarantee_of_limit",
                condition=Q(guarantee_fen__gte=0) & Q(guarantee_fen__lte=F("limit_fen") - F("mortgage_fen")),
            ),
        ]


class ContractRow(models.Model):
    """A contract as it was offered, byte for byte."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    offer = models.ForeignKey(OfferRow, on_delete=models.PROTECT, related_name="contracts")
    language = models.CharField(max_length=2)
    pdf = models.BinaryField()

    class Meta:
        db_table = "approval_contract"


class AgreementRow(models.Model):
    """That the firm agreed to an offer, to which contract, and the signed approval that opens the line."""

    offer = models.OneToOneField(OfferRow, on_delete=models.PROTECT)
    contract = models.CharField(max_length=64)
    way = models.CharField(max_length=20)
    approval = models.JSONField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "approval_agreement"
