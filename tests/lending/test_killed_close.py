"""A close that is killed by SIGKILL after any statement, between two steps or inside one, goes on to the same books."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from paper_lines import OPENED, Line, noon

from puhui import postgres
from puhui.lending import selectors, services
from puhui.lending.close import closing, lake
from puhui.lending.facility import Component
from puhui.lending.models import CloseStepRow, CollectionRow, MessageRow, SignalRow, SnapshotRow
from puhui.lending.rail import HttpRail
from puhui.simulator.bank import open_bank

EVE, END = date(2026, 4, 18), date(2026, 4, 20)  # two days are closed; on the second, interest falls due
ALONE = 3  # lines that have no account to take from: a kill must not change anything of theirs


def _lines() -> None:
    for n in range(ALONE + 2):
        line = Line(
            firm=f"E{n}", until=END if n == 1 else date(2026, 9, 1), account="" if n < ALONE else f"account {n}"
        )
        line.draw(f"{100_000 + 37 * n}.11", OPENED)
    services.close_days(EVE, at=noon(EVE), pass_on=True)


def _told() -> dict[str, list[Any]]:
    """What the books say of the lines that nothing is taken from."""
    named = {"facility__lte": ALONE}
    signals = SignalRow.objects.filter(**named).order_by("on", "facility", "kind")
    kept = ("on", "loan", *(f"{each}_fen" for each in Component), "days_past_due", "tier", "stage")
    return {
        "snapshots": [*SnapshotRow.objects.filter(**named).order_by("on", "loan").values_list(*kept)],
        "signals": [*signals.values_list("on", "facility", "kind", "now")],
        "messages": [*MessageRow.objects.filter(**named).order_by("key").values_list("key", "en")],
    }


def _dies(work: Callable[[], object], *, after: int) -> bool:
    """Do work in a process that kills itself before its statement number `after`; whether it died of it."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        left = [after]

        def count(execute: Callable[..., Any], *given: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*given)

        try:
            with connection.execute_wrapper(count):
                work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the close itself has failed"
    return os.WIFSIGNALED(status)


def test_a_close_killed_after_any_statement_goes_on_to_the_same_books(
    book: Path, template_book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "LOT", 2)
    killed_in = postgres.url()
    _lines()
    with open_bank() as bank:
        rail = HttpRail("127.0.0.1", bank.server_address[1], timeout_seconds=5)

        def close() -> object:
            return services.close_days(END, at=noon(END), rail=rail, pass_on=True)

        deaths = 0
        while _dies(close, after=13 + 17 * deaths):
            deaths += 1
        assert deaths >= 5, "the statements of two days are enough to die often"
        assert selectors.last_closed() == END
        assert set(CloseStepRow.objects.filter(on=END).values_list("step", flat=True)) > {*closing.PASSED_ON}
        assert max(bank.asked.values(), default=0) <= 1, "an order is given once"
        later = END + timedelta(days=1)
        services.close_days(later, at=noon(later), rail=rail, pass_on=True)  # clears what a kill has left in doubt
        assert bank.taken_fen == sum(CollectionRow.objects.values_list("taken_fen", flat=True))
        assert not CollectionRow.objects.filter(status__in=["ordered", "sent"]).exists()
    assert selectors.disagreements(snapshot_of=later) == []
    for day in (END, later):
        sums = [sum(getattr(row, f"{each}_fen") for row in SnapshotRow.objects.filter(on=day)) for each in Component]
        assert [lake.sums(day)[f"{each}_fen"] for each in Component] == sums
    found = _told()
    connections.close_all()
    postgres.use(postgres.create("never_killed", template=template_book))
    monkeypatch.delitem(closing.PASSED_ON, "lake")
    _lines()
    services.close_days(later, at=noon(later), pass_on=True)
    expected = _told()
    connections.close_all()
    postgres.use(killed_in)
    assert found == expected and found["signals"] and found["messages"]
