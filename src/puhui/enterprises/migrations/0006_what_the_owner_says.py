"""What owners say of their firms, to be held against what others say: added to, and never changed."""

from django.db import migrations, models

GUARD = (
    "create trigger append_only before update or delete or truncate on enterprises_owner_statement"
    " for each statement execute function puhui_append_only();"
)
UNGUARD = "drop trigger append_only on enterprises_owner_statement;"


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0005_holds_on_draws")]
    operations = [
        migrations.CreateModel(
            name="OwnerStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("enterprise", models.CharField(max_length=80)),
                ("matter", models.CharField(max_length=20)),
                ("amount", models.BigIntegerField()),
                ("on", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                ("request", models.CharField(max_length=80)),
            ],
            options={
                "db_table": "enterprises_owner_statement",
                "indexes": [models.Index(fields=["enterprise", "-on"], name="what_the_owner_says")],
                "constraints": [
                    models.UniqueConstraint(fields=("request", "matter"), name="owner_says_a_matter_once_a_request")
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
