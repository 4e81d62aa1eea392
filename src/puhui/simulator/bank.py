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
from socket import socket
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
        self.in_hand = 0  # calls that were let in and are not answered yet
        self.lock = Lock()

    def process_request(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Let a call in."""
        with self.lock:
            self.in_hand += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Answer a call."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.lock:
                self.in_hand -= 1

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
        if self.path == "/collections/enquiries":
            self._say(200, {"results": [self._of(str(name)) for name in asked["requests"]]})
        elif self.path == "/collections":
            self._take(asked["orders"])
        else:
            self._pay(asked)

    def _pay(self, asked: dict[str, Any]) -> None:
        whose = str(asked["payee"])
        if whose.startswith("deaf"):
            self.close_connection = True
            return
        said = self._keep(self.server.payments, asked, _paid(asked, whose))
        if whose.startswith("late"):
            time.sleep(LATE_SECONDS)
        if whose.startswith("silent"):
            self.close_connection = True
        elif whose.startswith("nonsense"):
            self._say(200, {"request": "another", "fen": 1, "outcome": "paid", "taken": 1})
        else:
            for _ in range(2 if whose.startswith("twice") else 1):
                self._say(200, said)

    def _take(self, orders: list[dict[str, Any]]) -> None:
        """Collections come many at once: the order of a deaf account is not seen, a silent one loses the answer."""
        results, whose = list[dict[str, Any]](), [str(order["account"]) for order in orders]
        for order, account in zip(orders, whose, strict=True):
            if account.startswith("deaf"):
                continue
            said = self._keep(self.server.collections, order, _collected(order, account))
            strange = account.startswith("nonsense")
            results += [said | {"fen": 1, "taken": 1} if strange else said] * (2 if account.startswith("twice") else 1)
        if any(account.startswith("late") for account in whose):
            time.sleep(LATE_SECONDS)
        if any(account.startswith("silent") for account in whose):
            self.close_connection = True
            return
        self._say(200, {"results": results})

    def _keep(self, kept: dict[str, dict[str, Any]], asked: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
        with self.server.lock:
            name = str(asked["request"])
            self.server.asked[name] = self.server.asked.get(name, 0) + 1
            return kept.setdefault(name, made)

    def _of(self, name: str) -> dict[str, Any]:
        return self.server.collections.get(name, {"request": name, "outcome": "never_seen"})

    def do_GET(self) -> None:
        said = self.server.payments.get(unquote(self.path.rsplit("/", 1)[-1]))
        self._say(200 if said else 404, said or {})

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
