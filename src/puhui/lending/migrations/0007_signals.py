"""What a closed day has changed, kept for those who watch from afar; only added to."""

from django.db import migrations, models

GUARD = (
    "create trigger append_only before update or delete or truncate on lending_signal"
    " for each statement execute function puhui_append_only();"
)


class Migration(migrations.Migration):
    dependencies = [("lending", "0006_seal_payees_and_accounts")]
    operations = [
        migrations.CreateModel(
            name="SignalRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("facility", models.BigIntegerField()),
                ("enterprise", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=20)),
                ("before", models.BigIntegerField()),
                ("now", models.BigIntegerField()),
                ("written_at", models.DateTimeField()),
            ],
            options={
                "db_table": "lending_signal",
                "constraints": [models.UniqueConstraint(fields=("on", "facility", "kind"), name="lending_signal_once")],
            },
        ),
        migrations.RunSQL(GUARD, "drop trigger append_only on lending_signal;"),
    ]
