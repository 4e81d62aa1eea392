"""Messages to borrowers: what falls due soon, and what is overdue; written once, delivered once under their own id.

They are written from the snapshots of closed days, so a day that is written late says what it would have said in
time. Delivery is a port: the message service knows the borrower's address by the firm's id, so no address is kept here,
and no account and no name stands in a text. Promises that a day's messages are written in one
transaction with the note that they were, and that a lost answer is asked for again under the same id, which the service
delivers once. Refuses nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import F

from puhui import dated, days
from puhui.lending.acts.acting import LAST_STEP
from puhui.lending.models import CloseStepRow, MessageRow
from puhui.money import Money
from puhui.words import Label

WRITTEN = "messages"  # the step of the close that notes a day's messages as written
WRITING = 7_021_2026  # the advisory lock that lets writers take turns
TERMS = Path(__file__).parent / "messages.json"
NOTICES = ("first_notice", "second_notice", "third_notice")
SOON = """select f.id, f.enterprise, sum(s.interest_fen + s.penalty_fen + s.compound_fen),
        sum(case when l.matures_on = %(due)s then s.principal_fen else 0 end)
    from lending_snapshot s join lending_loan l on l.id = s.loan join lending_facility f on f.id = s.facility
    where s."on" = %(day)s and (l.matures_on = %(due)s or f.due_day = %(due_day)s
        or (%(ends_month)s and f.due_day > %(due_day)s))
    group by 1, 2 order by 1"""
LATE = """select f.id, f.enterprise, max(s.days_past_due), sum(s.interest_fen + s.penalty_fen + s.compound_fen
        + case when l.matures_on <= %(day)s then s.principal_fen else 0 end)
    from lending_snapshot s join lending_loan l on l.id = s.loan join lending_facility f on f.id = s.facility
    where s."on" = %(day)s and s.days_past_due > 0
    group by 1, 2 having max(s.days_past_due) = any(%(notices)s) order by 1"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it is handed over."""

    id: str
    to: str
    words: Label


class Messenger(Protocol):
    """What delivers messages; asked twice under one id it delivers once."""

    def take(self, letter: Letter) -> bool:
        """True when it has clearly taken the message."""


@dataclass(frozen=True, slots=True)
class HttpMessenger:
    """A message service behind HTTP and JSON: `POST /messages`."""

    host: str
    port: int
    timeout_seconds: int = 5

    def take(self, letter: Letter) -> bool:
        """Hand a message over; anything but an answer that names it is no."""
        link = HTTPConnection(self.host, self.port, timeout=self.timeout_seconds)
        body = {"id": letter.id, "to": letter.to, "en": letter.words.en, "zh": letter.words.zh}
        try:
            link.request("POST", "/messages", body=json.dumps(body), headers={"Content-Type": "application/json"})
            answer = link.getresponse()
            said = json.loads(answer.read())
            return answer.status == 200 and isinstance(said, dict) and said.get("taken") == letter.id
        except (OSError, HTTPException, ValueError):
            return False
        finally:
            link.close()


def write_messages(*, at: datetime) -> int:
    """Write the messages of every closed day that has none noted yet; returns how many were written."""
    noted = CloseStepRow.objects.filter(step=WRITTEN).values("on")
    closed = CloseStepRow.objects.filter(step=LAST_STEP).exclude(on__in=noted).order_by("on")
    written = 0
    for day in list(closed.values_list("on", flat=True)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [WRITING])
            if CloseStepRow.objects.filter(on=day, step=WRITTEN).exists():
                continue
            rows = [*_soon(day), *_late(day)]
            for row in rows:
                row.written_at = at
            MessageRow.objects.bulk_create(rows)
            CloseStepRow.objects.create(on=day, step=WRITTEN, at=at, loans=len(rows), fen=0)
        written += len(rows)
    return written


def deliver_messages(messenger: Messenger, *, at: datetime) -> tuple[int, int]:
    """Hand over what is not delivered yet, the oldest first; returns how many were taken, and how many still wait."""
    taken = waiting = 0
    for row in MessageRow.objects.filter(taken_at__isnull=True).order_by("id"):
        if messenger.take(Letter(row.key, row.enterprise, Label(row.en, row.zh))):
            MessageRow.objects.filter(id=row.pk, taken_at__isnull=True).update(taken_at=at)
            taken += 1
        else:
            MessageRow.objects.filter(id=row.pk).update(tries=F("tries") + 1)
            waiting += 1
    return taken, waiting


def _soon(day: date) -> list[MessageRow]:
    due = day + timedelta(days=dated.load(TERMS, on=day).whole("remind_before"))
    values = {
        "day": day,
        "due": due,
        "due_day": due.day,
        "ends_month": days.add_months(due.replace(day=1), 1) == due + timedelta(days=1),
    }
    rows = []
    for facility, firm, interest, principal in _rows(SOON, values):
        so_far, matures = Money(int(interest)).yuan, Money(int(principal)).yuan
        en = f"Interest on facility {facility} falls due on {due}; {so_far:,} yuan has been counted by {day}."
        zh = f"授信 {facility} 将于 {due} 结息；截至 {day} 已计 {so_far:,} 元。"
        if matures:
            en += f" Principal of {matures:,} yuan matures on that day."
            zh += f"当日到期本金 {matures:,} 元。"
        rows.append(_message("due", facility, firm, day, due, Label(en, zh)))
    return rows


def _late(day: date) -> list[MessageRow]:
    terms = dated.load(TERMS, on=day)
    values = {"day": day, "notices": [terms.whole(each) for each in NOTICES]}
    rows = []
    for facility, firm, late, fen in _rows(LATE, values):
        owed = Money(int(fen)).yuan
        en = f"Facility {facility} is {late} days past due: {owed:,} yuan was owed on {day}. Please pay, or call us."
        zh = f"授信 {facility} 已逾期 {late} 天：截至 {day} 应还 {owed:,} 元。请尽快还款或与我行联系。"
        rows.append(_message("late", facility, firm, day, day, Label(en, zh)))
    return rows


def _message(kind: str, facility: int, firm: str, day: date, of: date, words: Label) -> MessageRow:  # noqa: PLR0917
    key = f"{kind}/{facility}/{of.isoformat()}"
    return MessageRow(key=key, kind=kind, facility=facility, enterprise=firm, on=day, en=words.en, zh=words.zh)


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
