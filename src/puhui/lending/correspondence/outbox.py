"""Messages to borrowers: what falls due soon, and what is overdue; written once, delivered once under their own id.

They are written as a step of the close from the day's snapshot, and what has been paid since is not asked for. Delivery
is a port: the message service knows the borrower's address by the firm's id, so no address is kept here, and no account
and no name stands in a text. Promises that a day's messages are written in one transaction with the note that they
were, that what falls due on a holiday is announced for the day on which it is asked for, and that a lost answer is
asked for again under the same id, which the service delivers once. Refuses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

from django.db import connection
from django.db.models import F

from puhui import dated
from puhui.enterprises import selectors as enterprises
from puhui.ids import EnterpriseId
from puhui.lending.facility import FacilityId
from puhui.lending.holidays import asked_for, nominal_of
from puhui.lending.models import MessageRow
from puhui.lending.rail import host_and_port
from puhui.money import Money
from puhui.words import Label

BATCH = 5_000
AT_A_TIME = 2_000  # handed over by one call
SIDE_BY_SIDE = 16
PATIENCE = 3  # failures in a row after which the service is left alone until the next call
TERMS = Path(__file__).parent / "messages.json"
NOTICES = ("first_notice", "second_notice", "third_notice")
SOON = """select f.id, f.enterprise, f.settlement_account is not null,
        sum(s.fees_fen + s.interest_fen + s.penalty_fen + s.compound_fen) as charges, sum(
        case when l.matures_on = any(%(nominals)s::date[]) then s.principal_fen when l.plan > 0 then (
                select coalesce(sum(p.principal_fen), 0) from lending_plan p
                where p.loan = l.id and p.version = l.plan and p.nominal_on = any(%(nominals)s::date[]))
            else 0 end) as principal
    from lending_snapshot s join lending_loan l on l.id = s.loan join lending_facility f on f.id = s.facility
    where s."on" = %(day)s and (l.matures_on = any(%(nominals)s::date[])
        or l.drawn_on < (%(nominal_of)s::date[])[f.due_day])
    group by 1 order by 1"""
LATE = """with late as materialized (
        select facility, max(days_past_due) as days, sum(penalty_fen + compound_fen) as charges
        from lending_snapshot where "on" = %(day)s group by 1 having max(days_past_due) = any(%(notices)s))
    select f.id, f.enterprise, late.days, late.charges + coalesce((
        select sum(d.amount_fen - d.paid_fen) from lending_loan l join lending_due d on d.loan_id = l.id
        where l.facility_id = f.id and d.paid_fen < d.amount_fen and d.due_on <= %(day)s), 0)
    from late join lending_facility f on f.id = late.facility order by 1"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was written, and when the service took it (None while it waits)."""

    kind: str
    facility: FacilityId
    on: date
    words: Label
    taken_at: datetime | None
    tries: int
    number: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it is handed over."""

    id: str
    to: str
    words: Label


class Messenger(Protocol):
    """What delivers messages, several at once; asked twice under one id it delivers once."""

    def take(self, letter: Letter) -> bool:
        """True when it has clearly taken the message."""


@dataclass(frozen=True, slots=True)
class HttpMessenger:
    """A message service behind HTTP and JSON: `POST /messages`."""

    host: str
    port: int
    timeout_seconds: int = 5

    @staticmethod
    def at(address: str) -> HttpMessenger:
        """The service at `host:port`. Raises BadInput for anything else."""
        return HttpMessenger(*host_and_port(address, of="a message service", setting="PUHUI_MESSENGER"))

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


def write(day: date, at: datetime) -> int:
    """Write the messages of a closed day, as a step of its close; returns how many there are."""
    count = 0
    rows = chain(_soon(day), _late(day))
    while lot := list(islice(rows, BATCH)):
        for row in lot:
            row.written_at = at
        MessageRow.objects.bulk_create(lot)
        count += len(lot)
    return count


def deliver_messages(messenger: Messenger, *, at: datetime) -> tuple[int, int]:
    """Hand over what is not delivered yet, what was tried least first; returns how many were taken, how many wait.

    Some are handed over side by side, so that a slow service holds up a few and not the rest; no transaction waits for
    it. A service that fails several times in a row is left alone until the next call.
    """
    taken = failures = 0
    rows = iter(MessageRow.objects.filter(taken_at__isnull=True).order_by("tries", "id")[:AT_A_TIME])
    with ThreadPoolExecutor(SIDE_BY_SIDE) as hands:
        while failures < PATIENCE and (some := list(islice(rows, SIDE_BY_SIDE))):
            letters = [Letter(row.key, row.enterprise, Label(row.en, row.zh)) for row in some]
            heard = list(zip(some, hands.map(messenger.take, letters), strict=True))
            good = [row.pk for row, went_well in heard if went_well]
            MessageRow.objects.filter(id__in=good, taken_at__isnull=True).update(taken_at=at)
            bad = [row.pk for row, went_well in heard if not went_well]
            MessageRow.objects.filter(id__in=bad).update(tries=F("tries") + 1)
            taken += len(good)
            for _, went_well in heard:
                failures = 0 if went_well else failures + 1
    return taken, MessageRow.objects.filter(taken_at__isnull=True).count()


def written(
    *, firm: EnterpriseId | None = None, waiting: bool = False, most: int = 100, before: int | None = None
) -> list[Message]:
    """Messages, the newest first: of all firms or of one, and only those that still wait if that is asked."""
    rows = MessageRow.objects.order_by("-id")
    if firm is not None:
        rows = rows.filter(enterprise__in=enterprises.ids_of(firm))
    if waiting:
        rows = rows.filter(taken_at__isnull=True)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        Message(row.kind, FacilityId(row.facility), row.on, Label(row.en, row.zh), row.taken_at, row.tries, row.pk)
        for row in rows[:most]
    ]


def _soon(day: date) -> Iterator[MessageRow]:
    due = day + timedelta(days=dated.load(TERMS, on=day).whole("remind_before"))
    nominals = asked_for(due)
    if not nominals:
        return
    values = {"day": day, "nominals": list(nominals), "nominal_of": nominal_of(due)}
    for facility, firm, taken_by_us, charges, principal in _rows(SOON, values):
        so_far, matures = Money(int(charges)).yuan, Money(int(principal)).yuan
        if not charges and not principal:
            continue
        en = f"Interest on facility {facility} falls due on {due}; {so_far:,} yuan has been counted by {day}."
        zh = f"授信 {facility} 将于 {due} 结息；截至 {day} 已计 {so_far:,} 元。"
        if matures:
            en += f" Principal of {matures:,} yuan falls due on that day."
            zh += f"当日到期本金 {matures:,} 元。"
        if taken_by_us:
            en += " It will be taken from the account that you have named."
            zh += "届时将从您指定的账户扣款，请确保余额充足。"
        yield _message("due", facility, firm, day, due, Label(en, zh))


def _late(day: date) -> Iterator[MessageRow]:
    terms = dated.load(TERMS, on=day)
    values = {"day": day, "notices": [terms.whole(each) for each in NOTICES]}
    for facility, firm, late, fen in _rows(LATE, values):
        if not fen:
            continue
        owed = Money(int(fen)).yuan
        en = f"Facility {facility} is {late} days past due: {owed:,} yuan is overdue on {day}. Please pay, or call us."
        zh = f"授信 {facility} 已逾期 {late} 天：截至 {day} 逾期应还 {owed:,} 元。请尽快还款或与我行联系。"
        yield _message("late", facility, firm, day, day, Label(en, zh))


def _message(kind: str, facility: int, firm: str, day: date, of: date, words: Label) -> MessageRow:  # noqa: PLR0917
    key = f"{kind}/{facility}/{of.isoformat()}"
    return MessageRow(key=key, kind=kind, facility=facility, enterprise=firm, on=day, en=words.en, zh=words.zh)


def _rows(statement: str, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Rows by and by: a due day of a large book has a message for every firm."""
    with connection.connection.cursor(name="messages") as cursor:
        cursor.itersize = BATCH
        cursor.execute(statement, values)
        yield from cursor
