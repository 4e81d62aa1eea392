"""The icons, drawn for this house on a grid of 24: one stroke each, no fill. Promises a drawing for each name; refuses
an unknown name with a KeyError, so that a template's slip is seen at once."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

DRAWINGS = {
    "home": '<path d="M4 11l8-7 8 7"/><path d="M6 9.5V20h12V9.5"/><path d="M10 20v-5h4v5"/>',
    "firm": '<path d="M4 20V6l8-3v17"/><path d="M12 9l8 3v8"/><path d="M3 20h18"/><path d="M7.5 9h1M7.5 13h1M16 15h1"/>',
    "channel": '<circle cx="5" cy="6" r="2"/><circle cx="5" cy="18" r="2"/><circle cx="19" cy="12" r="2"/><path d="M7 6c6 0 4 6 10 6M7 18c6 0 4-6 10-6"/>',
    "delivery": '<path d="M4 8l8-4 8 4v8l-8 4-8-4z"/><path d="M4 8l8 4 8-4M12 12v8"/>',
    "quarantine": '<path d="M12 3l8 3v6c0 5-3.5 8-8 9-4.500-1-8-4-8-9V6z"/><path d="M12 8v5M12 16v.1"/>',
    "variable": '<path d="M4 19V5M4 19h16"/><path d="M7 15l4-5 3 3 5-7"/>',
    "model": '<circle cx="12" cy="5" r="2"/><circle cx="6" cy="18" r="2"/><circle cx="18" cy="18" r="2"/><path d="M11 7l-4 9M13 7l4 9M8 18h8"/>',
    "link": '<path d="M10 14a4 4 0 0 1 0-5.700l2.500-2.500a4 4 0 0 1 5.700 5.700L17 12.700"/><path d="M14 10a4 4 0 0 1 0 5.700l-2.500 2.500a4 4 0 0 1-5.700-5.700L7 11.300"/>',
    "facility": '<rect x="3" y="6" width="18" height="12" rx="2"/><circle cx="12" cy="12" r="2.500"/><path d="M6.500 12h.1M17.500 12h.1"/>',
    "ledger": '<path d="M5 4h11l3 3v13H5z"/><path d="M9 10h6M9 14h6M9 18h3"/>',
    "security": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "proposal": '<circle cx="8" cy="8" r="3"/><circle cx="16" cy="8" r="3"/><path d="M3 19c0-3 2-5 5-5 1.600 0 3 .6 4 1.600 1-1 2.400-1.600 4-1.600 3 0 5 2 5 5"/>',
    "people": '<circle cx="12" cy="8" r="3.500"/><path d="M5 20c0-4 3-6 7-6s7 2 7 6"/>',
    "audit": '<path d="M6 4h9l4 4v12H6z"/><path d="M9 13l2 2 4-4"/>',
    "queue": '<path d="M4 6h16M4 12h10M4 18h7"/><circle cx="18" cy="16" r="3"/>',
    "application": '<path d="M7 3h8l4 4v14H7z"/><path d="M15 3v4h4M10 12h6M10 16h4"/>',
    "product": '<path d="M12 3l8 4.500v9L12 21l-8-4.500v-9z"/><path d="M8 12h8M12 8v8"/>',
    "exposure": '<circle cx="12" cy="12" r="8"/><path d="M12 4v8l5.700 5.700"/>',
    "search": '<circle cx="11" cy="11" r="6"/><path d="M20 20l-4.500-4.500"/>',
    "theme": '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "done": '<path d="M5 12.500l4.500 4.500L19 7.500"/>',
    "warning": '<path d="M12 4l9 16H3z"/><path d="M12 10v4M12 17v.1"/>',
    "clock": '<circle cx="12" cy="12" r="8"/><path d="M12 8v4l3 2"/>',
    "message": '<path d="M4 6h16v10H10l-4 4v-4H4z"/>',
    "document": '<path d="M7 3h8l4 4v14H7z"/><path d="M15 3v4h4"/>',
    "download": '<path d="M12 4v11M8 11l4 4 4-4M5 20h14"/>',
    "print": '<path d="M7 8V4h10v4M7 17H5v-7h14v7h-2"/><path d="M8 14h8v6H8z"/>',
    "out": '<path d="M14 4H6v16h8M10 12h10M17 9l3 3-3 3"/>',
    "money": '<path d="M7 4l5 7 5-7M8 12h8M8 16h8M12 11v9"/>',
    "pay": '<path d="M12 20V7M7 11l5-5 5 5"/><path d="M5 3h14"/>',
    "person": '<circle cx="12" cy="7" r="3.500"/><path d="M5 20c0-4 3-6 7-6s7 2 7 6"/>',
    "empty": '<path d="M4 14l3-8h10l3 8v5H4z"/><path d="M4 14h5l1 2h4l1-2h5"/>',
    "columns": '<rect x="4" y="5" width="16" height="14" rx="1.500"/><path d="M10 5v14M15 5v14"/>',
    "look": '<path d="M3 12c2.500-4 5.500-6 9-6s6.500 2 9 6c-2.500 4-5.500 6-9 6s-6.500-2-9-6z"/><circle cx="12" cy="12" r="2.500"/>',
    "design": '<path d="M4 20l4-1L19 8l-3-3L5 16z"/><path d="M13 8l3 3"/>',
    "mark": '<path d="M5 20V4h8a5 5 0 0 1 0 10H5"/><path d="M9.500 14v6" opacity=".45"/>',
}


def icon(name: str, label: str = "") -> SafeString:
    """The drawing of a name; hidden from readers of the screen unless it has a label of its own."""
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    drawing = mark_safe(DRAWINGS[name])  # noqa: S308  our own constant
    return format_html('<svg class="icon" viewBox="0 0 24 24" {}>{}</svg>', said, drawing)
