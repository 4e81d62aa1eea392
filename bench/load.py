"""Mixed load over HTTP by locust: apply, decide, draw, repay, enquire; errors, times and memory of the served house.

The house is served as `puhui serve` does it, in a process of its own, on a small bank in a box; locust runs in an
environment of its own. `puhui bench load --json` plays ten minutes, `--no-big` two. An answer that a rule explains is
no error; a 5xx, a lost call or an unexpected refusal is.
"""

from __future__ import annotations

import csv
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil

from puhui.progress import Teller
from puhui.refusals import NotReady

HERE = Path(__file__).resolve()
PEERS = HERE.parents[1] / ".venv" / "peers" / "bin"
FIRMS, MONTHS, PEOPLE = 150, 15, 20
PRODUCTS = ("invoice_credit", "tax_credit", "pos_credit", "account_credit")


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Play the load on a house of the bench's own; `data` is not looked at."""
    if not (PEERS / "locust").exists():
        raise NotReady("locust is not installed", then="run `make peers`, which gives it an environment of its own")
    minutes = 10 if big else 2
    with tempfile.TemporaryDirectory(prefix="puhui-load-", ignore_cleanup_errors=True) as folder:
        around = {**os.environ, "PUHUI_HOME": f"{folder}/home", "PUHUI_DATABASE_URL": "", "PUHUI_DEMO": "1"}
        around["PUHUI_CALLS_A_MINUTE"] = "1000000"
        teller.say("making a small bank")
        puhui = [sys.executable, "-c", "from puhui.cli.verbs import main; main()"]
        made = f"--firms {FIRMS} --months {MONTHS} --seed 7 --out {folder}/world".split()
        quiet = {"env": around, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        for words in (("simulate", *made), ("bank", f"{folder}/world")):
            done = subprocess.run([*puhui, *words], env=around, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"puhui {words[0]}: {done.stderr[-2_000:]}"
        plan = Path(folder) / "plan.json"
        subprocess.run([sys.executable, str(HERE), "prepare", f"{folder}/world", str(plan)], env=around, check=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with subprocess.Popen([*puhui, "serve", "--port", str(port)], **quiet) as serving:
            try:
                _up(port)
                teller.say(f"{PEOPLE} people for {minutes} minutes")
                around |= {"PUHUI_LOAD_PLAN": str(plan), "PUHUI_LOAD_AT": f"http://127.0.0.1:{port}"}
                return _played(minutes, around, serving.pid, Path(folder))
            finally:
                serving.terminate()


def prepare(world: Path, plan: Path) -> None:
    """A borrower with a line and a token for each of the first firms; what locust needs to know goes to `plan`."""
    from dataclasses import replace
    from decimal import Decimal

    from puhui import days, postgres

    postgres.open_book()
    from django.conf import settings

    from puhui.approval.signed import Approval
    from puhui.channels import selectors as channels
    from puhui.governance import tokens, users
    from puhui.governance.access import Role
    from puhui.governance.models import Control, User
    from puhui.ids import EnterpriseId, new_request
    from puhui.lending import selectors as lending
    from puhui.lending import services

    last = date.fromisoformat(json.loads((world / "world.json").read_text())["last_day"]) + timedelta(days=45)
    last = max(last, (lending.last_closed() or last) + timedelta(days=1))  # the play has closed days of its own
    owners = []
    for place, firm in enumerate(channels.firms("vat_invoices")[:PEOPLE]):
        name = f"owner-{place}"
        users.add_user(name, role=Role.BORROWER, email=f"{name}@demo.invalid", by="bench")
        Control.objects.create(
            user=User.objects.get(name=name), enterprise=firm, evidence="bench", at=days.now(), request=new_request()
        )
        granted = Approval(
            new_request()[:30], firm, "any_time", 50_000_000, Decimal("0.0615"), last, last + timedelta(days=360)
        )
        opened = services.open_facility(replace(granted).signed(settings.SECRET_KEY), on=last, at=days.now())
        scopes = [tokens.Scope.READ, tokens.Scope.DATA, tokens.Scope.CREDIT, tokens.Scope.MONEY]
        token = tokens.issue(name, label="load", scopes=scopes, lasts=timedelta(days=1), at=days.now(), by="bench")
        assert not hasattr(opened, "code"), opened
        facility = lending.facilities_of(EnterpriseId(firm))[-1]
        owners.append({"firm": firm, "facility": facility, "token": token.token})
    plan.write_text(json.dumps({"owners": owners, "on": last.isoformat(), "products": PRODUCTS}))
    postgres.stop()


def _up(port: int) -> None:
    for _ in range(300):
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the house did not start to serve")


def _played(minutes: int, around: dict[str, str], pid: int, folder: Path) -> dict[str, Any]:
    people = f"-f {HERE.parent / 'peers/load_people.py'} -u {PEOPLE} -r 5 -t {minutes}m"
    words = f"{people} --headless --csv {folder / 'told'} --host {around['PUHUI_LOAD_AT']}"
    megabytes: list[list[int]] = []  # of each process that answers, every other second
    with subprocess.Popen(
        [str(PEERS / "locust"), *words.split()], env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as playing:
        while playing.poll() is None:
            megabytes.append([round(each.memory_info().rss / 2**20) for each in _answering(pid)])
            time.sleep(2)
    with (folder / "told_stats.csv").open() as file:
        rows = {row["Name"]: row for row in csv.DictReader(file)}
    with (folder / "told_failures.csv").open() as file:
        failures = [f"{row['Occurrences']} x {row['Name']}: {row['Error'][:160]}" for row in csv.DictReader(file)]
    return {
        "minutes": minutes,
        "people": PEOPLE,
        "calls": int(rows["Aggregated"]["Request Count"]),
        "calls_a_second": round(float(rows["Aggregated"]["Requests/s"]), 1),
        "failures": int(rows["Aggregated"]["Failure Count"]),
        "what_failed": failures,
        "ms": {
            name: {"p50": float(row["50%"]), "p95": float(row["95%"]), "p99": float(row["99%"])}
            for name, row in rows.items()
        },
        "counts": {name: int(row["Request Count"]) for name, row in rows.items()},
        "processes": len(megabytes[-1]),
        "memory_mb_of_each": {
            f"after {share} %": megabytes[max(0, len(megabytes) * share // 100 - 1)] for share in (10, 25, 50, 75, 100)
        },
        "peak_mb": max(sum(each) for each in megabytes),
    }


def _answering(pid: int) -> list[psutil.Process]:
    """The processes that answer: those begun by the one that was started."""
    return [each for each in psutil.Process(pid).children() if any("spawn_main" in word for word in each.cmdline())]


if __name__ == "__main__" and re.fullmatch("prepare", sys.argv[1]):
    prepare(Path(sys.argv[2]), Path(sys.argv[3]))
