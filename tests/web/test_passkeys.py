"""A passkey in a real browser: made once, and then the way in without a password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, expect
from serving import served
from signed_in import PASSWORD, user

from puhui.governance.access import Role

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def site(module_book: Path) -> Iterator[str]:
    cache.clear()
    user(Role.AUDITOR)
    with served() as address:
        yield address.replace("127.0.0.1", "localhost")  # browsers let a name have passkeys, not a number


def test_a_passkey_is_made_and_lets_its_owner_in(site: str, browser: Browser) -> None:
    context = browser.new_context(base_url=site, locale="en-GB")
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto("/account/login/")
    page.locator("input[name=login]").fill("auditor")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form[action='/account/login/'] button[type=submit]").click()
    page.wait_for_url(f"{site}/")
    page.goto("/account/2fa/webauthn/add/")
    page.locator("main input[name=password]").fill(PASSWORD)  # what changes an account asks for it once more
    page.locator("main form button[type=submit]").click()
    page.locator("input[name=passwordless]").check(timeout=5000)
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/account/2fa/**")
    page.wait_for_function("!location.pathname.endsWith('/add/')")
    context.clear_cookies()
    page.goto("/audit/")
    expect(page).to_have_url(f"{site}/account/login/?next=/audit/")
    page.locator("#passkey_login").click()
    page.wait_for_url(f"{site}/audit/")
    context.close()
