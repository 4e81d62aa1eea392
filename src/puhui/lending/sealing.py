"""Whom a draw pays and for what, from which account a firm repays, and who paid money in: sealed where they lie.

Promises that no payee, account number or free text of a payment stands in a table: it lies under the keys of the firm's
file and of its year, and acts keep its pseudonym, by which equal payees are known, here and among the firm's bank
transactions. Money that has found no firm yet lies under keys of the day on which it came, and under the firm's as soon
as it has. Who may not see a text whole sees it masked. Refuses a text that was moved to another place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from puhui.governance import masking, vault
from puhui.governance.personal import Kind, is_personal
from puhui.governance.sight import Sight
from puhui.governance.vault import Holder

CHANNEL = "lending"
SHORTEST_NUMBER = 5  # digits; what is longer may be an account


def payee_of(request: str) -> str:
    """The place of a draw's payee."""
    return f"payee/{request}"


def purpose_of(request: str) -> str:
    """The place of what a draw is for."""
    return f"purpose/{request}"


def account_of(approval: str) -> str:
    """The place of a facility's settlement account."""
    return f"account/{approval}"


def incoming_of(key: str) -> tuple[str, str]:
    """The places of who paid a credit in, and of the words that came with it."""
    return f"payer/{key}", f"reference/{key}"


def seal(text: str, *, firm: str, place: str, on: date) -> bytes:
    """A text of a firm as it lies in the book."""
    return seal_all({place: text}, firm=firm, on=on)[0]


def seal_all(texts: Mapping[str, str], *, firm: str, on: date) -> list[bytes]:
    """Texts of a firm by their places, as they lie in the book."""
    return _sealed(texts, vault.subject(firm), on)


def seal_of_nobody(texts: Mapping[str, str], *, on: date) -> list[bytes]:
    """Texts that have come on a day and belong to no firm yet, by their places."""
    return _sealed(texts, vault.delivery(f"{CHANNEL}/{on.isoformat()}"), on)


def _sealed(texts: Mapping[str, str], within: Holder, on: date) -> list[bytes]:
    without, sealer = vault.period(CHANNEL, on.year), vault.Sealer()
    sealer.prepare([within, without])
    return [
        sealer.seal(text.encode(), within=within, without=without, place=_bound(place)) for place, text in texts.items()
    ]


def opened(sealed: Sequence[tuple[bytes | memoryview, str]]) -> list[str]:
    """The texts of (sealed, place); empty where they have been erased."""
    found = vault.unseal([(bytes(text), _bound(place)) for text, place in sealed]) if sealed else []
    return ["" if content is None else content.decode() for content in found]


def pseudonym(text: str, kind: Kind = Kind.ACCOUNT) -> str:
    """What an act keeps of a payee or an account: equal for equal texts, and as bank transactions know an account."""
    return vault.Pseudonyms().of(kind, text) if text else ""


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


def read(text: str, sight: Sight) -> str:
    """What a draw is for, or the words that came with money, as they are shown: the numbers of people masked.

    >>> read("货款 13812341234", Sight.MASKED), read("货款 13812341234", Sight.CLEAR)
    ('货款 138****1234', '货款 13812341234')
    """
    if sight is Sight.PSEUDONYMS:
        return pseudonym(text, Kind.NOTE)
    return text if sight is Sight.CLEAR else masking.scrubbed(text)


def _masked(word: str) -> str:
    if word.strip("*").isdecimal() or not word.strip("*"):
        return masking.account(word) if word.isdecimal() and len(word) >= SHORTEST_NUMBER else word
    return masking.name(word) if is_personal(Kind.NAME, word) else word


def _bound(place: str) -> bytes:
    return f"{CHANNEL}|{place}".encode()
