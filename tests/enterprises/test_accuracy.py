"""Facts side by side: verdicts with both amounts, trust in words, and nothing of it without consent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from puhui.channels import services as channels
from puhui.enterprises import dossier, selectors, services
from puhui.enterprises.accuracy.rules import FACTS, RULES, Verdict
from puhui.enterprises.models import OwnerStatement
from puhui.enterprises.owner import Matter
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.refusals import BadInput, Code, Refused

HONEST, LIAR = EnterpriseId("91512081MA62K0260E"), EnterpriseId("91330100MA2ABCDE0N")
DAY = date(2024, 12, 31)
CHANNELS = ("vat_invoices", "tax_filings", "bank_transactions", "social_security")


def _deliver(folder: Path, channel: str, header: str, rows: list[str]) -> None:
    file = folder / f"{channel}.csv"
    file.write_text("\n".join([header, *rows]), encoding="utf-8")
    done = channels.deliver(channel, file, source="test", on=DAY, history=True, by="test")
    assert done.quarantined == 0, done.reasons


@pytest.fixture(scope="module")
def two_firms(module_book: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Both invoice 100,000 yuan a month. One receives 106,000 and declares 100,000; the other 30,000 and 60,000."""
    folder = tmp_path_factory.mktemp("files")
    invoices, returns, bank, insured = [], [], [], []
    for firm, received, declared in ((HONEST, 106_000, 100_000), (LIAR, 30_000, 60_000)):
        for month in range(1, 13):
            stem = f"{firm},销项,{month:02d}%s{firm[-3:]},2024-{month:02d}-1%s,B%s,20000.00,1200.00,21200.00,有效发票"
            invoices += [stem % (number, number, number) for number in range(5)]
            returns.append(
                f"{firm},F{month}{firm[-3:]},申报,增值税,2024-{month:02d}-28,2024-{month:02d}-28,{declared}.00,6000.00,6000.00"
            )
            bank.append(f"{firm},A{firm[-3:]},{month}1,2024-{month:02d}-15,贷,{received}.00,900000.00,货款")
            bank.append(f"{firm},A{firm[-3:]},{month}2,2024-{month:02d}-20,借,20000.00,880000.00,工资")
            insured.append(f"{firm},2024-{month:02d}-28,2024-{month:02d}-28,4,16000.00,5700.00,5700.00")
    head = "统一社会信用代码,发票方向,发票号码,开票日期,交易对方,金额,税额,价税合计,发票状态"
    _deliver(folder, "vat_invoices", head, invoices)
    _deliver(
        folder, "tax_filings", "enterprise,filing_number,kind,tax,period_end,happened_on,sales,payable,paid", returns
    )
    _deliver(
        folder,
        "bank_transactions",
        "enterprise,account,transaction_number,happened_on,direction,amount,balance,memo",
        bank,
    )
    _deliver(folder, "social_security", "enterprise,period_end,happened_on,headcount,base,due,paid", insured)


def _grant(firm: EnterpriseId, *names: str) -> None:
    governance.grant(
        [firm], channels=names, purposes=[Purpose.QUALITY], basis=Basis.CONSENT, evidence="paper 1",
        valid_from=date(2024, 1, 1), request=new_request(), by="test",
    )  # fmt: skip


def _check(firm: EnterpriseId) -> object:
    return services.check(firm, selectors.lake_keys(firm), purpose=Purpose.QUALITY, as_of=DAY, on=DAY, by="test")


@pytest.mark.usefixtures("two_firms")
def test_nothing_is_read_without_consent() -> None:
    refused = _check(HONEST)
    assert isinstance(refused, Refused)
    assert refused.code is Code.NO_CONSENT
    file = dossier.enterprise_file(HONEST, purpose=Purpose.QUALITY, as_of=DAY, on=DAY, by="test")
    assert not isinstance(file, Refused)
    assert {held.channel for held in file.held if held.refused} == set(CHANNELS)
    assert not any(held.rows for held in file.held)


@pytest.mark.usefixtures("two_firms")
def test_a_firm_that_nobody_knows_is_refused() -> None:
    refused = _check(EnterpriseId("nobody"))
    assert isinstance(refused, Refused)
    assert refused.code is Code.UNKNOWN_FIRM


@pytest.mark.usefixtures("two_firms")
def test_verdicts_come_with_both_amounts_and_what_would_settle_them() -> None:
    for firm in (HONEST, LIAR):
        _grant(firm, *CHANNELS)
    honest, liar = _check(HONEST), _check(LIAR)
    assert not isinstance(honest, Refused)
    assert not isinstance(liar, Refused)
    told = {one.rule: one for one in liar.compared}
    assert (told["declared"].left_amount, told["declared"].right_amount) == (120_000_000, 72_000_000)
    assert told["declared"].verdict is told["received"].verdict is Verdict.DIFFER
    assert told["received"].ratio == pytest.approx(30_000 / 106_000, abs=1e-4)
    assert told["power"].verdict is Verdict.CANNOT_TELL
    assert "VAT return" in told["declared"].settles.en
    said = {one.rule: one.verdict for one in honest.compared}
    assert said["declared"] is said["received"] is said["payroll"] is Verdict.AGREE
    assert honest.trust is not None
    assert liar.trust is not None
    assert honest.trust > liar.trust + 10
    assert honest.says.en == "what can be compared agrees"
    assert "Invoiced sales and money received" in liar.says.en
    assert set(honest.parts) == {"agreement", "freshness", "completeness"}
    true, false = ({one.fact: one for one in checked.facts} for checked in (honest, liar))
    said = true["declared"]
    assert (said.amount, said.months, said.newest) == (120_000_000, 12, date(2024, 12, 28))
    assert (false["declared"].agree, false["declared"].differ) == (0, 1)
    assert said.trust > 95
    assert false["declared"].trust < 85, "of what another source denies, less is believed"
    assert false["received"].reliability > false["declared"].reliability > 0.9


@pytest.mark.usefixtures("two_firms")
def test_a_withdrawn_consent_is_felt_at_once_and_the_rest_still_told() -> None:
    for firm in (HONEST, LIAR):
        _grant(firm, *CHANNELS)
    governance.withdraw(
        LIAR, channel="bank_transactions", purpose=Purpose.QUALITY, on=DAY, request=new_request(), by="test"
    )
    liar = _check(LIAR)
    assert not isinstance(liar, Refused)
    assert set(liar.not_read) == {"bank_transactions"}
    told = {one.rule: one.verdict for one in liar.compared}
    assert told["received"] is Verdict.CANNOT_TELL
    assert told["declared"] is Verdict.DIFFER


@pytest.mark.usefixtures("two_firms")
def test_a_channel_that_is_withheld_tells_nothing_of_trust_though_it_was_consented_to() -> None:
    _grant(LIAR, *CHANNELS)
    asked = {"purpose": Purpose.QUALITY, "as_of": DAY, "on": DAY, "by": "test"}
    keys = selectors.keys_of([LIAR])
    told, refused = selectors.assessed(keys, **asked)  # type: ignore[arg-type]
    without, missing = selectors.assessed(keys, **asked, withheld=["bank_transactions"])  # type: ignore[arg-type]
    assert (told["firm_comparisons"][0].as_py(), without["firm_comparisons"][0].as_py()) == (3, 1)
    assert (set(refused), set(missing)) == (set(), {"bank_transactions"})


@pytest.mark.usefixtures("two_firms")
def test_firms_of_which_only_channels_speak_become_one_by_a_merge_and_two_codes_do_not() -> None:
    """They become firms of the book by the act; it is undone again, for the tests that come after."""
    acted = {"reason": "one licence", "on": DAY, "by": "steward"}
    refused = services.merge(HONEST, LIAR, request=new_request(), **acted)  # type: ignore[arg-type]
    assert isinstance(refused, Refused)
    assert refused.code is Code.TWO_CODES
    with pytest.raises(BadInput, match="no firm"):
        services.merge(HONEST, EnterpriseId("nobody"), request=new_request(), **acted)  # type: ignore[arg-type]


@pytest.mark.usefixtures("two_firms")
def test_what_the_owner_says_is_held_against_what_others_say_and_can_only_be_said_anew() -> None:
    for firm in (HONEST, LIAR):
        _grant(firm, *CHANNELS)
        said = {Matter.SALES: 120_000_000, Matter.STAFF: 4}
        for _ in range(2):
            assert services.owner_says(firm, said, on=DAY, request=RequestId(f"owner {firm}"), by="clerk") == 2
    other = services.owner_says(HONEST, {Matter.STAFF: 9}, on=DAY, request=RequestId(f"owner {HONEST}"), by="clerk")
    assert isinstance(other, Refused)
    assert other.code is Code.REQUEST_HAS_OTHER_CONTENT
    for firm, verdict in ((HONEST, Verdict.AGREE), (LIAR, Verdict.DIFFER)):
        found = _check(firm)
        assert not isinstance(found, Refused)
        told = {one.rule: one for one in found.compared}
        assert (told["said_sales"].verdict, told["said_sales"].right_amount) == (verdict, 120_000_000)
        assert (told["said_staff"].verdict, told["said_staff"].left_amount) == (Verdict.AGREE, 4)
        assert told["said_capital"].verdict is Verdict.CANNOT_TELL, "the registry says nothing of it"
    with pytest.raises(DatabaseError), transaction.atomic():
        OwnerStatement.objects.all().delete()


@pytest.mark.usefixtures("two_firms")
def test_the_enterprise_file_says_what_is_held_from_where_and_since_when() -> None:
    _grant(HONEST, *CHANNELS)
    file = dossier.enterprise_file(HONEST, purpose=Purpose.QUALITY, as_of=DAY, on=DAY, by="test")
    assert not isinstance(file, Refused)
    held = {one.channel: one for one in file.held}
    assert (held["vat_invoices"].rows, held["vat_invoices"].first_day) == (60, date(2024, 1, 10))
    earlier = dossier.enterprise_file(HONEST, purpose=Purpose.QUALITY, as_of=date(2024, 6, 30), on=DAY, by="test")
    assert not isinstance(earlier, Refused)
    assert {one.channel: one for one in earlier.held}["vat_invoices"].rows == 30


def test_every_rule_speaks_both_languages_and_compares_two_sources_or_two_facts() -> None:
    for rule in RULES.values():
        assert rule.left != rule.right
        assert rule.settles.zh
        assert rule.label.en
    assert {FACTS[rule.left].channel for rule in RULES.values()} >= {"vat_invoices", "bank_transactions"}
