"""A strip holds what was written in many rows of one subject: it opens in its place only, and follows its rows."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from people import FIRM, IDENTITY, NAME, ON, OTHER, SECOND, SECOND_NAME, SPOUSE

from puhui import days
from puhui.channels import lake, sealing, selectors, services, showing
from puhui.channels.catalogue import CHANNELS
from puhui.governance import erasing
from puhui.governance.access import Role
from puhui.governance.models import DataKey
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId

BANK = "enterprise,account,transaction_number,happened_on,direction,amount,balance,counterparty,memo\n"
BUREAU = "enterprise,person,record_number,happened_on,kind,institution,limit,balance,overdue,overdue_months\n"


def deliver(channel: str, file: Path, text: str, *, history: bool = False) -> None:
    file.write_text(text, encoding="utf-8")
    services.deliver(channel, file, source="a supplier", on=ON, history=history, by="a test")


def seen(channel: str, *firms: EnterpriseId, as_of: date = ON) -> showing.Shown:
    found = showing.shown(
        channel, firms, role=Role.BORROWER, purpose=Purpose.OWNER_COPY, as_of=as_of, on=ON, by="a test"
    )
    assert isinstance(found, showing.Shown)
    return found


def strips(channel: str, *firms: EnterpriseId) -> list[selectors.SealedStrip]:
    return selectors.strips_of(CHANNELS[channel], list(firms), as_of=ON, con=lake.shared())


@pytest.mark.usefixtures("book")
def test_many_rows_of_a_firm_are_few_strips_and_each_row_finds_its_own_cells(tmp_path: Path) -> None:
    """2,500 rows of one firm and one of another, in which some cells are no person's and some are empty."""

    def row(n: int) -> str:
        counterparty = (f"王{'甲乙丙丁'[n % 4]}{n}", "示例贸易有限公司", "")[n % 3]
        memo = "转 13812345678" if n % 7 == 0 else ""
        return f"{FIRM},6222{n:012d},N{n},2024-04-{n % 28 + 1:02d},in,5,5,{counterparty},{memo}\n"

    deliver(
        "bank_transactions", tmp_path / "a.csv", BANK + "".join(map(row, range(2_500))) + row(0).replace(FIRM, OTHER)
    )
    assert sorted(firm for firm, *_ in strips("bank_transactions", FIRM, OTHER)) == sorted([FIRM] * 3 + [OTHER])
    held = {r["transaction_number"]: r for r in seen("bank_transactions", FIRM).rows.to_pylist()}
    for n in range(2_500):
        _, account, _, _, _, _, _, counterparty, memo = row(n).rstrip("\n").split(",")
        found = held[f"N{n}"]
        assert (found["account"], found["counterparty"] or "", found["memo"] or "") == (account, counterparty, memo)
    scopes = DataKey.objects.exclude(scope="pseudonyms").values_list("scope", "enterprise", "channel")
    assert len(scopes) == 3
    assert set(scopes) == {("period", "", "bank_transactions"), ("subject", FIRM, ""), ("subject", OTHER, "")}


@pytest.mark.usefixtures("book")
def test_people_of_one_firm_have_strips_of_their_own_and_go_one_by_one(tmp_path: Path) -> None:
    rows = [
        f"{FIRM},{who},C{n},2024-04-{n % 9 + 1:02d},card,Bank,1,1,0,0\n" for n, who in enumerate([IDENTITY, SECOND] * 9)
    ]
    deliver("owner_bureau", tmp_path / "a.csv", BUREAU + "".join(rows))
    assert len(strips("owner_bureau", FIRM)) == 2
    assert isinstance(erasing.erase_person(SECOND, evidence="letter", on=ON, by="a test"), erasing.Erased)
    found = seen("owner_bureau", FIRM)
    assert found.erased == 9
    assert sorted(set(found.rows["person"].to_pylist()), key=str) == [IDENTITY, None]


@pytest.mark.usefixtures("book")
def test_a_strip_in_another_rows_place_or_changed_does_not_open(tmp_path: Path) -> None:
    text = BANK + "".join(f"{firm},62220000,N1,2024-04-01,in,5,5,{NAME},\n" for firm in (FIRM, OTHER))
    deliver("bank_transactions", tmp_path / "a.csv", text)
    mine, theirs = sorted(strips("bank_transactions", FIRM, OTHER))
    opened = sealing.opened_strips("bank_transactions", [mine])
    assert opened == {(mine[1], mine[2]): {"account": ["62220000"], "counterparty": [NAME]}}
    for wrong in (
        (theirs[0], *mine[1:]),
        (mine[0], "another delivery", *mine[2:]),
        (*mine[:2], mine[2] + 1, mine[3]),
        (*mine[:3], mine[3][:-1] + bytes([mine[3][-1] ^ 1])),
        (*mine[:3], mine[3][:1] + theirs[3][1:9] + mine[3][9:]),
    ):
        with pytest.raises(InvalidTag):
            sealing.opened_strips("bank_transactions", [wrong])


@pytest.mark.usefixtures("book")
def test_a_row_is_opened_though_the_row_that_carries_its_strip_is_superseded_or_not_yet_known(tmp_path: Path) -> None:
    """In an archive a row is known from its own day on; the strip lies on the firm's first row of the year."""
    first, later = (f"{FIRM},62220000,N{n},2024-0{n}-01,in,5,5,{who},\n" for n, who in ((2, NAME), (3, SPOUSE)))
    deliver("bank_transactions", tmp_path / "a.csv", BANK + first + later, history=True)
    assert seen("bank_transactions", FIRM, as_of=date(2024, 2, 9)).rows["counterparty"].to_pylist() == [NAME]
    deliver("bank_transactions", tmp_path / "b.csv", BANK + first.replace(NAME, SECOND_NAME))
    assert sorted(seen("bank_transactions", FIRM).rows["counterparty"].to_pylist()) == sorted([SECOND_NAME, SPOUSE])
    deliver("bank_transactions", tmp_path / "c.csv", BANK + later.replace("N3", "N4"))
    made = services.compact("bank_transactions", by="a test", at=days.now() + timedelta(hours=2))
    assert (made.files_before, made.files_after) == (2, 1)
    held = seen("bank_transactions", FIRM).rows.to_pylist()
    assert {row["transaction_number"]: row["counterparty"] for row in held} == {
        "N2": SECOND_NAME,
        "N3": SPOUSE,
        "N4": SPOUSE,
    }
