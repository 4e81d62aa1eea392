"""A regrouping's end is a row of its own, and who moved is told in plain text."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

GUARD = (
    "create trigger append_only before update or delete or truncate on exposure_regrouped"
    " for each statement execute function puhui_append_only();"
)


class Migration(migrations.Migration):
    dependencies = [("exposure", "0002_accounts_and_history")]

    operations = [
        migrations.RemoveField(model_name="regroupingrow", name="above"),
        migrations.RemoveField(model_name="regroupingrow", name="moved"),
        migrations.RemoveField(model_name="movedrow", name="was"),
        migrations.RemoveField(model_name="movedrow", name="now"),
        migrations.AddField(
            model_name="movedrow",
            name="was",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80), size=None, default=list
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="movedrow",
            name="now",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80), size=None, default=list
            ),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="RegroupedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("moved", models.BigIntegerField()),
                ("above", models.JSONField()),
                (
                    "regrouping",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="exposure.regroupingrow"),
                ),
            ],
            options={"db_table": "exposure_regrouped"},
        ),
        migrations.RunSQL(GUARD, "drop trigger append_only on exposure_regrouped;"),
    ]
