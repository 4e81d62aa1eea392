"""The door of every page: which act it needs, and whether who asks may do it.

Promises that a page without an act cannot be served: `check` stops the start. Refuses a stranger with the way to sign
in, and everybody else with the reason; asks staff for a second factor where the setting says so, and a new account for
a password of its own, before anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, reverse

from puhui import days
from puhui.governance import access, users
from puhui.governance.access import NOBODY, Act, Actor, Skill
from puhui.ids import EnterpriseId
from puhui.money import Money
from puhui.refusals import Refused
from puhui.web import subjects
from puhui.web.statuses import status_of
from puhui.words import Label

if TYPE_CHECKING:
    from django.urls.resolvers import ResolverMatch

NEEDS: dict[str, Act] = {}  # the act that each route needs, by the name of the route
ABOUT: dict[str, str] = {}  # what the number in a route's address names
# allauth's own pages: who is not signed in may use these, and nobody else's account is reached by any other.
_ENTRANCE = (
    "account_login account_logout account_inactive account_signup account_email_verification_sent account_confirm_email"
    " account_reset_password account_reset_password_done account_reset_password_from_key"
    " account_reset_password_from_key_done account_confirm_login_code mfa_authenticate mfa_login_webauthn mfa_trust"
    " socialaccount_signup socialaccount_login_cancelled socialaccount_login_error openid_connect_login"
    " openid_connect_callback"
)
_ACCOUNT = (
    "account_reauthenticate account_email account_change_password account_set_password mfa_index mfa_reauthenticate"
    " mfa_activate_totp mfa_deactivate_totp mfa_view_recovery_codes mfa_generate_recovery_codes"
    " mfa_download_recovery_codes mfa_list_webauthn mfa_add_webauthn mfa_reauthenticate_webauthn mfa_remove_webauthn"
    " mfa_edit_webauthn socialaccount_connections"
)
NEEDS |= dict.fromkeys(_ENTRANCE.split(), Act.VISIT) | dict.fromkeys(_ACCOUNT.split(), Act.KEEP_ACCOUNT)


def declare(needs: Mapping[str, Act]) -> None:
    """Say which act each named route needs."""
    twice = {name for name, act in needs.items() if NEEDS.get(name, act) is not act}
    assert not twice, f"declared twice: {twice}"
    NEEDS.update(needs)


def about(subjects_of: Mapping[str, str]) -> None:
    """Say of which routes the `number` in the address names an application, a decision, a case, a line, …"""
    ABOUT.update(subjects_of)


def check(patterns: Iterable[URLPattern | URLResolver]) -> None:
    """Stop the start when a route needs no act."""
    for name, route in routes(patterns):
        assert name in NEEDS, f"'{route}' ({name or 'no name'}) declares no act: add it where the route is made"


def routes(patterns: Iterable[URLPattern | URLResolver], before: str = "", space: str = "") -> list[tuple[str, str]]:
    """Every route's name (with its namespace) and path."""
    found = []
    for each in patterns:
        at = before + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            found += routes(each.url_patterns, at, inner)
        else:
            found.append((space + (each.name or ""), at))
    return found


def actor(request: HttpRequest) -> Actor:
    """Who asks, by the session; NOBODY when nobody has signed in."""
    user = request.user
    return users.actor_of(user) if user.is_authenticated else NOBODY


def who(request: HttpRequest) -> str:
    """The name under which the reader's acts are recorded; empty for a stranger."""
    return actor(request).name


class Doorkeeper:
    """Holds each page's act against who asks, before the page runs."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> HttpResponse | None:
        """None lets the page run."""
        match: ResolverMatch | None = request.resolver_match
        assert match is not None
        act = NEEDS.get(match.view_name)
        assert act is not None, f"{match.route} declares no act"
        if act in access.OPEN_TO_ALL:
            return None
        asker = actor(request)
        firm = subjects.firm_of(_named(match.view_name, kwargs)) if asker.roles & access.MAY[act] else None
        branch = users.branch_of(firm) if firm is not None and asker.branch else ""
        refused = access.objection(asker, act, firm=firm, branch=branch, on=days.today())
        if refused is None:
            return _first_things_first(request, match.view_name)
        if not asker.roles:
            return redirect_to_login(request.get_full_path())
        return refusal(request, refused)


class Stopped(Exception):
    """Whoever asks may not; the guard turns it into the page of a refusal."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused))
        self.refused = refused


def require(
    request: HttpRequest,
    act: str,
    *,
    firm: EnterpriseId | None = None,
    skill: Skill | None = None,
    amount: Money | None = None,
) -> None:
    """Hold an act against who asks: on a firm, for a case that needs a skill, up to an amount.

    For what depends on more than a page's address.
    """
    branch, asker = "" if firm is None else users.branch_of(firm), actor(request)
    refused = access.objection(asker, Act(act), firm=firm, branch=branch, skill=skill, amount=amount, on=days.today())
    if refused is not None:
        raise Stopped(refused)


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal as a page, with its status and its reason in words."""
    label = Label(refused.words("en"), refused.words("zh"))
    return render(request, "refused.html", {"label": label}, status=status_of(refused.code))


def _named(route: str, kwargs: Mapping[str, object]) -> dict[str, object]:
    """What an address names, by what it is."""
    names = {"number": ABOUT.get(route, ""), "subject": "thing", "case": ABOUT.get(route, "case")}
    return {names.get(name, name): value for name, value in kwargs.items()}


def _first_things_first(request: HttpRequest, name: str) -> HttpResponse | None:
    """A password of one's own, and a second factor where it must be, come before all else."""
    if NEEDS[name] is Act.KEEP_ACCOUNT:
        return None
    assert request.user.is_authenticated
    if request.user.must_change_password:
        return redirect(reverse("account_change_password"))
    if settings.SECOND_FACTOR == "staff" and users.is_staff(request.user) and not is_mfa_enabled(request.user):
        return redirect(reverse("mfa_activate_totp"))
    return None
