"""How a delivery survives a kill.

The order of writes is: (1) the book gets the delivery as STARTED with its tally and its quarantine, in one
transaction; (2) the lake gets all its rows in one Iceberg commit that names the delivery; (3) the book says COMMITTED
and the audit chain gets its record, in one transaction. Whatever is found STARTED while the channel's lock is free
belongs to a dead process: if the lake names it, step 3 is done now; if not, its files and its quarantine are removed.
So readers of the lake see all of a delivery or nothing, and readers of the book see only what is COMMITTED.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from pyiceberg.table import Table

from puhui.channels import lake
from puhui.channels.contract import Channel
from puhui.channels.deliveries import State, step
from puhui.channels.models import DeliveryRow, PullRow
from puhui.governance import services as governance


@contextmanager
def locked(channel: Channel) -> Iterator[None]:
    """One writer to a channel at a time, across processes; the database frees the lock of a process that dies."""
    name = f"puhui.channels.{channel.name}"
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def heal(channel: Channel, table: Table) -> None:
    """Finish or undo what killed processes left. Hold the channel's lock."""
    for row in DeliveryRow.objects.filter(channel=channel.name, state=State.STARTED):
        if lake.has(table, row.id):
            finish(row)
        else:
            undo(row, channel)


def finish(row: DeliveryRow) -> None:
    """The lake has it: say so."""
    with transaction.atomic():
        row.state = step(State(row.state), State.COMMITTED)
        row.save(update_fields=["state"])
        if row.pulled:
            PullRow.objects.filter(source=row.pulled["source"]).update(cursor=row.pulled["cursor"])
        body: dict[str, Any] = {
            "channel": row.channel,
            "source": row.source,
            "file": row.file_name,
            "sha256": row.sha256,
        }
        body |= {"rows_in": row.rows_in, "accepted": row.accepted, "quarantined": row.quarantined}
        body |= {"duplicates": row.duplicates, "corrections": row.corrections, "history": row.history}
        governance.record("deliver", row.id, body | {"mends": row.mends_id}, by=row.by)


def undo(row: DeliveryRow, channel: Channel) -> None:
    """The lake does not have it: leave nothing of it but the fact that it failed."""
    lake.sweep(channel, row.id)
    with transaction.atomic():
        row.quarantine.all().delete()
        row.state, row.request = step(State(row.state), State.FAILED), None
        row.save(update_fields=["state", "request"])
