"""Booking and folding run with the right of whoever owns the books, so that an application need not have it.

Where the application has a role of its own (PUHUI_DATABASE_OWNER_URL), that role may neither touch totals or transfers,
also not from a trigger of its own making, nor take a guard down.
"""

from django.db import migrations

FORWARD = """
do $$ begin
    execute format('alter function ledger_book() security definer set search_path = %I, pg_temp', current_schema());
    execute format('alter function ledger_fold_up() security definer set search_path = %I, pg_temp', current_schema());
end $$
"""
BACKWARD = """
alter function ledger_book() security invoker reset search_path;
alter function ledger_fold_up() security invoker reset search_path;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_booking")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
