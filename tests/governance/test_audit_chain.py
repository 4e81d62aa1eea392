"""The audit chain: nothing that happened can be altered, moved or removed unseen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError

from puhui import postgres
from puhui.governance import selectors, services


def _write(count: int) -> None:
    for number in range(count):
        services.record("test", f"subject {number}", {"number": number, "名称": "某企业"}, by="a test")


def _tamper(statement: str) -> None:
    """What someone with the database's own password can do: switch the guard off, change a row, switch it on."""
    with psycopg.connect(postgres.as_owner(postgres.url()), autocommit=True) as link:
        link.execute("alter table governance_auditrecord disable trigger append_only")
        link.execute(statement)
        link.execute("alter table governance_auditrecord enable always trigger append_only")


@pytest.mark.usefixtures("book")
def test_a_chain_as_written_holds() -> None:
    _write(5)
    verified = services.verify()
    assert verified.holds
    assert verified.records == 5
    assert selectors.latest(1)[0].body == {"number": 4, "名称": "某企业"}


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("harm", "broken_at", "why"),
    [
        ("update governance_auditrecord set body = '{}' where number = 3", 3, "altered"),
        ("update governance_auditrecord set by = 'someone else' where number = 1", 1, "altered"),
        ("delete from governance_auditrecord where number = 2", 2, "missing"),
        ("update governance_auditrecord set before = repeat('f', 64) where number = 4", 4, "does not follow"),
    ],
)
def test_the_first_broken_link_is_named(harm: str, broken_at: int, why: str) -> None:
    _write(5)
    _tamper(harm)
    verified = services.verify()
    assert verified.broken_at == broken_at
    assert why in str(verified.why)


@pytest.mark.usefixtures("book")
def test_cutting_off_the_end_is_seen_against_an_earlier_verification() -> None:
    _write(5)
    assert services.verify().holds
    _tamper("delete from governance_auditrecord where number > 3")
    verified = services.verify()
    assert verified.broken_at == 5
    assert "removed" in str(verified.why)


@pytest.mark.usefixtures("book")
def test_rewriting_the_end_is_seen_against_an_earlier_verification() -> None:
    _write(3)
    assert services.verify().holds
    _tamper("delete from governance_auditrecord where number = 3")
    services.record("test", "a forged end", {}, by="someone else")
    assert services.verify().broken_at == 3


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("statement", ["update {} set id = id", "delete from {}", "truncate {} cascade"])
def test_the_database_refuses_to_change_history(statement: str) -> None:
    _write(1)
    for table in ("governance_grant", "governance_withdrawal"):
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), connection.cursor() as cursor:
            cursor.execute(statement.format(table))


@pytest.mark.usefixtures("book")
def test_many_writers_at_once_make_one_chain() -> None:
    def write(_: int) -> None:
        with transaction.atomic():
            services.record("test", "at once", {}, by="a thread")
        connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert services.verify().records == 40
    assert services.verify().holds


def test_a_second_process_joins_and_a_killed_server_recovers(template_book: str, tmp_path: Path) -> None:
    """The crash story of the embedded server, played on a home of its own."""
    import os
    import signal
    import subprocess
    import sys

    home = tmp_path / "home"
    environment = os.environ | {"PUHUI_HOME": str(home)}
    act = (
        "from puhui import postgres; postgres.open_book()\n"
        "from puhui.governance import services\n"
        "services.record('test', 'x', {}, by='a process')\n"
        "print(services.verify().records, flush=True)\n"
    )
    linger = act + "import sys; sys.stdin.read()\n"
    first = subprocess.Popen(
        [sys.executable, "-c", linger], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdout.readline().strip() == "1"
    joined = subprocess.run([sys.executable, "-c", act], env=environment, capture_output=True, text=True, check=True)
    assert joined.stdout.strip() == "2"
    server = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(server, signal.SIGKILL)
    first.kill()
    first.wait()
    first.stdout.close()
    assert first.stdin is not None
    first.stdin.close()
    after = subprocess.run([sys.executable, "-c", act], env=environment, capture_output=True, text=True, check=True)
    assert after.stdout.strip() == "3"
    assert not (home / "postgres" / "postmaster.pid").exists(), "the last process to leave stops the server"
