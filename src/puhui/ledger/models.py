"""Tables of the room. Only an inserted act writes to them: triggers of the second migration say no to the rest.

A row of `Act` is what was asked and what was answered. While it is inserted, the database books its transfers and
moves the totals of the accounts; nothing else can. The four totals of an account are those of TigerBeetle.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """One account. Of a general account the totals stay zero here: they are summed from its transfers."""

    name = models.CharField(max_length=120, unique=True)
    ledger = models.SmallIntegerField()  # the currency's ISO 4217 number: transfers never leave their ledger
    code = models.SmallIntegerField()
    debits_must_not_exceed_credits = models.BooleanField(default=False)
    credits_must_not_exceed_debits = models.BooleanField(default=False)
    general = models.BooleanField(default=False)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    debits_pending = models.BigIntegerField(default=0)
    debits_posted = models.BigIntegerField(default=0)
    credits_pending = models.BigIntegerField(default=0)
    credits_posted = models.BigIntegerField(default=0)

    class Meta:
        # These hold at every booking; the terms, which never change, are checked once (second migration).
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ledger_debits_within_credits",
                condition=Q(debits_must_not_exceed_credits=False)
                | Q(credits_posted__gte=F("debits_pending") + F("debits_posted")),
            ),
            models.CheckConstraint(
                name="ledger_credits_within_debits",
                condition=Q(credits_must_not_exceed_debits=False)
                | Q(debits_posted__gte=F("credits_pending") + F("credits_posted")),
            ),
            models.CheckConstraint(
                name="ledger_closed_is_empty",
                condition=Q(closed_on__isnull=True)
                | Q(debits_pending=0, credits_pending=0, debits_posted=F("credits_posted")),
            ),
        ]


class Act(models.Model):
    """One request: its lines (see `lines.py`), and for each line 0 or its `Reason` (none at all: every line is booked).

    Its number is given after its accounts are locked, so two acts that touch one limited account are numbered in the
    order in which they were booked.
    """

    number = models.BigIntegerField(primary_key=True)
    request = models.CharField(max_length=80, unique=True)
    happened_on = models.DateField()
    learned_at = models.DateTimeField()
    lines = ArrayField(ArrayField(models.BigIntegerField(null=True)))
    refusals = ArrayField(models.SmallIntegerField(), null=True)
    available = ArrayField(models.BigIntegerField(null=True), null=True)


class Transfer(models.Model):
    """One amount from one account's credit to another's debit; its id is act number * 10,000 + line."""

    id = models.BigIntegerField(primary_key=True)
    debit_account = models.BigIntegerField()
    credit_account = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    released_fen = models.BigIntegerField()  # what it sets free of the pending transfer that it ends
    refers = models.BigIntegerField(null=True)  # the transfer that it posts, voids, lets expire or reverses
    expires_at = models.DateTimeField(null=True)
    learned_at = models.DateTimeField()
    happened_on = models.DateField()
    ledger = models.SmallIntegerField()
    code = models.SmallIntegerField()
    kind = models.SmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ledger_amount_between_two_accounts",
                condition=Q(amount_fen__gt=0) & ~Q(debit_account=F("credit_account")),
            ),
            models.UniqueConstraint(
                name="ledger_referred_to_once", fields=["refers"], condition=Q(refers__isnull=False)
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="ledger_transfer_debit", fields=["debit_account", "id"]),
            models.Index(name="ledger_transfer_credit", fields=["credit_account", "id"]),
            models.Index(name="ledger_transfer_expiring", fields=["expires_at"], condition=Q(expires_at__isnull=False)),
        ]


class Fold(models.Model):
    """One summing-up of general accounts: acts up to `folded_to` are in `FoldedTotal`, later ones are still counted.

    `marked_act` is the last act number given out when the row was written by transaction `marked_xid`: once no older
    transaction runs, every act up to it is final, and a later fold may go that far.
    """

    number = models.BigIntegerField(primary_key=True)
    folded_to = models.BigIntegerField()
    marked_act = models.BigIntegerField()
    marked_xid = models.BigIntegerField()


class FoldedTotal(models.Model):
    """What one fold adds to a general account's totals, by business date."""

    fold = models.BigIntegerField()
    account = models.BigIntegerField()
    happened_on = models.DateField()
    debits_pending = models.DecimalField(max_digits=38, decimal_places=0)
    debits_posted = models.DecimalField(max_digits=38, decimal_places=0)
    credits_pending = models.DecimalField(max_digits=38, decimal_places=0)
    credits_posted = models.DecimalField(max_digits=38, decimal_places=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="ledger_folded_once", fields=["account", "happened_on", "fold"])
        ]
