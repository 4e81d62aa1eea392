"""The credit bureau behind real HTTP: what other lenders report, read from the files of a simulated world.

`GET /reports?since=2023-01-01&page=100` answers `{"rows": [...], "next": "200"}`, whole days at a time and in their
order; a source with kind rest, rows `rows` and cursor pages pulls it (docs/channels.md). Promises the same rows for the
same question. Its `mood` is played: "down" answers 503, "late" after the patience of most, "twice" sends every page two
times.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq

from puhui.simulator.offices import LATE_SECONDS

DAY = "happened_on"
ROWS_A_PAGE = 500


class Bureau(ThreadingHTTPServer):
    """One bureau: its rows by day, its mood, and how often it was asked."""

    daemon_threads = True

    def __init__(self, files: Iterator[Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.rows = [row for file in sorted(files) for row in _rows(file)]
        self.rows.sort(key=lambda row: row[DAY])
        self.mood = ""
        self.asked = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}/reports"

    def source(self, *, timeout_seconds: float = 5) -> dict[str, Any]:
        """How the house declares it in `sources.json`."""
        return {
            "name": "bureau", "channel": "enterprise_bureau", "kind": "rest", "address": self.url, "rows": "rows",
            "pages": {"type": "cursor", "cursor_path": "next", "cursor_param": "page"}, "attempts": 1,
            "timeout_seconds": timeout_seconds,
        }  # fmt: skip


@contextmanager
def open_bureau(world: Path) -> Iterator[Bureau]:
    """A bureau at work on a port of its own, with the reports of a simulated world, for as long as the block lasts."""
    bureau = Bureau((world / "channels" / "enterprise_bureau").glob("*.parquet"))
    Thread(target=bureau.serve_forever, daemon=True).start()
    try:
        yield bureau
    finally:
        bureau.shutdown()
        bureau.server_close()


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    for row in pq.read_table(file).to_pylist():
        yield {name: value if isinstance(value, int | None) else str(value) for name, value in row.items()}


class _Counter(BaseHTTPRequestHandler):
    server: Bureau

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.mood == "late":
            time.sleep(LATE_SECONDS)
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        rows = [row for row in self.server.rows if row[DAY] >= query.get("since", "")]
        place, _, again = query.get("page", "0").partition("-")
        begin = int(place)
        following = str(begin + ROWS_A_PAGE) if begin + ROWS_A_PAGE < len(rows) else None
        if self.server.mood == "twice" and not again:
            following = f"{place}-again"
        said = {"rows": rows[begin : begin + ROWS_A_PAGE], "next": following}
        text = json.dumps({} if self.server.mood == "down" else said, ensure_ascii=False).encode()
        self.send_response(503 if self.server.mood == "down" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        try:
            self.wfile.write(text)
        except OSError:  # whoever asked has lost patience
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """A bureau tells nobody who asked."""
