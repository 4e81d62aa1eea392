"""The enterprise file's facts, each with its trust, the owner's own words, and its bonds: as people read them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from people import FIRM, IDENTITY, NAME, OTHER
from signed_in import visitor

from puhui.channels import services as channels
from puhui.governance import services as governance
from puhui.governance.access import Role
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, new_request

DAY = date(2024, 12, 31)
ON = {"as_of": DAY.isoformat()}
PART = {"HX-Request": "true"}
THIRD = EnterpriseId("91110108MA01ABCD38")
REGISTRY = f"""\
统一社会信用代码,登记编号,登记日期,登记类型,名称,证件号码,持股比例,注册资本
{FIRM},R1,2017-03-08,设立,示例食品有限公司,,,1000000.00
{FIRM},R2,2017-03-08,股东,{NAME},{IDENTITY},60%,
{FIRM},R3,2017-03-08,股东,示例贸易有限公司,{OTHER},40%,
{OTHER},R4,2018-01-02,设立,示例贸易有限公司,,,500000.00
{OTHER},R5,2018-01-02,股东,{NAME},{IDENTITY},100%,
"""
BUREAU = """\
enterprise,record_number,happened_on,kind,institution,opened_on,limit,balance,overdue,overdue_days,tier,counterparty
"""
SALES = """\
统一社会信用代码,发票方向,发票号码,开票日期,交易对方,金额,税额,价税合计,发票状态
"""
RETURNS = "enterprise,filing_number,kind,tax,period_end,happened_on,sales,payable,paid\n"


@pytest.fixture(scope="module", autouse=True)
def two_firms(module_book: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One owner behind two firms that guarantee each other; the first invoices more than it declares."""
    bureau, sales, returns = BUREAU, SALES, RETURNS
    for number, (one, other) in enumerate(((FIRM, OTHER), (OTHER, FIRM))):
        for kind, mine, its in (("guarantee_given", one, other), ("guarantee_received", other, one)):
            bureau += f"{mine},G{number},2024-11-30,{kind},Bank A,2023-09-01,,800000.00,0.00,0,normal,{its}\n"
    bureau += f"{OTHER},D1,2024-11-30,loan,Bank A,2023-09-01,,800000.00,800000.00,120,doubtful,\n"
    for month in range(1, 13):
        for place in range(5):
            sales += f"{FIRM},销项,{month:02d}{place}1,2024-{month:02d}-1{place},B{place},20000,1200,21200,有效发票\n"
        returns += f"{FIRM},F{month},申报,增值税,2024-{month:02d}-28,2024-{month:02d}-28,60000.00,6000.00,6000.00\n"
    sales += f"{THIRD},销项,9,2024-05-05,B1,20000,1200,21200,有效发票\n"
    texts = {"registry": REGISTRY, "enterprise_bureau": bureau, "vat_invoices": sales, "tax_filings": returns}
    folder = tmp_path_factory.mktemp("files")
    for channel, text in texts.items():
        file = folder / f"{channel}.csv"
        file.write_text(text, encoding="utf-8")
        done = channels.deliver(channel, file, source="test", on=DAY, history=True, by="test")
        assert done.quarantined == 0, done.reasons
    governance.grant(
        [FIRM, OTHER], channels=list(texts), purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT, evidence="paper",
        valid_from=date(2024, 1, 1), request=new_request(), by="test",
    )  # fmt: skip


def read(at: str, *, role: Role = Role.AUDITOR, language: str = "en") -> str:
    """A part of the file as one of a role reads it."""
    answer = visitor(role).get(at, ON, headers={**PART, "Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_owns_the_firm_by_which_way_and_what_guarantees_lead_to_is_told_in_both_languages() -> None:
    text = read(f"/firms/{FIRM}/bonds/")
    assert "100.00" in text and "40.00" in text, "60 % of its own, 40 % through the other firm"
    assert "directly; through 示例贸易有限公司" in text or "through 示例贸易有限公司; directly" in text
    assert text.count(f'href="/firms/{OTHER}/bonds/"') >= 5, "in the group, of one person, in the circle, both ways"
    assert NAME not in text and IDENTITY not in text and "a person (…" in text
    assert "1 in trouble" in text
    chinese = read(f"/firms/{FIRM}/bonds/", language="zh-hans")
    assert all(word in chinese for word in ("股权穿透", "所在互保圈", "实际控制人", "经示例贸易有限公司", "直接持股"))


def test_bonds_that_may_not_be_read_are_said_so() -> None:
    assert "Neither the registry nor the credit bureau may be read" in read(f"/firms/{THIRD}/bonds/")
    assert visitor(Role.AUDITOR).get("/firms/nobody/bonds/", ON).status_code == 404


def test_every_fact_has_its_trust_and_what_the_owner_says_is_held_against_it() -> None:
    at = f"/firms/{FIRM}/facts/"
    text = read(at)
    assert "The owner has not been asked yet" in text
    assert "Every fact and how far it can be believed" in text and "1,200,000" in text and "720,000" in text
    assert "Write down what the owner says" not in text, "an auditor writes nothing"
    assert "Write down what the owner says" in read(at, role=Role.ANALYST)
    writer, said = visitor(Role.ANALYST), {"sales": "2,400,000", "staff": "7", "request": str(new_request())}
    to = f"/firms/{FIRM}/owner-says/?as_of={DAY}"
    for _ in range(2):  # a double click says it once
        assert writer.post(to, said).status_code == 302
    after = read(at, language="zh-hans")
    assert after.count("2,400,000") == 3, "as it was said, as a fact beside the others, and against the invoices"
    of_capital = after.split("登记资本与企业主自述")[-1].split("</tr>")[0]
    assert "无法判断" in of_capital, "what the owner was silent about is held against nothing"
    assert "企业主自述" in after and "来源可靠度" in after
    assert visitor(Role.AUDITOR).post(to, said).status_code == 403
    for wrong in ({}, {"staff": "many"}, {"sales": "much"}):
        assert writer.post(to, {**wrong, "request": str(new_request())}).status_code == 400
