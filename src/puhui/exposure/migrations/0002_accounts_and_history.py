"""The other side of every cap, and the tables that are only added to: the database itself refuses the rest."""

from django.db import migrations

KEPT = (
    "exposure_cap_amount",
    "exposure_decided",
    "exposure_application",
    "exposure_regrouping",
    "exposure_moved",
)
OPEN = (
    "insert into ledger_account (name, ledger, code, debits_must_not_exceed_credits, credits_must_not_exceed_debits,"
    " general, opened_on, debits_pending, debits_posted, credits_pending, credits_posted)"
    " values ('exposure/caps', 156, 30, false, false, true, '2000-01-01', 0, 0, 0, 0);"
)
GUARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in KEPT
)
UNGUARD = "\n".join(f"drop trigger append_only on {table};" for table in KEPT)


class Migration(migrations.Migration):
    dependencies = [
        ("exposure", "0001_initial"),
        ("ledger", "0002_booking"),
        ("governance", "0002_history_is_append_only"),
    ]
    operations = [migrations.RunSQL(OPEN + GUARD, UNGUARD)]
