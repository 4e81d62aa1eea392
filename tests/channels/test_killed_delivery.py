"""A delivery killed at any point leaves nothing half visible, and the same file completes it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
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
from puhui.governance.models import DataKey, Scope

# One process imports everything once; each order it gets forks children that deliver, and die at a point.
NURSERY = """
import json, os, signal, sys
from datetime import date
from pathlib import Path
import django
django.setup()
from django.conf import settings
from puhui import postgres
from puhui.channels import healing, lake, sealing, services
import pandera.ibis

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(act):
    def both(*args, **more):
        act(*args, **more)
        die()
    return both

def second(act):
    done = []
    def counted(*args, **more):
        if done: die()
        done.append(1)
        return act(*args, **more)
    return counted

POINTS = {
    "while people are sealed": (sealing.Strips, "_seals", second(sealing.Strips._seals)),
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
    services.deliver(order["channel"], path, on=date.fromisoformat(order["on"]), by="a child")

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

    def deliver(*paths: Path, point: str, channel: str = "vat_invoices", on: str = "2020-02-29") -> list[int]:
        order = {"paths": [str(path) for path in paths], "point": point, "channel": channel, "on": on}
        order |= {"url": postgres.url(), "lake": str(book)}
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


@pytest.mark.parametrize("name", CHANNELS)
def test_each_channel_is_whole_or_absent_after_a_kill_and_its_zipped_file_completes_it(
    book: Path, tmp_path: Path, children: Children, name: str
) -> None:
    """Killed between its files and the lake's commit, then after it: the sample, zipped as its supplier may send it."""
    path, rows = tmp_path / "sample.zip", len(CHANNELS[name].sample.splitlines()) - 1
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sample.csv", CHANNELS[name].sample)
    for point, held in (("after the files are written", 0), ("after the lake's commit", rows)):
        assert children(path, point=point, channel=name, on="2024-06-30") == [-signal.SIGKILL]
        assert (_rows_in_the_lake(name), selectors.deliveries(name)) == (held, [])
    answer = services.deliver(name, path, on=date(2024, 6, 30), by="a test")
    assert (answer.accepted, answer.repeated, _rows_in_the_lake(name)) == (rows, True, rows)
    planned = planning.plan(lake.current(CHANNELS[name]), firms=None).files
    assert sorted(planned) == sorted(str(file) for file in book.rglob("*.parquet"))
    assert [file for file in book.rglob("spill/*/*") if file.is_file()] == [], "nothing unpacked is left"


def test_a_delivery_killed_while_people_are_sealed_leaves_keys_and_nothing_else(
    book: Path, tmp_path: Path, children: Children
) -> None:
    """The keys that were made stay, and the same file is then sealed under them: no key is made twice."""
    header, *_ = CHANNELS["bank_transactions"].sample.splitlines()
    rows = [f"E{n % 40},62220000{n % 40},N{n},202{n % 3 + 1}-04-01,贷,5.00,5.00,王某{n},," for n in range(3_000)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    told = {"channel": "bank_transactions", "on": "2024-06-30"}
    assert children(path, point="while people are sealed", **told) == [-signal.SIGKILL]
    assert (_rows_in_the_lake("bank_transactions"), selectors.deliveries("bank_transactions")) == (0, [])
    subjects = DataKey.objects.filter(scope=Scope.SUBJECT)
    assert (before := set(subjects.values_list("pk", flat=True))), "one year's rows were sealed"
    answer = services.deliver("bank_transactions", path, on=date(2024, 6, 30), by="a test")
    assert (answer.accepted, _rows_in_the_lake("bank_transactions")) == (3_000, 3_000)
    assert set(subjects.values_list("pk", flat=True)) == before and len(before) == 40
    planned = planning.plan(lake.current(CHANNELS["bank_transactions"]), firms=None).files
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


def _rows_in_the_lake(channel: str = "vat_invoices") -> int:
    files = planning.plan(lake.current(CHANNELS[channel]), firms=None).files
    if not files:
        return 0
    con = lake.connect()
    ((count,),) = con.con.execute(f"select count(*) from read_parquet({list(files)})").fetchall()
    con.disconnect()
    return int(count)
