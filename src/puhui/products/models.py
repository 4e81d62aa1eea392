"""Tables of the room. Rows are added, never changed: triggers of the second migration say no to the rest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Artefact(models.Model):
    """A text that decides: a graph, a definition, terms, a model. Its key is the hash of its content, so it has one."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=20)
    text = models.TextField()


class VersionRow(models.Model):
    """One version of a product: three artefacts under a number. How far it has come is in its steps."""

    product = models.CharField(max_length=40)
    number = models.IntegerField()
    definition = models.CharField(max_length=64)
    graph = models.CharField(max_length=64)
    terms = models.CharField(max_length=64)
    why = models.CharField(max_length=2_000)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "products_version"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "number"], name="a_product_has_one_version_of_a_number"),
        ]


class StepRow(models.Model):
    """A step in a version's life. `on` is the day from which it holds, `share` the part of firms that it has."""

    version = models.ForeignKey(VersionRow, on_delete=models.PROTECT, related_name="steps")
    status = models.CharField(max_length=12)
    on = models.DateField()
    share = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    facts = models.JSONField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "products_step"
        indexes: ClassVar = [models.Index(fields=["version", "id"])]


class ModelRow(models.Model):
    """A model fitted for a product, with what is known of how it was learned and how good it is."""

    product = models.CharField(max_length=40)
    number = models.IntegerField()
    kind = models.CharField(max_length=20)
    artefact = models.CharField(max_length=64)
    facts = models.JSONField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "products_model"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "number"], name="a_product_has_one_model_of_a_number"),
        ]


class RoleRow(models.Model):
    """From a day on, a model plays a role for its product: champion (it answers), challenger or shadow (beside it)."""

    model = models.ForeignKey(ModelRow, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=12)
    since = models.DateField()
    proposal = models.BigIntegerField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    request = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "products_role"
        indexes: ClassVar = [models.Index(fields=["role", "since", "id"])]
