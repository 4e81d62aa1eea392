"""A channel is one declaration and one line: the room's machinery works for it at once, knowing nothing of invoices."""

from __future__ import annotations

import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from puhui import days
from puhui.channels import selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.contract import Channel, Column, Header, Rule
from puhui.channels.health import health
from puhui.channels.parsers import code, day, fen, one_of
from puhui.channels.pulls import fetching, pulling, watching
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Refused
from puhui.words import Label

ELECTRICITY = Channel(
    name="electricity",
    label=Label("electricity bills", "电费账单"),
    purposes=frozenset({Purpose.MONITORING}),
    fresh_within_days=35,
    key=("enterprise", "meter", "happened_on"),
    columns=(
        Column("enterprise", Label("firm", "企业"), "string", ("户号", "firm"), code()),
        Column("meter", Label("meter", "电表"), "string", ("电表", "meter"), code(20), required=False),
        Column(
            "kind",
            Label("kind", "类别"),
            "string",
            ("类别", "kind"),
            one_of({"峰": "peak", "谷": "valley"}),
            required=False,
        ),
        Column("happened_on", Label("read on", "抄表日"), "date", ("抄表日", Header("peak day", {"kind": "峰"})), day),
        Column("cost_fen", Label("cost", "电费"), "int64", ("电费", "cost"), fen),
    ),
    rules=(Rule("COST_NEGATIVE", Label("the cost is negative", "电费为负"), lambda row, on: row.cost_fen >= 0),),
    sample="firm,meter,抄表日,cost\nE1,M1,2026-01-05,12.50\n",
)


@pytest.mark.usefixtures("book")
def test_delivery_quarantine_correction_consent_and_reads_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(CHANNELS, ELECTRICITY.name, ELECTRICITY)
    on = date(2026, 1, 31)
    first = tmp_path / "a.csv"
    first.write_text(
        "户号;电表;抄表日;电费\nE1;M1;2026-01-05;12,5\nE1;;2026-01-06;3\nE2;M2;2026-01-05;-1\nE1;M1;20260105;9\n"
    )
    answer = services.deliver("electricity", first, on=on, by="a test")
    assert (answer.rows_in, answer.accepted) == (4, 2)
    assert answer.reasons == {"COST_FEN_UNREADABLE": 1, "COST_NEGATIVE": 1}
    second = tmp_path / "b.csv"
    second.write_text("firm\tmeter\tPeak Day\tcost\nE1\t\t2026-01-06\t4\nE1\tM1\t2026-01-05\t9\n")
    assert services.deliver("electricity", second, on=on, by="a test").corrections == 2

    asked = {"purpose": Purpose.MONITORING, "as_of": on, "columns": ["meter", "kind", "cost_fen", "revision"]}
    assert isinstance(selectors.rows("electricity", [EnterpriseId("E1")], **asked), Refused)  # type: ignore[arg-type]
    governance.grant(
        [EnterpriseId("E1")],
        channels=["electricity"],
        purposes=[Purpose.MONITORING],
        basis=Basis.CONSENT,
        evidence="a form",
        valid_from=on,
        request=RequestId("r"),
        by="a test",
    )
    table = selectors.rows("electricity", [EnterpriseId("E1")], **asked)  # type: ignore[arg-type]
    assert not isinstance(table, Refused)
    assert sorted(tuple(row.values()) for row in table.to_pyarrow().to_pylist() if row["meter"]) == [
        ("M1", "peak", 900, 1)
    ]
    assert [tuple(row.values()) for row in table.to_pyarrow().to_pylist() if not row["meter"]] == [
        (None, "peak", 400, 1)
    ]


@pytest.mark.usefixtures("book")
def test_a_twelfth_channel_is_watched_pulled_shown_and_bound_to_its_purposes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(CHANNELS, ELECTRICITY.name, ELECTRICITY)
    (tmp_path / "electricity").mkdir()
    (tmp_path / "electricity" / "sample.csv").write_text(ELECTRICITY.sample, encoding="utf-8")
    packed = tmp_path / "electricity" / "more.jsonl.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "more.jsonl", '{"firm": "E2", "meter": "M9", "抄表日": "2026-01-06", "cost": 7.25, "new": 1}\n'
        )
    on = date(2026, 1, 31)
    now = days.now() + timedelta(seconds=1)
    taken = list(watching.take_in(tmp_path, source="the grid", rested_since=now, on=on, by="a test"))
    assert sorted(t.delivery.accepted for t in taken if t.delivery) == [1, 1]

    found = next(one for one in health(on) if one.name == "electricity")
    assert (found.rows, found.age_days, found.freshness, found.unknown_headers) == (2, 25, "fresh", ("new",))
    assert services.compact("electricity", by="a test", at=now).files_after == 1
    assert selectors.firms("electricity") == ["E1", "E2"]
    with pytest.raises(BadInput, match="electricity may never be read for research"):
        governance.register_public_basis(
            [EnterpriseId("E1")], channels=["electricity"], dataset="d", evidence="e", on=on, by="a test"
        )

    kept = [{"name": "grid", "channel": "electricity", "kind": "rest", "address": "https://grid.example/bills"}]
    Path(settings.SOURCES).write_text(json.dumps(kept), encoding="utf-8")
    page = [{"firm": "E3", "meter": "M1", "抄表日": "2026-01-07", "cost": "9"}]
    monkeypatch.setattr(fetching, "pages", lambda source, since: iter([page]))
    alone = pulling.pull("grid", on=on, by="a test").deliveries[0]
    assert alone.reasons == {"NO_RIGHT_WHEN_PULLED": 1}, "nobody is pulled who has not consented"
    governance.grant(
        [EnterpriseId("E4")],
        channels=["electricity"],
        purposes=[Purpose.MONITORING],
        basis=Basis.CONSENT,
        evidence="a form",
        valid_from=on,
        request=RequestId("E4 signs"),
        by="a test",
    )
    page[0] |= {"firm": "E4"}
    assert pulling.pull("grid", on=on, by="a test").deliveries[0].accepted == 1
