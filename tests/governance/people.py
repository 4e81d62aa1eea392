"""Planted people: values that no generator makes, in files as registries, banks and bureaus send them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from puhui.governance import services
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId

ON = date(2024, 6, 30)
FIRM, OTHER = EnterpriseId("91512081MA62K0260E"), EnterpriseId("91330100MA2ABCDE0N")
IDENTITY, SECOND = "110101199003070011", "33010619851212002X"
NAME, SECOND_NAME, SPOUSE = "欧阳植树", "尉迟试验", "诸葛查证"
PHONE, ACCOUNT, OTHER_ACCOUNT = "13912345678", "6222020200112233", "6217001180001234"
NOTE_PHONE, UNKNOWN = "18698765432", "someone-private@example.org"
PLANTED = (IDENTITY, SECOND, NAME, SECOND_NAME, SPOUSE, PHONE, ACCOUNT, OTHER_ACCOUNT, NOTE_PHONE, UNKNOWN)

REGISTRY = f"""\
统一社会信用代码,登记编号,登记日期,登记类型,名称,证件号码,持股比例,注册资本,行业,住所,联系电话,变更事项,变更前,变更后,邮箱
{FIRM},R1,2017-03-08,设立,示例食品有限公司,,,1000000.00,食品制造,示例市示例路1号,{PHONE},,,,{UNKNOWN}
{FIRM},R2,2017-03-08,法定代表人,{NAME},{IDENTITY},,,,,,,,,
{FIRM},R3,2017-03-08,股东,{NAME},{IDENTITY},65.00%,,,,,,,,
{FIRM},R4,2017-03-08,股东,示例贸易有限公司,{OTHER},35%,,,,,,,,
{FIRM},R5,2021-06-01,变更,,,,,,,,法定代表人,{SPOUSE},{NAME},
{OTHER},R6,2018-01-02,股东,{NAME},{IDENTITY},10%,,,,,,,,
{OTHER},R7,2018-01-02,股东,{SECOND_NAME},{SECOND},90%,,,,,,,,
{FIRM},R8,bad day,股东,{SECOND_NAME},{SECOND},1%,,,,{PHONE},,,,{UNKNOWN}
{FIRM},R9,2018-01-02,{NAME},{NAME},{IDENTITY}
"""
BANK = f"""\
统一社会信用代码,账号,交易流水号,交易日期,借贷标志,交易金额,账户余额,对方户名,对方账号,摘要
{FIRM},{ACCOUNT},1,2024-04-01,贷,56800.00,183211.40,{OTHER},{OTHER_ACCOUNT},货款
{FIRM},{ACCOUNT},2,2024-04-03,借,32450.00,150761.40,{SPOUSE},{OTHER_ACCOUNT},还款 {NOTE_PHONE}
{OTHER},{OTHER_ACCOUNT},1,2024-04-01,借,56800.00,-1204.77,{FIRM},{ACCOUNT},货款
{OTHER},{OTHER_ACCOUNT},2,2024-04-01,借,many,-1204.77,{SPOUSE},{ACCOUNT},{NOTE_PHONE}
"""
BUREAU = f"""\
enterprise,person,record_number,happened_on,kind,institution,limit,balance,overdue,overdue_months
{FIRM},{IDENTITY},C-301,2024-04-30,card,City Bank B,50000.00,8120.44,0.00,0
{OTHER},{SECOND},C-9,2024-04-30,card,Rural Bank A,20000.00,19980.00,3210.00,2
"""
FILES = {"registry": REGISTRY, "bank_transactions": BANK, "owner_bureau": BUREAU}


def write(folder: Path) -> dict[str, Path]:
    """One file a channel: text from the registry and the bank, Parquet from the bureau."""
    import duckdb

    paths = {}
    for channel, text in FILES.items():
        paths[channel] = folder / f"{channel}.csv"
        paths[channel].write_text(text, encoding="utf-8")
    parquet = folder / "owner_bureau.parquet"
    duckdb.sql(
        f"copy (select * from read_csv('{paths['owner_bureau']}', all_varchar = true)) to '{parquet}' (format parquet)"
    )
    return paths | {"owner_bureau": parquet}


def consent(
    firm: EnterpriseId = FIRM,
    *,
    channels: tuple[str, ...] = tuple(FILES),
    purposes: tuple[Purpose, ...] = (Purpose.CREDIT_DECISION,),
    valid_to: date | None = None,
    request: str = "",
) -> None:
    """A consent that begins on 1 January 2024."""
    services.grant(
        [firm],
        channels=channels,
        purposes=purposes,
        basis=Basis.CONSENT,
        evidence="form 7 in the archive",
        valid_from=date(2024, 1, 1),
        valid_to=valid_to,
        request=RequestId(request or f"consent of {firm}"),
        by="a test",
    )
