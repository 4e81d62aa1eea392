"""The house served over real HTTP on a port of its own, as `puhui serve` does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import waitress
from django.db import connections
from waitress import wasyncore

from puhui.web import server
from puhui.web.wsgi import application


@contextmanager
def served(folder: Path | None = None, *, threads: int = 2) -> Iterator[str]:
    """The address of a server at work, for as long as the block lasts."""
    kept_s = connections.settings["default"]["CONN_MAX_AGE"]
    connections.settings["default"]["CONN_MAX_AGE"] = 0  # the server's threads end without a last request
    with server._listening(0) as door:
        serving = waitress.create_server(server.with_report(application, folder), sockets=[door], threads=threads)
        thread = threading.Thread(target=serving.run, daemon=True)
        thread.start()
        yield f"http://{server.HOST}:{serving.effective_port}"
        wasyncore.close_all(serving._map)
        thread.join(timeout=10)
        serving.task_dispatcher.shutdown()
    connections.settings["default"]["CONN_MAX_AGE"] = kept_s
