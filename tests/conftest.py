"""What every test may ask for: the shared data, and a book of its own on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Before anything of Puhui is imported: tests never touch the user's own book.
os.environ["PUHUI_HOME"] = tempfile.mkdtemp(prefix="puhui-tests-")
os.environ.pop("PUHUI_DATABASE_URL", None)
os.environ["DJANGO_SETTINGS_MODULE"] = "puhui.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings as django_settings  # noqa: E402
from django.db import connections  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from puhui import postgres, settings  # noqa: E402

# In CI the same cases every time: a change must not fail on what another change broke. Elsewhere, new ones.
hypothesis_settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis_settings.register_profile("here", deadline=None)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_unconfigure() -> None:
    """The tests' own home goes when they end, in each of pytest's processes."""
    if postgres._server.cache_info().currsize:
        postgres.stop()
    shutil.rmtree(os.environ["PUHUI_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, which is not part of the project."""
    folder = Path(os.environ.get("PUHUI_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if folder.is_dir():
        return folder
    if os.environ.get("CI"):
        pytest.fail(f"{folder} is absent: CI must have the shared data (set PUHUI_SHARED_DATA)")
    pytest.skip(f"the shared data is not at {folder}: set PUHUI_SHARED_DATA to run this test")


@pytest.fixture(scope="session")
def template_book() -> Iterator[str]:
    """A migrated, empty database on a real embedded PostgreSQL; books of tests are copies of it."""
    postgres.open_book()
    connections.close_all()
    yield postgres.BOOK
    postgres.stop()


@contextmanager
def own_book(template: str, folder: Path) -> Iterator[Path]:
    """A database and a lake of one's own, for as long as the block lasts; yields the lake's folder."""
    before = postgres.url(), settings.LAKE, settings.SOURCES, settings.SPOOL
    connections.close_all()
    postgres.use(postgres.create(f"book_{uuid.uuid4().hex}", template=template))
    settings.LAKE = django_settings.LAKE = folder / "lake"
    django_settings.SOURCES, django_settings.SPOOL = folder / "sources.json", folder / "spool"
    try:
        yield settings.LAKE
    finally:
        connections.close_all()
        postgres.use(before[0])
        settings.LAKE = django_settings.LAKE = before[1]
        django_settings.SOURCES, django_settings.SPOOL = before[2:]


@pytest.fixture
def book(template_book: str, tmp_path: Path) -> Iterator[Path]:
    """A fresh book for one test."""
    with own_book(template_book, tmp_path) as lake:
        yield lake


@pytest.fixture
def new_book(template_book: str) -> Callable[[Path], AbstractContextManager[Path]]:
    """Fresh books, one after another, each in a folder that is given."""
    return partial(own_book, template_book)


@pytest.fixture(scope="session")
def book_like() -> Callable[[str, Path], AbstractContextManager[Path]]:
    """Books that are copies of the one that is named, on the lake of the folder that is given."""
    return own_book


@pytest.fixture(scope="module")
def module_book(template_book: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A book shared by the tests of one module, for what is slow to prepare."""
    with own_book(template_book, tmp_path_factory.mktemp("book")) as lake:
        yield lake


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium; none is ever downloaded.

    It lives for one module only: while it does, its event loop runs in this thread and Django refuses the database.
    """
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have Chromium: apt-get install chromium")
        pytest.skip("there is no Chromium on this machine: install it to run this test")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
