"""Typed identities: a firm's id is not a delivery's id, and the type checker knows it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import NewType

EnterpriseId = NewType("EnterpriseId", str)
DeliveryId = NewType("DeliveryId", str)
RequestId = NewType("RequestId", str)


def new_request() -> RequestId:
    """A fresh request id."""
    return RequestId(str(uuid.uuid4()))


def digest(parts: Iterable[bytes]) -> str:
    """SHA-256 over length-prefixed parts, as hex: no two different lists of parts share one input.

    >>> digest([b"ab", b"c"]) == digest([b"a", b"bc"])
    False
    """
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "big"))
        sha.update(part)
    return sha.hexdigest()
