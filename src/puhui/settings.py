"""Django's settings. Nothing needs to be configured; four environment variables change the house.

PUHUI_HOME            where Puhui keeps what it holds   (default: the user's data folder)
PUHUI_DATABASE_URL    a PostgreSQL 18 to use instead of the embedded one
PUHUI_SECRET_KEY      the web's signing key             (default: made once, kept in PUHUI_HOME)
PUHUI_ENGINE          duckdb (default) or spark
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import platformdirs

HOME = Path(os.environ.get("PUHUI_HOME") or platformdirs.user_data_path("puhui")).expanduser().resolve()
DATABASE_URL = os.environ.get("PUHUI_DATABASE_URL", "")
ENGINE = os.environ.get("PUHUI_ENGINE", "duckdb")
LAKE = HOME / "lake"  # read it as `settings.LAKE` at the time of use: tests give each book a lake of its own
SOURCES = HOME / "sources.json"  # what is pulled, from where, how often
SPOOL = HOME / "spool"
ROOMS = ("governance", "channels", "enterprises", "ledger", "mitigation", "lending")


def _secret_key() -> str:
    """The signing key: from the environment, else from a file that only the owner may read."""
    if given := os.environ.get("PUHUI_SECRET_KEY"):
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


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("PUHUI_HOSTS", "127.0.0.1,localhost").split(",")
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    *(f"puhui.{room}" for room in ROOMS),
    "puhui.web",
]
MIDDLEWARE = [
    "puhui.web.security.Guard",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "puhui.web.urls"
WSGI_APPLICATION = "puhui.web.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
# The URL is filled in by `puhui.postgres.open_book`, which starts the embedded server when none is given.
DATABASES: dict[str, dict[str, object]] = {"default": database(DATABASE_URL or "postgresql:///puhui")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
SILENCED_SYSTEM_CHECKS: list[str] = []
