"""Django's settings. Nothing needs to be configured; a few environment variables change the house.

PUHUI_HOME            where Puhui keeps what it holds   (default: the user's data folder)
PUHUI_DATABASE_URL    a PostgreSQL 18 to use instead of the embedded one
PUHUI_DATABASE_OWNER_URL  the same by the role that owns the tables: it migrates and grants, and the application works
                      under the other one, which can neither change what is only added to nor take a guard down
PUHUI_SECRET_KEY      the web's signing key             (default: made once, kept in PUHUI_HOME)
PUHUI_PAYMENT_BANK    host:port of the bank that pays draws out and takes what is due; without it nothing is collected
PUHUI_MESSENGER       host:port of the service that takes messages to borrowers; without it they wait
PUHUI_ENGINE          duckdb (default) or spark
PUHUI_PRODUCTION      1: behind TLS; secure cookies, a second factor for staff, every CLI verb by a named user
PUHUI_DEMO            1: one user of each role with a listed password; refused together with PUHUI_PRODUCTION
PUHUI_SANDBOX         1: a second house beside the first, with a home, book, keys and tokens of its own; what would name
                      the real house's (its database, keys, banks, letters) it reads as PUHUI_SANDBOX_DATABASE_URL, …
PUHUI_OIDC            a JSON file: the bank's own OpenID Connect providers (docs/access.md)
PUHUI_SMTP            smtp://user:password@host:port for letters (default: written to PUHUI_HOME/letters)
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import platformdirs

SANDBOX = os.environ.get("PUHUI_SANDBOX") == "1"
HOME = Path(os.environ.get("PUHUI_HOME") or platformdirs.user_data_path("puhui")).expanduser().resolve()
HOME = HOME / "sandbox" if SANDBOX else HOME


def own(name: str) -> str:
    """What the environment says to this house alone: the sandbox never hears what is meant for the real one."""
    return os.environ.get(f"PUHUI_SANDBOX_{name}" if SANDBOX else f"PUHUI_{name}", "")


DATABASE_URL = own("DATABASE_URL")
DATABASE_OWNER_URL = own("DATABASE_OWNER_URL")
PAYMENT_BANK = own("PAYMENT_BANK")  # host:port; without it nothing is collected
MESSENGER = own("MESSENGER")  # host:port; without it messages to borrowers wait
ENGINE = os.environ.get("PUHUI_ENGINE", "duckdb")
LAKE = HOME / "lake"  # read it as `settings.LAKE` at the time of use: tests give each book a lake of its own
SOURCES = HOME / "sources.json"  # what is pulled, from where, how often
SPOOL = HOME / "spool"
ROOMS = (
    *("governance", "channels", "enterprises", "variables", "ledger"),
    *("mitigation", "exposure", "products", "approval", "lending"),
)
PRODUCTION = os.environ.get("PUHUI_PRODUCTION") == "1"
DEMO = os.environ.get("PUHUI_DEMO") == "1"
PLAYED = (
    DEMO or SANDBOX
)  # nothing here is real: services of others are simulated, and a call may name its business date
if PRODUCTION and DEMO:
    raise SystemExit("puhui: PUHUI_DEMO lists passwords and is refused in production. To go on: unset one of the two.")


def _secret_key() -> str:
    """The signing key: from the environment, else from a file that only the owner may read."""
    if given := own("SECRET_KEY"):
        return given
    kept = HOME / "secret_key"
    if not kept.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return kept.read_text()


def database(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a PostgreSQL URL.

    >>> entry = database("postgresql://puhui@/book?host=/run/puhui")
    >>> entry["NAME"], entry["USER"], entry["HOST"]
    ('book', 'puhui', '/run/puhui')
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "puhui",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "OPTIONS": query,
        "CONN_MAX_AGE": 60,
        "ATOMIC_REQUESTS": False,
    }


def _own_providers() -> list[dict[str, object]]:
    """The bank's own OpenID Connect providers: provider_id, name, client_id, secret, settings.server_url."""
    file = own("OIDC")
    apps: list[dict[str, object]] = json.loads(Path(file).read_text(encoding="utf-8")) if file else []
    return apps


SECRET_KEY = _secret_key()
_SMTP = urlsplit(own("SMTP"))
DEBUG = False
ALLOWED_HOSTS = os.environ.get("PUHUI_HOSTS", "127.0.0.1,localhost").split(",")
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    *(f"puhui.{room}" for room in ROOMS),
    "puhui.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "puhui.web.security.Guard",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "puhui.web.doors.Doorkeeper",
]
ROOT_URLCONF = "puhui.web.urls"
WSGI_APPLICATION = "puhui.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "puhui.web.shell.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "puhui.web.templatetags.words",
                "puhui.web.templatetags.parts",
            ],
        },
    }
]
# The URL is filled in by `puhui.postgres.open_book`, which starts the embedded server when none is given.
DATABASES: dict[str, dict[str, object]] = {"default": database(DATABASE_URL or "postgresql:///puhui")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
SILENCED_SYSTEM_CHECKS: list[str] = []
# Services of other companies, by what they are for. In a demo simulated ones are started with the server.
OUTSIDE = {name: own(f"{name.upper()}_URL") for name in ("identity", "signing", "bank")}
PATIENCE_S = 5  # how long one of them may take
CALLS_A_MINUTE = int(os.environ.get("PUHUI_CALLS_A_MINUTE", "600"))  # of one token, over all processes that serve
# Counts of attempts live in the book, so that a limit holds over every process that serves.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_counts"}}

# --- identity: docs/access.md says why each is so ---
AUTH_USER_MODEL = "governance.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SECOND_FACTOR = os.environ.get("PUHUI_SECOND_FACTOR", "staff" if PRODUCTION else "wished")  # or "staff": must have one
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "puhui.web.identity.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "name"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False  # a session ends with the browser, and after SESSION_COOKIE_AGE at the latest
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "30/m/ip", "signup": "20/m/ip"}
MFA_ADAPTER = "puhui.web.identity.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Puhui"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # browsers themselves allow it on localhost only
SOCIALACCOUNT_ADAPTER = "puhui.web.identity.OwnProviders"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True  # the bank's own provider vouches for its people
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": _own_providers()}}
SESSION_COOKIE_NAME = "sandbox_sessionid" if SANDBOX else "sessionid"  # browsers tell hosts apart, not ports
CSRF_FAILURE_VIEW = "puhui.web.security.form_is_old"
CSRF_COOKIE_NAME = "sandbox_csrftoken" if SANDBOX else "csrftoken"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _SMTP.hostname else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = HOME / "letters"
EMAIL_HOST, EMAIL_PORT = _SMTP.hostname or "", _SMTP.port or 587
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_SMTP.username or ""), unquote(_SMTP.password or "")
EMAIL_USE_TLS = bool(_SMTP.hostname)
DEFAULT_FROM_EMAIL = os.environ.get("PUHUI_LETTERS_FROM", "puhui@localhost")
