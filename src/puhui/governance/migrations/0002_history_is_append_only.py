"""Rows of the room's tables may be added, and nothing else: the database itself refuses the rest."""

from django.db import migrations

TABLES = ("governance_auditrecord", "governance_grant", "governance_withdrawal")

FORWARD = """
create function puhui_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused; write a new row that names the old one', tg_table_name, tg_op
        using errcode = 'restrict_violation';
end $$;
""" + "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in TABLES
)
BACKWARD = "\n".join(f"drop trigger append_only on {table};" for table in TABLES) + "drop function puhui_append_only();"


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
