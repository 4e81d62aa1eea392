"""Trust and bonds as variables: the same for one as for many, as of a day, and worked out anew when identities move."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import Error, connection, transaction

from puhui import days
from puhui.channels import services as channels
from puhui.enterprises import selectors, services, tasks
from puhui.enterprises.codes import check_digit
from puhui.enterprises.models import Assessment
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, new_request
from puhui.refusals import Code, Refused
from puhui.variables import registry
from puhui.variables import selectors as variables

DAY = date(2024, 12, 31)
NAMES = ("vat_invoices", "tax_filings", "bank_transactions", "registry", "enterprise_bureau")


def code(number: int) -> EnterpriseId:
    body = f"91510107MA6{number:06d}"
    return EnterpriseId(body + check_digit(body))


HONEST, LIAR, FRIEND, FAILED = (code(number) for number in range(4))
HALF = EnterpriseId("0000000000000HALF1")  # under this id a source sends the half of HONEST's books


def _deliver(folder: Path, channel: str, header: str, rows: list[str]) -> None:
    file = folder / f"{channel}.csv"
    file.write_text("\n".join([header, *rows]), encoding="utf-8")
    done = channels.deliver(channel, file, source="test", on=DAY, history=True, by="test")
    assert done.quarantined == 0, done.reasons


def _books(folder: Path) -> None:
    """Each invoices 100,000 yuan a month; the liar receives 30,000 and declares 60,000."""
    invoices, returns, bank = [], [], []
    for firm, received, declared in ((HONEST, 106_000, 100_000), (LIAR, 30_000, 60_000)):
        for month in range(1, 13):
            stem = f"{firm},销项,{month:02d}%s{firm[-4:]},2024-{month:02d}-1%s,B%s,20000.00,1200.00,21200.00,有效发票"
            invoices += [stem % (number, number, number) for number in range(5)]
            days_of = f"2024-{month:02d}-28,2024-{month:02d}-28"
            returns.append(f"{firm},F{month}{firm[-4:]},申报,增值税,{days_of},{declared}.00,6000.00,6000.00")
            bank.append(f"{firm},A{firm[-4:]},{month}1,2024-{month:02d}-15,贷,{received}.00,900000.00,货款")
    head = "统一社会信用代码,发票方向,发票号码,开票日期,交易对方,金额,税额,价税合计,发票状态"
    _deliver(folder, "vat_invoices", head, invoices)
    head = "enterprise,filing_number,kind,tax,period_end,happened_on,sales,payable,paid"
    _deliver(folder, "tax_filings", head, returns)
    head = "enterprise,account,transaction_number,happened_on,direction,amount,balance,memo"
    _deliver(folder, "bank_transactions", head, bank)


def _bonds(folder: Path) -> None:
    """One person holds HONEST and FRIEND from June on; FRIEND guarantees FAILED, whose loan has failed."""
    head = "统一社会信用代码,登记编号,登记日期,登记类型,名称,证件号码,持股比例"
    person = "张三,110101199003070011"
    rows = [f"{HONEST},R1,2020-01-01,股东,{person},80%", f"{FRIEND},R1,2024-06-01,股东,{person},60%"]
    _deliver(folder, "registry", head, rows)
    head = "enterprise,record_number,happened_on,kind,institution,opened_on,limit,balance,overdue,overdue_days,tier"
    rows = [
        f"{FRIEND},G1,2024-11-30,guarantee_given,Bank A,2023-09-01,,800000.00,0.00,0,normal,{FAILED}",
        f"{FAILED},D1,2024-11-30,loan,Bank A,2023-09-01,,800000.00,800000.00,120,substandard,",
    ]
    _deliver(folder, "enterprise_bureau", f"{head},counterparty", rows)


@pytest.fixture
def house(book: Path, tmp_path: Path) -> None:
    _books(tmp_path)
    _bonds(tmp_path)
    governance.grant(
        [HONEST, LIAR, FRIEND, FAILED, HALF], channels=NAMES, purposes=[Purpose.CREDIT_DECISION, Purpose.QUALITY],
        basis=Basis.CONSENT, evidence="paper", valid_from=date(2020, 1, 1), request=new_request(), by="test",
    )  # fmt: skip


def told(firm: EnterpriseId, as_of: date = DAY) -> dict[str, float | None]:
    """The firm's assessed variables, alone; a test holds them against what it gets among many."""
    asked = {"purpose": Purpose.CREDIT_DECISION, "as_of": as_of, "variables": registry.ASSESSED, "on": DAY}
    return dict(variables.values_of_one(firm, **asked, by="test").values)


@pytest.mark.usefixtures("house")
def test_trust_and_bonds_are_variables_for_one_as_for_many_and_as_of_a_day() -> None:
    asked = {"purpose": Purpose.CREDIT_DECISION, "as_of": DAY, "variables": registry.ASSESSED, "on": DAY}
    among = variables.values([HONEST, LIAR, FRIEND, EnterpriseId("nobody")], **asked)
    rows = {row.pop("enterprise"): row for row in among.table.to_pylist()}
    for firm, row in rows.items():
        assert told(EnterpriseId(firm)) == row, firm
    honest, liar, friend, nobody = rows.values()
    assert honest["firm_contradictions"] == 0.0
    assert (liar["firm_contradictions"], liar["firm_comparisons"]) == (2.0, 2.0)
    assert honest["firm_trust"] > liar["firm_trust"] + 10
    assert set(nobody.values()) == {None}
    assert (honest["bonds_group_firms"], honest["bonds_owner_other_firms"]) == (2.0, 1.0)
    assert (honest["bonds_trouble_distance"], friend["bonds_trouble_distance"]) == (3.0, 1.0)
    assert friend["bonds_guarantees_given"] == friend["bonds_guarantee_reach"] == 1.0
    before = told(HONEST, date(2024, 5, 31))
    assert (before["bonds_group_firms"], before["bonds_trouble_distance"]) == (1.0, 5.0)


@pytest.mark.usefixtures("house")
def test_trust_that_rests_on_one_source_cannot_be_told_and_moves_nothing() -> None:
    for channel in NAMES[1:]:
        governance.withdraw(
            LIAR, channel=channel, purpose=Purpose.CREDIT_DECISION, on=DAY, request=new_request(), by="test"
        )
    found = told(LIAR)
    assert {name: found[name] for name in ("firm_trust", "firm_contradictions", "firm_fraud_signs")} == {
        "firm_trust": None, "firm_contradictions": None, "firm_fraud_signs": None,
    }  # fmt: skip
    assert found["firm_comparisons"] == 0.0


@pytest.mark.usefixtures("house")
def test_what_is_learned_of_the_sources_holds_from_its_day_and_changes_no_earlier_trust() -> None:
    before = told(LIAR, date(2024, 11, 30))["firm_trust"]
    asked = {"purpose": Purpose.QUALITY, "on": DAY, "by": "test"}
    belief = services.learn_beliefs([HONEST, LIAR], as_of=DAY, request=new_request(), **asked)
    assert belief.sources["tax_filings"].mean < 0.97, "it was wrong once, and bears a part of the blame"
    assert belief.agreed == 0.5
    assert told(LIAR, date(2024, 11, 30))["firm_trust"] == before
    assert services.assess([HONEST, LIAR], as_of=DAY, **asked) == 2
    kept = selectors.last_assessed(LIAR)
    assert kept is not None
    assert kept.trust == told(LIAR)["firm_trust"]
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update enterprises_assessment set trust = 100")


@pytest.mark.usefixtures("house")
def test_what_was_computed_on_the_wrong_firm_is_computed_anew_after_a_merge_and_after_its_undoing(
    tmp_path: Path,
) -> None:
    bank = [f"{HALF},A9,{month}9,2024-{month:02d}-16,贷,200000.00,900000.00,货款" for month in range(1, 13)]
    head = "enterprise,account,transaction_number,happened_on,direction,amount,balance,memo"
    _deliver(tmp_path, "bank_transactions", head, bank)
    records = [("registry", "1", HONEST, ""), ("bank", "2", "", HALF)]
    columns = ("source", "record", "code", "own_code")
    services.link(pa.table({name: list(of) for name, of in zip(columns, zip(*records, strict=True), strict=True)}),
                  on=DAY, by="test")  # fmt: skip
    half = selectors.firm_named(f"bank:{HALF}")
    assert half is not None
    asked = {"purpose": Purpose.QUALITY, "as_of": DAY, "on": DAY, "by": "test"}
    services.assess([HONEST, half], **asked)
    before = selectors.last_assessed(HONEST)
    inflow = {"purpose": Purpose.CREDIT_DECISION, "as_of": DAY, "on": DAY}
    inflow |= {"variables": registry.named(["bank_inflow_12m"])}
    alone = variables.values_of_one(HONEST, **inflow).values["bank_inflow_12m"]

    merged = services.merge(HONEST, half, reason="one firm", on=DAY, request=new_request(), by="steward")
    assert not isinstance(merged, Refused)
    both = variables.values_of_one(HONEST, **inflow).values["bank_inflow_12m"]
    assert (alone, both) == (12 * 106_000.0, 12 * 306_000.0)
    assert variables.values([half, HONEST], **inflow).table["bank_inflow_12m"].to_pylist() == [both, both]
    assert selectors.to_recompute(services.TRUST) == sorted([HONEST, half])
    assert services.recompute(**asked | {"purpose": Purpose.MONITORING}) == [], "nobody agreed to be read for that"
    assert selectors.to_recompute(services.TRUST) == sorted([HONEST, half]), "so the mark stays, and what was believed"
    assert [one.enterprise for one in services.recompute(**asked)] == [HONEST]
    anew = Assessment.objects.filter(enterprise=HONEST).latest("pk")
    assert before is not None and before.trust is not None and anew.trust is not None
    assert anew.trust < before.trust, "three times as much is received as was invoiced"
    assert selectors.to_recompute(services.TRUST) == []

    services.undo(merged.act, reason="two firms after all", on=DAY, request=new_request(), by="steward")
    assert {one.enterprise: one.after for one in services.recompute(**asked)}[HONEST] == before.trust
    assert variables.values_of_one(HONEST, **inflow).values["bank_inflow_12m"] == alone
    assert Assessment.objects.filter(enterprise=HONEST).count() == 3, "what was believed meanwhile stays on record"
    services.merge(HONEST, half, reason="one firm", on=DAY, request=new_request(), by="steward")
    tasks.recompute.func(0)
    assert selectors.to_recompute(services.TRUST) == [], "the night clears the marks"


@pytest.mark.usefixtures("house")
def test_an_act_on_a_live_borrower_needs_another_persons_agreement() -> None:
    records = [
        {"source": "bank", "record": key, "name": name} for key, name in (("1", "天一"), ("2", "地二"), ("3", "人三"))
    ]
    services.link(pa.Table.from_pylist(records), on=DAY, by="test")
    one, other, third = (EnterpriseId(str(selectors.firm_of("bank", key))) for key in "123")
    services.place_stake(other, kind="facility", reference="7", by="lending")

    def merge(proposal: int | None = None) -> object:
        acted = {"reason": "one firm", "on": DAY, "request": new_request(), "by": "steward"}
        return services.merge(one, other, **acted, proposal=proposal)

    refused = merge()
    assert isinstance(refused, Refused)
    assert refused.code is Code.TOUCHES_LIVE_BORROWER
    said = services.propose("merge", one, str(other), reason="one firm", by="steward", request=new_request())
    assert not isinstance(said, Refused)
    assert isinstance(merge(said.number), Refused), "a proposal is no agreement"
    judged = {"agrees": True, "why": "seen both", "at": days.now()}
    own = governance.judge(said.number, **judged, by="steward", request=new_request())
    assert isinstance(own, Refused)
    assert own.code is Code.OWN_PROPOSAL
    governance.judge(said.number, **judged, by="risk manager", request=new_request())
    services.place_stake(third, kind="facility", reference="8", by="lending")
    elsewhere = services.merge(
        one, third, reason="one firm", on=DAY, request=new_request(), by="steward", proposal=said.number
    )
    assert isinstance(elsewhere, Refused), "what was agreed to is that merge and no other"
    assert not isinstance(merge(said.number), Refused)


@pytest.mark.usefixtures("house")
def test_a_code_that_two_firms_bear_in_two_sources_names_neither() -> None:
    records = [
        {"source": "bank", "record": "1", "own_code": "1001", "name": "天一"},
        {"source": "pos", "record": "1", "own_code": "1001", "name": "地二"},
    ]
    services.link(pa.Table.from_pylist(records), on=DAY, by="test")
    for source in ("bank", "pos"):
        firm = selectors.firm_of(source, "1")
        assert firm is not None
        assert selectors.lake_keys(firm) == [firm]
