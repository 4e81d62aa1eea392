"""Offices of other companies behind real HTTP: one tells who speaks for a firm, one keeps signatures.

Promises that a question under one request id has one answer, whatever happens on the way. Refuses nobody a look: these
are simulated. Faults are told by the person's name, so that a story can be read: "late" answers after the patience of
most, "silent" never, "nonsense" about something else. In the demo everybody speaks for a firm but "a stranger".
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from puhui.simulator.bank import open_bank

LATE_SECONDS = 2.0
Says = Callable[[dict[str, Any]], dict[str, Any]]


class Office(ThreadingHTTPServer):
    """One office: what it was asked, by request id, and what it has answered."""

    daemon_threads = True

    def __init__(self, says: Says) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.says = says
        self.answers: dict[str, dict[str, Any]] = {}
        self.lock = Lock()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


def identity(speaks: Mapping[str, str] | None = None) -> Says:
    """What the identity office says; `speaks` has each firm's representative by identity number (None: a demo)."""

    def says(asked: dict[str, Any]) -> dict[str, Any]:
        firm, person = str(asked["firm"]), str(asked["person"])
        confirmed = person != "a stranger" if speaks is None else speaks.get(firm) == asked["identity_number"]
        return {"confirmed": confirmed, "reference": f"check-{_mark(asked['request'])}"}

    return says


def signing(asked: dict[str, Any]) -> dict[str, Any]:
    """What the signing office says: a signature over the hash of what was agreed to."""
    return {"signed": True, "signature": _mark(f"{asked.get('document')}/{asked.get('signer')}")}


@contextmanager
def open_office(says: Says) -> Iterator[Office]:
    """An office at work on a port of its own, for as long as the block lasts."""
    office = Office(says)
    Thread(target=office.serve_forever, daemon=True).start()
    try:
        yield office
    finally:
        office.shutdown()
        office.server_close()


@contextmanager
def open_all() -> Iterator[dict[str, str]]:
    """All outside services of a demo: where each answers, by what it is for."""
    with ExitStack() as doors:
        bank = doors.enter_context(open_bank())
        yield {
            "bank": f"http://127.0.0.1:{bank.server_address[1]}",
            "identity": doors.enter_context(open_office(identity())).url,
            "signing": doors.enter_context(open_office(signing)).url,
        }


def _mark(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()[:24]


class _Desk(BaseHTTPRequestHandler):
    server: Office

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        person, name = str(asked.get("person", asked.get("signer", ""))), str(asked["request"])
        with self.server.lock:
            said = self.server.answers.setdefault(name, {"request": name, **self.server.says(asked)})
        if person.startswith("late"):
            time.sleep(LATE_SECONDS)
        if person.startswith("silent"):
            self.close_connection = True
            return
        text = json.dumps({"request": "another", "confirmed": True} if person.startswith("nonsense") else said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """An office keeps its thoughts to itself."""
