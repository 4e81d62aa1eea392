"""The bank's own provider signs in whom the house knows, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.test import Client, override_settings
from oidc_provider import CLIENT, SECRET, Provider
from signed_in import user, visitor

from puhui.governance.access import Role
from puhui.governance.models import User

pytestmark = pytest.mark.usefixtures("module_book")


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    Thread(target=server.serve_forever, daemon=True).start()
    app = {"provider_id": "own", "name": "The bank", "client_id": CLIENT, "secret": SECRET}
    apps = [app | {"settings": {"server_url": server.url}}]
    with override_settings(SOCIALACCOUNT_PROVIDERS={"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": apps}}):
        yield server
    server.shutdown()
    server.server_close()


def come_back(client: Client, *, changed: bool = False) -> str:
    """Go to the provider as a browser does, and come back with its code; returns where the house sends on."""
    sent = client.post("/account/oidc/own/login/").headers["Location"]
    away = urlsplit(sent)
    link = HTTPConnection(away.hostname or "", away.port or 0)
    link.request("GET", f"{away.path}?{away.query}")
    back = urlsplit(link.getresponse().getheader("Location") or "")
    link.close()
    answer = client.get(f"{back.path}?{back.query}{'x' if changed else ''}")
    return str(answer.headers.get("Location", answer.status_code))


def test_a_known_person_is_signed_in_by_an_address_that_the_provider_vouches_for(provider: Provider) -> None:
    known = user(Role.SUPERVISOR)
    provider.person = {"sub": "77", "email": known.email, "email_verified": True, "preferred_username": "another"}
    client = visitor(None)
    assert come_back(client) == "/"
    assert client.get("/audit/").status_code == 200 and provider.redeemed
    assert client.session["_auth_user_id"] == str(known.pk)


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "1", "email": "supervisor@example.org", "email_verified": False},
        {"sub": "2", "email": "unknown@example.org", "email_verified": True},
    ],
    ids=["not vouched for", "unknown"],
)
def test_nobody_gets_an_account_or_anothers_by_coming_from_the_provider(provider: Provider, person: dict) -> None:
    user(Role.SUPERVISOR)
    before = User.objects.count()
    provider.person = person
    client = visitor(None)
    come_back(client)
    assert client.get("/audit/").status_code == 302 and User.objects.count() == before


def test_an_answer_that_was_not_asked_for_is_refused(provider: Provider) -> None:
    provider.person = {"sub": "77", "email": user(Role.SUPERVISOR).email, "email_verified": True}
    client = visitor(None)
    come_back(client, changed=True)
    assert client.get("/audit/").status_code == 302 and not provider.redeemed
