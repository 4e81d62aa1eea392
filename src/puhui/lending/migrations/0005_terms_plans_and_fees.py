"""Accounts for fees and for money that found nothing to pay; terms and plans that are only added to."""

from django.db import migrations

NAMES = {22: "lending/receivable/fees", 23: "lending/income/fees", 24: "lending/unallocated receipts"}
OPEN = "\n".join(
    "insert into ledger_account (name, ledger, code, debits_must_not_exceed_credits, credits_must_not_exceed_debits,"
    " general, opened_on, debits_pending, debits_posted, credits_pending, credits_posted)"
    f" values ('{name}', 156, {code}, false, false, true, '2000-01-01', 0, 0, 0, 0);"
    for code, name in NAMES.items()
)
# Facilities opened before terms were kept by day: what holds now is all that is known of them.
TERMS = """
update lending_facility set ways = '{any_time}' where ways = '{}';
update lending_facility set allocation = array_prepend('fees', allocation) where not 'fees' = any (allocation);
insert into lending_terms
    (facility, request, "on", rate, overdue_rate, misuse_rate, misused, matures_on, limit_fen, way)
select id, 'open/' || approval, opened_on, rate, overdue_rate, misuse_rate, misused, matures_on, limit_fen, ''
from lending_facility;
"""
GUARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in ("lending_terms", "lending_plan")
)
UNGUARD = "\n".join(f"drop trigger append_only on {table};" for table in ("lending_terms", "lending_plan"))


class Migration(migrations.Migration):
    dependencies = [("lending", "0004_ways_terms_and_collections")]
    operations = [migrations.RunSQL(OPEN + TERMS + GUARD, UNGUARD)]
