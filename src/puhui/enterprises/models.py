"""Tables of the room. Rows are added, never changed or removed: what is undone is undone by a row that says so."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class LinkingRun(models.Model):
    """One linking of records: its features are a file of the lake, which counts from the moment this row is there."""

    id = models.CharField(primary_key=True, max_length=40)
    file = models.CharField(max_length=200)
    first_number = models.BigIntegerField(unique=True)
    records = models.BigIntegerField()
    counts = models.JSONField()
    model = models.JSONField(null=True)  # what likeness was judged by, where this run taught it
    on = models.DateField()
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)


class Enterprise(models.Model):
    """One legal firm. Its id never changes; after a merge it still leads to the firm that it is part of."""

    id = models.CharField(primary_key=True, max_length=80)
    made_at = models.DateTimeField()
    run = models.ForeignKey(LinkingRun, on_delete=models.PROTECT, null=True)
    act = models.ForeignKey("Act", on_delete=models.PROTECT, null=True, related_name="+")


class Identifier(models.Model):
    """A code that belongs to one firm: the credit code (`uscc`), or a source's own code (the scheme is the source)."""

    enterprise = models.CharField(max_length=80)
    scheme = models.CharField(max_length=80)
    value = models.CharField(max_length=120)
    run = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["scheme", "value"], name="a_code_names_one_firm")]
        indexes: ClassVar = [models.Index(fields=["enterprise"], name="identifier_of_firm")]


class RecordLink(models.Model):
    """Whose a record is, and why. A record that comes again with other content gets a further row."""

    number = models.BigIntegerField(primary_key=True)
    source = models.CharField(max_length=80)
    record = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=40)
    enterprise = models.CharField(max_length=80)
    how = models.CharField(max_length=16)
    probability = models.FloatField()
    code_state = models.CharField(max_length=24)
    run = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "record", "fingerprint"], name="a_record_is_linked_once")
        ]
        indexes: ClassVar = [models.Index(fields=["enterprise"], name="record_of_firm")]


class Act(models.Model):
    """A person's merge or split, or the undoing of one."""

    kind = models.CharField(max_length=8)  # merge, split, undo
    enterprise = models.CharField(max_length=80)  # the firm that stays
    other = models.CharField(max_length=80)  # the one that becomes part of it, or is split off
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    reason = models.CharField(max_length=400)
    by = models.CharField(max_length=120)
    on = models.DateField()
    made_at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["enterprise"]), models.Index(fields=["other"])]


class Move(models.Model):
    """A record or a code that a split took to another firm."""

    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="moves")
    record = models.ForeignKey(RecordLink, on_delete=models.PROTECT, null=True)
    identifier = models.ForeignKey(Identifier, on_delete=models.PROTECT, null=True)


class ReviewCase(models.Model):
    """Something doubtful that waits for a person, with the evidence."""

    kind = models.CharField(max_length=24)
    enterprise = models.CharField(max_length=80)
    other = models.CharField(max_length=80, null=True)
    record = models.BigIntegerField(null=True)
    probability = models.FloatField(null=True)
    evidence = models.JSONField()
    run = models.CharField(max_length=40)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["enterprise"]), models.Index(fields=["kind"])]


class Ruling(models.Model):
    """What a person decided on a case."""

    case = models.OneToOneField(ReviewCase, on_delete=models.PROTECT)
    same = models.BooleanField()
    act = models.ForeignKey(Act, on_delete=models.PROTECT, null=True)
    reason = models.CharField(max_length=400)
    by = models.CharField(max_length=120)
    made_at = models.DateTimeField()


class Stake(models.Model):
    """A room above says that something lives on a firm's identity, such as a loan that is not repaid."""

    enterprise = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "reference"], name="a_stake_is_placed_once")]
        indexes: ClassVar = [models.Index(fields=["enterprise"])]


class StakeReleased(models.Model):
    """The end of a stake."""

    stake = models.OneToOneField(Stake, on_delete=models.PROTECT)
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)


class DrawHold(models.Model):
    """A firm draws nothing while this stands. Never changed."""

    enterprise = models.CharField(max_length=80)
    reference = models.CharField(max_length=120)
    why = models.CharField(max_length=400)
    placed_on = models.DateField()
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        indexes: ClassVar = [models.Index(name="enterprises_draw_hold_of", fields=["enterprise"])]


class DrawHoldLifted(models.Model):
    """The end of a hold on draws. Never changed."""

    hold = models.OneToOneField(DrawHold, on_delete=models.PROTECT)
    why = models.CharField(max_length=400)
    lifted_on = models.DateField()
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)


class Recompute(models.Model):
    """What was computed of a firm rests on records that are no longer its own: it is to be computed anew."""

    enterprise = models.CharField(max_length=80)
    act = models.ForeignKey(Act, on_delete=models.PROTECT)
    made_at = models.DateTimeField()


class Recomputed(models.Model):
    """A room above has computed a firm anew."""

    recompute = models.ForeignKey(Recompute, on_delete=models.PROTECT, related_name="done")
    what = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["recompute", "what"], name="recomputed_once")]


class SourceBelief(models.Model):
    """What verdicts had taught of the sources by a day: times right and wrong, and how often comparisons agreed."""

    on = models.DateField()
    sources = models.JSONField()  # channel → [times right, times wrong]
    agreed = models.FloatField()
    firms = models.BigIntegerField()
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["on"], name="belief_of_day")]


class Assessment(models.Model):
    """A firm's trust as it was worked out for a day. What an act of identity made wrong is worked out by a new row."""

    enterprise = models.CharField(max_length=80)
    as_of = models.DateField()
    trust = models.FloatField(null=True)  # none: it could not be told
    contradictions = models.IntegerField(null=True)
    comparisons = models.IntegerField(null=True)
    fraud_signs = models.IntegerField(null=True)
    keys = models.JSONField()  # the ids under which the channels' rows were taken as this firm's
    refused = models.JSONField()  # channels that could not be read
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["enterprise", "-id"], name="assessments_of_firm")]


class OwnerStatement(models.Model):
    """What an owner has said of the firm: of each matter the newest counts. Amounts in fen, staff in heads."""

    enterprise = models.CharField(max_length=80)
    matter = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    on = models.DateField()
    made_at = models.DateTimeField()
    by = models.CharField(max_length=120)
    request = models.CharField(max_length=80)

    class Meta:
        db_table = "enterprises_owner_statement"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "matter"], name="owner_says_a_matter_once_a_request")
        ]
        indexes: ClassVar = [models.Index(fields=["enterprise", "-on"], name="what_the_owner_says")]
