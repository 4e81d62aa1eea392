"""Tables of the room. Rows are added, never changed: triggers say no to the rest.

Three exceptions: keys may be destroyed, tokens revoked, and what a user is may change, each on record in the chain.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from puhui import days
from puhui.governance.access import Role


class Scope(StrEnum):
    """What a key of the book seals."""

    SUBJECT = "subject"  # a firm's file, or a person in it
    PERIOD = "period"  # a channel's year
    DELIVERY = "delivery"  # quarantined rows that name no firm
    PSEUDONYMS = "pseudonyms"  # makes pseudonyms; seals nothing


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


class MasterKey(models.Model):
    """A key of the master keyset that the book is, or was, sealed under. The key itself is never here, only its id."""

    key = models.BigIntegerField(primary_key=True)
    since = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(retired_at__isnull=True), name="one_master_key_at_a_time"
            )
        ]


class DataKey(models.Model):
    """A key of the book, wrapped by the master key; without `wrapped` it is destroyed, and what it sealed is erased."""

    scope = models.CharField(max_length=12, choices=[(scope.value, scope.value) for scope in Scope])
    enterprise = models.CharField(max_length=80, default="")
    person = models.CharField(max_length=40, default="")
    channel = models.CharField(max_length=40, default="")
    year = models.IntegerField(default=0)
    reference = models.CharField(max_length=40, default="")
    wrapped = models.BinaryField(null=True)
    master = models.BigIntegerField()
    made_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "enterprise", "person", "channel", "year", "reference"],
                condition=models.Q(wrapped__isnull=False),
                name="one_living_key_a_holder",
            ),
            models.CheckConstraint(
                condition=models.Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | models.Q(wrapped__isnull=False, destroyed_at__isnull=True),
                name="a_key_lives_or_is_destroyed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person"], condition=~models.Q(person=""), name="keys_of_a_person"),
            models.Index(fields=["master"], condition=models.Q(wrapped__isnull=False), name="keys_under_a_master"),
        ]


class ReadFirms(models.Model):
    """A set of firms that was read, kept once however often it is read; `digest` is what the audit chain names."""

    digest = models.CharField(primary_key=True, max_length=64)
    firms = ArrayField(models.TextField())


class ReadFirm(models.Model):
    """Whom a record of the audit chain says was read: a firm, or the set of firms that `among` names."""

    record = models.BigIntegerField()
    enterprise = models.CharField(max_length=80, default="")
    among = models.CharField(max_length=64, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["enterprise"]), models.Index(fields=["among"])]


class Hold(models.Model):
    """What keeps a firm's data from erasure: a loan that lives, a dispute, an order. See `Release` for its end."""

    enterprise = models.CharField(max_length=80)
    reason = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    placed_on = models.DateField()
    made_at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["enterprise"])]


class Release(models.Model):
    """The end of a hold."""

    hold = models.OneToOneField(Hold, on_delete=models.PROTECT)
    released_on = models.DateField()
    made_at = models.DateTimeField()
    request = models.CharField(max_length=80)


class ProposalRow(models.Model):
    """What one person proposes, and another must agree to before it counts."""

    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=120)
    before = models.JSONField()
    after = models.JSONField()
    why = models.CharField(max_length=2_000)
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "governance_proposal"
        indexes: ClassVar = [models.Index(fields=["kind", "subject"], name="proposals_on_a_subject")]


class VerdictRow(models.Model):
    """What the second person said. The database itself refuses one's verdict on a proposal of one's own."""

    proposal = models.OneToOneField(ProposalRow, on_delete=models.PROTECT, related_name="verdict")
    agrees = models.BooleanField()
    why = models.CharField(max_length=2_000)
    proposed_by = models.CharField(max_length=120)
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "governance_verdict"
        constraints: ClassVar = [models.CheckConstraint(name="governance_four_eyes", condition=~Q(by=F("proposed_by")))]


class UserManager(BaseUserManager["User"]):
    """Finds users by the name they sign in with."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Names are kept in small letters."""
        return self.get(name=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in: role, branch (empty: head office), skills. What changes here is on record in the chain."""

    name = models.CharField(max_length=40, unique=True)
    email = models.EmailField(max_length=254, unique=True)
    role = models.CharField(max_length=30, default=Role.BORROWER.value)
    branch = models.CharField(max_length=40, default="", blank=True)
    skills = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=days.now)

    USERNAME_FIELD = "name"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["email"]
    objects = UserManager()

    class Meta:
        db_table = "governance_user"


class Control(models.Model):
    """That a user controls a firm, as an identity service has confirmed. See `ControlEnd` for its end."""

    user = models.ForeignKey(User, on_delete=models.PROTECT)
    enterprise = models.CharField(max_length=80)
    evidence = models.CharField(max_length=200)
    at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "governance_control"
        indexes: ClassVar = [models.Index(fields=["enterprise"], name="who_controls_a_firm")]


class ControlEnd(models.Model):
    """The end of a control."""

    control = models.OneToOneField(Control, on_delete=models.PROTECT, related_name="end")
    why = models.CharField(max_length=400)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        db_table = "governance_control_end"


class Placed(models.Model):
    """Which branch looks after a firm, from a moment on; the last row counts."""

    enterprise = models.CharField(max_length=80)
    branch = models.CharField(max_length=40)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "governance_placed"
        indexes: ClassVar = [models.Index(fields=["enterprise", "-id"], name="branch_of_a_firm")]


class Token(models.Model):
    """A right to use the API in a user's name. Only its digest is kept: who reads the table cannot use it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT)
    label = models.CharField(max_length=80)
    shown = models.CharField(max_length=16)  # its first characters, to tell one from another
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "governance_token"
