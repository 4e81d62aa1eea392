"""Values that stand ready are those that would be worked out now, or they are worked out now."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from puhui import days
from puhui.channels import services as channels
from puhui.channels.catalogue import CHANNELS
from puhui.governance import erasing
from puhui.governance import selectors as governing
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.variables import ready, registry, selectors, tasks
from puhui.variables.models import ReadyRow

ON = date(2024, 6, 30)
FOODS, TRADER = EnterpriseId("91512081MA62K0260E"), EnterpriseId("91330100MA2ABCDE0N")
ASKED = {"purpose": Purpose.CREDIT_DECISION, "as_of": ON, "on": ON, "by": "a test"}
VARIABLES = registry.named([name for name, each in registry.VARIABLES.items() if not name.startswith("bonds_")])


@pytest.fixture(scope="module", autouse=True)
def delivered(module_book: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every channel's sample, of two firms that consented."""
    for name, channel in CHANNELS.items():
        _deliver(name, channel.sample, tmp_path_factory.mktemp("samples"))
    governance.grant(
        [FOODS, TRADER], channels=list(CHANNELS), purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT,
        evidence="signed", valid_from=date(2024, 1, 1), request=RequestId("consent"), by="a test",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def stands_ready(delivered: None) -> None:
    assert ready.make_ready([FOODS, TRADER], **ASKED) == 2


def _deliver(channel: str, text: str, folder: Path) -> None:
    path = folder / f"{channel}-{len(text)}.csv"
    path.write_text(text, encoding="utf-8")
    channels.deliver(channel, path, source="the sample", on=ON, by="a test")


def _counted(firm: EnterpriseId) -> set[str]:
    """What the reads of one question count: values that stood ready, or rows that were read now."""
    kinds = _reads(firm, ASKED)
    told = ready.values_of_one(firm, variables=VARIABLES, **ASKED)
    now = selectors.values_of_one(firm, variables=VARIABLES, **ASKED)
    assert told.values == pytest.approx(now.values, nan_ok=True)
    assert told.refused == now.refused
    return kinds


def _reads(firm: EnterpriseId, asked: dict[str, Any]) -> set[str]:
    before = governing.last_number()
    ready.values_of_one(firm, variables=VARIABLES, **asked)
    reads = [each for each in governing.since(before, 100) if each.act == "read"]
    return {"values" if "values" in each.body else "rows" for each in reads}


def _another_sale(of: EnterpriseId, number: int) -> str:
    """The invoices' sample with one more invoice of a firm, and nothing else."""
    header, *lines = CHANNELS["vat_invoices"].sample.splitlines()
    line = next(line for line in lines if line.startswith(of))
    firm, _, *rest = line.split(",")
    return "\n".join([header, ",".join([firm, f"990000{number}", *rest])]) + "\n"


def test_what_stands_ready_is_what_would_be_worked_out_and_the_read_is_on_record() -> None:
    assert _counted(FOODS) == {"values"}
    assert {each.subject for each in governing.reads_of(FOODS) if "values" in each.body} == set(CHANNELS)


def test_a_delivery_that_tells_of_the_firm_ends_it_and_one_of_another_firm_does_not(tmp_path: Path) -> None:
    _deliver("vat_invoices", _another_sale(TRADER, 77), tmp_path)
    assert _counted(FOODS) == {"values"}
    assert _counted(TRADER) == {"rows"}
    since = datetime.now(UTC) - timedelta(minutes=10)
    assert TRADER in ready.arrived(since, purpose=Purpose.CREDIT_DECISION, as_of=ON)
    assert FOODS not in ready.arrived(since, purpose=Purpose.CREDIT_DECISION, as_of=ON)
    ready.make_ready([TRADER], **ASKED)
    assert _counted(TRADER) == {"values"}


def test_few_files_made_of_many_change_nothing(tmp_path: Path) -> None:
    _deliver("vat_invoices", _another_sale(TRADER, 78), tmp_path)
    ready.make_ready([FOODS, TRADER], **ASKED)
    channels.compact("vat_invoices", by="a test", at=datetime(2024, 7, 1, tzinfo=UTC))
    assert _counted(FOODS) == _counted(TRADER) == {"values"}


def test_a_consent_that_was_withdrawn_is_gone_at_once() -> None:
    governance.withdraw(
        FOODS, channel="bank_transactions", purpose=Purpose.CREDIT_DECISION, on=ON, request=RequestId("no"), by="owner"
    )
    told = ready.values_of_one(FOODS, variables=VARIABLES, **ASKED)
    assert told.values["bank_inflow_12m"] is None
    assert "bank_transactions" in told.refused
    ready.make_ready([FOODS], **ASKED)
    assert _counted(FOODS) == {"values"}
    assert ready.values_of_one(FOODS, variables=VARIABLES, **ASKED).values["bank_inflow_12m"] is None


@pytest.mark.parametrize("stands", [True, False])
def test_a_channel_that_is_withheld_is_never_read_though_another_consent_stands(stands: bool) -> None:
    if not stands:
        ready.forget(before=ON + timedelta(days=1))
    bonds = registry.named(["bonds_owner_other_firms", "debt_to_sales"])
    whole = ready.values_of_one(TRADER, variables=(*VARIABLES, *bonds), **ASKED)
    before, withheld = governing.last_number(), {"registry", "bank_transactions"}
    told = ready.values_of_one(TRADER, variables=(*VARIABLES, *bonds), **ASKED, withheld=withheld)
    reads = [each for each in governing.since(before, 100) if each.act == "read" and TRADER in each.body["first"]]
    assert {each.subject for each in reads} == set(CHANNELS) - withheld, "none of what was withheld, all of the others"
    assert told.refused.keys() == whole.refused.keys() | withheld
    for name in told.values.keys() - {"firm_trust", "firm_comparisons", "firm_contradictions", "firm_fraud_signs"}:
        touched = withheld.intersection(registry.channels_of(registry.VARIABLES[name]))
        if not touched:
            assert told.values[name] == pytest.approx(whole.values[name], nan_ok=True), name
        elif touched == set(registry.channels_of(registry.VARIABLES[name])):
            assert told.values[name] is None, name


def test_another_day_or_purpose_is_worked_out_and_past_days_are_forgotten() -> None:
    earlier = ASKED | {"as_of": ON - timedelta(days=30)}
    assert ready.values_of_one(FOODS, variables=VARIABLES, **earlier).values == pytest.approx(
        selectors.values_of_one(FOODS, variables=VARIABLES, **earlier).values, nan_ok=True
    )
    assert ready.forget(before=ON) == 0
    assert ready.forget(before=ON + timedelta(days=1)) == 2
    assert _counted(FOODS) == {"rows"}


def _standing(day: date) -> set[EnterpriseId]:
    """The firms whose values stand ready for a day."""
    asked = ASKED | {"as_of": day, "on": day}
    return {firm for firm in (FOODS, TRADER) if _reads(firm, asked) == {"values"}}


def test_the_night_s_job_makes_every_firm_ready_for_today_and_forgets_the_past() -> None:
    tasks.make_all_ready(0)
    today = days.today()
    assert _standing(today) == {FOODS, TRADER}
    assert ready.forget(before=today) == 0, "the job has forgotten the past days"


def test_the_minute_s_job_follows_small_deliveries_and_after_a_big_one_works_through_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = days.today()
    tasks.make_all_ready(0)
    _deliver("vat_invoices", _another_sale(TRADER, 79), tmp_path)
    assert _standing(today) == {FOODS}
    tasks.make_arrived_ready(0)
    assert _standing(today) == {FOODS, TRADER}
    monkeypatch.setattr(channels, "FEW_FIRMS", 0)  # a delivery that does not name its firms
    _deliver("vat_invoices", _another_sale(FOODS, 80), tmp_path)
    assert _standing(today) == set(), "it may tell of anybody"
    asked = {"purpose": Purpose.CREDIT_DECISION, "as_of": today}
    assert len(ready.left_behind(**asked, most=1)) == 1
    tasks.make_arrived_ready(0)
    assert _standing(today) == {FOODS, TRADER}
    assert ready.left_behind(**asked) == []
    ready.forget(before=today + timedelta(days=1))


def test_erasing_a_firm_drops_what_stood_ready_in_the_same_moment() -> None:
    """On the day of the last read: what the night made ready led to no decision. The other firm's values stay."""
    done = erasing.erase_firm(TRADER, evidence="the owner's letter", on=days.today(), by="a test")
    assert isinstance(done, erasing.Erased)
    assert done.dropped >= 1
    assert {row.enterprise for row in ReadyRow.objects.all()} == {FOODS}
