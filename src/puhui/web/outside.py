"""The services of other companies that the house calls: which is where.

Promises that each is a port of the room that needs it, reached over HTTP. Refuses (NotReady) to guess when none is
named: in a demo simulated ones are started beside the server (`simulator.offices`).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from puhui.governance.proofs import HttpIdentityService, HttpSigningService
from puhui.lending.rail import HttpRail
from puhui.refusals import NotReady


def identity_service() -> HttpIdentityService:
    """Who tells whether a person speaks for a firm."""
    return HttpIdentityService(*_place("identity"), timeout_seconds=settings.PATIENCE_S)


def signing_service() -> HttpSigningService:
    """Who takes signatures under contracts."""
    return HttpSigningService(*_place("signing"), timeout_seconds=settings.PATIENCE_S)


def rail() -> HttpRail:
    """The bank that pays draws out."""
    return HttpRail(*_place("bank"), timeout_seconds=settings.PATIENCE_S)


def _place(name: str) -> tuple[str, int]:
    url = urlsplit(settings.OUTSIDE.get(name) or "")
    if not url.hostname:
        raise NotReady(
            f"no {name} service is named", then=f"set PUHUI_{name.upper()}_URL, or start the house with PUHUI_DEMO=1"
        )
    return url.hostname, url.port or 80
