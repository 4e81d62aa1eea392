"""Two firms with the same invoices ask for the invoice credit; what one declares and receives does not bear it out."""

from __future__ import annotations

from datetime import date

import pytest
from people import FIRM as HONEST
from people import OTHER as LIAR
from small_bank import give_role, model, noon, request

from puhui.approval import selectors, services
from puhui.approval.services import Question
from puhui.channels import services as delivering
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId
from puhui.products.lifecycle import Role

DAY = date(2024, 12, 31)
HEADS = {
    "vat_invoices": "统一社会信用代码,发票方向,发票号码,开票日期,交易对方,金额,税额,价税合计,发票状态",
    "tax_filings": "enterprise,filing_number,kind,tax,period_end,happened_on,sales,payable,paid",
    "bank_transactions": "enterprise,account,transaction_number,happened_on,direction,amount,balance,memo",
    "social_security": "enterprise,period_end,happened_on,headcount,base,due,paid",
}


@pytest.fixture(scope="module", autouse=True)
def books(firms: list[EnterpriseId], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Both invoice 100,000 yuan a month for two years; one receives 30,000 and declares 60,000 of them."""
    rows: dict[str, list[str]] = {name: [] for name in HEADS}
    for firm, received, declared in ((HONEST, 106_000, 100_000), (LIAR, 30_000, 60_000)):
        for number, month in enumerate(f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)):
            rows["vat_invoices"] += [
                f"{firm},销项,{number:02d}{place}{firm[-3:]},{month}-1{place},B{place},20000,1200,21200,有效发票"
                for place in range(5)
            ]
            filed = f"{firm},F{number}{firm[-3:]},申报,增值税,{month}-28,{month}-28,{declared},6000,6000"
            rows["tax_filings"].append(filed)
            account = f"{firm},A{firm[-3:]}"
            rows["bank_transactions"].append(f"{account},{number}1,{month}-15,贷,{received},900000,货款")
            rows["bank_transactions"].append(f"{account},{number}2,{month}-20,借,20000,880000,工资")
            rows["social_security"].append(f"{firm},{month}-28,{month}-28,4,16000,5700,5700")
    folder = tmp_path_factory.mktemp("books")
    for name, head in HEADS.items():
        file = folder / f"{name}.csv"
        file.write_text("\n".join([head, *rows[name]]), encoding="utf-8")
        done = delivering.deliver(name, file, source="district", on=DAY, history=True, by="test")
        assert done.quarantined == 0, done.reasons
    governance.grant(
        [HONEST, LIAR], channels=list(HEADS), purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT, evidence="paper",
        valid_from=date(2024, 1, 1), request=request(), by="test",
    )  # fmt: skip
    give_role("invoice_credit", model(), Role.CHAMPION)


def test_a_firm_whose_sources_contradict_each_other_gets_a_smaller_limit_and_the_reasons_say_so() -> None:
    told = {}
    for firm in (HONEST, LIAR):
        asked = Question(firm, "invoice_credit", DAY, DAY, "officer")
        told[firm] = services.decide(asked, request=request(), at=noon(DAY))
    honest, liar = told[HONEST], told[LIAR]
    assert (honest.outcome, liar.outcome) == ("approved", "approved")
    assert 0 < liar.limit_fen < honest.limit_fen, "the invoices are the same"
    believed, doubted = (selectors.evidence(each.number) for each in (honest, liar))
    (binding,) = (part["name"] for part in doubted["answer"]["limit_parts"] if part["binding"])
    assert binding == "trust"
    said = [" ".join(reason[language] for reason in liar.reasons) for language in ("en", "zh")]
    assert "What contradictions between its sources leave of these" in said[0] and "来源" in said[1]
    trust = [each["inputs"]["trust"] for each in (believed, doubted)]
    assert [each["contradictions"] for each in trust] == [0, 2]
    assert trust[0]["trust"] > trust[1]["trust"] + 10
