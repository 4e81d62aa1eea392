"""The four real files, 1.1 million invoices, counted again without any of the room's code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from puhui.channels import lake, planning, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.deliveries import Delivery
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId
from puhui.refusals import Refused

ON = date(2020, 2, 29)
FILES = [f"{group}_record_{side}_invoices" for group in ("with", "without") for side in ("sales", "purchase")]
Delivered = dict[str, tuple[Path, Delivery]]


@pytest.fixture(scope="module")
def delivered(module_book: Path, shared_data: Path) -> Iterator[Delivered]:
    answers = {}
    for name in FILES:
        path = shared_data / "cumcm2020c" / f"{name}.parquet"
        answers[name] = (
            path,
            services.deliver("vat_invoices", path, source="cumcm2020c", on=ON, history=True, by="test"),
        )
    firms = selectors.firms("vat_invoices")
    facts = {"dataset": "cumcm2020c", "evidence": "published by the contest", "on": date(2020, 1, 1), "by": "test"}
    governance.register_public_basis(firms, channels=["vat_invoices"], **facts)  # type: ignore[arg-type]
    yield answers


@pytest.mark.parametrize("name", FILES)
def test_every_row_has_one_fate_and_the_counts_are_right(delivered: Delivered, name: str) -> None:
    path, answer = delivered[name]
    other = "购方单位代号" if "sales" in name else "销方单位代号"
    key = f"企业代号, 发票号码, 开票日期, {other}"
    sound = f"(from '{path}' where abs(金额::decimal(18,2) + 税额::decimal(18,2) - 价税合计::decimal(18,2)) <= 0.02)"
    count = "select count(*) from"
    rows = _one(f"{count} '{path}'")
    broken = rows - _one(f"{count} {sound}")
    different = _one(f"{count} (select distinct {key}, 金额, 税额, 价税合计, trim(发票状态) from {sound})")
    kept = _one(f"{count} (select distinct {key} from {sound})")
    first = f"arg_min((金额, 税额, 价税合计, trim(发票状态)), file_row_number) over (partition by {key})"
    numbered = sound.replace(f"from '{path}'", f"from read_parquet('{path}', file_row_number = true)")
    conflicts = _one(
        f"{count} (select (金额, 税额, 价税合计, trim(发票状态)) <> {first} as differs from {numbered}) where differs"
    )

    assert (answer.rows_in, answer.accepted) == (rows, kept)
    assert answer.quarantined == broken + conflicts
    assert answer.duplicates == rows - broken - conflicts - kept
    assert conflicts >= different - kept
    assert answer.reasons.get("TOTAL_DIFFERS", 0) == broken
    assert answer.reasons.get("CONFLICTS_WITH_LINE", 0) == conflicts
    assert len(selectors.quarantine(answer.delivery, sight=Sight.CLEAR)) == answer.quarantined


def test_the_lake_holds_every_fen(delivered: Delivered) -> None:
    firms = selectors.firms("vat_invoices")
    table = selectors.rows("vat_invoices", firms, purpose=Purpose.RESEARCH, as_of=ON)
    assert not isinstance(table, Refused)
    sums = table.group_by("direction").agg(fen=table.total_fen.sum()).to_pyarrow().to_pylist()
    assert len(firms) == 425
    for side, direction, other in (("sales", "sale", "购方单位代号"), ("purchase", "purchase", "销方单位代号")):
        fen = 0
        for path in (path for name, (path, _) in delivered.items() if side in name):
            key = f"企业代号, 发票号码, 开票日期, {other}"
            fen += _one(
                f"select (sum(total) * 100)::bigint from (select distinct on ({key}) 价税合计::decimal(18,2) as total"
                f" from read_parquet('{path}', file_row_number = true)"
                " where abs(金额::decimal(18,2) + 税额::decimal(18,2) - 价税合计::decimal(18,2)) <= 0.02"
                f" order by {key}, file_row_number)"
            )
        assert [row["fen"] for row in sums if row["direction"] == direction] == [fen]


def test_the_same_files_again_change_nothing(delivered: Delivered) -> None:
    before = lake.current(CHANNELS["vat_invoices"])
    for path, answer in delivered.values():
        again = services.deliver("vat_invoices", path, source="cumcm2020c", on=ON, history=True, by="test")
        assert again.repeated
        assert again.accepted == answer.accepted
    assert lake.current(CHANNELS["vat_invoices"]) is before


def test_one_percent_of_broken_rows_is_quarantined_and_the_rest_delivered(delivered: Delivered, tmp_path: Path) -> None:
    path, whole = delivered["with_record_sales_invoices"]
    dirty = tmp_path / "dirty.csv"
    broken = "case when file_row_number % 100 = 7 then '不知道' else 开票日期 end as 开票日期"
    numbered = f"from read_parquet('{path}', file_row_number = true)"
    duckdb.sql(f"copy (select * exclude file_row_number replace ({broken}) {numbered}) to '{dirty}' (header)")
    answer = services.deliver("vat_invoices", dirty, source="a supplier", on=ON, by="test")
    assert answer.rows_in == whole.rows_in
    assert answer.reasons["HAPPENED_ON_UNREADABLE"] == len(range(7, whole.rows_in, 100))
    assert whole.accepted * 0.985 < answer.accepted < whole.accepted
    assert {row.raw["开票日期"] for row in selectors.quarantine(answer.delivery, sight=Sight.CLEAR)[:50]} == {"不知道"}


def test_a_firm_is_read_from_few_row_groups(delivered: Delivered) -> None:
    """The files are sorted by firm: one firm's rows lie together, so a read can leave the rest alone."""
    plan = planning.plan(lake.current(CHANNELS["vat_invoices"]), firms=[EnterpriseId("E7")], last=ON)
    groups = duckdb.sql(
        "select stats_min_value <= 'E7' and stats_max_value >= 'E7' from"
        f" parquet_metadata({list(plan.files)}) where path_in_schema = 'enterprise'"
    ).fetchall()
    assert sum(hit for (hit,) in groups) <= len(plan.files) * 2
    assert len(plan.files) < len(planning.plan(lake.current(CHANNELS["vat_invoices"]), firms=None).files)


def _one(query: str) -> int:
    ((value,),) = duckdb.sql(query).fetchall()
    return int(value)
