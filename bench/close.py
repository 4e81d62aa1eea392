"""How long a close of day takes over a million open loans, beside one plain UPDATE of the same rows, in one run.

Facilities and loans are made by copying rows that the room's own services made, columns and all; a tenth of the loans
is late. Their principal is in the loans only (booking a million draws would measure the ledger), so the ledger's
interest accounts are held against the loans afterwards, and the principal is not. Three days are measured, one on which
every borrower is reminded, an ordinary one, and one on which interest falls due, each beside an UPDATE of all loans in
a copy of the table with the same indexes. While the close runs, customers of a hundred real lines draw, in a process of
their own. The close is the whole one: signals, messages and the lake as well; nothing is collected, because a bank's
answers would be measured.
`puhui bench close --json` (`--no-big`: 100,000 loans).
"""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

from puhui.progress import Teller

BIG, SMALL = 1_000_000, 100_000
LOANS_A_FACILITY = 5
REAL = 100  # lines opened by the services, on which customers draw while the close runs
FIRST = date(2026, 4, 1)
CLOSED = date(2026, 4, 16)
DAYS = {  # the 19th is closed as well, and not measured
    date(2026, 4, 17): "borrowers are reminded",
    date(2026, 4, 18): "ordinary day",
    date(2026, 4, 20): "interest falls due",
}
HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent / "worlds"))
ALL_LOANS = "update {table} set interest = interest + principal_fen * 6150000, accrued_to = accrued_to + 1"


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Measure on a server of the bench's own; `data` is not looked at."""
    from workers import measure_apart

    return measure_apart(str(HERE), "measure", BIG if big else SMALL, teller=teller)


def measure(loans: int) -> None:
    """Make the book, close the days beside a plain UPDATE, and print the result."""
    import django

    from puhui import postgres

    postgres.open_book()
    django.setup()
    postgres.use(postgres.as_owner(postgres.url()))  # who may number rows and ask for checkpoints
    from workers import tell

    from puhui.lending import selectors, services

    started = perf_counter()
    lines = _real_lines()
    services.close_days(CLOSED, at=_noon(CLOSED), pass_on=True)
    _copy(loans)
    tell(f"{loans:,} loans made in {perf_counter() - started:.0f} s")
    found: dict[str, Any] = {"loans": loans, "cores": os.cpu_count(), "days": {}}
    for day, kind in DAYS.items():
        services.close_days(day - timedelta(days=1), at=_noon(day), pass_on=True)
        update = _plain_update()
        with _Memory() as memory, _Customers(lines, day) as customers:
            seconds_of, started = dict[str, float](), perf_counter()

            def note(share: float, said: str, *, seconds_of: Any = seconds_of, began: float = started) -> None:
                seconds_of[said[11:]] = round(perf_counter() - began - sum(seconds_of.values()), 1)

            (closed,) = services.close_days(day, at=_noon(day), pass_on=True, tell=note)
            seconds = perf_counter() - started
        found["days"][kind] = {
            "close_seconds": round(seconds, 1),
            "plain_update_seconds": round(update, 1),
            "times_update": round(seconds / update, 1),
            "loans_a_second": round(loans / seconds),
            "peak_megabytes": memory.peak >> 20,
            "draws_meanwhile": len(customers.milliseconds),
            "draw_p50_ms": customers.percentile(50),
            "draw_p99_ms": customers.percentile(99),
            "steps": {name: [*told, seconds_of[name]] for name, told in closed.steps.items()},
        }
        tell(f"{kind}: {found['days'][kind]}")
    wrong = [each for each in selectors.disagreements() if not each.startswith("principal of facility")]
    found["interest_agrees_with_ledger"] = not wrong
    print(json.dumps(found), flush=True)


def _real_lines() -> list[int]:
    from django.conf import settings

    from puhui.approval.signed import Approval
    from puhui.ids import RequestId
    from puhui.lending import services
    from puhui.money import Money

    lines = []
    for number in range(REAL):
        terms = (500_000_00, Decimal("0.0615"), FIRST, date(2027, 4, 1))
        approval = Approval(f"A{number}", f"real-{number}", "any_time", *terms).signed(settings.SECRET_KEY)
        facility = services.open_facility(approval, on=FIRST, at=_noon(FIRST)).facility
        services.draw(
            facility, Money(100_000_00), purpose="stock", payee="a supplier", rail=_Pays(),
            request=RequestId(f"first-{number}"), on=FIRST, at=_noon(FIRST),
        )  # fmt: skip
        lines.append(facility)
    return lines


def _copy(loans: int) -> None:
    """Copy the first line's rows: new numbers and firms, other amounts; a tenth has unpaid interest since a month."""
    from django.db import connection

    facilities = loans // LOANS_A_FACILITY
    with connection.cursor() as cursor:
        _many(
            cursor,
            "lending_facility",
            facilities,
            {"id": "1000 + n", "approval": "'copy-' || n", "enterprise": "'firm-' || n", "firm": "'firm-' || n"},
        )
        principal = "1000000 + (n::bigint * 7919) %% 9000000"
        _many(
            cursor,
            "lending_loan",
            loans,
            {
                "id": "1000 + n",
                "facility_id": f"1000 + 1 + n %% {facilities}",
                "request": "'copy-' || n",
                "drawn_fen": principal,
                "principal_fen": principal,
            },
        )
        cursor.execute(
            "insert into lending_due (loan_id, due_on, kind, amount_fen, paid_fen)"
            " select id, '2026-03-20', 1, 5000, 0 from lending_loan where id > 1000 and id %% 10 = 0",
            [],
        )
        for table in ("lending_facility", "lending_loan"):  # what customers open next is numbered after the copies
            cursor.execute(f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))", [])
    _into_the_ledger()
    for statement in ("vacuum analyze lending_loan", "vacuum analyze lending_facility", "vacuum analyze lending_due"):
        _alone(statement)


def _many(cursor: Any, table: str, count: int, changed: dict[str, str]) -> None:
    cursor.execute(
        "select column_name from information_schema.columns where table_name = %s and is_generated = 'NEVER'", [table]
    )
    columns = [row[0] for row in cursor.fetchall()]
    named = ", ".join(f'"{each}"' for each in columns)
    values = ", ".join(changed.get(each, f't."{each}"') for each in columns)
    cursor.execute(
        f"insert into {table} ({named}) overriding system value select {values} from generate_series(1, %s) n,"
        f" (select * from {table} order by id limit 1) t",
        [count],
    )


def _into_the_ledger() -> None:
    """Take what the copied loans have accrued into the ledger's interest accounts."""
    from django.db import connection

    from puhui.ids import new_request
    from puhui.ledger import selectors as ledger
    from puhui.ledger import services as book
    from puhui.lending import chart, standing
    from puhui.lending.facility import Component

    with connection.cursor() as cursor:
        cursor.execute(
            f"select (select sum({standing.ROUNDED.format('interest')}) from lending_loan where status = 'active')"
            " + (select coalesce(sum(amount_fen - paid_fen), 0) from lending_due where kind = 1)"
        )
        owed = int(cursor.fetchone()[0])
    account = chart.general()[chart.RECEIVABLE[Component.INTEREST]]
    lines = chart.accrued({Component.INTEREST: owed - ledger.balance(account).net_debit})
    book.book(lines, request=new_request(), on=CLOSED, at=_noon(CLOSED))


def _plain_update() -> float:
    """Seconds of one UPDATE of the same rows in a copy of the table with the same indexes, vacuumed as the table is."""
    _alone("drop table if exists plain")
    _alone("create table plain (like lending_loan including all)")
    _alone("insert into plain select * from lending_loan")
    _alone("vacuum analyze plain")
    _alone("checkpoint")
    started = perf_counter()
    _alone(ALL_LOANS.format(table="plain"))
    seconds = perf_counter() - started
    _alone("drop table plain")
    _alone("checkpoint")
    return seconds


def _alone(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


class _Pays:
    """A bank in the same process: what is measured is the house, not the wire."""

    def pay(self, request: str, *, payee: str, fen: int) -> Any:
        from puhui.lending.rail import Outcome

        return Outcome.PAID

    enquire = pay


class _Customers:
    """Draws on the real lines, of the day that follows the one being closed, one after another in another process."""

    def __init__(self, lines: list[int], closing: date) -> None:
        self.milliseconds: list[float] = []
        self._asked = HERE, "draw", closing + timedelta(days=1), ",".join(map(str, lines))

    def __enter__(self) -> _Customers:
        from workers import start

        from puhui import postgres

        self._working = start(self._asked[0], self._asked[1], postgres.as_application(postgres.url()), *self._asked[2:])
        assert self._working.stdout is not None
        assert self._working.stdout.readline().strip() == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        self.milliseconds = json.loads(self._working.communicate("over\n")[0])

    def percentile(self, share: int) -> float:
        """In milliseconds."""
        ordered = sorted(self.milliseconds)
        return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 1) if ordered else 0.0


def draw_on(url: str, day: date, lines: list[int]) -> None:
    """Be the customers: draw, wait a little, draw, until a line comes in; prints how long each draw took."""
    import django

    django.setup()
    from puhui import postgres
    from puhui.ids import new_request
    from puhui.lending import services
    from puhui.lending.acts.acting import Acted
    from puhui.money import Money

    postgres.use(url)
    over, milliseconds = threading.Event(), list[float]()
    print("ready", flush=True)

    def wait() -> None:
        sys.stdin.readline()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    over.wait(0.5)  # after the cut-off
    while not over.wait(0.02):
        started = perf_counter()
        answer = services.draw(
            lines[len(milliseconds) % len(lines)], Money(10_00), purpose="stock", payee="a supplier", rail=_Pays(),
            request=new_request()[:36], on=day, at=_noon(day),
        )  # fmt: skip
        assert isinstance(answer, Acted), answer
        milliseconds.append(round((perf_counter() - started) * 1000, 1))
    print(json.dumps(milliseconds), flush=True)


class _Memory:
    """The highest resident memory of this process while the block lasts, in bytes."""

    peak = 0

    def __enter__(self) -> _Memory:
        import psutil

        self._process, self._over = psutil.Process(), threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.peak = max(self.peak, self._process.memory_info().rss)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "puhui.settings")
    verb, *rest = sys.argv[1:]
    if verb == "measure":
        measure(int(rest[0]))
    else:
        draw_on(rest[0], date.fromisoformat(rest[1]), [int(each) for each in rest[2].split(",")])
