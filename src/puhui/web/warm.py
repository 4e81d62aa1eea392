"""What a serving process reads before a reader would wait for it: which firms each channel tells of, and their names.

Promises to hold up nobody: it is done beside the pages. Refuses nothing: a book that does not answer is a page's care.
"""

from __future__ import annotations

from threading import Thread

from django.db import OperationalError, connections

from puhui import days
from puhui.channels import selectors as channels
from puhui.channels.catalogue import CHANNELS
from puhui.web.pages import firms


def begin() -> Thread:
    """Read it beside whatever else the process does."""
    reading = Thread(target=read, name="puhui-warms-up", daemon=True)
    reading.start()
    return reading


def read() -> None:
    """Read it now."""
    try:
        channels.heard_of([], CHANNELS)
        firms.index_of_names(days.today())
    except OperationalError:
        pass  # whoever opens a page is told
    finally:
        connections.close_all()
