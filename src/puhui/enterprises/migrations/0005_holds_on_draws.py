"""Holds that stop a firm from drawing: placed and lifted, and never changed."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("enterprises_drawhold", "enterprises_drawholdlifted")
GUARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in TABLES
)
UNGUARD = "\n".join(f"drop trigger append_only on {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0004_they_are_append_only")]
    operations = [
        migrations.CreateModel(
            name="DrawHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("enterprise", models.CharField(max_length=80)),
                ("reference", models.CharField(max_length=120)),
                ("why", models.CharField(max_length=400)),
                ("placed_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
            ],
            options={"indexes": [models.Index(fields=["enterprise"], name="enterprises_draw_hold_of")]},
        ),
        migrations.CreateModel(
            name="DrawHoldLifted",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why", models.CharField(max_length=400)),
                ("lifted_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                (
                    "hold",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="enterprises.drawhold"),
                ),
            ],
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
