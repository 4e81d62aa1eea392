"""What every page's frame needs: the menu of what the reader may see, where the reader is, and who the reader is.

Promises that a page stands in the menu exactly when its reader may open it; refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from puhui.governance.access import MAY
from puhui.web import doors
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    name: str
    label: Label
    icon: str
    here: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """A group of the menu."""

    label: Label
    entries: tuple[Entry, ...]


def frame(request: HttpRequest) -> dict[str, Callable[[], Any]]:
    """The context of every page; each part is worked out when a template asks for it."""
    return {
        "menus": lambda: menus(request),
        "here": lambda: _here(request),
        "who": lambda: who(request),
        "who_firms": lambda: sorted(doors.actor(request).firms),
    }


def menus(request: HttpRequest) -> list[Menu]:
    """The pages of the workbench by group, as far as the reader may open them."""
    from puhui.web.urls import PAGES  # noqa: PLC0415  the pages know the templates, and the templates this

    at, roles = _at(request), doors.actor(request).roles
    found: dict[Label, list[Entry]] = {}
    for page in PAGES:
        if page.group is not None and roles & MAY[page.needs]:
            found.setdefault(page.group.value, []).append(Entry(page.name, page.label, page.icon, page.name == at))
    return [Menu(label, tuple(entries)) for label, entries in found.items()]


def who(request: HttpRequest) -> str:
    """The name under which the reader's acts are recorded; empty for a stranger."""
    return doors.actor(request).name


def _here(request: HttpRequest) -> tuple[Menu, Entry] | None:
    for menu in menus(request):
        for entry in menu.entries:
            if entry.here:
                return menu, entry
    return None


def _at(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.url_name.split("_")[0] if match and match.url_name else ""
