"""The pieces that pages are made of, each drawn by one template of `templates/parts`: few and deep.

Promises that a page needs no markup of its own for tables, plots, figures, waterfalls, questions and empty states;
refuses what is not one of the value types of `puhui.web.pieces` and `puhui.documents.blocks`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from puhui import ids
from puhui.documents.blocks import Figure, Plot, Tag
from puhui.documents.wording import written
from puhui.governance import demo_users
from puhui.governance.access import MAY, WORDS, Act
from puhui.web import doors, icons, pieces, record_words
from puhui.web.static_files import versioned
from puhui.web.tables import Column, Firm, Link, Shown, View
from puhui.web.templatetags.words import day, moment, spoken
from puhui.words import Label

register = template.Library()


@register.filter
def may(request: HttpRequest, act: str) -> bool:
    """May who looks do an act? A page shows the way to what is allowed only."""
    return bool(doors.actor(request).roles & MAY[Act(act)])


@register.inclusion_tag("parts/demo_users.html", takes_context=True)
def demo_entrance(context: dict[str, Any]) -> dict[str, Any]:
    """One user of each role with the listed password, on the way in of a demo; nothing anywhere else."""
    match = context["request"].resolver_match
    shown = settings.DEMO and match is not None and match.view_name == "account_login"
    users = [(name, WORDS[role]) for name, role in demo_users.names()] if shown else []
    return {"users": users, "password": demo_users.PASSWORD, "csrf_token": context.get("csrf_token")}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing by its name."""
    return icons.icon(name, label)


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file, with its content's hash, so that a browser may keep it for ever."""
    return versioned(name)


@register.simple_tag
def request_id() -> SafeString:
    """A hidden field with a new request id: the same form sent twice is one act."""
    return format_html('<input type="hidden" name="request" value="{}">', ids.new_request())


@register.inclusion_tag("parts/figures.html")
def figures(items: Sequence[Figure]) -> dict[str, Any]:
    """Key figures in a row that wraps."""
    return {"items": [(item, _figure(item)) for item in items]}


@register.inclusion_tag("parts/table.html")
def table(view: View) -> dict[str, Any]:
    """A table with its tools."""
    return {"view": view}


@register.inclusion_tag("parts/rows.html")
def table_rows(view: View) -> dict[str, Any]:
    """The rows of a table and the way to further pages."""
    return {"view": view}


@register.simple_tag
def cell(column: Column[Any], shown: Shown) -> SafeString:
    """One cell of a table."""
    return _cell(column, shown)


@register.inclusion_tag("parts/plot.html")
def plot(given: Plot) -> dict[str, Any]:
    """A plot, drawn by the island from the option in its data attribute."""
    option = json.dumps(given.option, default=pieces.plain, ensure_ascii=False, separators=(",", ":"))
    return {
        "plot": given,
        "option": option,
        "height": min((160, 240, 320, 420), key=lambda h: abs(h - given.height_px)),
    }


@register.inclusion_tag("parts/waterfall.html")
def waterfall(given: pieces.Waterfall) -> dict[str, Any]:
    """Steps that add up, drawn on the server."""
    return {"given": given, "bars": given.bars()}


@register.inclusion_tag("parts/gauges.html")
def gauges(items: Sequence[pieces.Gauge]) -> dict[str, Any]:
    """Bars that say how much of each whole is taken."""
    return {"gauges": [(item, item.drawn()) for item in items]}


@register.inclusion_tag("parts/timeline.html")
def timeline(events: Sequence[pieces.Event]) -> dict[str, Any]:
    """What happened, in order."""
    return {"events": events}


@register.inclusion_tag("parts/changes.html")
def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """How it is, and how it should be: what differs first."""
    return {
        "rows": [
            {
                "words": record_words.called(row.name),
                "before": record_words.written(row.name, row.before),
                "after": record_words.written(row.name, row.after),
                "differs": row.differs,
            }
            for row in pieces.compared(before, after)
        ]
    }


@register.simple_tag
def tag(given: Tag | Label, tone: str = "plain") -> SafeString:
    """A short word with a tone."""
    words, how = (given.words, given.tone.value) if isinstance(given, Tag) else (given, tone)
    return format_html('<span class="tag {}">{}</span>', how, words.in_(spoken()))


def _figure(item: Figure) -> str:
    if isinstance(item.value, date):
        return day(item.value)
    return written(item.value, item.form, item.digits).in_(spoken())


def _cell(column: Column[Any], shown: Shown) -> SafeString:
    if isinstance(shown, Link):
        note = format_html('<br><span class="muted small">{}</span>', _text(column, shown.note)) if shown.note else ""
        text = _text(column, shown.text)
        return (
            format_html('<a href="{}">{}</a>{}', shown.at, text, note) if shown.at else format_html("{}{}", text, note)
        )
    if isinstance(shown, Tag):
        return tag(shown)
    return _text(column, shown)


def _text(column: Column[Any], shown: Shown) -> SafeString:
    if isinstance(shown, datetime):
        return format_html("<span class=nowrap>{}</span>", moment(shown))
    if isinstance(shown, date):
        return format_html("<span class=nowrap>{}</span>", day(shown))
    assert not isinstance(shown, Link | Tag | Firm), "a cell in a cell"
    text = written(shown, column.form, column.digits).in_(spoken())
    if len(text) > 60 and not column.wide:
        return format_html('<span class="clip" title="{}">{}</span>', text, text)
    return format_html("{}", text)
