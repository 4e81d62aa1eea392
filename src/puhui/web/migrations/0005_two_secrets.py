"""A webhook's secret can be rotated: for a while the old one signs beside the new one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0004_drafts")]

    operations = [
        migrations.AddField(model_name="hook", name="old_secret", field=models.BinaryField(null=True)),
        migrations.AddField(model_name="hook", name="old_until", field=models.DateTimeField(null=True)),
    ]
