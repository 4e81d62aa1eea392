"""A message service behind real HTTP: it delivers once under one id, and its answers get lost as real ones do.

A firm whose id begins with "silent" gets its message, but the first answer is lost; "deaf" hangs up before it has read.
To one that begins with "slow" nothing is answered until four such messages are in hand: one by one, they fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, BrokenBarrierError, Lock, Thread
from typing import Any


class MessageService(ThreadingHTTPServer):
    """What was delivered, in order, and how often each id was handed over."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.delivered: list[dict[str, Any]] = []
        self.asked: dict[str, int] = {}
        self.lock = Lock()
        self.slow = Barrier(4, timeout=5)


@contextmanager
def open_message_service() -> Iterator[MessageService]:
    """A service at work on a port of its own, for as long as the block lasts."""
    service = MessageService()
    Thread(target=service.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()


class _Counter(BaseHTTPRequestHandler):
    server: MessageService

    def do_POST(self) -> None:
        letter = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, to = str(letter["id"]), str(letter["to"])
        if to.startswith("deaf"):
            self.close_connection = True
            return
        if to.startswith("slow"):
            try:
                self.server.slow.wait()
            except BrokenBarrierError:
                self.close_connection = True
                return
        with self.server.lock:
            first = name not in self.server.asked
            self.server.asked[name] = self.server.asked.get(name, 0) + 1
            if first:
                self.server.delivered.append(letter)
        if first and to.startswith("silent"):
            self.close_connection = True
            return
        text = json.dumps({"taken": name}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """The service keeps its thoughts to itself."""
