"""Texts, numbers and the menu in templates. Both languages stand side by side, so that neither is forgotten."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language

from puhui.documents.wording import Cell, Form, written
from puhui.governance.access import MAY
from puhui.web import doors
from puhui.web.urls import PAGES
from puhui.words import Label

register = template.Library()


@register.simple_tag
def say(en: str, zh: str) -> str:
    """A text in the reader's language: {% say "Deliveries" "数据交付" %}."""
    return Label(en, zh).in_(_language())


@register.filter
def said(label: Label) -> str:
    """A label in the reader's language."""
    return label.in_(_language())


@register.filter
def count(value: Cell) -> str:
    """A whole number with thousands separators."""
    return written(value, Form.COUNT).in_(_language())


@register.filter
def share(value: float) -> str:
    """A share as per cent."""
    return written(value, Form.PERCENT).in_(_language())


@register.simple_tag
def language() -> str:
    """The language of the page, as HTML names it."""
    return "zh-Hans" if _language().startswith("zh") else "en"


@register.inclusion_tag("web/menu.html", takes_context=True)
def menu(context: dict[str, Any]) -> dict[str, Any]:
    """The pages that who looks may open, the present one marked."""
    request = context.get("request")
    match = request.resolver_match if request else None
    here = match.url_name.split("_")[0] if match and match.url_name else ""
    roles = doors.actor(request).roles if request else frozenset()
    return {"pages": [page for page in PAGES if roles & MAY[page.needs]], "here": here}


def _language() -> str:
    return get_language() or "en"
