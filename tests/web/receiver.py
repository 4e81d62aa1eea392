"""A receiver of webhooks over real HTTP: what it was told, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook


class Receiver(ThreadingHTTPServer):
    """Somebody who is told, and what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers = 204

    def told(self, secret: str) -> list[dict[str, Any]]:
        """What was said, where its signature holds."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.got]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/told?by=puhui"


class Desk(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.answers)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    """A receiver on a port of its own, for as long as the block lasts."""
    server = Receiver()
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
