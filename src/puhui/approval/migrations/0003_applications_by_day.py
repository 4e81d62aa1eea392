"""An index of applications by day, for lists of the newest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0002_history_is_append_only"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="applicationrow",
            index=models.Index(fields=["on", "number"], name="approval_application_by_day"),
        ),
    ]
