"""Secrets that the house must be able to use again (second factors, webhooks), sealed under the book's own keys.

Promises that they lie in the book unreadable, and turn with the master keyset. Refuses what belongs to another use.
"""

from __future__ import annotations

from puhui.governance import vault


def seal(secret: str, *, use: str) -> bytes:
    """A secret as it lies in the book."""
    holder = vault.delivery(use)
    sealer = vault.Sealer()
    sealer.prepare([holder])
    return sealer.seal(secret.encode(), within=holder, without=holder, place=use.encode())


def unseal(sealed: bytes, *, use: str) -> str:
    """A secret as it is used."""
    secret = vault.unseal([(sealed, use.encode())])[0]
    assert secret is not None, "the keys of the house's own secrets are never destroyed"
    return secret.decode()
