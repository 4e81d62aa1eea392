"""The other side of every claim, and claims that nobody rewrites."""

from django.db import migrations

FORWARD = (
    "insert into ledger_account (name, ledger, code, debits_must_not_exceed_credits, credits_must_not_exceed_debits,"
    " general, opened_on, debits_pending, debits_posted, credits_pending, credits_posted)"
    " values ('mitigation/claims', 156, 50, false, false, true, '2000-01-01', 0, 0, 0, 0);"
    "create trigger append_only before update or delete or truncate on mitigation_claim"
    " for each statement execute function puhui_append_only();"
)


class Migration(migrations.Migration):
    dependencies = [("mitigation", "0003_claims"), ("ledger", "0002_booking")]
    operations = [migrations.RunSQL(FORWARD, "drop trigger append_only on mitigation_claim;")]
