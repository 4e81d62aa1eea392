"""Tables of the room: what was asked under which key, and what is told to whom by webhook."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from puhui import days


class Asked(models.Model):
    """A write that came with an idempotency key: its content, its business date, and its first answer."""

    request = models.CharField(max_length=40, primary_key=True)
    content = models.CharField(max_length=64)
    on = models.DateField()
    at = models.DateTimeField()
    answer = models.JSONField(null=True)

    class Meta:
        db_table = "web_asked"


class Hook(models.Model):
    """Where somebody wants to be told of what happens. The secret signs each message; it lies sealed.

    After a rotation the old secret signs beside the new one until a moment, so that the receiver misses nothing.
    """

    owner = models.CharField(max_length=40)
    url = models.URLField(max_length=400)
    kinds = ArrayField(models.CharField(max_length=40))
    secret = models.BinaryField()
    old_secret = models.BinaryField(null=True)
    old_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    after_act = models.BigIntegerField(default=0)  # acts on lines up to this one were before its time
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "web_hook"


class Message(models.Model):
    """One thing told to one hook: waiting, delivered, or dead after the last try."""

    hook = models.ForeignKey(Hook, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)  # the same for every try: receivers know a repetition by it
    kind = models.CharField(max_length=40)
    body = models.JSONField()
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(default=days.now)
    state = models.CharField(max_length=12)
    tries = models.IntegerField(default=0)
    said = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "web_message"
        constraints: ClassVar = [models.UniqueConstraint(fields=["hook", "name"], name="a_hook_is_told_once")]
        indexes: ClassVar = [
            models.Index(fields=["hook", "state"], name="messages_of_a_hook"),
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="messages_that_wait"),
        ]


class Told(models.Model):
    """How far into a record messages have been made: 1 the audit chain, 2 the acts on lines."""

    id = models.SmallIntegerField(primary_key=True)
    number = models.BigIntegerField()

    class Meta:
        db_table = "web_told"


class Draft(models.Model):
    """What somebody has begun to write in a form, sealed; the newest only, gone when the form is done."""

    user = models.CharField(max_length=40)
    form = models.CharField(max_length=80)
    fields = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "web_draft"
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "form"], name="one_draft_of_a_form")]
