"""The application works under a role that owns nothing, and that role finds no way around what is only added to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
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


@pytest.fixture
def as_teller(book: Path) -> Iterator[None]:
    """The book, entered by the role of the application."""
    owner = postgres.url()
    with psycopg.connect(owner, autocommit=True) as link:
        if not link.execute("select 1 from pg_roles where rolname = 'teller'").fetchone():
            link.execute("create role teller login")
    postgres.grant("teller")
    postgres.use(owner.replace("postgres@", "teller@"))
    yield
    postgres.use(owner)


def test_a_line_lives_under_a_role_that_owns_nothing(as_teller: None, tmp_path: Path) -> None:
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


def test_a_house_that_names_an_owner_opens_its_book_as_the_other(book: Path) -> None:
    """The owner migrates and grants; what is asked afterwards is asked by a role that owns no table."""
    owner = postgres.url()
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


@pytest.mark.parametrize("replica", [False, True], ids=["as it is", "in replication mode, as the owner"])
def test_history_cannot_be_changed(book: Path, replica: bool) -> None:
    line = Line()
    line.draw("1000", OPENED, way="equal_principal")
    services.close_days(OPENED, at=noon(OPENED))
    for table in KEPT:
        for statement in ("update {} set id = id", "delete from {}", "truncate {}"):
            with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
                if replica:
                    cursor.execute("set local session_replication_role = replica")
                cursor.execute(statement.format(f"lending_{table}"))
