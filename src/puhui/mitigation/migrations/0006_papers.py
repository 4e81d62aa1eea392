"""Which acts rest on a paper is looked up by its hash."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mitigation", "0005_acts")]
    operations = [
        migrations.AddIndex(
            model_name="actrow",
            index=models.Index(models.F("content__document"), name="mitigation_act_document"),
        ),
    ]
