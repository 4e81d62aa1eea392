"""Signing in: password, second factor, passkey, the bank's own provider; and what gives nothing away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings
from signed_in import PASSWORD, user, visitor

from puhui.governance import selectors, users
from puhui.governance.access import Role, Skill
from puhui.governance.models import User

pytestmark = pytest.mark.usefixtures("module_book")


@pytest.fixture(autouse=True)
def no_attempts_yet(module_book: Path) -> None:
    cache.clear()


def sign_in(name: str, password: str) -> tuple[Client, str]:
    client = visitor(None)
    answer = client.post("/account/login/", {"login": name, "password": password})
    return client, answer.headers.get("Location", answer.content.decode())


def test_a_password_is_kept_by_argon2_and_lets_its_user_in_by_name_or_address() -> None:
    assert user(Role.ANALYST).password.startswith("argon2$argon2id$")
    for name in ("analyst", "analyst@example.org"):
        client, to = sign_in(name, PASSWORD)
        assert to == "/" and client.get("/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/").status_code == 302


def test_a_wrong_name_and_a_wrong_password_look_alike() -> None:
    user(Role.ANALYST)
    said = []
    for name in ("analyst", "nobody-of-this-name"):
        text = sign_in(name, "wrong")[1]
        said.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"|value="' + name + '"', "", text))
    assert said[0] == said[1] and "not correct" in said[0]


def test_guessing_is_stopped_for_the_account_and_then_for_the_address() -> None:
    user(Role.ANALYST)
    for _ in range(5):
        sign_in("analyst", "wrong")
    _, said = sign_in("analyst", PASSWORD)
    assert "Too many failed" in said, "not even the right password helps for five minutes"
    user(Role.APPROVER)
    assert sign_in("approver", PASSWORD)[1] == "/", "another account is not shut out"


def test_signing_up_makes_a_borrower_after_the_letter_and_an_address_in_use_is_not_given_away(tmp_path: Path) -> None:
    user(Role.AUDITOR)
    letters = tmp_path / "letters"
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend", EMAIL_FILE_PATH=str(letters)
    ):
        seen = []
        for name, email in (("shop-owner", "shop@example.org"), ("other-name", "auditor@example.org")):
            form = {"username": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}
            answer = visitor(None).post("/account/signup/", form | {"role": "administrator"})
            seen.append((answer.status_code, answer.headers["Location"]))
    assert seen[0] == seen[1] == (302, "/account/confirm-email/")
    made = User.objects.get(name="shop-owner")
    assert made.role == Role.BORROWER and not EmailAddress.objects.get(user=made).verified
    assert not User.objects.filter(name="other-name").exists()
    texts = [file.read_text() for file in letters.iterdir()]
    assert any("confirm-email/" in text for text in texts)
    _, to = sign_in("shop-owner", PASSWORD)
    assert to == "/account/confirm-email/", "not before the address is confirmed"


def test_the_second_factor_is_asked_for_and_its_secret_is_sealed() -> None:
    holder = user(Role.RISK_MANAGER)
    secret = totp.generate_totp_secret()
    made = totp.TOTP.activate(holder, secret)
    stored = Authenticator.objects.get(pk=made.instance.pk).data["secret"]
    assert secret not in stored
    client, to = sign_in("risk-manager", PASSWORD)
    assert to.startswith("/account/2fa/authenticate/")
    assert client.get("/").status_code == 302, "half signed in is not signed in"
    wrong = client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200 and client.get("/").status_code == 302
    counter = next(totp.yield_hotp_counters_from_time())
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    assert client.post("/account/2fa/authenticate/", {"code": code}).headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_cookies_and_sessions_are_hardened_outside_this_machine() -> None:
    client, _ = sign_in(user(Role.ANALYST).name, PASSWORD)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["max-age"]
    before = cookie.value
    client.post("/account/logout/")
    client.post("/account/login/", {"login": "analyst", "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before


def test_an_account_is_made_once_changed_by_others_only_and_each_is_on_record() -> None:
    first = users.add_user("li", role=Role.ANALYST, email="li@example.org", branch="north", by="an administrator")
    again = users.add_user("li", role=Role.ANALYST, email="li@example.org", branch="north", by="an administrator")
    assert first.password and not again.password
    with pytest.raises(users.BadInput, match="without a skill"):
        users.change_user("li", role=Role.APPROVER, by="an administrator")
    users.change_user("li", role=Role.APPROVER, skills=[Skill.FRAUD], by="an administrator")
    assert users.named("li").skills == {Skill.FRAUD}
    assert users.named("li").roles == {Role.APPROVER}
    with pytest.raises(users.BadInput, match="one's own"):
        users.change_user("li", role=Role.ADMINISTRATOR, by="li")
    assert [each.act for each in selectors.latest(2)] == ["change user", "add user"]
    for wrong in (
        {"name": "Li"},
        {"email": "nowhere"},
        {"branch": "The North"},
        {"password": "short"},
        {"email": "li@example.org"},
    ):
        given = {"name": "someone", "role": Role.ANALYST, "email": "someone@example.org", "by": "x"} | wrong
        with pytest.raises(users.BadInput):
            users.add_user(given.pop("name"), **given)
