"""Tables of the room: what stands now (facilities, loans, dues, collections), and what happened (append-only).

Acts, terms, plans, closes, snapshots and signals are only ever added to. What stands now follows from them: `past`
plays it anew from the acts alone.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class FacilityRow(models.Model):
    """One agreed line. Rates are whole hundred-millionths a year."""

    approval = models.CharField(max_length=80, unique=True)
    enterprise = models.CharField(max_length=80)
    firm = models.CharField(max_length=80)  # the id under which the firm stands since the last close: see `cut_off`
    product = models.CharField(max_length=40)
    limit_fen = models.BigIntegerField()
    rate = models.BigIntegerField()
    overdue_rate = models.BigIntegerField()
    misuse_rate = models.BigIntegerField()
    grace_days = models.SmallIntegerField()
    due_day = models.SmallIntegerField()
    allocation = ArrayField(models.CharField(max_length=20))
    ways = ArrayField(models.CharField(max_length=20), default=list)
    lpr = models.CharField(max_length=10, default="")  # which loan prime rate the contract follows, if any
    spread = models.BigIntegerField(default=0)  # above that rate, in whole hundred-millionths
    reprices = models.CharField(max_length=20, default="never")
    settlement_account = models.BinaryField(null=True)  # sealed; NULL where nothing is collected by itself
    opened_on = models.DateField()
    matures_on = models.DateField()
    status = models.CharField(max_length=20)
    misused = models.BooleanField(default=False)
    line_account = models.BigIntegerField()
    owed_account = models.BigIntegerField()

    class Meta:
        db_table = "lending_facility"
        indexes: ClassVar = [
            models.Index(fields=["enterprise"], name="lending_facility_firm"),
            models.Index(fields=["firm"], name="lending_facility_of_firm"),
            models.Index(fields=["id"], name="lending_facility_merged", condition=~Q(firm=F("enterprise"))),
        ]


class LoanRow(models.Model):
    """One draw. Interest that has not fallen due is kept exact: fen x rate x days, counted up to `accrued_to`.

    `plan` is the version of its plan of principal, 0 where all principal falls due at maturity. `matures_on` is the day
    agreed to; what falls due on a holiday is asked for on the next business day.
    """

    facility = models.ForeignKey(FacilityRow, on_delete=models.PROTECT)
    drawn_fen = models.BigIntegerField()
    principal_fen = models.BigIntegerField()
    drawn_on = models.DateField()
    matures_on = models.DateField()
    way = models.CharField(max_length=20, default="any_time")
    plan = models.SmallIntegerField(default=0)
    purpose = models.BinaryField()  # sealed, as the payee is: see `sealing`
    payee = models.BinaryField()
    request = models.CharField(max_length=80, unique=True)
    reserved = ArrayField(models.BigIntegerField())
    status = models.CharField(max_length=20)
    accrued_to = models.DateField()
    interest = models.DecimalField(max_digits=38, decimal_places=0, default=0)
    penalty = models.DecimalField(max_digits=38, decimal_places=0, default=0)
    compound = models.DecimalField(max_digits=38, decimal_places=0, default=0)
    days_past_due = models.IntegerField(default=0)
    tier = models.SmallIntegerField(default=1)
    stage = models.SmallIntegerField(default=1)
    watch_until = models.DateField(null=True)  # after a restructuring
    cure_until = models.DateField(null=True)  # after having been non-performing

    class Meta:
        db_table = "lending_loan"
        indexes: ClassVar = [
            models.Index(
                name="lending_loan_bad",
                fields=["facility"],
                condition=Q(days_past_due__gt=0) | Q(cure_until__isnull=False),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="lending_loan_within_its_draw",
                condition=Q(principal_fen__gte=0, principal_fen__lte=F("drawn_fen")),
            )
        ]


class DueRow(models.Model):
    """What fell due on a day (1 interest, 2 principal, 3 fees), and how much of it has been paid."""

    loan = models.ForeignKey(LoanRow, on_delete=models.PROTECT)
    due_on = models.DateField()
    kind = models.SmallIntegerField()
    amount_fen = models.BigIntegerField()
    paid_fen = models.BigIntegerField()

    class Meta:
        db_table = "lending_due"
        constraints: ClassVar = [
            models.UniqueConstraint(name="lending_due_once", fields=["loan", "due_on", "kind"]),
            models.CheckConstraint(
                name="lending_due_paid_within", condition=Q(paid_fen__gte=0, paid_fen__lte=F("amount_fen"))
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="lending_due_unpaid", fields=["loan"], condition=Q(paid_fen__lt=F("amount_fen")))
        ]


class TermsRow(models.Model):
    """What a facility's terms became by an act, for the nights after its day. Never changed."""

    facility = models.BigIntegerField()
    request = models.CharField(max_length=100, unique=True)  # of the act
    on = models.DateField()
    rate = models.BigIntegerField()
    overdue_rate = models.BigIntegerField()
    misuse_rate = models.BigIntegerField()
    misused = models.BooleanField()
    matures_on = models.DateField()
    limit_fen = models.BigIntegerField()
    way = models.CharField(max_length=20, default="")  # how running loans are repaid from now on; "": as before

    class Meta:
        db_table = "lending_terms"
        indexes: ClassVar = [models.Index(fields=["facility", "id"], name="lending_terms_of_facility")]


class PlanRow(models.Model):
    """Principal that a plan lets fall due. A plan that changes is a new version. Never changed."""

    loan = models.BigIntegerField()
    version = models.SmallIntegerField()
    starts_on = models.DateField()
    nominal_on = models.DateField()
    due_on = models.DateField()  # the nominal day, moved off holidays as they were known when it was planned
    principal_fen = models.BigIntegerField()
    interest_fen = models.BigIntegerField()

    class Meta:
        db_table = "lending_plan"
        constraints: ClassVar = [
            models.UniqueConstraint(name="lending_plan_once", fields=["loan", "version", "nominal_on"])
        ]


class CollectionRow(models.Model):
    """One order to the payment bank: take what is due from a firm's settlement account."""

    facility = models.BigIntegerField()
    on = models.DateField()
    request = models.CharField(max_length=80, unique=True)
    account = models.BinaryField()  # sealed, as the facility had it when it was ordered
    asked_fen = models.BigIntegerField()
    taken_fen = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "lending_collection"
        constraints: ClassVar = [
            models.UniqueConstraint(name="lending_collection_once", fields=["facility", "on"]),
            models.CheckConstraint(
                name="lending_collection_within",
                condition=Q(asked_fen__gt=0, taken_fen__gte=0, taken_fen__lte=F("asked_fen")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="lending_collection_open", fields=["id"], condition=Q(status__in=["ordered", "sent"]))
        ]


class ActRow(models.Model):
    """One request to the room: what was asked, and what was answered. Never changed."""

    request = models.CharField(max_length=80, unique=True)
    facility = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    on = models.DateField()
    at = models.DateTimeField()
    asked = models.JSONField()
    answered = models.JSONField()

    class Meta:
        db_table = "lending_act"
        indexes: ClassVar = [models.Index(fields=["facility", "id"], name="lending_act_of_facility")]


class CloseStepRow(models.Model):
    """One finished step of one close of day. Never changed."""

    on = models.DateField()
    step = models.CharField(max_length=20)
    at = models.DateTimeField()
    loans = models.BigIntegerField()
    fen = models.BigIntegerField()

    class Meta:
        db_table = "lending_close_step"
        constraints: ClassVar = [models.UniqueConstraint(name="lending_close_step_once", fields=["on", "step"])]


class SnapshotRow(models.Model):
    """One loan at the end of one day, in whole fen. Never changed."""

    on = models.DateField()
    loan = models.BigIntegerField()
    facility = models.BigIntegerField()
    fees_fen = models.BigIntegerField(default=0)
    principal_fen = models.BigIntegerField()
    interest_fen = models.BigIntegerField()
    penalty_fen = models.BigIntegerField()
    compound_fen = models.BigIntegerField()
    days_past_due = models.IntegerField()
    tier = models.SmallIntegerField()
    stage = models.SmallIntegerField()

    class Meta:
        db_table = "lending_snapshot"
        constraints: ClassVar = [models.UniqueConstraint(name="lending_snapshot_once", fields=["on", "loan"])]


class SignalRow(models.Model):
    """What one closed day has changed for one facility. Never changed."""

    on = models.DateField()
    facility = models.BigIntegerField()
    enterprise = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    before = models.BigIntegerField()
    now = models.BigIntegerField()
    written_at = models.DateTimeField()

    class Meta:
        db_table = "lending_signal"
        constraints: ClassVar = [
            models.UniqueConstraint(name="lending_signal_once", fields=["on", "facility", "kind"]),
        ]


class MessageRow(models.Model):
    """One message to a borrower; what changes is only whether the service has taken it, and how often it was asked."""

    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10)
    facility = models.BigIntegerField()
    enterprise = models.CharField(max_length=80)
    on = models.DateField()
    en = models.CharField(max_length=400)
    zh = models.CharField(max_length=400)
    written_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)

    class Meta:
        db_table = "lending_message"
        indexes: ClassVar = [
            models.Index(name="lending_message_waiting", fields=["id"], condition=Q(taken_at__isnull=True)),
            models.Index(name="lending_message_of_a_firm", fields=["enterprise", "-id"]),
        ]


class IncomingRow(models.Model):
    """One credit on the bank's account, and what became of it."""

    key = models.CharField(max_length=32, unique=True)
    line = models.CharField(max_length=80)
    on = models.DateField()
    fen = models.BigIntegerField()
    payer = models.BinaryField()  # sealed, as the reference is: see `sealing`
    reference = models.BinaryField()
    status = models.CharField(max_length=10)
    facility = models.BigIntegerField(null=True)
    why = models.CharField(max_length=400, default="")
    settled_by = models.CharField(max_length=120, default="")
    received_at = models.DateTimeField()

    class Meta:
        db_table = "lending_incoming"
        indexes: ClassVar = [
            models.Index(name="lending_incoming_waiting", fields=["id"], condition=Q(status="waiting"))
        ]


class KeptSumsRow(models.Model):
    """A sum over a whole table as a job last worked it out; each working-out takes the place of the one before."""

    name = models.CharField(max_length=40, unique=True)
    body = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "lending_kept_sums"
