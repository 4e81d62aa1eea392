"""Every route as every role, as a stranger, and with a method it does not know: pages obey the one table."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.urls import URLPattern, path
from signed_in import PASSWORD, visitor

from puhui.governance import users
from puhui.governance.access import MAY, OPEN_TO_ALL, Act, Role
from puhui.governance.models import User
from puhui.web import doors, urls

pytestmark = pytest.mark.usefixtures("module_book")

FILLED = {
    "<str:delivery>": "none",
    "<str:name>": "none.txt",
    "<path:path>": "none.css",
    "<int:pk>": "1",
    "<int:number>": "1",
    "^(?P<provider_id>[^/]+)/": "none/",
    "^confirm-email/(?P<key>[-:\\w]+)/$": "confirm-email/none/",
    "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/1-none/",
}


def address(route: str) -> str:
    for pattern, value in FILLED.items():
        route = route.replace(pattern, value)
    for kind, value in (("int", "1"), ("str", "none"), ("uuid", "0" * 32), ("slug", "none")):
        while f"<{kind}:" in route:
            begin = route.index(f"<{kind}:")
            route = route[:begin] + value + route[route.index(">", begin) + 1 :]
    return "/" + route


ROUTES = [(name, address(route)) for name, route in doors.routes(urls.urlpatterns) if not name.startswith("api")]


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_a_role_opens_what_the_table_gives_it(role: Role | None) -> None:
    for name, at in ROUTES:
        act = doors.NEEDS[name]
        asked = visitor(role).get(at)
        stopped = asked.status_code == 403 or "/account/login/?next=" in asked.headers.get("Location", "")
        let_in = act in OPEN_TO_ALL or (role is not None and role in MAY[act])
        if role is Role.BORROWER and at.startswith("/my/none/"):
            let_in = False  # the table lets an owner in, the firm's own page does not: the firm is another's
        own_login = name in {"mfa_authenticate", "account_reauthenticate"} or name.startswith("openid")
        assert stopped != let_in or own_login, f"{name} ({at}) as {role}: {asked.status_code}"
        assert asked.status_code < 500, f"{name} as {role}"
        if role is None and act not in OPEN_TO_ALL:
            assert asked.status_code == 302, "a stranger is shown the way in"


def test_a_post_is_held_against_the_table_as_a_look_is() -> None:
    for role in (Role.BORROWER, Role.ANALYST):
        assert visitor(role).post("/audit/").status_code == 403
    assert visitor(None).post("/audit/").status_code == 302


def test_a_route_that_declares_no_act_stops_the_start() -> None:
    leak: list[URLPattern] = [path("leak/", lambda request: None, name="leak")]
    with pytest.raises(AssertionError, match="leak"):
        doors.check(leak)
    with pytest.raises(AssertionError, match="declared twice"):
        doors.declare({"healthz": Act.ERASE})


def test_the_menu_shows_what_its_reader_may_open() -> None:
    text = visitor(Role.PRODUCT_MANAGER).get("/").content.decode()
    menu = text[text.index("<nav") : text.index("</nav>")]
    assert "/channels/" in menu and "/audit/" not in menu


def test_who_is_barred_is_out_at_once() -> None:
    client = visitor(Role.INSPECTOR)
    assert client.get("/").status_code == 200
    users.change_user("inspector", active=False, by="an administrator")
    assert client.get("/").status_code == 302
    users.change_user("inspector", active=True, by="an administrator")


def test_staff_without_a_second_factor_sets_one_up_first_where_it_must_be() -> None:
    with override_settings(SECOND_FACTOR="staff"):
        sent = visitor(Role.ANALYST).get("/")
        assert sent.headers["Location"] == "/account/2fa/totp/activate/"


def test_a_made_password_is_changed_before_anything_else() -> None:
    added = users.add_user("new", role=Role.ANALYST, email="new@example.org", by="a test")
    client = visitor(None)
    client.post("/account/login/", {"login": "new", "password": added.password})
    assert client.get("/").headers["Location"] == "/account/password/change/"
    chosen = {"oldpassword": added.password, "password1": PASSWORD, "password2": PASSWORD}
    client.post("/account/password/change/", chosen)
    assert not User.objects.get(name="new").must_change_password
    client.post("/account/login/", {"login": "new", "password": PASSWORD})
    assert client.get("/").status_code == 200
