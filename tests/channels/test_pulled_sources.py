"""Sources that are pulled, on a real HTTP server and a real PostgreSQL that do everything wrong that such things do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from puhui import postgres
from puhui.channels import lake, planning, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.deliveries import Delivery
from puhui.channels.models import PullRow
from puhui.channels.pulls import pulling
from puhui.channels.pulls.fetching import Unreachable
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Code, Refused

ON = date(2024, 6, 30)
Answer = tuple[int, str, str]  # status, content type, body
Script = Callable[[dict[str, str], dict[str, str], int], Answer]  # query, headers, number of the request
pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture(autouse=True)
def consent(book: Path) -> None:
    """The firm of these rows agreed to be read: what is pulled without a right is kept from everybody."""
    agree("E1")


class Server(ThreadingHTTPServer):
    script: Script
    asked: list[dict[str, str]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append(query)
        status, kind, body = self.server.script(query, dict(self.headers), len(self.server.asked))
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever asked has hung up

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as serving:
        serving.asked = []
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def agree(firm: str, channels: tuple[str, ...] = ("pos_settlements", "bank_transactions")) -> None:
    governance.grant(
        [EnterpriseId(firm)],
        channels=channels,
        purposes=[Purpose.CREDIT_DECISION],
        basis=Basis.CONSENT,
        evidence="a form",
        valid_from=date(2024, 1, 1),
        request=RequestId(f"consent of {firm}"),
        by="a test",
    )


def rows(first: int, last: int, **changes: Any) -> list[dict[str, Any]]:
    """A terminal's days: row n is of terminal n, and was written at moment n."""
    return [
        {
            "enterprise": "E1",
            "terminal": f"T{n}",
            "happened_on": "2024-04-01",
            "tickets": 3,
            "amount": 10.1,
            "refunds": 0,
            "refund": 0,
            "night_tickets": 0,
            "night": 0,
            "fee": 0,
            "written": f"{n:06}",
        }
        | changes
        for n in range(first, last + 1)
    ]


def page(found: list[dict[str, Any]], following: str | None = None) -> Answer:
    return 200, "application/json", json.dumps({"data": {"rows": found}, "next": following})


def declare(at: Server | str, **changes: Any) -> None:
    address = at if isinstance(at, str) else f"http://127.0.0.1:{at.server_address[1]}/settlements"
    source = {
        "name": "till",
        "channel": "pos_settlements",
        "kind": "rest",
        "address": address,
        "cursor": "written",
        "since": "since",
        "rows": "data.rows",
        "pages": {"type": "cursor", "cursor_path": "next", "cursor_param": "page"},
        "timeout_seconds": 0.3,
        "attempts": 3,
        "back_off_seconds": 0.01,
    }
    Path(settings.SOURCES).write_text(json.dumps([source | changes]), encoding="utf-8")


def pull() -> pulling.Pulled:
    return pulling.pull("till", on=ON, by="a test")


def state() -> pulling.SourceState:
    (found,) = pulling.states()
    return found


def in_the_lake(channel: str = "pos_settlements") -> int:
    planned = planning.plan(lake.current(CHANNELS[channel]), firms=None).files
    con = lake.connect()
    try:
        return (
            int(con.con.execute(f"select count(*) from read_parquet({list(planned)})").fetchall()[0][0])
            if planned
            else 0
        )
    finally:
        con.disconnect()


def test_pages_become_one_delivery_and_the_next_pull_begins_where_it_ended(server: Server) -> None:
    data = rows(1, 25)

    def script(query: dict[str, str], headers: dict[str, str], number: int) -> Answer:
        new = [row for row in data if row["written"] >= query.get("since", "")]
        start = int(query.get("page", 0))
        return page(new[start : start + 10], str(start + 10) if start + 10 < len(new) else None)

    server.script = script
    declare(server)
    first = pull()
    assert (first.rows, first.cursor) == (25, "000025")
    assert [d.accepted for d in first.deliveries] == [25]
    assert first.deliveries[0].unknown_headers == ("written",)

    data += rows(26, 30)
    second = pull()
    assert (second.rows, second.cursor, server.asked[-1]["since"]) == (6, "000030", "000025")
    assert (second.deliveries[0].accepted, second.deliveries[0].duplicates) == (5, 1)
    assert in_the_lake() == 30
    assert (state().outcome, state().failures, state().rows) == ("done", 0, 6)


def test_rows_of_a_firm_without_a_right_wait_sealed_and_unseen_until_there_is_one(server: Server) -> None:
    """One firm never agreed, another's consent is withdrawn while its pages are on the way."""
    agree("E2")

    def script(query: dict[str, str], headers: dict[str, str], number: int) -> Answer:
        if query.get("page") != "2":
            return page([*rows(1, 2), *rows(3, 4, enterprise="E2"), *rows(5, 5, enterprise="E3")], "2")
        governance.withdraw(
            EnterpriseId("E2"),
            channel="pos_settlements",
            purpose=Purpose.CREDIT_DECISION,
            on=ON,
            request=RequestId("enough"),
            by="the owner",
        )
        connections.close_all()
        return page(rows(6, 6, enterprise="E2"))

    server.script = script
    declare(server)
    (delivery,) = pull().deliveries
    assert (delivery.accepted, delivery.reasons) == (2, {"NO_RIGHT_WHEN_PULLED": 4})
    waiting = selectors.quarantine(delivery.delivery, on=ON)
    assert [row.raw for row in waiting] == [None] * 4
    refused = services.mend(waiting[0].id, {}, by="a test", on=ON)
    assert isinstance(refused, Refused) and refused.code is Code.STILL_BROKEN
    agree("E3")
    mended = services.mend(waiting[2].id, {}, by="a test", on=ON)
    assert isinstance(mended, Delivery) and mended.accepted == 1
    assert [path for path in Path(settings.SPOOL).rglob("*") if path.is_file()] == []


def test_nothing_new_is_no_delivery(server: Server) -> None:
    server.script = lambda *_: page([])
    declare(server)
    assert pull().deliveries == ()
    assert state().outcome == "done"
    assert selectors.deliveries("pos_settlements") == []


def test_a_source_that_stumbles_is_asked_again_and_one_that_fell_is_said_so(server: Server) -> None:
    wait = threading.Event()

    def stumbles(query: dict[str, str], headers: dict[str, str], number: int) -> Answer:
        if number == 1:
            return 503, "text/plain", "busy"
        if number == 2:
            wait.wait(1)  # longer than the time-out
        return page(rows(1, 3))

    server.script = stumbles
    declare(server)
    assert pull().rows == 3
    assert len(server.asked) == 3

    server.script = lambda *_: (503, "text/plain", "busy")
    with pytest.raises(Unreachable, match=r"HTTP 503 in all 3 tries.*begins where the last one ended"):
        pull()
    with pytest.raises(Unreachable):
        pull()
    assert (state().outcome, state().failures, state().cursor) == ("unreachable", 2, "000003")

    def slow(*_: object) -> Answer:
        wait.wait(1)
        return page([])

    server.script = slow
    with pytest.raises(Unreachable, match=r"did not answer in 3 tries of 0\.3 s"):
        pull()
    server.script = lambda *_: page(rows(4, 4))
    assert pull().rows == 1
    assert (state().outcome, state().failures, in_the_lake()) == ("done", 0, 4)


def test_a_source_that_is_not_there_is_said_so() -> None:
    declare("http://127.0.0.1:9/nothing")
    with pytest.raises(Unreachable, match="did not answer in 3 tries"):
        pull()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, "text/html", "<html><body>Please log in</body></html>"), "does not answer in JSON but with '<html>"),
        ((200, "application/json", '{"data": {"rows": [{"enter'), "does not answer in JSON"),
        ((200, "application/json", '{"error": "quota"}'), "has no 'data.rows' but"),
        ((200, "application/json", '{"data": {"rows": [1, 2]}}'), "holds no objects"),
        ((401, "text/plain", "who?"), r"does not let us in \(HTTP 401\)"),
        ((404, "text/plain", "no such thing"), "HTTP 404: 'no such thing'"),
    ],
)
def test_what_is_no_page_of_rows_ends_in_words_and_moves_nothing(server: Server, answer: Answer, said: str) -> None:
    server.script = lambda query, headers, number: page(rows(1, 5), "2") if number == 1 else answer
    declare(server)
    with pytest.raises(BadInput, match=said):
        pull()
    assert (state().outcome, state().cursor, in_the_lake()) == ("refused", None, 0)
    assert state().said
    server.script = lambda *_: page(rows(1, 6))
    assert pull().rows == 6
    assert (state().outcome, state().said) == ("done", "")


def test_pages_in_a_circle_end(server: Server) -> None:
    circle = {"": (rows(1, 2), "b"), "b": (rows(3, 4), "a"), "a": (rows(5, 6), "b")}
    server.script = lambda query, headers, number: page(*circle[query.get("page", "")])
    declare(server)
    with pytest.raises(BadInput, match=r"go in a circle: page \d+ came before"):
        pull()
    assert len(server.asked) < 12
    assert (state().outcome, in_the_lake()) == ("refused", 0)


def test_a_page_that_comes_twice_counts_once(server: Server) -> None:
    turns = {"": (rows(1, 3), "b"), "b": (rows(1, 3), "c"), "c": (rows(3, 5), None)}
    server.script = lambda query, headers, number: page(*turns[query.get("page", "")])
    declare(server)
    found = pull()
    assert (found.rows, found.deliveries[0].accepted, found.deliveries[0].duplicates) == (6, 5, 1)


def test_types_that_change_midway_are_quarantined_and_a_cursor_that_does_is_refused(server: Server) -> None:
    odd = rows(4, 4, amount="10.10") + rows(5, 5, amount={"yuan": 1}) + rows(6, 6, tickets=None)
    server.script = lambda query, headers, number: page(rows(1, 3), "2") if number == 1 else page(odd)
    declare(server)
    found = pull()
    assert (found.deliveries[0].accepted, found.deliveries[0].quarantined) == (4, 2)

    server.script = lambda *_: page(rows(7, 7) + rows(8, 8, written=8))
    with pytest.raises(BadInput, match="changes its type: '000007', then 8"):
        pull()
    assert state().cursor == "000006"

    server.script = lambda *_: page(rows(101, 300, amount={"yuan": 1}))
    with pytest.raises(BadInput, match="seems to have changed its type"):
        pull()
    assert (state().cursor, state().outcome) == ("000006", "refused")


def test_a_secret_goes_to_its_host_and_nowhere_else(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []

    def script(query: dict[str, str], headers: dict[str, str], number: int) -> Answer:
        seen.append(headers.get("Authorization"))
        return page(rows(1, 1), "http://other.example/rows")

    server.script = script
    declare(server, secret="TILL_TOKEN", pages={"type": "json_link", "next_url_path": "next"})
    with pytest.raises(BadInput, match="needs the secret TILL_TOKEN"):
        pull()
    monkeypatch.setenv("TILL_TOKEN", "a-token")
    with pytest.raises(BadInput, match=r"sends on to another host, other\.example"):
        pull()
    assert seen == ["Bearer a-token"]
    assert "a-token" not in Path(settings.SOURCES).read_text(encoding="utf-8") + state().said
    declare("http://bank.example/rows", secret="TILL_TOKEN")
    with pytest.raises(BadInput, match="send its secret in the clear"):
        pull()


def test_long_numbers_from_json_keep_their_digits(server: Server) -> None:
    body = json.dumps({"data": {"rows": rows(1, 1)}, "next": None}).replace("10.1", "12345678901.10")
    server.script = lambda *_: (200, "application/json", body.replace('"T1"', "12345678901234567890123"))
    declare(server)
    assert pull().deliveries[0].accepted == 1
    con = lake.connect()
    planned = planning.plan(lake.current(CHANNELS["pos_settlements"]), firms=None).files
    found = con.con.execute(f"select terminal, amount_fen from read_parquet({list(planned)})").fetchall()
    con.disconnect()
    assert found == [("12345678901234567890123", 1234567890110)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"chanel": "x"}, "says chanel"),
        ({"channel": "weather"}, "no channel 'weather'"),
        ({"kind": "ftp"}, "its kind is 'ftp'"),
        ({"address": "bank.example"}, "no http address"),
        ({"name": "../till"}, "its name is not"),
        ({"since": ""}, "cursor and since go together"),
        ({"attempts": 0}, "times make no sense"),
        ({"pages": {"type": "scroll"}}, "cannot be paged"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(server: Server, changes: dict[str, Any], said: str) -> None:
    declare(server, **changes)
    with pytest.raises(BadInput, match=said):
        pull()


def test_a_source_that_nobody_declared_is_refused() -> None:
    with pytest.raises(BadInput, match="there is no source 'till'"):
        pull()
    Path(settings.SOURCES).write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be read"):
        pull()


# ---- a database ----------------------------------------------------------------------------------------------------


@pytest.fixture
def bank() -> Iterator[str]:
    """A bank's own database, with transactions; yields its URL."""
    url = postgres.create(f"bank_{os.urandom(4).hex()}")
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("create schema core")
        link.execute(
            "create table core.flows (enterprise text, account text, transaction_number bigint, happened_on date,"
            " direction text, amount numeric(18, 2), balance numeric(18, 2), memo text, written timestamptz)"
        )
        link.execute(
            "insert into core.flows select 'E1', '62220202001122334455', n, date '2024-04-01' + n % 30, '贷', n + 0.25,"
            " 5.5, null, timestamptz '2024-05-01 00:00:00Z' + n * interval '1 s' from generate_series(1, 25000) n"
        )
    yield url


def declare_bank(url: str, **changes: Any) -> None:
    source = {
        "name": "till",
        "channel": "bank_transactions",
        "kind": "sql",
        "address": url.replace("postgresql://", "postgresql+psycopg://"),
        "schema": "core",
        "table": "flows",
        "cursor": "written",
    }
    Path(settings.SOURCES).write_text(json.dumps([source | changes]), encoding="utf-8")


def test_a_table_is_pulled_by_its_cursor_and_money_stays_exact(bank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "ROWS_A_DELIVERY", 10_000)
    declare_bank(bank)
    found = pull()
    assert (found.rows, [d.accepted for d in found.deliveries]) == (25_000, [10_000, 10_000, 5_000])
    with psycopg.connect(bank, autocommit=True) as link:
        link.execute("update core.flows set amount = 7777777777.77, written = now() where transaction_number = 5")
        link.execute("insert into core.flows select * from core.flows where transaction_number = 6")
    again = pull()
    assert (again.rows, again.deliveries[0].corrections, again.deliveries[0].duplicates) == (2, 1, 1)
    con = lake.connect()
    planned = planning.plan(lake.current(CHANNELS["bank_transactions"]), firms=None).files
    sums = con.con.execute(f"select count(*), max(amount_fen) from read_parquet({list(planned)})").fetchall()
    con.disconnect()
    assert sums == [(25_001, 777777777777)]


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"table": "nothing"}, BadInput, "has no table nothing"),
        ({"cursor": "nothing"}, BadInput, "Cursor column `nothing` does not exist"),
        ({"address": "postgresql+psycopg://nobody@127.0.0.1:9/x"}, Unreachable, "cannot be read"),
    ],
)
def test_a_database_that_is_not_as_declared(
    bank: str, changes: dict[str, str], error: type[BadInput], said: str
) -> None:
    declare_bank(bank, **changes)
    with pytest.raises(error, match=said):
        pull()
    assert (state().failures, state().cursor) == (1, None)


def test_a_column_that_goes_from_the_table_stops_the_pull(bank: str) -> None:
    declare_bank(bank)
    pull()
    before = state().cursor
    with psycopg.connect(bank, autocommit=True) as link:
        link.execute("alter table core.flows rename balance to balance_now")
        link.execute("update core.flows set written = now()")
    with pytest.raises(BadInput, match=r"no column for balance_fen.*balance_now"):
        pull()
    assert (state().outcome, state().cursor) == ("refused", before)
    declare_bank(bank, rename={"balance_now": "balance"})
    assert pull().rows == 25_000
    assert in_the_lake("bank_transactions") == 25_000


# ---- killed --------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
import django
django.setup()
from django.conf import settings
from puhui import postgres
from puhui.channels import lake, services
from puhui.channels.pulls import pulling
import puhui.channels.pulls.fetching as fetching

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after_the_second_page(source, since, pages=fetching.pages):
    for number, page in enumerate(pages(source, since)):
        if number == 2:
            die()
        yield page

url, folder, point = sys.argv[1:]
postgres.use(url)
settings.LAKE = Path(folder) / "lake"
settings.SOURCES, settings.SPOOL = Path(folder) / "sources.json", Path(folder) / "spool"
pulling.ROWS_A_DELIVERY = 10_000
if point == "while fetching":
    fetching.pages = after_the_second_page
if point == "before the lake's commit":
    lake.commit = die
if point == "after the delivery":
    services.move_cursor = die
pulling.pull("till", on=date(2024, 6, 30), by="a child")
"""


@pytest.mark.parametrize(
    ("point", "kept"), [("while fetching", 20_000), ("before the lake's commit", 0), ("after the delivery", 10_000)]
)
def test_a_killed_pull_keeps_what_is_whole_and_the_next_one_goes_on(
    bank: str, book: Path, point: str, kept: int
) -> None:
    declare_bank(bank)
    command = [sys.executable, "-W", "ignore", "-c", KILLED, postgres.url(), str(book.parent), point]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert state().outcome == "running"
    assert in_the_lake("bank_transactions") == kept
    found = pull()
    # The cursor is inclusive: one row of those that are kept comes again.
    assert found.rows == 25_000 - kept + (1 if kept else 0)
    assert in_the_lake("bank_transactions") == 25_000
    assert (state().outcome, PullRow.objects.get().failures) == ("done", 0)


def test_one_pull_at_a_time(bank: str) -> None:
    declare_bank(bank)
    with psycopg.connect(postgres.url(), autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtextextended('puhui.pull.till', 0))")
        with pytest.raises(BadInput, match="is being pulled already"):
            pull()
        other.execute("select pg_advisory_unlock_all()")  # a server lets go a moment after its client has left
    assert pull().rows == 25_000
