"""A walk through the house by its own links: every page that somebody can reach, each look of it once.

For pictures of every page, and for the tests that look at every page. Promises that a page counts as found only when it
was answered with 200, and that the walk ends. Refuses nothing.
"""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

# Pages that look different from one thing to the next: each look is kept, by its heading. Of all others one is.
MANY_LOOKS = frozenset({"portal_application", "portal_line", "applications_one"})
MOST_LOOKS, MOST_OTHERS = 10, 2  # addresses of one page that are tried
# Told apart from pages: what a browser keeps as a file, or what only a form asks for.
NO_PAGES = frozenset({"portal_contract", "applications_tried", "firms_exposure_tried"})
HREF, HEADING = re.compile(r'href="(/[^"#]*)'), re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
Get = Callable[[str], tuple[int, str]]  # an address, and what it answers: the status and the page


@dataclass
class Walk:
    """What was found: at which address each look of each page lies, and which addresses answered with a fault."""

    at: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def walk(get: Get, starts: Iterable[str], pages: frozenset[str]) -> Walk:
    """Follow the links from a few addresses as far as they lead to pages of these names.

    What may not be opened by whoever walks (403) is no fault; what is not there (404), or fails, is one.
    """
    found, waiting, asked, tried = Walk(), deque(starts), set[str](), Counter[str]()
    while waiting:
        at = waiting.popleft()
        name = page_at(at)
        if at in asked or name not in pages or name in NO_PAGES:
            continue
        if tried[name] >= (MOST_LOOKS if name in MANY_LOOKS else MOST_OTHERS):
            continue
        asked.add(at)
        tried[name] += 1
        status, text = get(at)
        if status == 404 or status >= 500:
            found.broken.append(f"{at}: {status}")
        if status != 200:
            continue
        found.at.setdefault(f"{name}.{heading(text)}" if name in MANY_LOOKS else name, at)
        waiting += [link for link in links(text) if link not in asked]
    return found


def links(text: str) -> list[str]:
    """The addresses of this house that a page leads to, without what is asked for in them."""
    return list(dict.fromkeys(urlsplit(html.unescape(link)).path for link in HREF.findall(text)))


def heading(text: str) -> str:
    """What a page is headed by, as part of a name."""
    found = HEADING.search(text)
    words = TAG.sub("", found.group(1)) if found else ""
    return re.sub(r"[^a-z]+", "-", html.unescape(words).lower()).strip("-")[:40]


def page_at(at: str) -> str:
    """The name of the page at an address; empty for what is no page."""
    try:
        return resolve(urlsplit(at).path).view_name
    except Resolver404:
        return ""
