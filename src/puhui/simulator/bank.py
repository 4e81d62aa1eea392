"""A bank that pays, behind real HTTP, with the faults that real ones have.

Promises that a payment under one request id is made once, whatever is answered. Refuses payees whose name begins with
"blocked". The faults are told by the payee's name, so that a story can be read: "late", "silent", "nonsense", "twice",
"deaf" (the bank hangs up before it has seen the payment).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

LATE_SECONDS = 2.0


class Bank(ThreadingHTTPServer):
    """Its payments by request id, and how often each was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.payments: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, int] = {}
        self.lock = Lock()

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
        payee = str(asked["payee"])
        if payee.startswith("deaf"):
            self.close_connection = True
            return
        with self.server.lock:
            name = str(asked["request"])
            self.server.asked[name] = self.server.asked.get(name, 0) + 1
            made = {**asked, "outcome": "rejected" if payee.startswith("blocked") else "paid"}
            said = self.server.payments.setdefault(name, made)
        if payee.startswith("late"):
            time.sleep(LATE_SECONDS)
        if payee.startswith("silent"):
            self.close_connection = True
        elif payee.startswith("nonsense"):
            self._say(200, {"request": "another", "fen": 1, "outcome": "paid"})
        else:
            self._say(200, said)

    def do_GET(self) -> None:
        said = self.server.payments.get(self.path.rsplit("/", 1)[-1])
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
