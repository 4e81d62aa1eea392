"""Ways to call the API: a token of a role, and short forms of its calls."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.test import Client
from signed_in import user

from puhui import days
from puhui.governance import tokens
from puhui.governance.access import Role
from puhui.governance.models import Control
from puhui.governance.tokens import Scope
from puhui.ids import new_request

ROOT = "/api/v1"


def token(
    role: Role, *, scopes: Collection[Scope] = tuple(Scope), branch: str = "", firms: Collection[str] = ()
) -> str:
    """A token of the user of a role, who controls these firms."""
    who = user(role, branch)
    for firm in firms:
        if not Control.objects.filter(user=who, enterprise=firm).exists():
            Control.objects.create(user=who, enterprise=firm, evidence="a test", at=days.now(), request=new_request())
    made = tokens.issue(who.name, label="", scopes=scopes, lasts=timedelta(days=1), at=days.now(), by="a test")
    assert isinstance(made, tokens.Issued)
    return made.token


class Caller:
    """Calls with one token."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: str) -> tuple[int, Any]:
        answer = self.client.get(ROOT + path, query, headers=self.headers)
        return answer.status_code, answer.json()

    def post(self, path: str, body: Any = None, *, key: str = "", **headers: str) -> tuple[int, Any]:
        named = {"Idempotency-Key": key or new_request()} | self.headers | headers
        answer = self.client.post(ROOT + path, body, content_type="application/json", headers=named)
        return answer.status_code, answer.json()
