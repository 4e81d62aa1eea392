"""All data channels. A new one is a file of its own and one line here."""

from __future__ import annotations

from puhui.channels.contract import Channel
from puhui.channels.vat_invoices import VAT_INVOICES
from puhui.refusals import BadInput

CHANNELS: dict[str, Channel] = {
    VAT_INVOICES.name: VAT_INVOICES,
}


def channel_named(name: str) -> Channel:
    """The channel of a name.

    >>> channel_named("vat_invoices").label.zh
    '增值税发票'
    >>> channel_named("weather")
    Traceback (most recent call last):
    ...
    puhui.refusals.BadInput: there is no channel 'weather'. To go on: name one of vat_invoices.
    """
    if name not in CHANNELS:
        raise BadInput(f"there is no channel '{name}'", then=f"name one of {', '.join(CHANNELS)}")
    return CHANNELS[name]
