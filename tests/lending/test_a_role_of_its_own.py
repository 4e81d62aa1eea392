"""The application works under a role that owns nothing, and that role finds no way around what is only added to."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from paper_lines import OPENED, Line, noon

from puhui import postgres
from puhui.ledger import selectors as ledger
from puhui.ledger import services as books
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.models import SnapshotRow

KEPT = ("act", "close_step", "snapshot", "terms", "plan", "signal")


def test_a_line_lives_under_a_role_that_owns_nothing(book: Path, tmp_path: Path) -> None:
    assert _role() == (postgres.APPLICATION, False, 0)
    line, day = Line(account="an account"), date(2026, 4, 21)
    assert isinstance(line.draw("1000", OPENED, way="equal_principal"), Acted)
    services.close_days(date(2026, 4, 20), at=noon(day), rail=line.bank, pass_on=True)
    assert isinstance(line.repay("100", day, value_on=date(2026, 4, 18)), Acted)
    assert isinstance(line.act("extend", day, date(2027, 6, 1)), Acted)
    assert books.fold() >= 0 and ledger.check().holds
    file = tmp_path / "day.csv"
    file.write_text(f"day,amount,payer,reference,line\n{day},1,E1,F{line.facility},L1\n")
    assert services.import_statement(file, on=day, at=noon(day), by="t").matched == 1
    services.close_days(day, at=noon(day), rail=line.bank, pass_on=True)
    assert selectors.disagreements(snapshot_of=day) == [] and SnapshotRow.objects.filter(on=day).exists()


def _role() -> tuple[str, bool, int]:
    """Who asks, whether it may do everything, and how many of the rooms' tables it owns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_user::text, rolsuper, (select count(*) from pg_tables where tableowner = current_user)"
            " from pg_roles where rolname = current_user"
        )
        role, may_all, owned = cursor.fetchone()
    return role, may_all, owned


def test_of_every_table_that_is_only_added_to_the_application_may_neither_change_nor_delete_a_row(book: Path) -> None:
    """Of every room: neither by its rights, nor (who owns the table) past the guard, which holds in replication too."""
    asks = """select t.tgrelid::regclass::text, t.tgenabled::text, has_table_privilege(t.tgrelid, 'delete')
            or has_table_privilege(t.tgrelid, 'truncate') or has_table_privilege(t.tgrelid, 'trigger'),
            (select count(*) from pg_attribute a where a.attrelid = t.tgrelid and a.attnum > 1
                and has_column_privilege(t.tgrelid, a.attnum, 'update')),
            t.tgtype & 16 <> 0
        from pg_trigger t where t.tgfoid = 'puhui_append_only'::regproc"""
    with connection.cursor() as cursor:
        cursor.execute(asks)
        found = cursor.fetchall()
    assert len(found) > 40, "rooms keep much that is only added to"
    for table, enabled, may_delete, columns, guards_updates in found:
        assert enabled == "A" and not may_delete, table
        assert not (guards_updates and columns), table


def test_a_house_that_names_an_owner_opens_its_book_as_the_other(book: Path) -> None:
    """The owner migrates and grants; what is asked afterwards is asked by a role that owns no table."""
    owner = postgres.as_owner(postgres.url())
    with psycopg.connect(owner, autocommit=True) as link:
        if not link.execute("select 1 from pg_roles where rolname = 'teller'").fetchone():
            link.execute("create role teller login")
    asks = (
        "from puhui import postgres; postgres.open_book(); from django.db import connection; c = connection.cursor();"
        " c.execute('select current_user, count(*) filter (where tableowner = current_user), count(*)"
        " from pg_tables where tablename like %s', ['lending%']); print(*c.fetchone())"
    )
    urls = {"PUHUI_DATABASE_URL": owner.replace("postgres@", "teller@"), "PUHUI_DATABASE_OWNER_URL": owner}
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asks],
        env={**os.environ, **urls},
        capture_output=True,
        text=True,
        check=True,
    )
    role, owned, tables = found.stdout.split()
    assert (role, owned) == ("teller", "0") and int(tables) > 9


@pytest.mark.parametrize("owner", [False, True], ids=["as it is", "in replication mode, as the owner"])
def test_history_cannot_be_changed(book: Path, owner: bool) -> None:
    line = Line()
    line.draw("1000", OPENED, way="equal_principal")
    services.close_days(OPENED, at=noon(OPENED))
    application, words = postgres.url(), "append-only" if owner else "append-only|permission denied"
    if owner:
        postgres.use(postgres.as_owner(application))
    for table in KEPT:
        for statement in ("update {} set id = id", "delete from {}", "truncate {}"):
            with pytest.raises(Exception, match=words), transaction.atomic(), connection.cursor() as cursor:
                if owner:
                    cursor.execute("set local session_replication_role = replica")
                cursor.execute(statement.format(f"lending_{table}"))
    postgres.use(application)
