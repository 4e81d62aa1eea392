"""The signs of too much credit as a decision needs them: little is read of a firm that shows no sign.

A few values that stand ready tell whether a sign may be there at all; only then, or where the firm has affiliates, a
young line here or has left a guarantee circle, is the bureau read account by account. Promises that what a decision is
told is what `puhui exposure` would tell on that day, but for firms that are far from every threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from puhui import dated
from puhui.exposure.caps import CATALOGUE
from puhui.exposure.elsewhere import REPORTED, elsewhere
from puhui.exposure.explaining import signals
from puhui.exposure.models import LineRow, MovedRow
from puhui.exposure.selectors import affiliates
from puhui.exposure.signals import Signal
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId

NEAR = Decimal("0.5")  # from half of a threshold on, the exact figures are looked up
HINTS = {  # sign: the variable that tells whether it may be there, and what one of its units is of the threshold's
    "many_lenders": ("bureau_lenders_now", Decimal(1)),
    "many_enquiries": ("bureau_enquiring_lenders_3m", Decimal(1)),
    "debt_growing": ("bureau_debt_growth_6m", Decimal("0.01")),
    "debt_to_sales": ("debt_to_sales", Decimal("0.01")),
}
GUARANTEED = "bureau_guaranteed_now"
WANTED = (*(variable for variable, _ in HINTS.values()), GUARANTEED)


def signs(
    firm: EnterpriseId,
    hints: Mapping[str, float | None],
    *,
    purpose: Purpose,
    with_sales: bool,
    as_of: date,
    on: date,
    by: str,
) -> list[Signal]:
    """The signs that a firm shows, given its values of `WANTED`; sales are looked at only `with_sales`."""
    if not _worth_a_look(firm, hints, on=on):
        return []
    there = elsewhere(firm, purpose=purpose, as_of=as_of, on=on, by=by, with_sales=with_sales)
    return [] if there.refused.get("enterprise_bureau") else signals(firm, there, on=on)


def _worth_a_look(firm: EnterpriseId, hints: Mapping[str, float | None], *, on: date) -> bool:
    terms = dated.load(CATALOGUE / "signals.json", on=on)
    for sign, (variable, unit) in HINTS.items():
        if (value := hints.get(variable)) and Decimal(value) * unit >= NEAR * Decimal(terms.number(sign)):
            return True
    if hints.get(GUARANTEED) or MovedRow.objects.filter(firm=firm, was__2__gt="").exists():
        return True  # it guarantees, or has left a guarantee circle: a guaranteed debt may have fallen silent
    young = on - timedelta(days=REPORTED + terms.whole("opened_after_ours"))
    return bool(affiliates(firm)) or LineRow.objects.filter(firm=firm, on__gte=young).exists()
