"""Proposals and verdicts may be added, and nothing else."""

from django.db import migrations

TABLES = ("mitigation_proposal", "mitigation_verdict")
FORWARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in TABLES
)
BACKWARD = "\n".join(f"drop trigger append_only on {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("mitigation", "0001_initial"), ("governance", "0002_history_is_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
