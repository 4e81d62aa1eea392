"""Rows of the room's tables may be added, and nothing else: the database itself refuses the rest."""

from django.db import migrations

NAMES = (
    *("linkingrun", "enterprise", "identifier", "recordlink", "act", "move", "reviewcase", "ruling"),
    *("stake", "stakereleased", "recompute", "recomputed"),
)
TABLES = tuple(f"enterprises_{name}" for name in NAMES)
FORWARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in TABLES
)
BACKWARD = "\n".join(f"drop trigger append_only on {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0001_initial"), ("governance", "0002_history_is_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
