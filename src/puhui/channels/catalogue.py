"""All data channels. A new one is a file of its own and one line here."""

from __future__ import annotations

from puhui.channels.contract import Channel
from puhui.channels.contracts.bank_transactions import BANK_TRANSACTIONS
from puhui.channels.contracts.court_records import COURT_RECORDS
from puhui.channels.contracts.customs import CUSTOMS
from puhui.channels.contracts.enterprise_bureau import ENTERPRISE_BUREAU
from puhui.channels.contracts.owner_bureau import OWNER_BUREAU
from puhui.channels.contracts.pos_settlements import POS_SETTLEMENTS
from puhui.channels.contracts.registry import REGISTRY
from puhui.channels.contracts.social_security import SOCIAL_SECURITY
from puhui.channels.contracts.tax_filings import TAX_FILINGS
from puhui.channels.contracts.utilities import UTILITIES
from puhui.channels.contracts.vat_invoices import VAT_INVOICES
from puhui.refusals import BadInput
from puhui.words import Label

CHANNELS: dict[str, Channel] = {
    VAT_INVOICES.name: VAT_INVOICES,
    TAX_FILINGS.name: TAX_FILINGS,
    BANK_TRANSACTIONS.name: BANK_TRANSACTIONS,
    POS_SETTLEMENTS.name: POS_SETTLEMENTS,
    ENTERPRISE_BUREAU.name: ENTERPRISE_BUREAU,
    OWNER_BUREAU.name: OWNER_BUREAU,
    REGISTRY.name: REGISTRY,
    COURT_RECORDS.name: COURT_RECORDS,
    UTILITIES.name: UTILITIES,
    CUSTOMS.name: CUSTOMS,
    SOCIAL_SECURITY.name: SOCIAL_SECURITY,
}


def channel_named(name: str) -> Channel:
    """The channel of a name.

    >>> channel_named("vat_invoices").label.zh
    '增值税发票'
    >>> channel_named("weather")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    puhui.refusals.BadInput: there is no channel 'weather'. To go on: name one of vat_invoices, tax_filings, ...
    """
    if name not in CHANNELS:
        raise BadInput(
            Label(f"there is no channel '{name}'", f"没有渠道“{name}”"),
            then=Label(f"name one of {', '.join(CHANNELS)}", f"请选择其中之一：{'、'.join(CHANNELS)}"),
        )
    return CHANNELS[name]
