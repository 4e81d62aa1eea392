"""The general accounts of the room, and the tables that are only added to: the database itself refuses the rest."""

from django.db import migrations

KEPT = ("lending_act", "lending_close_step", "lending_snapshot")
NAMES = {
    10: "bank/settlement",
    11: "lending/commitments",
    12: "lending/receivable/interest",
    13: "lending/receivable/penalty",
    14: "lending/receivable/compound",
    15: "lending/income/interest",
    16: "lending/income/penalty",
    17: "lending/income/compound",
    18: "lending/written off",
    19: "lending/recovered",
}
OPEN = "\n".join(
    "insert into ledger_account (name, ledger, code, debits_must_not_exceed_credits, credits_must_not_exceed_debits,"
    " general, opened_on, debits_pending, debits_posted, credits_pending, credits_posted)"
    f" values ('{name}', 156, {code}, false, false, true, '2000-01-01', 0, 0, 0, 0);"
    for code, name in NAMES.items()
)
GUARD = "\n".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in KEPT
)
UNGUARD = "\n".join(f"drop trigger append_only on {table};" for table in KEPT)


class Migration(migrations.Migration):
    dependencies = [
        ("lending", "0001_initial"),
        ("ledger", "0002_booking"),
        ("governance", "0002_history_is_append_only"),
    ]
    operations = [migrations.RunSQL(OPEN + GUARD, UNGUARD)]
