"""The scheduler: what is due is pulled by a worker, once, and a source that fails waits longer each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from puhui import days, jobs, postgres
from puhui.channels import lake, planning, selectors, services, tasks
from puhui.channels.catalogue import CHANNELS
from puhui.channels.models import PullRow
from puhui.channels.pulls import pulling
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId

pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture(autouse=True)
def short_lived_connections(book: Path) -> Iterator[None]:
    """The threads of a worker end without a last word, so none of them may keep its connection."""
    kept_s = connections.settings["default"]["CONN_MAX_AGE"]
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    yield
    connections.settings["default"]["CONN_MAX_AGE"] = kept_s


@pytest.fixture
def bank(book: Path) -> None:
    """A table that is pulled, beside a source that is not there."""
    url = postgres.create(f"bank_{days.now():%H%M%S%f}")
    with psycopg.connect(url, autocommit=True) as link:
        link.execute(
            "create table bills as select 'E1' as enterprise, 'M' || n as meter, date '2024-05-01' as happened_on,"
            " '电' as kind, 100 as quantity, 70.5 as cost, n as written from generate_series(1, 10) n"
        )
    sql = {"channel": "utilities", "kind": "sql", "table": "bills", "cursor": "written", "every_minutes": 30}
    address = url.replace("postgresql://", "postgresql+psycopg://")
    gone = "postgresql+psycopg://nobody@127.0.0.1:9/x"
    governance.grant(
        [EnterpriseId("E1")],
        channels=["utilities"],
        purposes=[Purpose.MONITORING],
        basis=Basis.CONSENT,
        evidence="a form",
        valid_from=date(2024, 1, 1),
        request=RequestId("consent"),
        by="a test",
    )
    declared = [{"name": "power", "address": address} | sql, {"name": "gone", "address": gone} | sql]
    Path(settings.SOURCES).write_text(json.dumps(declared), encoding="utf-8")


@pytest.mark.usefixtures("bank")
def test_a_worker_pulls_what_is_due() -> None:
    assert pulling.due(days.now()) == ["power", "gone"]
    tasks.pull_due.defer(timestamp=0)
    jobs.work(until_idle=True)
    jobs.work(until_idle=True)  # what the first job asked for
    power, gone = pulling.states()
    assert (power.outcome, power.rows, power.cursor) == ("done", 10, 10)
    assert (gone.outcome, gone.failures) == ("unreachable", 1)
    assert selectors.deliveries("utilities")[0].accepted == 10
    assert not ProcrastinateJob.objects.filter(status="failed").exists(), "how a pull ended is kept with its source"

    now = days.now()
    assert pulling.due(now) == []
    assert pulling.due(now + timedelta(minutes=31)) == ["power"], "the other one has failed, and waits longer"
    assert pulling.due(now + timedelta(minutes=61)) == ["power", "gone"]


@pytest.mark.usefixtures("bank")
def test_a_pull_that_waits_is_not_asked_for_twice() -> None:
    tasks.pull_due.func(0)
    tasks.pull_due.func(60)
    assert ProcrastinateJob.objects.filter(task_name="channels.pull").count() == 2, "one for each source"


@pytest.mark.usefixtures("bank")
def test_a_worker_lives_inside_another_process_and_ends_with_it() -> None:
    tasks.pull.defer(source="power")
    with jobs.working():
        until = monotonic() + 60
        while not PullRow.objects.filter(source="power", outcome="done").exists() and monotonic() < until:
            sleep(0.1)
    assert pulling.states()[0].outcome == "done"
    connections.close_all()


def test_the_clock_knows_both_rounds() -> None:
    periodic = {task.task.name: task.cron for task in tasks.app.periodic_registry.periodic_tasks.values()}
    its = {name: cron for name, cron in periodic.items() if name.startswith("channels.")}
    assert its == {"channels.pull_due": "* * * * *", "channels.compact_all": "17 18 * * *"}


def test_compaction_at_night_leaves_the_rows() -> None:
    path = Path(settings.SPOOL).parent / "sample.csv"
    path.write_text(CHANNELS["utilities"].sample, encoding="utf-8")
    services.deliver("utilities", path, on=date(2024, 6, 30), by="a test")
    path.write_text(CHANNELS["utilities"].sample.replace("W77120", "W77121"), encoding="utf-8")
    services.deliver("utilities", path, on=date(2024, 6, 30), by="a test")
    before = planning.plan(lake.current(CHANNELS["utilities"]), firms=None).files
    tasks.compact_all.func(0)
    after = planning.plan(lake.current(CHANNELS["utilities"]), firms=None).files
    assert (len(before), len(after)) == (2, 1)
