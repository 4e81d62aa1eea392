"""The payment rail: the bank that pays a draw out, seen from here.

Promises that a payment is asked for once under its request id; whatever is not a clear yes or no is UNKNOWN, and only
an enquiry can clear it. Refuses to read more into an answer than it says.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Protocol

from puhui.ids import RequestId


class Outcome(StrEnum):
    """What the bank has said of a payment."""

    PAID = "paid"
    REJECTED = "rejected"
    NEVER_SEEN = "never_seen"  # an enquiry's answer: no such payment reached the bank
    UNKNOWN = "unknown"  # late, lost, or nonsense


class Rail(Protocol):
    """What pays out."""

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        """Pay once. UNKNOWN when the answer did not come or says nothing clear."""

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        """What became of a payment."""


@dataclass(frozen=True, slots=True)
class HttpRail:
    """A bank behind HTTP and JSON: `POST /payments`, `GET /payments/<request>`."""

    host: str
    port: int
    timeout_seconds: int = 5

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        """Ask once; a lost or strange answer is UNKNOWN."""
        found = self._ask("POST", "/payments", {"request": request, "payee": payee, "fen": fen})
        return _outcome(found, request, fen)

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        """What the bank says of a payment that it was asked for earlier."""
        found = self._ask("GET", f"/payments/{request}", None)
        return Outcome.NEVER_SEEN if found and found[0] == 404 else _outcome(found, request, fen)

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
