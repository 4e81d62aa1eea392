"""Rules and doors of the ledger, in the database itself; the SQL beside this file is frozen with it."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
BACKWARD = """
drop view ledger_balance, ledger_entry;
drop function ledger_book, ledger_fold_up, ledger_refuse cascade;
drop sequence ledger_act_number;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
