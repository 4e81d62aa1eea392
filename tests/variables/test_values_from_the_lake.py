"""Variables of all channels read from the lake, under the rights that firms have given."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from puhui.channels import services as channels
from puhui.channels.catalogue import CHANNELS
from puhui.governance import selectors as governing
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Code
from puhui.variables import registry, selectors
from puhui.variables.declarations import Variable
from puhui.variables.registry import channels_of as registry_channels

ON = date(2024, 6, 30)
FOODS, TRADER, NEWCOMER = (
    EnterpriseId(code) for code in ("91512081MA62K0260E", "91330100MA2ABCDE0N", "91110108MA01ABCD2X")
)
WITHHELD = "bank_transactions"


@pytest.fixture(scope="module", autouse=True)
def delivered(module_book: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every channel's sample, and a right to read all of it but one firm's bank account."""
    for name, channel in CHANNELS.items():
        path = tmp_path_factory.mktemp("samples") / f"{name}.csv"
        path.write_text(channel.sample, encoding="utf-8")
        channels.deliver(name, path, source="the sample", on=ON, by="a test")
    for firm in (FOODS, TRADER, NEWCOMER):
        governance.register_public_basis(
            [firm],
            channels=[name for name in CHANNELS if (firm, name) != (TRADER, WITHHELD)],
            dataset=f"samples of {firm}",
            evidence="published samples",
            on=ON,
            by="a test",
        )


def test_a_channel_without_a_right_to_read_is_missing_and_the_answer_says_so() -> None:
    found = selectors.values([FOODS, TRADER, NEWCOMER], purpose=Purpose.RESEARCH, as_of=ON, on=ON)
    assert found.table.column_names == ["enterprise", *registry.VARIABLES]
    foods, trader, newcomer = found.table.to_pylist()
    assert (foods["bank_inflow_12m"], trader["bank_inflow_12m"]) == (56_800.0, None)
    assert {name: (refused.code, refused.details["first"]) for name, refused in found.refused.items()} == {
        WITHHELD: (Code.NO_CONSENT, TRADER)
    }
    assert (foods["court_plaintiff_cases_36m"], trader["court_dishonest_ever"]) == (1.0, 1.0)
    assert foods["court_defendant_cases_36m"] == newcomer["court_defendant_cases_36m"] == 0.0
    assert newcomer["vat_sales_12m"] is newcomer["debt_to_sales"] is None
    assert foods["declared_to_invoiced_sales_12m"] == pytest.approx(100 * 386_500 / 49_265.49)


def test_a_firm_has_alone_what_it_has_among_many() -> None:
    among = selectors.values([NEWCOMER, TRADER, FOODS], purpose=Purpose.RESEARCH, as_of=ON, on=ON)
    for row in among.table.to_pylist():
        firm = row.pop("enterprise")
        alone = selectors.values_of_one(firm, purpose=Purpose.RESEARCH, as_of=ON, on=ON)
        assert list(alone.values) == list(row)
        assert alone.values == pytest.approx(row, nan_ok=True)
        assert list(alone.refused) == ([WITHHELD] if firm == TRADER else [])


def test_a_derived_variable_brings_what_it_is_made_of_and_shows_itself_only() -> None:
    asked = registry.named(["wages_per_head_12m", "vat_sales_12m"])
    found = selectors.values([FOODS], purpose=Purpose.RESEARCH, as_of=ON, on=ON, variables=asked)
    assert found.table.to_pylist() == [
        {"enterprise": FOODS, "wages_per_head_12m": pytest.approx(32_450 / (19 * 12)), "vat_sales_12m": 49_265.49}
    ]
    assert not isinstance(registry.VARIABLES["wages_per_head_12m"], Variable)
    nobody = selectors.values([TRADER], purpose=Purpose.QUALITY, as_of=ON, on=ON, variables=asked)
    assert set(nobody.refused) == {"bank_transactions", "social_security", "vat_invoices"}
    assert nobody.table["vat_sales_12m"].to_pylist() == [None]


def test_a_variables_history_is_read_once_and_ends_in_its_value() -> None:
    ends = [date(2023, 12, 31), date(2024, 3, 31), ON]
    for name in ("vat_sales_12m", "declared_to_invoiced_sales_12m"):
        variable = registry.VARIABLES[name]
        asked = {"purpose": Purpose.RESEARCH, "on": ON, "by": "a test"}
        before = governing.last_number()
        told = selectors.history_of_one(FOODS, variable, ends=ends, **asked)
        reads = [one for one in governing.since(before, 100) if one.act == "read"]
        assert len(reads) == len(registry_channels(variable))
        now = selectors.values_of_one(FOODS, as_of=ON, variables=[variable], **asked)
        assert told[-1] == pytest.approx(now.values[variable.name])
        early = selectors.values_of_one(FOODS, as_of=ends[0], variables=[variable], **asked).values[variable.name]
        assert told[0] == early or early is None  # what was learned later speaks of earlier days too
    assert (
        selectors.history_of_one(
            TRADER, registry.VARIABLES["bank_inflow_12m"], ends=ends, purpose=Purpose.RESEARCH, on=ON, by="a test"
        )
        == [None] * 3
    )
