"""Two processes at one door: what one of them does, the other knows; what ends is begun anew, and all end together."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest
from calling import ROOT
from small_bank import ON

from puhui import days, postgres
from puhui.channels import selectors as lake
from puhui.channels import services as delivering
from puhui.governance import demo_users, tokens
from puhui.governance.models import Control, User
from puhui.ids import EnterpriseId, new_request
from puhui.showcase.play import read

LIMIT = 25  # calls a minute, of one token
SERVES = [sys.executable, "-u", "-c", "from puhui.cli.verbs import main; main()", "serve", "--no-worker"]
Answer = tuple[int, Any]


class Link:
    """One connection kept open, and so one and the same process at its other end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.http = HTTPConnection("127.0.0.1", port, timeout=120)
        self.http.connect()

    def by(self, house: psutil.Process) -> int:
        """The process that has taken this connection."""
        ours = self.http.sock.getsockname()[1]
        at_work = [each for each in house.children() if any("spawn_main" in word for word in each.cmdline())]
        ends = {each.pid: {end.raddr.port for end in each.net_connections() if end.raddr} for each in at_work}
        (found,) = (pid for pid, ports in ends.items() if ours in ports)
        return int(found)

    def raw(self, method: str, path: str, body: str | None = None, **headers: str) -> HTTPResponse:
        self.http.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.http.getresponse()

    def get(self, path: str, bearer: str) -> Answer:
        answer = self.raw("GET", ROOT + path, Authorization=f"Bearer {bearer}")
        return answer.status, json.loads(answer.read())

    def post(self, path: str, bearer: str, body: object = None, *, key: str = "") -> Answer:
        named = {"Idempotency_Key": key or new_request(), "Business_Date": ON.isoformat()}
        named |= {"Authorization": f"Bearer {bearer}", "Content_Type": "application/json"}
        answer = self.raw("POST", ROOT + path, json.dumps({} if body is None else body), **named)
        return answer.status, json.loads(answer.read())


@pytest.fixture(scope="module")
def firms(
    bank: tuple[str, Path], book_like: Callable[..., AbstractContextManager[Path]]
) -> Iterator[list[EnterpriseId]]:
    with book_like(*bank):
        yield lake.firms("tax_filings")


@pytest.fixture(scope="module")
def house(firms: list[EnterpriseId], bank: tuple[str, Path]) -> Iterator[tuple[psutil.Process, int]]:
    """`puhui serve --workers 2` as a demo, on the book and the lake of the tests; its process and its port."""
    around = os.environ | {"PUHUI_HOME": str(bank[1]), "PUHUI_DATABASE_URL": postgres.url(), "PUHUI_DEMO": "1"}
    around |= {"PUHUI_CALLS_A_MINUTE": str(LIMIT), "PUHUI_KEYSET_FILE": f"{os.environ['PUHUI_HOME']}/keyset.json"}
    log = bank[1] / "served.log"
    with (
        log.open("w") as told,
        subprocess.Popen([*SERVES, "--port", "0", "--workers", "2"], env=around, stderr=told, stdout=told) as begun,
    ):
        try:
            port = int(until(lambda: re.search(r"127\.0\.0\.1:(\d+)", log.read_text()), "it is told where")[1])
            owner = until(lambda: User.objects.filter(name="borrower").first(), "the demo's users are there")
            for firm in firms[:2]:
                Control.objects.create(user=owner, enterprise=firm, evidence="-", at=days.now(), request=new_request())
            yield psutil.Process(begun.pid), port
        finally:
            processes = psutil.Process(begun.pid).children(recursive=True)
            begun.send_signal(signal.SIGTERM)
            assert begun.wait(timeout=30) == 0, "told to stop, it stops in order"
            _gone, left = psutil.wait_procs(processes, timeout=10)
            assert not [each for each in left if each.status() != psutil.STATUS_ZOMBIE], "and nobody is left"


def until(holds: Callable[[], Any], what: str) -> Any:
    """What there is as soon as there is something."""
    end = time.monotonic() + 120  # a busy machine begins slowly
    while not (found := holds()):
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.05)
    return found


def token(name: str) -> str:
    """A token of one of the demo's users."""
    made = tokens.issue(name, label="", scopes=[*tokens.Scope], lasts=timedelta(days=1), at=days.now(), by="a test")
    assert isinstance(made, tokens.Issued)
    return made.token


@pytest.fixture
def two(house: tuple[psutil.Process, int]) -> Iterator[tuple[Link, Link]]:
    with apart(house) as links:
        yield links


@contextmanager
def apart(house: tuple[psutil.Process, int]) -> Iterator[tuple[Link, Link]]:
    """Two connections that two different processes have taken."""
    process, port = house
    with ExitStack() as open_links:

        def one_more() -> Link:
            link = Link(port)
            open_links.callback(link.http.close)
            assert link.raw("GET", "/healthz").read()
            return link

        one = one_more()
        other = until(lambda: (link := one_more()).by(process) != one.by(process) and link, "both processes answer")
        yield one, other


def test_what_one_process_does_the_other_knows(two: tuple[Link, Link], firms: list[EnterpriseId]) -> None:
    one, other = two
    owner = token("borrower")
    begun = one.post(f"/firms/{firms[0]}/applications", owner, {"product": "tax_credit"})
    assert begun[0] == 201, begun
    at = f"/applications/{begun[1]['number']}"
    assert other.get(at, owner)[1]["status"] == "drafted"
    assert other.post(f"{at}/consent", owner, {"evidence": "pressed the button"})[1]["status"] == "consented"
    stream = one.raw("GET", f"{ROOT}{at}/events", Authorization=f"Bearer {owner}")
    assert stream.status == 200
    decided = other.post(f"{at}/advance", owner)
    assert decided[0] == 200 and decided[1]["status"] in {"offered", "decided"}, decided
    told = [json.loads(line[6:])["status"] for line in first(stream, 4)]
    stream.close()
    assert told == ["drafted", "consented", "pulling", "decided"], "what the other decides, this one tells"


def first(stream: HTTPResponse, count: int) -> list[bytes]:
    found: list[bytes] = []
    while len(found) < count:
        if (line := stream.readline()).startswith(b"data: "):
            found.append(line)
    return found


def test_one_key_asked_of_both_at_once_is_one_act(two: tuple[Link, Link], firms: list[EnterpriseId]) -> None:
    owner, key, asked = token("borrower"), new_request(), {"product": "tax_credit"}
    with ThreadPoolExecutor(2) as hands:
        told = list(hands.map(lambda link: link.post(f"/firms/{firms[1]}/applications", owner, asked, key=key), two))
    assert told[0] == told[1] and told[0][0] == 201
    assert len(two[0].get(f"/firms/{firms[1]}/applications", owner)[1]["items"]) == 1


def test_a_delivery_is_read_by_both(two: tuple[Link, Link], world: Path) -> None:
    """Both have read the channel before; what a third process then delivers stands in the next answer of each."""
    auditor = token("auditor")
    before = [link.get("/channels", auditor)[1] for link in two]
    assert before[0] == before[1]
    late = next(each for each in read(world).deliveries if each.channel == "utilities")
    delivering.deliver(late.channel, late.file, source=late.channel, on=late.arrives, by="a test")
    after = [link.get("/channels", auditor)[1] for link in two]
    assert after[0] == after[1] != before[0]


def test_a_token_that_is_revoked_and_a_session_that_ends_end_in_both(two: tuple[Link, Link]) -> None:
    one, other = two
    auditor = token("auditor")
    assert one.get("/me", auditor)[0] == other.get("/me", auditor)[0] == 200
    number = max(each["number"] for each in one.get("/tokens", auditor)[1])
    assert one.post(f"/tokens/{number}/revocation", auditor)[0] == 200
    assert other.get("/me", auditor)[0] == 401

    cookies = signed_in(one, "auditor", demo_users.PASSWORD)
    assert [page(link, cookies) for link in two] == [200, 200]
    other.raw("POST", "/account/logout/", urlencode({"csrfmiddlewaretoken": token_of(cookies)}), **form(cookies)).read()
    assert [page(link, cookies) for link in two] == [302, 302]


def test_calls_and_failed_passwords_are_counted_over_both(two: tuple[Link, Link]) -> None:

    def in_one_minute() -> list[int]:
        auditor, minute = token("auditor"), time.time() // 60
        told = [two[turn % 2].get("/me", auditor)[0] for turn in range(LIMIT + 4)]
        return told if time.time() // 60 == minute else []

    assert until(in_one_minute, "all calls in one minute") == [200] * LIMIT + [429] * 4

    for turn in range(5):
        signed_in(two[turn % 2], "analyst", "wrong")
    assert [page(link, signed_in(link, "analyst", demo_users.PASSWORD)) for link in two] == [302, 302]


def test_a_killed_process_is_begun_anew_and_nobody_is_turned_away(house: tuple[psutil.Process, int]) -> None:
    process, port = house
    with apart(house) as (one, other):
        killed = one.by(process)
        os.kill(killed, signal.SIGKILL)
        assert other.raw("GET", "/healthz").read(), "the other goes on"
    for _ in range(20):
        link = Link(port)
        assert link.raw("GET", "/healthz").status == 200
        link.http.close()
    with apart(house) as (one, other):
        assert killed not in {one.by(process), other.by(process)}


def signed_in(link: Link, name: str, password: str) -> dict[str, str]:
    """The cookies after the form has been sent."""
    answer = link.raw("GET", "/account/login/")
    answer.read()
    cookies = kept(answer, {})
    said = {"login": name, "password": password, "csrfmiddlewaretoken": token_of(cookies)}
    answer = link.raw("POST", "/account/login/", urlencode(said), **form(cookies))
    answer.read()
    return kept(answer, cookies)


def page(link: Link, cookies: dict[str, str]) -> int:
    answer = link.raw("GET", "/channels/", **form(cookies))
    answer.read()
    return answer.status


def form(cookies: dict[str, str]) -> dict[str, str]:
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Cookie": sent, "Content_Type": "application/x-www-form-urlencoded"}


def token_of(cookies: dict[str, str]) -> str:
    return cookies["csrftoken"]


def kept(answer: HTTPResponse, cookies: dict[str, str]) -> dict[str, str]:
    said = [each.split(";")[0].split("=", 1) for each in answer.headers.get_all("Set-Cookie") or []]
    return cookies | dict(said)
