"""A disk that is full leaves the lake as it was, and says so; with space again, the same file is delivered."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from paper_invoices import CHINESE, invoice

from puhui import postgres
from puhui.channels import lake, planning, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.models import DeliveryRow, QuarantinedRow

# A file may not grow beyond the limit, as on a disk that is full: what the child writes itself fails, for real.
CHILD = """
import json, resource, signal, sys
from datetime import date
from pathlib import Path
import django
django.setup()
from django.conf import settings
from puhui import postgres
from puhui.channels import services
import pandera.ibis

url, folder, channel, path, limit = sys.argv[1:]
postgres.use(url)
settings.LAKE = Path(folder)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    services.deliver(channel, path, on=date(2024, 6, 30), by="a child")
except Exception as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""


def invoices(first: int, rows: int) -> str:
    lines = [invoice(invoice_number=str(n), amount=f"{n}.00", total=f"{n + 13}.00") for n in range(first, first + rows)]
    return "\n".join(",".join(line) for line in (CHINESE, *lines)) + "\n"


def flows(first: int, rows: int) -> str:
    """Transactions in which every row names a person of its own."""
    lines = [
        f"E{n % 99},6222{n:09},N{n},2020-02-01,贷,{n}.25,5.00,王某{n},6217{n:09},工资"
        for n in range(first, first + rows)
    ]
    return "\n".join([CHANNELS["bank_transactions"].sample.splitlines()[0], *lines, ""])


FILES = {"vat_invoices": invoices, "bank_transactions": flows}


@pytest.mark.parametrize(
    ("channel", "limit"),
    [("vat_invoices", 0), ("vat_invoices", 30_000), ("bank_transactions", 5_000), ("bank_transactions", 100_000)],
)
def test_a_full_disk_leaves_the_lake_as_it_was(book: Path, tmp_path: Path, channel: str, limit: int) -> None:
    """Some limits stop the first page of a file, others its middle; people are sealed as they are written."""
    small, path, on = tmp_path / "a.csv", tmp_path / "b.csv", date(2024, 6, 30)
    small.write_text(FILES[channel](0, 1), encoding="utf-8")
    path.write_text(FILES[channel](1, 20_000), encoding="utf-8")
    before = services.deliver(channel, small, on=on, by="a test")
    files = sorted(book.rglob("*.parquet"))
    command = [sys.executable, "-W", "ignore", "-c", CHILD, postgres.url(), str(book), channel, str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    kind, said = json.loads(done.stdout)
    assert kind in {"IOException", "OSError", "FileSystemException"}, said
    assert "File too large" in said or "write" in said

    assert sorted(book.rglob("*.parquet")) == files
    assert selectors.deliveries(channel) == [before]
    assert not QuarantinedRow.objects.exists()
    assert set(DeliveryRow.objects.exclude(pk=before.delivery).values_list("state", flat=True)) <= {"failed"}
    assert services.deliver(channel, path, on=on, by="a test").accepted == 20_000
    planned = planning.plan(lake.current(CHANNELS[channel]), firms=None).files
    assert sorted(planned) == sorted(str(file) for file in book.rglob("*.parquet"))
