"""The room's rows may be added, and nothing else."""

from django.db import migrations

TABLES = (
    "approval_application",
    "approval_step",
    "approval_decision",
    "approval_case",
    "approval_ruling",
    "approval_offer",
    "approval_contract",
    "approval_agreement",
)
FORWARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in TABLES
)
BACKWARD = "\n".join(f"drop trigger append_only on {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("approval", "0001_initial"), ("governance", "0002_history_is_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
