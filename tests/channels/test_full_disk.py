"""A disk that is full leaves the lake as it was, and says so; with space again, the same file is delivered."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from paper_invoices import Writer, invoice

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

url, folder, path, limit = sys.argv[1:]
postgres.use(url)
settings.LAKE = Path(folder)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    services.deliver("vat_invoices", path, on=date(2020, 2, 29), by="a child")
except Exception as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""


@pytest.mark.parametrize("limit", [0, 5_000, 30_000])
def test_a_full_disk_leaves_the_lake_as_it_was(book: Path, paper: Writer, limit: int) -> None:
    before = services.deliver("vat_invoices", paper("a.csv", [invoice()]), on=date(2020, 2, 29), by="a test")
    files = sorted(book.rglob("*.parquet"))
    path = paper(
        "b.csv", [invoice(invoice_number=str(n), amount=f"{n}.00", total=f"{n + 13}.00") for n in range(20_000)]
    )
    command = [sys.executable, "-W", "ignore", "-c", CHILD, postgres.url(), str(book), str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    kind, said = json.loads(done.stdout)
    assert kind in {"IOException", "OSError", "FileSystemException"}, said
    assert "File too large" in said or "write" in said

    assert sorted(book.rglob("*.parquet")) == files
    assert selectors.deliveries("vat_invoices") == [before]
    assert not QuarantinedRow.objects.exists()
    assert set(DeliveryRow.objects.exclude(pk=before.delivery).values_list("state", flat=True)) <= {"failed"}
    assert services.deliver("vat_invoices", path, on=date(2020, 2, 29), by="a test").accepted == 20_000
    planned = planning.plan(lake.current(CHANNELS["vat_invoices"]), firms=None).files
    assert sorted(planned) == sorted(str(file) for file in book.rglob("*.parquet"))
