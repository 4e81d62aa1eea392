"""Beliefs and assessments are history too: rows may be added, and nothing else."""

from django.db import migrations

TABLES = ("enterprises_sourcebelief", "enterprises_assessment")
FORWARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in TABLES
)
BACKWARD = "\n".join(f"drop trigger append_only on {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0003_beliefs_and_assessments")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
