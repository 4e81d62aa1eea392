"""What other banks have lent to a firm, as the credit bureau reports it and as far as consent reaches."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from puhui import dated
from puhui.channels import at_once, lake
from puhui.enterprises import selectors as enterprises
from puhui.exposure.caps import CATALOGUE
from puhui.exposure.models import PlaceRow
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.mitigation import selectors as mitigation
from puhui.money import Money, yuan
from puhui.refusals import Refused
from puhui.variables import ready, registry

NOTHING = Money(0)
BUREAU = "enterprise_bureau"
SALES = "vat_sales_12m"
REPORTED = 92  # days: an account that has not reported within the last three months is closed
HALF_YEAR = 183


@dataclass(frozen=True, slots=True)
class Account:
    """A loan or line of another lender."""

    firm: str
    lender: str
    kind: str
    opened_on: date | None
    limit: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Credit of other lenders; `refused` says of which channel nothing may be read, and why.

    `lenders` counts those of all firms of the same owner that may be read, `accounts` are of the firm alone.
    """

    firm: EnterpriseId
    accounts: tuple[Account, ...] = ()
    lenders: tuple[str, ...] = ()
    enquirers: tuple[str, ...] = ()
    debt_before: Money = NOTHING
    guaranteed: Money = NOTHING
    net_worth: Money | None = None
    sales: Money | None = None
    refused: dict[str, Refused] = field(default_factory=dict)
    guaranteed_overdue: tuple[str, ...] = ()  # whom it guarantees, overdue with that debt by its last report

    @property
    def debt(self) -> Money:
        """What loans owe: a drawn line reports its loan too, and is not added twice."""
        return sum((each.balance for each in self.accounts if each.kind == "loan"), NOTHING)

    @property
    def limits(self) -> Money:
        """What other lenders' lines may be drawn to."""
        return sum((each.limit for each in self.accounts if each.kind == "line"), NOTHING)

    def debt_to_sales(self, ours: Money) -> Decimal | None:
        """Debt of all lenders, ours among them, to the sales of a year."""
        return None if not self.sales else Decimal((self.debt + ours).fen) / self.sales.fen


def elsewhere(
    firm: EnterpriseId, *, purpose: Purpose, as_of: date, on: date, by: str, with_sales: bool = True
) -> Elsewhere:
    """What the bureau says of a firm by the end of a day; what may not be read is named, and stays empty."""
    refused: dict[str, Refused] = {}
    yearly = None
    if with_sales:
        asked = [registry.VARIABLES[SALES]]
        sales = ready.values_of_one(firm, purpose=purpose, as_of=as_of, variables=asked, on=on, by=by)
        refused |= sales.refused
        sold = sales.values[SALES]
        yearly = None if sold is None else yuan(Decimal(str(round(sold, 2))))
    reading: Any = {"purpose": purpose, "as_of": as_of, "on": on, "by": by}
    own = at_once.rows({BUREAU: enterprises.lake_keys(firm)}, **reading)[BUREAU]
    tied = at_once.rows({BUREAU: _same_owner(firm)}, **reading, only_permitted=True)[BUREAU]
    with lake.beside() as con:
        for name, rows in (("own", own), ("tied", tied)):
            if isinstance(rows, Refused):
                refused[BUREAU] = rows
                return Elsewhere(firm, sales=yearly, refused=refused)
            con.con.register(name, rows)
        named = {"as_of": as_of, "reported": REPORTED}
        accounts = [
            Account(of, lender, kind, opened, Money(int(limit or 0)), Money(int(balance or 0)))
            for of, lender, kind, opened, limit, balance in con.con.execute(ACCOUNTS, named).fetchall()
        ]
        ((lenders, enquirers, before, guaranteed, overdue),) = con.con.execute(
            SUMS, {**named, "half": HALF_YEAR, "unhealed": _unhealed(as_of)}
        ).fetchall()
    return Elsewhere(
        firm,
        tuple(accounts),
        tuple(sorted(lenders or ())),
        tuple(sorted(enquirers or ())),
        Money(int(before or 0)),
        Money(int(guaranteed or 0)),
        mitigation.net_worth(firm, on=as_of),
        sales=yearly,
        refused=refused,
        guaranteed_overdue=tuple(sorted(overdue or ())),
    )


def _unhealed(on: date) -> int:
    """For how many days a guaranteed debt that was overdue by its last report counts so, though it reports no more."""
    return dated.load(CATALOGUE / "signals.json", on=on).whole("guaranteed_overdue_days")


def _same_owner(firm: EnterpriseId) -> Sequence[EnterpriseId]:
    place = PlaceRow.objects.filter(pk=firm).first()
    if place is None or not place.owner:
        return enterprises.lake_keys(firm)
    return [EnterpriseId(each) for each in PlaceRow.objects.filter(owner=place.owner).values_list("firm", flat=True)]


LATEST = """(select * from {table} where happened_on <= $as_of::date - {ago}
        and happened_on > $as_of::date - {ago} - $reported
    qualify row_number() over (partition by enterprise, record_number order by happened_on desc) = 1)"""
ACCOUNTS = f"""select enterprise, institution, kind, opened_on, limit_fen, balance_fen
    from {LATEST.format(table="own", ago="0")} where kind = 'line' or (kind = 'loan' and balance_fen > 0)
    order by opened_on, institution"""
SUMS = f"""select
    (select list(distinct institution) from {LATEST.format(table="tied", ago="0")}
        where kind = 'line' or (kind = 'loan' and balance_fen > 0)),
    (select list(distinct institution) from own where kind = 'enquiry' and happened_on > $as_of::date - $reported),
    (select sum(balance_fen) from {LATEST.format(table="own", ago="$half")} where kind = 'loan'),
    (select sum(balance_fen) from {LATEST.format(table="own", ago="0")} where kind = 'guarantee_given'),
    (select list(distinct counterparty) from (select * from own where kind = 'guarantee_given'
            and happened_on <= $as_of::date and happened_on > $as_of::date - $unhealed
            qualify row_number() over (partition by record_number order by happened_on desc) = 1)
        where overdue_days > 0 and counterparty is not null)"""
