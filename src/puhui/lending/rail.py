"""The payment rail: the bank that pays a draw out and takes what is due from a firm's account, seen from here.

Promises that a payment is asked for once under its request id; whatever is not a clear yes or no is UNKNOWN, and only
an enquiry can clear it. Refuses to read more into an answer than it says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Protocol
from urllib.parse import quote

from puhui.ids import RequestId
from puhui.refusals import BadInput


class Outcome(StrEnum):
    """What the bank has said of a payment."""

    PAID = "paid"
    REJECTED = "rejected"
    NEVER_SEEN = "never_seen"  # an enquiry's answer: no such payment reached the bank
    UNKNOWN = "unknown"  # late, lost, or nonsense


@dataclass(frozen=True, slots=True)
class Taken:
    """What the bank has said of a collection: PAID with what it took (the account may hold less), or not."""

    outcome: Outcome
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """Take up to an amount from an account, under a request id. The account is said once, and never shown."""

    request: RequestId
    fen: int
    account: str = field(default="", repr=False)


class Rail(Protocol):
    """What pays out and takes in."""

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        """Pay once. UNKNOWN when the answer did not come or says nothing clear."""

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        """What became of a payment."""

    def collect(self, orders: Sequence[Order]) -> list[Taken]:
        """Take up to an amount from each account, once; one answer an order, UNKNOWN where nothing clear was said."""

    def enquire_collections(self, orders: Sequence[Order]) -> list[Taken]:
        """What became of collections that the bank was asked for earlier; one answer an order."""


@dataclass(frozen=True, slots=True)
class HttpRail:
    """A bank behind HTTP and JSON: `POST /payments` and `GET /payments/<request>`; collections many in one message.

    `POST /collections` with `{"orders": [{"request", "account", "fen"}]}` and `POST /collections/enquiries` with
    `{"requests": [...]}` answer `{"results": [{"request", "fen", "outcome", "taken"}]}`.
    """

    host: str
    port: int
    timeout_seconds: int = 5

    @staticmethod
    def at(address: str) -> HttpRail:
        """The bank at `host:port`. Raises BadInput for anything else.

        >>> HttpRail.at("127.0.0.1:8123")
        HttpRail(host='127.0.0.1', port=8123, timeout_seconds=5)
        """
        return HttpRail(*host_and_port(address, of="a payment bank", setting="PUHUI_PAYMENT_BANK"))

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        """Ask once; a lost or strange answer is UNKNOWN."""
        found = self._ask("POST", "/payments", {"request": request, "payee": payee, "fen": fen})
        return _outcome(found, request, fen)

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        """What the bank says of a payment that it was asked for earlier."""
        found = self._ask("GET", f"/payments/{quote(request, safe='')}", None)
        return Outcome.NEVER_SEEN if found and found[0] == 404 else _outcome(found, request, fen)

    def collect(self, orders: Sequence[Order]) -> list[Taken]:
        """Ask once, for all in one message; a lost or strange answer is UNKNOWN."""
        asked = [{"request": each.request, "account": each.account, "fen": each.fen} for each in orders]
        return _each_taken(self._ask("POST", "/collections", {"orders": asked}), orders)

    def enquire_collections(self, orders: Sequence[Order]) -> list[Taken]:
        """What the bank says of collections that it was asked for earlier."""
        found = self._ask("POST", "/collections/enquiries", {"requests": [each.request for each in orders]})
        return _each_taken(found, orders)

    def _ask(self, method: str, path: str, body: object) -> tuple[int, object] | None:
        link = HTTPConnection(self.host, self.port, timeout=self.timeout_seconds)
        try:
            link.request(method, path, body=json.dumps(body), headers={"Content-Type": "application/json"})
            answer = link.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException, ValueError):
            return None
        finally:
            link.close()


def host_and_port(address: str, *, of: str, setting: str) -> tuple[str, int]:
    """Where a service listens. Raises BadInput for anything but `host:port`.

    >>> host_and_port("127.0.0.1:8123", of="a bank", setting="A_BANK")
    ('127.0.0.1', 8123)
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise BadInput(f"'{address}' is no address of {of}", then=f"set {setting} to host:port")
    return host, int(port)


def _outcome(found: tuple[int, object] | None, request: RequestId, fen: int) -> Outcome:
    """A clear answer names the payment asked for, and its amount; anything else is UNKNOWN."""
    if found is None or found[0] != 200 or not isinstance(found[1], dict):
        return Outcome.UNKNOWN
    said = found[1]
    if said.get("request") != request or said.get("fen") != fen:
        return Outcome.UNKNOWN
    return {"paid": Outcome.PAID, "rejected": Outcome.REJECTED}.get(str(said.get("outcome")), Outcome.UNKNOWN)


def _each_taken(found: tuple[int, object] | None, orders: Sequence[Order]) -> list[Taken]:
    """A clear answer names the collection once; what an answer leaves out, or says in two ways, is UNKNOWN."""
    said: dict[object, object] = {}
    if found is not None and found[0] == 200 and isinstance(found[1], dict):
        for each in found[1]["results"] if isinstance(found[1].get("results"), list) else []:
            if isinstance(each, dict):
                name = str(each.get("request"))
                said[name] = each if said.get(name, each) == each else None
    return [_taken(said.get(order.request), order) for order in orders]


def _taken(said: object, order: Order) -> Taken:
    """What is said of one collection: of its amount, more than nothing and no more than asked."""
    if isinstance(said, dict) and said.get("outcome") == "never_seen":
        return Taken(Outcome.NEVER_SEEN)
    outcome = _outcome((200, said), order.request, order.fen)
    if outcome is not Outcome.PAID:
        return Taken(outcome)
    assert isinstance(said, dict), "an outcome was read"
    taken = said.get("taken")
    return Taken(outcome, taken) if type(taken) is int and 0 < taken <= order.fen else Taken(Outcome.UNKNOWN)
