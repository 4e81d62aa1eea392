"""The services that prove things of people: does this person speak for this firm, has it signed this document?

Promises that a question is asked once under its request id, and that whatever is not a clear yes or no is UNKNOWN.
Refuses to keep or log what it is told of a person.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Protocol

from puhui.ids import EnterpriseId, RequestId


class Answer(StrEnum):
    """What the service has said."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # late, lost, or nonsense: to be asked again


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and the service's own reference for it."""

    answer: Answer
    reference: str = ""


class IdentityService(Protocol):
    """Who can tell whether a person is a firm's legal representative."""

    def controls(self, firm: EnterpriseId, *, person: str, identity_number: str, request: RequestId) -> Said:
        """Is this person the legal representative of this firm, and is it really this person?"""


@dataclass(frozen=True, slots=True)
class HttpIdentityService:
    """A service behind HTTP and JSON: `POST /checks` answers `{"request", "confirmed", "reference"}`."""

    host: str
    port: int
    timeout_seconds: float = 5

    def controls(self, firm: EnterpriseId, *, person: str, identity_number: str, request: RequestId) -> Said:
        """Ask once; an answer that is late, lost or about something else is UNKNOWN."""
        asked = {"request": request, "firm": firm, "person": person, "identity_number": identity_number}
        return _asked(self, "/checks", asked, says="confirmed", named="reference")


@dataclass(frozen=True, slots=True)
class HttpSigningService:
    """A service behind HTTP and JSON: `POST /signatures` answers `{"request", "signed", "signature"}`."""

    host: str
    port: int
    timeout_seconds: float = 5

    def sign(self, document: str, *, signer: str, request: RequestId) -> Said:
        """Let somebody sign a document, named by its hash; the reference of a yes is the signature."""
        asked = {"request": request, "document": document, "signer": signer}
        return _asked(self, "/signatures", asked, says="signed", named="signature")


def _asked(
    service: HttpIdentityService | HttpSigningService, path: str, asked: dict[str, str], *, says: str, named: str
) -> Said:
    link = HTTPConnection(service.host, service.port, timeout=service.timeout_seconds)
    try:
        link.request("POST", path, body=json.dumps(asked), headers={"Content-Type": "application/json"})
        answer = link.getresponse()
        said = json.loads(answer.read())
    except (OSError, HTTPException, ValueError):
        return Said(Answer.UNKNOWN)
    finally:
        link.close()
    if answer.status != 200 or not isinstance(said, dict) or said.get("request") != asked["request"]:
        return Said(Answer.UNKNOWN)
    clear = {"True": Answer.YES, "False": Answer.NO}  # true and false of JSON, and no other text or number
    return Said(clear.get(repr(said.get(says)), Answer.UNKNOWN), str(said.get(named, ""))[:200])
