"""The keys: wrong, lost or open to others is a clear state; a rotation killed anywhere goes on and loses nothing."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from people import FIRM, IDENTITY, NAME, ON, consent
from typer.testing import CliRunner

from puhui import postgres
from puhui.channels import services as channels
from puhui.channels import showing
from puhui.cli.verbs import app
from puhui.governance import keyset, rotation, vault
from puhui.governance import selectors as governance
from puhui.governance.access import Role
from puhui.governance.models import DataKey
from puhui.governance.purposes import Purpose
from puhui.refusals import BadInput, NotReady


@pytest.fixture(autouse=True)
def own_keyset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A keyset of the test's own, so that a rotation does not touch the other books of this session."""
    file = tmp_path / "keys" / "keyset.json"
    monkeypatch.setenv("PUHUI_KEYSET_FILE", str(file))
    monkeypatch.delenv("PUHUI_KEYSET", raising=False)
    return file


def person() -> str:
    found = showing.shown(
        "registry", [FIRM], role=Role.AUDITOR, purpose=Purpose.CREDIT_DECISION, as_of=ON, on=ON, by="a test"
    )
    assert isinstance(found, showing.Shown)
    return str(next(row for row in found.rows.to_pylist() if row["record_number"] == "R2")["name"])


@pytest.mark.usefixtures("delivered")
def test_the_keyset_is_made_for_its_owner_alone_and_others_rights_are_refused(own_keyset: Path) -> None:
    consent()
    assert stat.S_IMODE(own_keyset.stat().st_mode) == 0o600
    for mode in (0o640, 0o604, 0o660):
        own_keyset.chmod(mode)
        with pytest.raises(NotReady, match=r"may be read or changed by others.*chmod 600"):
            person()
    own_keyset.chmod(0o600)
    assert person() == NAME


@pytest.mark.usefixtures("delivered")
def test_a_lost_wrong_or_damaged_keyset_says_so_and_loses_and_tells_nothing(own_keyset: Path) -> None:
    consent()
    kept = own_keyset.read_text()
    own_keyset.unlink()
    with pytest.raises(NotReady, match=r"keyset of this book is not at.*put it back"):
        person()
    assert not own_keyset.exists(), "no new keyset is made for a book that has one"
    keyset.write(keyset._new(), own_keyset)
    with pytest.raises(NotReady, match="this book is sealed under key"):
        person()
    with pytest.raises(NotReady, match="this book is sealed under key"):
        rotation.rotate(by="a test")
    keyset.write(kept[: len(kept) // 2], own_keyset)
    with pytest.raises(NotReady, match="holds no keyset") as told:
        person()
    assert kept[40:80] not in str(told.value)
    assert told.value.__cause__ is None
    keyset.write(kept, own_keyset)
    assert person() == NAME


@pytest.mark.usefixtures("delivered")
def test_a_delivery_with_the_wrong_keyset_changes_nothing(own_keyset: Path, tmp_path: Path, book: Path) -> None:
    before = sorted(book.rglob("*.parquet"))
    kept = own_keyset.read_text()
    keyset.write(keyset._new(), own_keyset)
    file = tmp_path / "more.csv"
    file.write_text(f"enterprise,record_number,date,kind,name,person\n{FIRM},R99,2020-01-01,设立,新名,{IDENTITY}\n")
    file.write_text(file.read_text().replace("date,kind", "登记日期,登记类型"), encoding="utf-8")
    with pytest.raises(NotReady):
        channels.deliver("registry", file, source="another", on=ON, by="a test")
    assert sorted(book.rglob("*.parquet")) == before
    keyset.write(kept, own_keyset)
    assert channels.deliver("registry", file, source="another", on=ON, by="a test").accepted == 1


@pytest.mark.usefixtures("delivered")
def test_a_rotation_puts_the_book_under_a_new_key_and_the_old_one_goes(own_keyset: Path) -> None:
    consent()
    old = rotation.keys()
    done = rotation.rotate(by="a test")
    new = rotation.keys()
    assert (done.old, done.rewrapped, done.resumed) == ((old.current,), sum(old.wrapped_by.values()), False)
    assert new.held == (done.new,) and new.wrapped_by == {done.new: done.rewrapped} and not new.rotating
    assert str(old.current) not in own_keyset.read_text()
    assert person() == NAME
    assert governance.latest(2)[1].act == "rotate"


@pytest.mark.usefixtures("delivered")
def test_a_keyset_in_the_environment_is_rotated_in_two_steps(
    own_keyset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent()
    monkeypatch.setenv("PUHUI_KEYSET", own_keyset.read_text())
    with pytest.raises(NotReady, match="keys next FILE"):
        rotation.rotate(by="a test")
    rotation.write_next(tmp_path / "next.json")
    with pytest.raises(BadInput, match="never overwritten"):
        rotation.write_next(tmp_path / "next.json")
    old = os.environ["PUHUI_KEYSET"]
    monkeypatch.setenv("PUHUI_KEYSET", (tmp_path / "next.json").read_text())
    assert person() == NAME
    rotation.rotate(by="a test")
    assert person() == NAME
    monkeypatch.setenv("PUHUI_KEYSET", old)
    with pytest.raises(NotReady, match="newest one after a rotation"):
        person()
    with pytest.raises(NotReady, match="newest one after a rotation"):
        vault.Sealer().prepare([vault.subject("a new firm")])
    monkeypatch.setenv("PUHUI_KEYSET", (tmp_path / "next.json").read_text())
    rotation.write_next(tmp_path / "last.json", only_current=True)
    monkeypatch.setenv("PUHUI_KEYSET", (tmp_path / "last.json").read_text())
    assert person() == NAME and not rotation.keys().rotating


KILLED = """
import json, os, signal, sys
import django
django.setup()
from puhui import postgres
from puhui.governance import keyset, rotation
postgres.use(sys.argv[1])
rotation.AT_ONCE = 3
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
def second(act):
    done = []
    def counted(*args):
        if done: die()
        done.append(1)
        return act(*args)
    return counted
point = sys.argv[2]
if point == "after the file has the new key": rotation._begin_wrapping_with = die
if point == "between two batches": rotation._rewrap_some = second(rotation._rewrap_some)
if point == "before the old key goes": keyset.with_primary_only = die
if point == "after the old key went": rotation.record = die
rotation.rotate(by="a child")
"""


@pytest.mark.usefixtures("delivered")
@pytest.mark.parametrize(
    "point",
    ["after the file has the new key", "between two batches", "before the old key goes", "after the old key went"],
)
def test_a_rotation_killed_anywhere_goes_on_and_nothing_stops_meanwhile(point: str, tmp_path: Path) -> None:
    consent()
    first = rotation.keys().current
    command = [sys.executable, "-W", "ignore", "-c", KILLED, postgres.url(), point]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    # Half-way: what was sealed is read, and new people are sealed.
    assert person() == NAME
    vault.Sealer().prepare([vault.subject("a firm that comes meanwhile")])
    rotation.rotate(by="a test")
    after = rotation.keys()
    assert person() == NAME
    assert not after.rotating and after.current != first
    assert list(after.wrapped_by) == [after.current]


def test_a_destroyed_key_is_gone_from_the_tables_file(book: Path) -> None:
    """Not only from its rows: PostgreSQL leaves old versions of a row in the file until it is rewritten."""
    from django.db.models import Q

    vault.Sealer().prepare([vault.subject(f"firm {n}") for n in range(50)])
    wrapped = bytes(DataKey.objects.get(enterprise="firm 7").wrapped or b"")
    assert len(wrapped) > 60
    assert rotation.destroy(Q(enterprise="firm 7")) == 1
    rotation.scour()
    with psycopg.connect(postgres.as_owner(postgres.url())) as cursor:
        found = cursor.execute("select current_setting('data_directory'), pg_relation_filepath('governance_datakey')")
        folder, path = found.fetchone()
    assert wrapped not in (Path(folder) / path).read_bytes()
    assert rotation.keys().destroyed == 1


def test_many_threads_that_make_the_first_keyset_use_one(own_keyset: Path) -> None:
    with ThreadPoolExecutor(16) as hands:
        made = {master.primary for master in hands.map(lambda _: keyset.make(), range(64))}
    assert len(made) == 1
    assert [path.name for path in own_keyset.parent.iterdir()] == [own_keyset.name]


@pytest.mark.usefixtures("delivered")
def test_a_verb_says_what_is_wrong_with_the_keyset_and_nothing_else(
    own_keyset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the terminal: exit code 2, what to do next, no traceback and no key."""
    consent()
    monkeypatch.setattr(postgres, "open_book", lambda: None)  # the verbs read this test's book
    kept = own_keyset.read_text()
    copy = ["copy", FIRM, "--evidence", "seen at the counter", "--on", str(ON), "--out"]
    for name, state in {"lost": None, "wrong": keyset._new(), "damaged": kept[:60]}.items():
        own_keyset.unlink(missing_ok=True)
        if state is not None:
            keyset.write(state, own_keyset)
        for words in (["keys", "status"], ["keys", "rotate"], [*copy, str(tmp_path / name)]):
            said = CliRunner().invoke(app, words)
            assert isinstance(said.exception, NotReady) and said.exception.then, (name, words, said.output)
            assert kept[40:80] not in said.output + str(said.exception)
        assert not any((tmp_path / name).glob("*.csv")), "no half of a copy is left"
    keyset.write(kept, own_keyset)
    assert person() == NAME
