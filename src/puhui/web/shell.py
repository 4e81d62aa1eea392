"""What every page's frame needs: the menu of what the reader may see, where the reader is, and who the reader is.

Promises that a page stands in the menu exactly when its reader may open it; refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from puhui.governance.access import MAY, Act
from puhui.web import doors
from puhui.words import Label


class Group(Enum):
    """A heading of the menu."""

    WORK = Label("Work", "工作台")
    FIRMS = Label("Clients", "客户")
    PRODUCTS = Label("Products and models", "产品与模型")
    DATA = Label("Data", "数据")
    BOOKS = Label("Books", "账务")
    HOUSE = Label("House", "系统")


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the act that whoever opens it must be allowed; one with a group stands in the menu."""

    at: str
    name: str
    label: Label
    view: Callable[..., HttpResponseBase]
    needs: Act
    group: Group | None = None
    icon: str = ""


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


_pages: dict[str, Page] = {}  # by name, in the order of the menu


def declare(pages: Iterable[Page]) -> None:
    """Say which pages there are, in the order of the menu."""
    _pages.update((page.name, page) for page in pages)


def frame(request: HttpRequest) -> dict[str, Callable[[], Any]]:
    """The context of every page; each part is worked out when a template asks for it."""
    return {
        "menus": lambda: menus(request),
        "frame": lambda: "desk/page.html" if menus(request) else "portal/page.html",
        "here": lambda: _here(request),
        "who": lambda: doors.who(request),
        "who_firms": lambda: sorted(doors.actor(request).firms),
    }


def menus(request: HttpRequest) -> list[Menu]:
    """The pages of the workbench by group, as far as the reader may open them."""
    at, roles = _at(request), doors.actor(request).roles
    found: dict[Label, list[Entry]] = {}
    for page in _pages.values():
        if page.group is not None and roles & MAY[page.needs]:
            found.setdefault(page.group.value, []).append(Entry(page.name, page.label, page.icon, page.name == at))
    return [Menu(label, tuple(entries)) for label, entries in found.items()]


def _here(request: HttpRequest) -> tuple[Menu, Entry] | None:
    for menu in menus(request):
        for entry in menu.entries:
            if entry.here:
                return menu, entry
    return None


def _at(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.url_name.split("_")[0] if match and match.url_name else ""
