"""A district month by month: what happens to its firms, and what each supplier writes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from puhui.simulator.borrowing import Borrowing
from puhui.simulator.cheating import cheat
from puhui.simulator.deeds import Deeds
from puhui.simulator.dirt import Dirt
from puhui.simulator.district import District
from puhui.simulator.flows import PETTY, Flows
from puhui.simulator.forms import FORM
from puhui.simulator.payments import Receivables
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.bank import Accounts
from puhui.simulator.suppliers.courts import Docket
from puhui.simulator.suppliers.credit_bureau import EnterpriseBureau
from puhui.simulator.suppliers.customs_house import Declarations
from puhui.simulator.suppliers.insurance_office import Payroll
from puhui.simulator.suppliers.owner_bureau import OwnerBureau
from puhui.simulator.suppliers.payment_company import Tills
from puhui.simulator.suppliers.power_company import Meters
from puhui.simulator.suppliers.registry_office import Register
from puhui.simulator.suppliers.tax_bureau import TaxBooks, invoice_rows
from puhui.simulator.trading import Market, joined
from puhui.simulator.truth import write_truth
from puhui.simulator.writing import write


class Months:
    """The running state of a district: who owes whom, every balance, every docket."""

    def __init__(self, district: District) -> None:
        self.district, self.dirt, self.deeds = district, Dirt(), Deeds(district)
        self.market, self.receivables = Market(district), Receivables(district)
        self.borrowing, self.accounts, self.taxes = Borrowing(district), Accounts(district), TaxBooks(district)
        self.payroll, self.tills, self.meters = Payroll(district), Tills(district), Meters(district)
        self.declarations, self.docket = Declarations(district), Docket(district)
        self.register = Register(district, self.dirt)
        self.bureau, self.owners = EnterpriseBureau(district), OwnerBureau(district)

    def month(self, month: int, file: Callable[[str], str]) -> dict[str, pa.Table]:
        """All channels' rows of a month, in the lake's columns. `file` names a channel's file."""
        moved = Flows()
        sold = self.market.sales(month)
        invoices = joined([sold, self.market.purchases(month, sold), cheat(self.market, month, self.deeds)])
        self.receivables.add(invoices, month)
        last = np.full(self.district.n, self.district.calendar.starts[month + 1] - 1)
        moved.add(np.arange(self.district.n), last, -np.maximum(self.market.advanced, 0), self.accounts.owner, PETTY)
        self.borrowing.month(month, moved)
        self.deeds.note("stacked_loans", self.borrowing.stacked, month)
        self.deeds.note_standing(month)
        rows = {
            "vat_invoices": invoice_rows(self.district, invoices, month),
            "tax_filings": self.taxes.month(month, moved),
            "social_security": self.payroll.month(month, moved),
            "utilities": self.meters.month(month, moved),
            "pos_settlements": self.tills.month(month, moved),
            "customs": self.declarations.month(month, moved),
            "court_records": self.docket.month(month),
            "registry": self.register.month(month, file("registry")),
            "enterprise_bureau": self.bureau.month(month, self.borrowing),
            "owner_bureau": self.owners.month(month),
        }
        self.taxes.note(invoices, self.tills.taken, self.payroll.wages + self.meters.cost)
        rows["bank_transactions"] = self.accounts.month(month, self.receivables.settle(month), moved)
        return rows


def write_district(district: District, out: Path, *, suffix: str, tell: Callable[[int], None]) -> dict[str, int]:
    """Write all files of a district, month by month, and its truth; `tell` hears of each month done.

    Returns rows by channel. `suffix` tells its files from other districts'.
    """
    d, months = district, Months(district)
    written = dict.fromkeys(FORM, 0)
    for month in range(d.calendar.months):
        label = d.calendar.label(month)

        def file(channel: str, label: str = label) -> str:
            return f"channels/{channel}/{label}{suffix}.{FORM[channel].kind.value}"

        rows = months.month(month, file)
        rng = d.stream(Purpose.DIRT, month + 1)
        last = month == d.calendar.months - 1
        for channel, form in FORM.items():
            table = months.dirt.soil(rows.pop(channel), form, file(channel), rng, last=last)
            if table.num_rows:
                write(table, form, out / file(channel))
                written[channel] += table.num_rows
        tell(month)
    write_truth(months.deeds, months.dirt, months.bureau, out / "truth", suffix)
    return written
