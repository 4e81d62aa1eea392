"""Signs of fraud on books that one can read: the cheat is found with its evidence, the honest neighbour is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from ibis.backends.duckdb import Backend

from puhui.channels import lake
from puhui.channels.catalogue import CHANNELS
from puhui.enterprises.accuracy import checking, facts, terms
from puhui.enterprises.accuracy.detectors import DETECTORS, Sign

LAST = date(2024, 12, 31)


@pytest.fixture
def con() -> Iterator[Backend]:
    """A DuckDB with every channel's table, empty."""
    made = lake.connect(memory="1GB")
    kinds = {"string": "varchar", "date": "date", "int64": "bigint"}
    for name in facts.CHANNELS:
        columns = ", ".join(f"{column.name} {kinds[column.dtype]}" for column in CHANNELS[name].columns)
        made.con.execute(f"create table {name} ({columns})")
    yield made
    made.disconnect()


def sell(con: Backend, seller: str, buyer: str, *, yuan: int, months: range, paid: bool, booked: bool = True) -> None:
    """Three invoices a month; the buyer books them, and pays into the seller's account, or not."""
    for month in months:
        for number in range(3):
            day = date(2024, month, 5 + number)
            amounts = [yuan * 100, yuan * 13, yuan * 113]
            row = [f"{seller}{buyer}{month}{number}", day, *amounts, "valid"]
            for firm, direction, other in ((seller, "sale", buyer), (buyer, "purchase", seller))[: 1 + booked]:
                con.con.execute(
                    "insert into vat_invoices (enterprise, direction, counterparty, invoice_number, happened_on,"
                    " amount_fen, tax_fen, total_fen, status) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [firm, direction, other, *row],
                )
        account = [seller, f"acc {seller}", date(2024, month, 20), "in", yuan * 339, f"acc {buyer}", "货款"]
        if paid:
            con.con.execute(
                "insert into bank_transactions (enterprise, account, happened_on, direction, amount_fen,"
                " counterparty_account, memo) values (?, ?, ?, ?, ?, ?, ?)",
                account,
            )


def staff(con: Backend, *firms: str) -> None:
    for firm in firms:
        con.con.execute(
            "insert into social_security (enterprise, period_end, happened_on, headcount, base_fen)"
            " values (?, '2024-06-30', '2024-06-30', 5, 2000000)",
            [firm],
        )
        con.con.execute(
            "insert into bank_transactions (enterprise, account, happened_on, direction, amount_fen, memo)"
            " values (?, ?, '2024-06-10', 'out', 3000000, '工资')",
            [firm, f"acc {firm}"],
        )


def signs(con: Backend, kind: str) -> dict[str, Sign]:
    checking.run(con, as_of=LAST)
    return {sign.enterprise: sign for sign in DETECTORS[kind].find(con, terms.load(LAST))}


def test_a_ring_that_nobody_pays_is_found_and_a_paid_chain_is_not(con: Backend) -> None:
    staff(con, *"ABCDEF")
    for seller, buyer in ("AB", "BC", "CA"):
        sell(con, seller, buyer, yuan=10_000, months=range(3, 9), paid=False)
    for seller, buyer in ("DE", "EF"):
        sell(con, seller, buyer, yuan=10_000, months=range(3, 9), paid=True)
    found = signs(con, "circular_invoices")
    assert set(found) == {"A", "B", "C"}
    assert found["A"].evidence["ring"] == ["A", "B", "C"]


def test_a_broken_ring_is_told_by_its_unpaid_sales(con: Backend) -> None:
    staff(con, *"ABC")
    for seller, buyer in ("AB", "BC"):
        sell(con, seller, buyer, yuan=10_000, months=range(3, 9), paid=False)
    sell(con, "C", "stranger", yuan=10_000, months=range(1, 12), paid=True, booked=False)
    found = signs(con, "circular_invoices")
    assert set(found) == {"A", "B", "C"}
    assert {(step["seller"], step["buyer"]) for step in found["B"].evidence["unpaid_sales"]} == {("A", "B"), ("B", "C")}


def test_a_shell_and_its_buyer_are_told_apart_from_a_firm_with_staff(con: Backend) -> None:
    staff(con, "buyer", "maker")
    sell(con, "shell", "buyer", yuan=10_000, months=range(3, 9), paid=False)
    sell(con, "shell", "stranger", yuan=1_000, months=range(1, 12), paid=True, booked=False)
    sell(con, "maker", "buyer", yuan=10_000, months=range(3, 9), paid=True)
    assert set(signs(con, "shell")) == {"shell"}
    bought = signs(con, "bought_invoices")
    assert set(bought) == {"buyer"}
    assert bought["buyer"].evidence["sellers"] == ["shell"]
    assert not signs(con, "circular_invoices")


def test_two_firms_that_sell_to_each_other_month_after_month_are_told_unless_they_share_an_owner(con: Backend) -> None:
    staff(con, *"ABCD")
    for one, other in ("AB", "CD"):
        sell(con, one, other, yuan=10_000, months=range(1, 9), paid=True)
        sell(con, other, one, yuan=9_000, months=range(1, 9), paid=True)
    for firm in "CD":
        con.con.execute(
            "insert into registry (enterprise, happened_on, kind, name, person)"
            " values (?, '2020-01-01', 'representative', 'P', 'P1')",
            [firm],
        )
    assert set(signs(con, "hidden_affiliates")) == {"A", "B"}


def test_invented_sales_to_buyers_seen_once_are_told(con: Backend) -> None:
    staff(con, "liar", "honest")
    for firm in ("liar", "honest"):
        sell(con, firm, "regular", yuan=10_000, months=range(1, 13), paid=True, booked=False)
    for month in range(5, 11):
        sell(con, "liar", f"once {month}", yuan=12_000, months=range(month, month + 1), paid=False, booked=False)
        sell(con, "honest", f"new {month}", yuan=500, months=range(month, month + 1), paid=True, booked=False)
    found = signs(con, "inflated_sales")
    assert set(found) == {"liar"}
    assert found["liar"].evidence["months"] == 6
    assert found["liar"].evidence["buyers"] == [f"once {month}" for month in range(5, 11)]
    assert found["liar"].evidence["paid_share"] < 0.6 * found["liar"].evidence["usual_paid_share"]


def test_guarantees_that_lead_back_and_loans_of_many_lenders_are_told(con: Backend) -> None:
    put = (
        "insert into enterprise_bureau (enterprise, record_number, happened_on, kind, institution, opened_on,"
        " balance_fen, limit_fen, counterparty) values (?, ?, ?, ?, ?, ?, 1000000, 1000000, ?)"
    )
    for one, other in ("AB", "BC", "CA", "CD"):
        con.con.execute(put, [one, one + other, "2024-05-31", "guarantee_given", "bank", "2024-05-02", other])
    for number, firm in enumerate("SSSSTT"):
        opened = date(2024, 3 if firm == "S" else 1 + 6 * (number % 2), 2 + number)
        con.con.execute(put, [firm, f"L{number}", opened.replace(day=28), "loan", f"bank {number}", opened, None])
    assert set(signs(con, "guarantee_circle")) == {"A", "B", "C"}
    stacked = signs(con, "stacked_loans")
    assert set(stacked) == {"S"}
    assert stacked["S"].evidence["new_lenders"] == 4
