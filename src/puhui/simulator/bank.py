"""A bank that pays, behind real HTTP, with the faults that real ones have.

Promises that a payment under one request id is made once, whatever is answered. Refuses payees whose name begins with
"blocked". It also takes money from a firm's account, which holds enough unless it is "empty" or "half". The faults are
told by the name of the payee or the account, so that a story can be read: "late", "silent", "nonsense", "twice" (it
says its answer twice), "deaf" (the bank hangs up before it has seen the payment).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote

LATE_SECONDS = 2.0


class Bank(ThreadingHTTPServer):
    """Its payments by request id, and how often each was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.payments: dict[str, dict[str, Any]] = {}
        self.collections: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, int] = {}
        self.lock = Lock()

    @property
    def taken_fen(self) -> int:
        """What was taken from accounts, in fen."""
        return sum(each.get("taken", 0) for each in self.collections.values())

    @property
    def paid_fen(self) -> int:
        """What has left the bank, in fen."""
        return sum(each["fen"] for each in self.payments.values() if each["outcome"] == "paid")


@contextmanager
def open_bank() -> Iterator[Bank]:
    """A bank at work on a port of its own, for as long as the block lasts."""
    bank = Bank()
    worker = Thread(target=bank.serve_forever, daemon=True)
    worker.start()
    try:
        yield bank
    finally:
        bank.shutdown()
        bank.server_close()


class _Desk(BaseHTTPRequestHandler):
    server: Bank

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        collects = self.path == "/collections"
        whose = str(asked["account" if collects else "payee"])
        if whose.startswith("deaf"):
            self.close_connection = True
            return
        with self.server.lock:
            name = str(asked["request"])
            self.server.asked[name] = self.server.asked.get(name, 0) + 1
            made = _collected(asked, whose) if collects else _paid(asked, whose)
            said = self._kept(collects).setdefault(name, made)
        if whose.startswith("late"):
            time.sleep(LATE_SECONDS)
        if whose.startswith("silent"):
            self.close_connection = True
        elif whose.startswith("nonsense"):
            self._say(200, {"request": "another", "fen": 1, "outcome": "paid", "taken": 1})
        else:
            for _ in range(2 if whose.startswith("twice") else 1):
                self._say(200, said)

    def do_GET(self) -> None:
        said = self._kept(self.path.startswith("/collections/")).get(unquote(self.path.rsplit("/", 1)[-1]))
        self._say(200 if said else 404, said or {})

    def _kept(self, collects: bool) -> dict[str, dict[str, Any]]:
        return self.server.collections if collects else self.server.payments

    def _say(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """The bank keeps its thoughts to itself."""


def _paid(asked: dict[str, Any], payee: str) -> dict[str, Any]:
    return {**asked, "outcome": "rejected" if payee.startswith("blocked") else "paid"}


def _collected(asked: dict[str, Any], account: str) -> dict[str, Any]:
    taken = 0 if account.startswith("empty") else asked["fen"] // (2 if account.startswith("half") else 1)
    return {**asked, "outcome": "paid", "taken": taken} if taken else {**asked, "outcome": "rejected"}
