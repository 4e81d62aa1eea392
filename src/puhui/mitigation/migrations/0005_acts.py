"""Governance keeps the proposals; this room keeps the acts that were agreed to."""

from __future__ import annotations

from django.db import migrations, models

COPY = """insert into mitigation_act (subject, act, content, "on", at, by, confirmed_by, proposal)
    select p.subject, p.act, p.content, p.on, v.made_at, p.by, v.by, p.governed
    from mitigation_proposal p join mitigation_verdict v on v.proposal_id = p.id and v.confirmed
    order by p.on, p.id"""
KEEP = """create trigger append_only before update or delete or truncate on mitigation_act
    for each statement execute function puhui_append_only()"""


class Migration(migrations.Migration):
    dependencies = [("mitigation", "0004_claims_are_kept"), ("governance", "0002_history_is_append_only")]
    operations = [
        migrations.CreateModel(
            name="ActRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=80)),
                ("act", models.CharField(max_length=20)),
                ("content", models.JSONField()),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                ("confirmed_by", models.CharField(max_length=120)),
                ("proposal", models.BigIntegerField(null=True, unique=True)),
            ],
            options={"db_table": "mitigation_act"},
        ),
        migrations.AddConstraint(
            model_name="actrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", models.F("by")), _negated=True), name="mitigation_two_people"
            ),
        ),
        migrations.AddIndex(
            model_name="actrow", index=models.Index(fields=["subject", "on", "id"], name="mitigation_act_on")
        ),
        *(
            migrations.AddIndex(
                model_name="actrow",
                index=models.Index(models.F(f"content__{name}"), name=f"mitigation_act_{name}"),
            )
            for name in ("facility", "guarantor", "counter", "identity", "instead_of", "owner", "borrower")
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.DeleteModel(name="Verdict"),
        migrations.DeleteModel(name="Proposal"),
    ]
