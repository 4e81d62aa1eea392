"""Whom a draw pays, and from which account a firm repays: sealed where they lie, masked for who may not see them whole.

Promises that neither a payee nor an account number stands in a table: the text lies under the keys of the firm's file
and of its year, and acts keep its pseudonym, by which equal payees are known, here and among the firm's bank
transactions. Refuses a text that was moved to another place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from puhui.governance import masking, vault
from puhui.governance.personal import Kind, is_personal
from puhui.governance.sight import Sight

CHANNEL = "lending"
SHORTEST_NUMBER = 5  # digits; what is longer may be an account


def payee_of(request: str) -> str:
    """The place of a draw's payee."""
    return f"payee/{request}"


def account_of(approval: str) -> str:
    """The place of a facility's settlement account."""
    return f"account/{approval}"


def seal(text: str, *, firm: str, place: str, on: date) -> bytes:
    """A text as it lies in the book."""
    within, without = vault.subject(firm), vault.period(CHANNEL, on.year)
    sealer = vault.Sealer()
    sealer.prepare([within, without])
    return sealer.seal(text.encode(), within=within, without=without, place=_bound(place))


def opened(sealed: Sequence[tuple[bytes | memoryview, str]]) -> list[str]:
    """The texts of (sealed, place); empty where they have been erased."""
    found = vault.unseal([(bytes(text), _bound(place)) for text, place in sealed]) if sealed else []
    return ["" if content is None else content.decode() for content in found]


def pseudonym(text: str) -> str:
    """What an act keeps of a payee or an account: equal for equal texts, and as bank transactions know an account."""
    return vault.Pseudonyms().of(Kind.ACCOUNT, text) if text else ""


def seen(text: str, sight: Sight) -> str:
    """A payee as it is shown: whole, as a pseudonym, or masked; the name of a firm is not personal.

    >>> [seen(text, Sight.MASKED) for text in ("张三 6222020200111234", "张三", "示例贸易有限公司", "12345678")]
    ['张** 6222 **** 1234', '张**', '示例贸易有限公司', '**** 5678']
    >>> seen("张三", Sight.CLEAR)
    '张三'
    """
    if sight is Sight.CLEAR:
        return text
    if sight is Sight.PSEUDONYMS:
        return pseudonym(text)
    hidden = masking.scrubbed(text)
    if hidden == text and not text.isdecimal() and not is_personal(Kind.NAME, text):
        return text
    return " ".join(_masked(word) for word in hidden.split())


def _masked(word: str) -> str:
    if word.strip("*").isdecimal() or not word.strip("*"):
        return masking.account(word) if word.isdecimal() and len(word) >= SHORTEST_NUMBER else word
    return masking.name(word) if is_personal(Kind.NAME, word) else word


def _bound(place: str) -> bytes:
    return f"{CHANNEL}|{place}".encode()
