"""How allauth is told the house's rules: who may sign up, how second factors lie in the book, whom a provider brings.

Promises that who signs up is a borrower and nothing else, and that a second factor's secret is sealed under the book's
keys. Refuses accounts of staff that no administrator has made, also to who comes from the bank's own provider.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

from puhui.governance.access import Role
from puhui.governance.users import NAME
from puhui.web import sealed

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest

    from puhui.governance.models import User

FACTORS = "second factors"


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Names, and passwords that were changed."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Small letters only, as `puhui user add` wants them."""
        name = super().clean_username(username.lower(), shallow)
        if not NAME.fullmatch(name):
            raise self.validation_error("invalid_username")
        return str(name)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Owners find their firm, staff their desk."""
        borrower = request.user.is_authenticated and request.user.role == Role.BORROWER
        return "/my/" if borrower else str(super().get_login_redirect_url(request))

    def set_password(self, user: User, password: str) -> None:
        """A password that was chosen by its user need not be changed again."""
        user.must_change_password = False
        super().set_password(user, password)


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals the secrets of second factors."""

    def encrypt(self, text: str) -> str:
        """A secret as it lies in the book."""
        return b64encode(sealed.seal(text, use=FACTORS)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A secret as it is used."""
        return sealed.unseal(b64decode(encrypted_text), use=FACTORS)


class OwnProviders(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The bank's own provider signs in whom the house knows already."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody gets an account by coming from a provider."""
        return False
