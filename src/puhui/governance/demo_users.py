"""One user of each role, with a password that everybody may know: for the demo, and nowhere else.

Promises that nothing is made unless the house was started as a demo. Refuses elsewhere, with what to do.
"""

from __future__ import annotations

from django.conf import settings

from puhui.governance import users
from puhui.governance.access import Role, Skill
from puhui.refusals import BadInput

PASSWORD = "puhui-demo-only"  # noqa: S105  listed on purpose: settings refuse it in production


def make(*, by: str) -> list[tuple[str, Role]]:
    """Make the demo's users where they are missing; returns every name with its role."""
    if not settings.DEMO:
        raise BadInput("demo users have a listed password", then="set PUHUI_DEMO=1, and only where nothing is real")
    for name, role in names():
        users.add_user(name, role=role, email=f"{name}@demo.invalid", skills=tuple(Skill), password=PASSWORD, by=by)
    return names()


def names() -> list[tuple[str, Role]]:
    """The demo's users: each has the name of its role."""
    return [(role.replace("_", "-"), role) for role in Role]
