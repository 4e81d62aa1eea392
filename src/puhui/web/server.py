"""`puhui serve`: the workbench on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import waitress  # type: ignore[import-untyped]
from django.conf import settings
from waitress import wasyncore

from puhui import days, jobs
from puhui.documents.services import BUILT as PLOTS
from puhui.governance import demo_users
from puhui.products import services as products
from puhui.progress import Teller
from puhui.refusals import BadInput, NotReady
from puhui.simulator import offices
from puhui.web import demo_owner, warm, workers
from puhui.web.static_files import STATIC
from puhui.web.strategy import FOLDER
from puhui.web.workers import THREADS, Served
from puhui.web.wsgi import application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BACKLOG = 1024
HOST = "127.0.0.1"  # others come through a proxy on this machine, which ends TLS


def serve(
    port: int,
    report: Path | None,
    tell: Callable[[str], None] | None = None,
    *,
    with_worker: bool = False,
    processes: int = 1,
) -> None:
    """Serve until stopped, by this process or by so many begun for it.

    `report` is a folder that `puhui strategy` has written; `with_worker` also does the jobs, in this process.
    Raises BadInput when the folder is not there or the port is taken, NotReady when the look is not built.
    """
    if report is not None and not (report / "summary.json").is_file():
        raise BadInput(f"{report} holds no strategy run", then=f"run `puhui strategy --out {report}` first")
    if not ((STATIC / "built" / "workbench.css").is_file() and PLOTS.is_file()):
        raise NotReady("the workbench's look is not built", then="run: make build")
    with _listening(port) as door:
        products.install(at=days.now())
        say = tell or Teller().say
        say(f"Puhui's workbench is at http://{HOST}:{door.getsockname()[1]} (stop with Ctrl-C)")
        if settings.DEMO:
            names = ", ".join(name for name, _ in demo_users.names())
            say(f"sign in with the password {demo_users.PASSWORD} as {names}")
        with jobs.working() if with_worker else nullcontext(), _played() if settings.PLAYED else nullcontext():
            served = Served(door, report, settings.OUTSIDE)
            if processes == 1:
                answer(served)
            else:
                workers.keep(served, processes, say)


def answer(served: Served) -> None:
    """Answer at the door, in this process, until it is told to stop."""
    settings.OUTSIDE = dict(served.outside)
    house = with_report(application, served.report)
    warm.begin()
    waitress.create_server(house, sockets=[served.door], threads=THREADS).run()


@contextmanager
def beside() -> Iterator[int]:
    """The house served on a free port of this machine by threads of this process; yields the port."""
    with _listening(0) as door:
        serving = waitress.create_server(application, sockets=[door], threads=THREADS)
        Thread(target=serving.run, daemon=True).start()
        try:
            yield int(serving.effective_port)
        finally:
            serving.task_dispatcher.shutdown()
            wasyncore.close_all(serving._map)


@contextmanager
def _played() -> Iterator[None]:
    """With simulated outside services beside the server, and in a demo one user of each role."""
    if settings.DEMO:
        demo_users.make(by="the demo")
    with offices.open_all() as outside:
        settings.OUTSIDE.update({name: at for name, at in outside.items() if not settings.OUTSIDE.get(name)})
        if settings.DEMO:
            demo_owner.introduce()
        yield


def _listening(port: int) -> socket.socket:
    """An open port on this machine only."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
    except (OSError, OverflowError):
        door.close()
        raise BadInput(f"port {port} is taken or not ours to open", then="name another one with --port") from None
    door.listen(BACKLOG)  # who calls while the processes are still beginning is heard by the first that is ready
    return door


def with_report(application: WSGIApplication, report: Path | None) -> WSGIApplication:
    """The application, told with each request where the strategy's papers lie."""

    def told(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ[FOLDER] = report and str(report.resolve())
        return application(environ, start)

    return told
