"""All operations put together. A new group is one file beside this one and one line here."""

from __future__ import annotations

from puhui.web.api import (
    applications,
    changes,
    data,
    firms,
    house,
    identities,
    lines,
    papers,
    people,
    problems,
    products,
    security,
    webhooks,
)
from puhui.web.api.frame import acts, api

for group in (
    people,
    firms,
    identities,
    applications,
    products,
    data,
    lines,
    changes,
    security,
    papers,
    house,
    webhooks,
):
    api.add_router("", group.router)
problems.install(api)
__all__ = ["ACTS", "api"]
ACTS = acts()  # stops the start at an operation that declares no act
