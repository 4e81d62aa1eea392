"""A channel is one declaration and one line: the room's machinery works for it at once, knowing nothing of invoices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from puhui.channels import selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.contract import Channel, Column, Header, Rule
from puhui.channels.parsers import code, day, fen, one_of
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import Refused
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
    sample="firm,meter,read on,cost\nE1,M1,2026-01-05,12.50\n",
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
