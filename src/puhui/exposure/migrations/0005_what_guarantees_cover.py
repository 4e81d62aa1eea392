"""How much a guarantee covers, as other lenders report it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exposure", "0004_ties")]
    operations = [
        migrations.AddField(model_name="tierow", name="fen", field=models.BigIntegerField(default=0)),
    ]
