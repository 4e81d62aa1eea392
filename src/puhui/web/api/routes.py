"""All operations put together. A new group is one file beside this one and one line here."""

from __future__ import annotations

from puhui.web.api import applications, data, firms, lines, people, problems, webhooks
from puhui.web.api.frame import acts, api

for group in (people, firms, applications, data, lines, webhooks):
    api.add_router("", group.router)
problems.install(api)
__all__ = ["ACTS", "api"]
ACTS = acts()  # stops the start at an operation that declares no act
