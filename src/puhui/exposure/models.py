"""Tables of the room: what stands now (caps, places, lines, holds), and what happened (append-only)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class CapRow(models.Model):
    """One cap that holds: its accounts in the ledger share its amount, `over_account` holds what is beyond it.

    `committed_fen` are the limits of the lines that it counts, approved ones among them.
    """

    scope = models.CharField(max_length=12)
    subject = models.CharField(max_length=80)
    counts = models.CharField(max_length=12)
    amount_fen = models.BigIntegerField()
    committed_fen = models.BigIntegerField(default=0)
    accounts = ArrayField(models.BigIntegerField())
    over_account = models.BigIntegerField()

    class Meta:
        db_table = "exposure_cap"
        constraints: ClassVar = [
            models.UniqueConstraint(name="exposure_one_cap", fields=["scope", "subject", "counts"])
        ]


class CapAmountRow(models.Model):
    """A cap's amount from a moment on, by which rule or decision. Never changed."""

    cap = models.ForeignKey(CapRow, on_delete=models.PROTECT)
    amount_fen = models.BigIntegerField()
    why = models.CharField(max_length=400)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "exposure_cap_amount"
        indexes: ClassVar = [models.Index(name="exposure_amount_of_cap", fields=["cap", "id"])]


class DecidedRow(models.Model):
    """A cap that two people have set for one subject, below or beside the rules; null: it is taken back."""

    scope = models.CharField(max_length=12)
    subject = models.CharField(max_length=80)
    counts = models.CharField(max_length=12)
    amount_fen = models.BigIntegerField(null=True)
    source = models.CharField(max_length=400)
    on = models.DateField()
    at = models.DateTimeField()
    proposal = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "exposure_decided"
        indexes: ClassVar = [models.Index(name="exposure_decided_of", fields=["scope", "subject", "id"])]


class PlaceRow(models.Model):
    """Where a firm stands: whose it is, with whom it falls, what it does, where. Empty: not known, or alone."""

    firm = models.CharField(max_length=80, primary_key=True)
    owner = models.CharField(max_length=80, default="")
    group = models.CharField(max_length=80, default="")
    circle = models.CharField(max_length=80, default="")
    trade = models.CharField(max_length=40, default="")
    region = models.CharField(max_length=40, default="")

    class Meta:
        db_table = "exposure_place"
        indexes: ClassVar = [
            models.Index(name="exposure_place_owner", fields=["owner"], condition=~Q(owner="")),
            models.Index(name="exposure_place_group", fields=["group"], condition=~Q(group="")),
            models.Index(name="exposure_place_circle", fields=["circle"], condition=~Q(circle="")),
        ]


class LineRow(models.Model):
    """One line: its limit and its use by part, and what it holds of which caps (posted and pending together).

    `line` is the number of its approval. `order` and `back` name the parts in the order in which draws fill them and
    repayments free them.
    """

    line = models.CharField(max_length=80, unique=True)
    firm = models.CharField(max_length=80)
    product = models.CharField(max_length=40)
    branch = models.CharField(max_length=40)
    status = models.CharField(max_length=12)
    on = models.DateField()
    limits = ArrayField(models.BigIntegerField(), size=3)
    drawn = ArrayField(models.BigIntegerField(), size=3)
    pending = ArrayField(models.BigIntegerField(), size=3)
    order = ArrayField(models.CharField(max_length=12), size=3)
    back = ArrayField(models.CharField(max_length=12), size=3)
    caps = ArrayField(models.BigIntegerField())
    used = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "exposure_line"
        indexes: ClassVar = [models.Index(name="exposure_line_of_firm", fields=["firm"])]


class HoldRow(models.Model):
    """What a draw holds of the caps, from its reservation until the bank has paid or refused."""

    request = models.CharField(max_length=80, unique=True)
    line = models.ForeignKey(LineRow, on_delete=models.PROTECT)
    parts = ArrayField(models.BigIntegerField(), size=3)
    caps = ArrayField(models.BigIntegerField())
    amounts = ArrayField(models.BigIntegerField())
    transfers = ArrayField(models.BigIntegerField())
    status = models.CharField(max_length=12)

    class Meta:
        db_table = "exposure_hold"
        indexes: ClassVar = [models.Index(name="exposure_hold_pending", fields=["line"], condition=Q(status="pending"))]


class ApplicationRow(models.Model):
    """That a firm has asked for credit, on a day. Never changed."""

    firm = models.CharField(max_length=80)
    on = models.DateField()
    fen = models.BigIntegerField()
    product = models.CharField(max_length=40)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "exposure_application"
        indexes: ClassVar = [models.Index(name="exposure_application_of", fields=["firm", "on"])]


class RegroupingRow(models.Model):
    """One time that places were worked out anew. Never changed."""

    on = models.DateField()
    at = models.DateTimeField()
    why = models.CharField(max_length=400)
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "exposure_regrouping"


class RegroupedRow(models.Model):
    """The end of a regrouping: how many firms moved, and which caps are above their amount since. Never changed."""

    regrouping = models.OneToOneField(RegroupingRow, on_delete=models.PROTECT)
    moved = models.BigIntegerField()
    above = models.JSONField()

    class Meta:
        db_table = "exposure_regrouped"


class MovedRow(models.Model):
    """A firm that moved in a regrouping: owner, group, circle, as far as they were said. Never changed."""

    regrouping = models.ForeignKey(RegroupingRow, on_delete=models.PROTECT)
    firm = models.CharField(max_length=80)
    was = ArrayField(models.CharField(max_length=80))
    now = ArrayField(models.CharField(max_length=80))

    class Meta:
        db_table = "exposure_moved"
        indexes: ClassVar = [models.Index(name="exposure_moved_firm", fields=["firm", "id"])]


class TieRow(models.Model):
    """One relation between firms or people, as last read. What was read before is in the channels.

    `fen` is how much a guarantee covers as other lenders report it; 0 for other ties, and for those of our own book.
    """

    kind = models.CharField(max_length=12)
    one = models.CharField(max_length=80)
    other = models.CharField(max_length=80)
    share_bp = models.IntegerField()
    fen = models.BigIntegerField(default=0)

    class Meta:
        db_table = "exposure_tie"
        indexes: ClassVar = [
            models.Index(name="exposure_tie_one", fields=["one"]),
            models.Index(name="exposure_tie_other", fields=["other"]),
        ]
