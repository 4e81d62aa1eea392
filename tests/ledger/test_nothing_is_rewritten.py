"""The database itself refuses every change that is not a booking, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from paper_books import WITHIN_CREDITS, Books

from puhui import postgres
from puhui.ledger import selectors
from puhui.ledger.lines import close, transfer
from puhui.money import Money

ACT = "insert into ledger_act (request, happened_on, learned_at, lines) values ('r', '2026-04-01', now(), '{}')"
TAMPERING = [
    "update ledger_transfer set amount_fen = amount_fen + 1",
    "update ledger_act set refusals = null",
    "update ledger_account set debits_posted = debits_posted + 1",
    "update ledger_account set debits_must_not_exceed_credits = false",
    "update ledger_account set general = true",
    "update ledger_account set closed_on = null",
    "update ledger_fold set folded_to = 0",
    "update ledger_foldedtotal set debits_posted = 0",
    "delete from ledger_transfer",
    "delete from ledger_act",
    "delete from ledger_account",
    "delete from ledger_fold",
    "delete from ledger_foldedtotal",
    "truncate ledger_transfer, ledger_act, ledger_account, ledger_fold, ledger_foldedtotal",
    "insert into ledger_transfer select id + 1, debit_account, credit_account, amount_fen, released_fen, null,"
    " expires_at, learned_at, happened_on, ledger, code, kind from ledger_transfer",
    "insert into ledger_account (name, ledger, code, debits_must_not_exceed_credits, credits_must_not_exceed_debits,"
    " general, opened_on, debits_pending, debits_posted, credits_pending, credits_posted)"
    " values ('rich', 156, 1, false, false, false, '2026-04-01', 0, 0, 0, 1000000)",
    "insert into ledger_foldedtotal (fold, account, happened_on, debits_pending, debits_posted, credits_pending,"
    " credits_posted) values (9, 1, '2026-04-01', 0, 5, 0, 0)",
    "merge into ledger_account a using (values (1)) v(x) on true when matched then update set credits_posted = 7",
    ACT.replace("'{}'", "'{{1,8,1,2,5,156,1,null,null}}'"),
    ACT.replace("'{}'", "'{{null,1,1,2,5,156,1,null,null}}'"),
    ACT,
]
ROLES = {
    "the owner of the tables": "reset role",
    "a role that owns nothing": "set role clerk",
    "a replica": "set session_replication_role = replica",
}


@pytest.fixture
def link(books: Books) -> Iterator[psycopg.Connection]:
    line = books.account("line", WITHIN_CREDITS, credit=100)
    books.ok(transfer(line, books.cash, Money(60), code=1), close(books.account("empty")))
    with psycopg.connect(postgres.as_owner(postgres.url()), autocommit=True) as link:
        link.execute("insert into ledger_fold default values")
        if not link.execute("select 1 from pg_roles where rolname = 'clerk'").fetchone():
            link.execute("create role clerk")
        link.execute("grant all on all tables in schema public to clerk")
        link.execute("grant all on all sequences in schema public to clerk")
        yield link


@pytest.mark.parametrize("role", ROLES)
def test_what_is_booked_stays(link: psycopg.Connection, role: str) -> None:
    before = _everything(link)
    link.execute(ROLES[role])
    for statement in TAMPERING:
        with pytest.raises(psycopg.errors.IntegrityError):
            link.execute(statement)
    link.execute("reset role")
    assert _everything(link) == before
    assert selectors.check().holds


def test_a_check_finds_what_was_altered_with_every_guard_taken_down(link: psycopg.Connection) -> None:
    link.execute("alter table ledger_account disable trigger all")
    link.execute("update ledger_account set credits_posted = credits_posted + 1 where name = 'line'")
    found = selectors.check()
    assert not found.holds
    assert len(found.wrong) == 2, "the account is off its transfers, and the currency does not balance"


def _everything(link: psycopg.Connection) -> list[object]:
    tables = ("account", "act", "transfer", "fold", "foldedtotal")
    return [link.execute(f"select * from ledger_{table} order by 1").fetchall() for table in tables]


WAYS_AROUND = [
    "alter table ledger_transfer disable trigger all",
    "drop trigger kept on ledger_transfer",
    "alter table ledger_account drop constraint ledger_debits_within_credits",
    "create or replace function ledger_refuse() returns trigger language plpgsql as 'begin return null; end'",
    "set session_replication_role = replica",
    "drop table ledger_foldedtotal",
    # A trigger of one's own, from within which nobody looks whether an act books.
    "create temp table door (x int); create function pg_temp.through() returns trigger language plpgsql as"
    " 'begin update public.ledger_account set credits_posted = credits_posted + 1; return null; end';"
    " create trigger through after insert on door execute function pg_temp.through(); insert into door values (1)",
]


def test_the_application_under_the_role_that_it_has_finds_no_way_around(link: psycopg.Connection) -> None:
    before = _everything(link)
    with psycopg.connect(postgres.url(), autocommit=True) as teller:
        for statement in (*TAMPERING, *WAYS_AROUND):
            with (
                pytest.raises((psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege)),
                teller.transaction(),
            ):
                teller.execute(statement)
    assert _everything(link) == before
    assert selectors.check().holds
