"""A delivery killed at any point leaves nothing half visible, and the same file completes it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from paper_invoices import Writer, invoice

from puhui import postgres
from puhui.channels import lake, planning, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.models import DeliveryRow, QuarantinedRow
from puhui.governance import selectors as permissions

# One process imports everything once; each order it gets forks children that deliver, and die at a point.
NURSERY = """
import json, os, signal, sys
from datetime import date
from pathlib import Path
import django
django.setup()
from django.conf import settings
from puhui import postgres
from puhui.channels import healing, lake, services
import pandera.ibis

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(act):
    def both(*args, **more):
        act(*args, **more)
        die()
    return both

POINTS = {
    "before anything": (services, "_begin", die),
    "after the book has begun": (services, "_begin", after(services._begin)),
    "after the files are written": (lake, "commit", die),
    "after the lake's commit": (lake, "commit", after(lake.commit)),
    "within the book's last transaction": (healing.governance, "record", die),
    "after the audit record, before its commit": (healing.governance, "record", after(healing.governance.record)),
}

def deliver(order, path):
    postgres.use(order["url"])
    settings.LAKE = Path(order["lake"])
    if order["point"] in POINTS:
        setattr(*POINTS[order["point"]])
    services.deliver("vat_invoices", path, on=date(2020, 2, 29), by="a child")

for line in sys.stdin:
    order, children = json.loads(line), []
    for path in order["paths"]:
        if (pid := os.fork()) == 0:
            try:
                deliver(order, path)
                os._exit(0)
            except BaseException:
                import traceback; traceback.print_exc()
                os._exit(1)
        children.append(pid)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    print(json.dumps(codes), flush=True)
"""
POINTS = [
    "before anything",
    "after the book has begun",
    "after the files are written",
    "after the lake's commit",
    "within the book's last transaction",
    "after the audit record, before its commit",
]
Children = Callable[..., list[int]]


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "ignore", "-c", NURSERY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)


@pytest.fixture
def children(nursery: subprocess.Popen[str], book: Path) -> Children:
    """Delivers files at once, each in a process of its own; returns their exit codes."""

    def deliver(*paths: Path, point: str) -> list[int]:
        order = {"paths": [str(path) for path in paths], "point": point, "url": postgres.url(), "lake": str(book)}
        assert nursery.stdin is not None and nursery.stdout is not None
        print(json.dumps(order), file=nursery.stdin, flush=True)
        codes: list[int] = json.loads(nursery.stdout.readline())
        return codes

    return deliver


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_delivery_is_whole_or_absent_and_the_same_file_completes_it(
    book: Path, paper: Writer, children: Children, point: str
) -> None:
    rows = [invoice(invoice_number=str(n), date=f"201{n % 4 + 6}-03-04") for n in range(1_000)]
    path = paper("a.csv", [*rows, invoice(date="?"), rows[0]])
    assert children(path, point=point) == [-signal.SIGKILL]

    in_the_lake = _rows_in_the_lake()
    assert in_the_lake in (0, 1_000)
    assert selectors.deliveries("vat_invoices") == []

    answer = services.deliver("vat_invoices", path, on=date(2020, 2, 29), by="a test")
    assert (answer.rows_in, answer.accepted, answer.quarantined, answer.duplicates) == (1_002, 1_000, 1, 1)
    assert answer.repeated == (in_the_lake == 1_000)
    assert _rows_in_the_lake() == 1_000
    assert selectors.deliveries("vat_invoices") == [answer] or answer.repeated
    assert len(selectors.quarantine(answer.delivery)) == QuarantinedRow.objects.count() == 1
    assert DeliveryRow.objects.get().state == "committed"
    assert [record.act for record in permissions.latest()].count("deliver") == 1
    planned = planning.plan(lake.current(CHANNELS["vat_invoices"]), firms=None).files
    assert sorted(planned) == sorted(str(file) for file in book.rglob("*.parquet"))


def test_another_file_heals_what_a_killed_one_left(book: Path, paper: Writer, children: Children) -> None:
    killed = paper("a.csv", [invoice(invoice_number=str(n)) for n in range(10)])
    assert children(killed, point="after the files are written") == [-signal.SIGKILL]
    assert len(list(book.rglob("*.parquet"))) == 1
    services.deliver("vat_invoices", paper("b.csv", [invoice()]), on=date(2020, 2, 29), by="a test")
    assert _rows_in_the_lake() == 1
    assert len(list(book.rglob("*.parquet"))) == 1
    assert sorted(DeliveryRow.objects.values_list("state", flat=True)) == ["committed", "failed"]


def test_a_delivery_that_cannot_be_written_leaves_nothing(
    book: Path, paper: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    path = paper("a.csv", [invoice(), invoice(date="?")])
    with monkeypatch.context() as patch:
        patch.setattr(lake, "commit", full)
        with pytest.raises(OSError, match="No space"):
            services.deliver("vat_invoices", path, on=date(2020, 2, 29), by="a test")
    assert list(book.rglob("*.parquet")) == []
    assert not QuarantinedRow.objects.exists()
    assert services.deliver("vat_invoices", path, on=date(2020, 2, 29), by="a test").accepted == 1


def test_processes_that_deliver_at_once_take_turns_and_all_succeed(paper: Writer, children: Children) -> None:
    shared = [invoice(invoice_number=str(n)) for n in range(500)]
    paths = [paper(f"{name}.csv", [*shared, invoice(invoice_number=name)]) for name in ("a", "b")]
    assert children(*paths, paths[0], point="never") == [0, 0, 0]
    assert _rows_in_the_lake() == 502
    first, second = sorted(selectors.deliveries("vat_invoices"), key=lambda answer: -answer.accepted)
    assert (first.accepted, first.duplicates) == (501, 0)
    assert (second.accepted, second.duplicates) == (1, 500)


def _rows_in_the_lake() -> int:
    files = planning.plan(lake.current(CHANNELS["vat_invoices"]), firms=None).files
    if not files:
        return 0
    con = lake.connect()
    ((count,),) = con.con.execute(f"select count(*) from read_parquet({list(files)})").fetchall()
    con.disconnect()
    return int(count)
