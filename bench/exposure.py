"""What caps cost: draws per second under 0, 1, 3 and 6 caps; a trade that 10,000 firms share; headroom and regrouping.

All on one server of the bench's own, in one run; every worker is a process, and the arrangements take turns, so that
what else the machine does falls on all of them. A draw is `puhui.lending.services.draw`, whole: the act, the caps
held, a bank that pays at once, the caps posted. Beside it the caps' own share (`held`): `hold_draw` of exposure alone,
with the two lines of lending's own, in a transaction of its own. Headroom is asked of firms that have drawn a line and
of firms at random, by turns. `puhui bench exposure --json` (`--no-big`: short rounds, and 50,000 firms with 150,000
relations in place of 1 M and 3 M).
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from puhui.progress import Teller

DAY = date(2026, 4, 1)
HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent / "worlds"))
LINES, SHARING, WORKERS, ASKED = 400, 10_000, 4, 400
WAYS = ("draws", "held")
HELD = {
    "0": [],
    "1": ["firm"],
    "3": ["firm", "unsecured", "group"],
    "6": ["firm", "unsecured", "owner", "group", "circle", "product"],
    "trade": ["trade"],
    "trade_in_one": ["trade_in_one"],
}


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Measure on a server of the bench's own; `data` is not looked at."""
    from workers import measure_apart

    return measure_apart(str(HERE), "measure", int(big), teller=teller)


def measure(*, big: bool) -> None:
    """Prepare lines under each arrangement of caps, measure them in turn, then headroom and regrouping."""
    import django

    django.setup()
    from workers import books_balance, tell, together

    from puhui import postgres

    postgres.open_book()
    rounds, seconds = (5, 4.0) if big else (1, 2.0)
    started = perf_counter()
    for held in HELD:
        _open(held, SHARING if "trade" in held else LINES)
    tell(f"prepared in {perf_counter() - started:.0f} s")
    lots: dict[str, dict[str, list[float]]] = {way: {held: [] for held in HELD} for way in WAYS}
    for number in range(rounds):
        for way, by in lots.items():
            for held, found in by.items():
                found.append(together([_worker(way, held, number * 100 + w, seconds) for w in range(WORKERS)]))
            tell(f"round {number + 1} of {rounds}, {way}: " + ", ".join(f"{k} {v[-1]:.0f}/s" for k, v in by.items()))
    found = {
        "workers": WORKERS,
        "rounds": rounds,
        **{f"{way}_per_second": {held: round(median(each)) for held, each in by.items()} for way, by in lots.items()},
        **{
            f"{way}_times_none": {
                held: round(median(a / b for a, b in zip(each, by["0"], strict=True)), 2) for held, each in by.items()
            }
            for way, by in lots.items()
        },
        **_grouping(1_000_000 if big else 50_000),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "worker_peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "books_balance": books_balance(),
    }
    print(json.dumps(found), flush=True)


def _open(held: str, count: int) -> None:
    """Lines whose draws count in so many caps and no more: the arrangement is the bench's own."""
    from django.db import transaction
    from workers import open_lines

    from puhui import days
    from puhui.exposure import accounts, opening
    from puhui.exposure.caps import CapKey, Counts, Scope
    from puhui.exposure.lines import OPEN
    from puhui.exposure.models import LineRow
    from puhui.ledger import services
    from puhui.ledger.accounts import NewAccount

    _, commitments = services.open_accounts([NewAccount(n, 1, general=True) for n in ("cash", "commitments")], on=DAY)
    known: dict[tuple[CapKey, ...], list[accounts.Cap]] = {}
    if held == "trade_in_one":
        accounts.SHARDS = 1
    for start in range(0, count, 1_000):
        numbers = range(start, min(start + 1_000, count))
        open_lines([f"{held}/{n}" for n in numbers], commitments=commitments, limit_fen=10**11, on=DAY)
        rows = []
        for n in numbers:
            subjects = {
                "firm": (Scope.FIRM, f"{held}-{n}", Counts.ALL),
                "unsecured": (Scope.FIRM, f"{held}-{n}", Counts.UNSECURED),
                "owner": (Scope.OWNER, f"{held}-{n // 2}", Counts.ALL),
                "group": (Scope.GROUP, f"{held}-{n // 4}", Counts.ALL),
                "circle": (Scope.CIRCLE, f"{held}-{n // 4}", Counts.ALL),
                "product": (Scope.PRODUCT, held, Counts.ALL),
                "trade": (Scope.TRADE, held, Counts.ALL),
                "trade_in_one": (Scope.TRADE, held, Counts.ALL),
            }
            keys = tuple(CapKey(*subjects[name]) for name in HELD[held])
            if keys not in known:
                with transaction.atomic():
                    known[keys] = opening.ensured(keys, on=DAY, at=days.now())
            caps = known[keys]
            rows.append(
                LineRow(
                    line=f"{held}/{n}", firm=f"{held}-{n}", product=held, branch="", status=OPEN, on=DAY,
                    limits=[10**11, 0, 0], drawn=[0, 0, 0], pending=[0, 0, 0],
                    order=["mortgage", "guarantee", "credit"], back=["credit", "guarantee", "mortgage"],
                    caps=[cap.id for cap in caps], used=[0] * len(caps),
                )
            )  # fmt: skip
        LineRow.objects.bulk_create(rows)
        _facilities([row.line for row in rows], [row.firm for row in rows])
    accounts.SHARDS = 16


def _facilities(lines: list[str], firms: list[str]) -> None:
    """The facilities of lines, as opening them one by one would write them."""
    from decimal import Decimal

    from puhui import days
    from puhui.approval.signed import Approval
    from puhui.ledger import selectors
    from puhui.lending.acts.facilities import _opening
    from puhui.lending.models import FacilityRow, TermsRow

    template = Approval("any", "any", "any_time", 10**11, Decimal("0.06"), DAY, days.add_months(DAY, 12))
    columns = _opening(template, DAY, "")
    ids = {name: account.id for name, account in
           selectors.accounts([f"{line}/{kind}" for line in lines for kind in ("line", "owed")]).items()}  # fmt: skip
    opened = FacilityRow.objects.bulk_create(
        FacilityRow(
            **{
                **columns, "enterprise": firm, "firm": firm, "line_account": ids[f"{line}/line"],
                "owed_account": ids[f"{line}/owed"],
            },
            approval=line,
        )
        for line, firm in zip(lines, firms, strict=True)
    )  # fmt: skip
    same = ("rate", "overdue_rate", "misuse_rate", "misused", "matures_on", "limit_fen")
    TermsRow.objects.bulk_create(
        TermsRow(facility=row.pk, request=f"open/{row.approval}", on=DAY, **{name: getattr(row, name) for name in same})
        for row in opened
    )


class Paying:
    """A bank that pays at once."""

    def pay(self, request: object, *, payee: str, fen: int) -> Any:
        """Paid."""
        from puhui.lending.rail import Outcome

        return Outcome.PAID

    enquire = pay


def work(url: str, way: str, held: str, seed: int, seconds: float) -> None:
    """One worker: small draws on random lines until the time is up; prints draws per second."""
    import django

    django.setup()
    from django.db import transaction
    from workers import work_on

    from puhui import days, postgres
    from puhui.exposure import services
    from puhui.exposure.models import LineRow
    from puhui.ids import RequestId
    from puhui.ledger import selectors
    from puhui.ledger.lines import reserve
    from puhui.ledger.services import Booked
    from puhui.lending import services as lending
    from puhui.lending.acts.acting import Acted
    from puhui.lending.facility import FacilityId
    from puhui.lending.models import FacilityRow
    from puhui.money import Money

    postgres.use(url)
    count = SHARING if "trade" in held else LINES
    names = ["cash", "commitments", *(f"{held}/{n}/{kind}" for n in range(count) for kind in ("line", "owed"))]
    ids = {name: account.id for name, account in selectors.accounts(names).items()}
    facilities = dict(FacilityRow.objects.filter(approval__startswith=f"{held}/").values_list("approval", "pk"))
    chosen, amount, rail = random.Random(seed), Money(1_00), Paying()

    def draw(number: int) -> None:
        request = RequestId(f"{os.getpid()}/{seed}/{number}")
        answer = lending.draw(
            FacilityId(facilities[f"{held}/{chosen.randrange(count)}"]), amount, purpose="stock", payee="a supplier",
            rail=rail, request=request, on=DAY, at=days.now(),
        )  # fmt: skip
        assert isinstance(answer, Acted), answer

    def hold(number: int) -> None:
        n = chosen.randrange(count)
        own = [
            reserve(ids[f"{held}/{n}/line"], ids["commitments"], amount, code=2),
            reserve(ids[f"{held}/{n}/owed"], ids["cash"], amount, code=2),
        ]
        request = RequestId(f"{os.getpid()}/{seed}/{number}")
        with transaction.atomic():
            # As lending does: one act at a time on one line.
            LineRow.objects.select_for_update(no_key=True).values_list("pk").get(line=f"{held}/{n}")
            answer = services.hold_draw(f"{held}/{n}", own, amount, request=request, on=DAY, at=days.now())
        assert isinstance(answer, Booked), answer

    work_on({"draws": draw, "held": hold}[way], seconds)


def _grouping(firms: int) -> dict[str, Any]:
    """A night's graph: groups from scratch, then with one firm in a hundred moved; then headroom of firms at random."""
    import numpy as np
    import pyarrow as pa
    from workers import tell

    from puhui import days
    from puhui.enterprises.belonging import belonging
    from puhui.enterprises.graph import Graph
    from puhui.exposure import selectors, services, ties
    from puhui.ids import EnterpriseId, RequestId

    rng = np.random.default_rng(7)
    firm = np.char.add("F", np.arange(firms).astype(str))
    found: dict[str, Any] = {"firms": firms}

    def relations(person: Any) -> pa.Table:
        half = firms // 2
        giver, taker = firm[rng.integers(0, firms, half)], firm[rng.integers(0, firms, half)]
        holder = firm[rng.integers(0, firms, half)]
        parts = (("represents", person, firm, 0), ("owns", person, firm, 6000), ("guarantees", giver, taker, 0),
                 ("owns", holder, taker, 2000))  # fmt: skip
        columns = {
            "kind": np.concatenate([np.full(one.size, kind) for kind, one, _, _ in parts]),
            "one": np.concatenate([one for _, one, _, _ in parts]),
            "other": np.concatenate([other for _, _, other, _ in parts]),
            "share_bp": np.concatenate([np.full(one.size, bp) for _, one, _, bp in parts]),
        }
        return pa.table(columns)

    people = rng.integers(0, firms * 7 // 10, firms)
    for night in ("first", "next"):
        if night == "next":
            moved = rng.integers(0, firms, firms // 100)
            people[moved] = rng.integers(0, firms * 7 // 10, moved.size)
        rows = relations(np.char.add("P", people.astype(str)))
        started = perf_counter()
        ties.keep(rows)
        kept = perf_counter()
        groups = belonging(Graph(rows))
        done = services.regroup(groups, request=RequestId(night), on=DAY, at=days.now(), by="bench", why="graph")
        ended = perf_counter()
        told = {"relations": rows.num_rows, "moved": done.moved, "keeping_s": round(kept - started, 1)}
        found[f"{night}_night"] = {**told, "groups_and_caps_s": round(ended - kept, 1)}
        tell(f"{night} night: {found[f'{night}_night']}")
        if night == "first":
            drawn = [str(name) for name in rng.choice(firm, ASKED, replace=False)]
            _draw_a_line(drawn)
    asked = [name for pair in zip(drawn, rng.choice(firm, ASKED), strict=True) for name in pair]
    selectors.headroom(EnterpriseId(drawn[0]), product="any_time", as_of=DAY)  # the day's terms are read once a day
    took = []
    for name in asked:
        started = perf_counter()
        selectors.headroom(EnterpriseId(str(name)), product="any_time", as_of=DAY)
        took.append((perf_counter() - started) * 1000)
    found["headroom_ms"] = {
        of: {f"p{each}": round(float(np.percentile(some, each)), 1) for each in (50, 99)}
        for of, some in (("all", took), ("with_a_line", took[::2]), ("without", took[1::2]))
    }
    return found


def _draw_a_line(firms: list[str]) -> None:
    """A line of each firm, counted where the firm stands, and half of it drawn."""
    from django.db import transaction

    from puhui import days
    from puhui.exposure import services
    from puhui.exposure.lines import NewLine
    from puhui.ids import EnterpriseId, RequestId
    from puhui.mitigation import selectors as mitigation
    from puhui.mitigation.parts import Parts
    from puhui.money import Money

    order, back = mitigation.part_orders("any_time", on=DAY)
    for name in firms:
        number, amount = f"line of {name}", Money(1_000_00)
        line = NewLine(number, EnterpriseId(name), "any_time", Parts(amount + amount), "", order=order, back=back)
        services.open_line(line, on=DAY, at=days.now())
        with transaction.atomic():
            services.hold_draw(number, [], amount, request=RequestId(number), on=DAY, at=days.now())


def _worker(way: str, held: str, seed: int, seconds: float) -> subprocess.Popen[str]:
    from workers import start

    from puhui import postgres

    return start(HERE, "work", postgres.url(), way, held, seed, seconds)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "puhui.settings")
    verb, *rest = sys.argv[1:]
    if verb == "measure":
        measure(big=rest[0] == "1")
    else:
        work(rest[0], rest[1], rest[2], int(rest[3]), float(rest[4]))
