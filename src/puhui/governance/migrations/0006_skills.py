"""People have skills. Until now every approver decided every case, and goes on to."""

import django.contrib.postgres.fields
from django.db import migrations, models

EVERY = "update governance_user set skills = array['credit', 'fraud', 'property', 'data'] where role = 'approver'"


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_people")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="skills",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), blank=True, default=list, size=None
            ),
        ),
        migrations.RunSQL(EVERY, migrations.RunSQL.noop),
    ]
