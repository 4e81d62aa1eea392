"""How many calls a caller may make: so many a minute, by token, or by address where there is none.

Promises that the count is in the book, so that it holds over all threads and processes that serve. Refuses more with
TooManyError, which says how long to wait. The limit is of one minute's window: at its edge, twice as many may come.
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from puhui import days
from puhui.web.api.problems import TooManyError

WINDOW_S = 60
COUNTED = """insert into web_calls (caller, began, calls) values (%s, %s, 1)
on conflict (caller) do update set
    calls = case when web_calls.began = excluded.began then web_calls.calls + 1 else 1 end, began = excluded.began
returning calls"""


def count(request: HttpRequest) -> None:
    """Count a call; raises when it is one too many."""
    token = request.headers.get("Authorization", "")
    caller = hashlib.sha256((token or f"address {request.META.get('REMOTE_ADDR', '')}").encode()).hexdigest()
    second = int(days.now().timestamp())
    began = second - second % WINDOW_S
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [caller, began])
        calls = cursor.fetchone()[0]
    if calls > settings.CALLS_A_MINUTE:
        raise TooManyError(began + WINDOW_S - second)
