"""The room's rows may be added, and nothing else."""

from django.db import migrations

TABLES = ("products_artefact", "products_version", "products_step", "products_model", "products_role")
FORWARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in TABLES
)
BACKWARD = "\n".join(f"drop trigger append_only on {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial"), ("governance", "0002_history_is_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
