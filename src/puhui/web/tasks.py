"""The room's jobs: tell hooks what has happened, every few seconds; forget what was counted, every hour."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app

from puhui import days

KEPT_S = 3_600


@app.periodic(cron="* * * * * */5")
@app.task(name="web.tell", queueing_lock="web.tell")
def tell(timestamp: int) -> None:
    """Make messages of what is on record, and send those that are due."""
    from puhui.web import hooks  # noqa: PLC0415  the rooms load when a job needs them

    hooks.gather(at=days.now())
    hooks.send_due(at=days.now())


@app.periodic(cron="7 * * * *")
@app.task(name="web.forget", queueing_lock="web.forget")
def forget(timestamp: int) -> None:
    """Drop the counts of callers who have not come for an hour."""
    with connection.cursor() as cursor:
        cursor.execute("delete from web_calls where began < %s", [int(days.now().timestamp()) - KEPT_S])
