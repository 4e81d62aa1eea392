"""The payment rail: the bank that pays a draw out and takes what is due from a firm's account, seen from here.

Promises that a payment is asked for once under its request id; whatever is not a clear yes or no is UNKNOWN, and only
an enquiry can clear it. Refuses to read more into an answer than it says.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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


class Rail(Protocol):
    """What pays out and takes in."""

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        """Pay once. UNKNOWN when the answer did not come or says nothing clear."""

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        """What became of a payment."""

    def collect(self, request: RequestId, *, account: str, fen: int) -> Taken:
        """Take up to an amount from an account, once. UNKNOWN when the answer did not come or says nothing clear."""

    def enquire_collection(self, request: RequestId, *, fen: int) -> Taken:
        """What became of a collection."""


@dataclass(frozen=True, slots=True)
class HttpRail:
    """A bank behind HTTP and JSON: `POST /payments`, `GET /payments/<request>`, and the same of `/collections`."""

    host: str
    port: int
    timeout_seconds: int = 5

    @staticmethod
    def at(address: str) -> HttpRail:
        """The bank at `host:port`. Raises BadInput for anything else.

        >>> HttpRail.at("127.0.0.1:8123")
        HttpRail(host='127.0.0.1', port=8123, timeout_seconds=5)
        """
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal():
            raise BadInput(f"'{address}' is no address of a payment bank", then="set PUHUI_PAYMENT_BANK to host:port")
        return HttpRail(host, int(port))

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        """Ask once; a lost or strange answer is UNKNOWN."""
        found = self._ask("POST", "/payments", {"request": request, "payee": payee, "fen": fen})
        return _outcome(found, request, fen)

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        """What the bank says of a payment that it was asked for earlier."""
        found = self._ask("GET", f"/payments/{quote(request, safe='')}", None)
        return Outcome.NEVER_SEEN if found and found[0] == 404 else _outcome(found, request, fen)

    def collect(self, request: RequestId, *, account: str, fen: int) -> Taken:
        """Ask once; a lost or strange answer is UNKNOWN."""
        found = self._ask("POST", "/collections", {"request": request, "account": account, "fen": fen})
        return _taken(found, request, fen)

    def enquire_collection(self, request: RequestId, *, fen: int) -> Taken:
        """What the bank says of a collection that it was asked for earlier."""
        found = self._ask("GET", f"/collections/{quote(request, safe='')}", None)
        return Taken(Outcome.NEVER_SEEN) if found and found[0] == 404 else _taken(found, request, fen)

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


def _outcome(found: tuple[int, object] | None, request: RequestId, fen: int) -> Outcome:
    """A clear answer names the payment asked for, and its amount; anything else is UNKNOWN."""
    if found is None or found[0] != 200 or not isinstance(found[1], dict):
        return Outcome.UNKNOWN
    said = found[1]
    if said.get("request") != request or said.get("fen") != fen:
        return Outcome.UNKNOWN
    return {"paid": Outcome.PAID, "rejected": Outcome.REJECTED}.get(str(said.get("outcome")), Outcome.UNKNOWN)


def _taken(found: tuple[int, object] | None, request: RequestId, fen: int) -> Taken:
    """A clear answer names the collection and its amount, and has taken more than nothing and no more than asked."""
    outcome = _outcome(found, request, fen)
    if outcome is not Outcome.PAID:
        return Taken(outcome)
    assert found is not None, "an outcome was read"
    assert isinstance(found[1], dict), "an outcome was read"
    taken = found[1].get("taken")
    return Taken(outcome, taken) if type(taken) is int and 0 < taken <= fen else Taken(Outcome.UNKNOWN)
