"""Ways to visit the house as somebody: a user of each role, made when first asked for."""

from __future__ import annotations

from django.test import Client

from puhui.governance import users
from puhui.governance.access import Role, Skill
from puhui.governance.models import User

PASSWORD = "a long test password"


def user(role: Role, branch: str = "") -> User:
    """The user of a role at a branch, made when it is not there."""
    name = f"{role.replace('_', '-')}{'.' + branch if branch else ''}"
    users.add_user(
        name, role=role, email=f"{name}@example.org", branch=branch, skills=Skill, password=PASSWORD, by="a test"
    )
    return User.objects.get(name=name)


def visitor(role: Role | None = Role.AUDITOR, *, branch: str = "", **kind: object) -> Client:
    """Somebody on this machine, signed in as a role; None is a stranger. An auditor sees every page of the menu."""
    client = Client(SERVER_NAME="127.0.0.1", **kind)
    if role is not None:
        client.force_login(user(role, branch))
    return client
