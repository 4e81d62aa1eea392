"""What came in on the bank's account: statements are imported, each credit is matched to the facility that it repays.

A statement is CAMT.053 (ISO 20022) or CSV (day, amount, payer, reference, line). A credit is matched by the facility
number in its reference ("F12") when payer or amount agrees as well, else by a payer with one running facility that owes
at least the amount. What is not matched waits for a person, who assigns it or sends it back. Promises that a line of a
statement pays once, however often it comes, and as of the day on which the bank had it, and that payer and reference
lie sealed. Refuses files it cannot read, whole: nothing of them is imported.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import InvalidOperation
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.db import transaction

from puhui.enterprises import selectors as enterprises
from puhui.governance import masking
from puhui.governance import services as governance
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import sealing
from puhui.lending.acts.acting import first_open
from puhui.lending.acts.facilities import quote
from puhui.lending.acts.repaying import repay
from puhui.lending.facility import FacilityId, LoanStatus
from puhui.lending.models import FacilityRow, IncomingRow, LoanRow
from puhui.money import Money, yuan
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

MATCHED, WAITING, ASSIGNED, RETURNED = "matched", "waiting", "assigned", "returned"
NAMES_FACILITY = re.compile(r"(?<![0-9A-Za-z])F(\d{1,18})(?!\d)", re.IGNORECASE)
COLUMNS = {"day", "amount", "payer", "reference", "line"}


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit of a statement. `line` is the bank's own number of it: it makes the credit this credit."""

    line: str
    on: date
    amount: Money
    payer: str
    reference: str

    @property
    def key(self) -> str:
        """What tells one credit from another, whichever file it comes in."""
        said = "\x1f".join((self.line, self.on.isoformat(), str(self.amount.fen)))
        return hashlib.sha256(said.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A credit of the queue, or what became of it. The amount in fen."""

    number: int
    on: date
    fen: int
    payer: str
    reference: str
    status: str = "waiting"
    facility: int | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a statement's credits: those of earlier imports are repeated, and change nothing."""

    credits: int
    matched: int
    waiting: int
    repeated: int


def import_statement(file: Path, *, on: date, at: datetime, by: str) -> Imported:
    """Import a bank statement. Raises BadInput for a file that cannot be read, and imports nothing of it then."""
    read = list(_read(file))
    counted = dict.fromkeys((MATCHED, WAITING, "repeated"), 0)
    for credit in read:
        counted[_take(credit, on=on, at=at)] += 1
    body = {"file": file.name, "credits": len(read), **counted}
    governance.record("bank statement imported", f"file/{file.name}", body, by=by)
    return Imported(len(read), counted[MATCHED], counted[WAITING], counted["repeated"])


def assign(number: int, facility: FacilityId, *, on: date, at: datetime, by: str) -> Waiting | Refused:
    """Let a waiting credit repay a facility, as a person says. Refuses ALREADY_SETTLED, and what `repay` refuses."""
    return _settle(number, ASSIGNED, facility, "", on=on, at=at, by=by)


def send_back(number: int, *, why: str, on: date, at: datetime, by: str) -> Waiting | Refused:
    """Mark a waiting credit as returned to its payer, with the reason. Refuses ALREADY_SETTLED."""
    if not why.strip():
        raise BadInput(
            Label("money is not sent back without a reason", "退款须说明理由"), then=Label("say why", "填写理由")
        )
    return _settle(number, RETURNED, None, why, on=on, at=at, by=by)


def waiting(*, sight: Sight = Sight.MASKED) -> list[Waiting]:
    """The credits that wait for a person, the oldest first, with payers and references as far as `sight` goes."""
    return _told(list(IncomingRow.objects.filter(status=WAITING).order_by("id")), sight)


def _told(rows: list[IncomingRow], sight: Sight) -> list[Waiting]:
    texts = iter(sealing.opened([text for row in rows for text in _texts(row)]))
    return [
        Waiting(
            *(row.pk, row.on, row.fen, sealing.seen(next(texts), sight), sealing.read(next(texts), sight)),
            *(row.status, row.facility),
        )
        for row in rows
    ]


def _texts(row: IncomingRow) -> list[tuple[bytes | memoryview, str]]:
    payer, reference = sealing.incoming_of(row.key)
    return [(row.payer, payer), (row.reference, reference)]


def _take(credit: Credit, *, on: date, at: datetime) -> str:
    with transaction.atomic():
        if IncomingRow.objects.filter(key=credit.key).exists():
            return "repeated"
        texts = dict(zip(sealing.incoming_of(credit.key), (credit.payer, credit.reference), strict=True))
        payer, reference = sealing.seal_of_nobody(texts, on=at.date())
        row, new = IncomingRow.objects.get_or_create(
            key=credit.key,
            defaults={
                "line": credit.line,
                "on": credit.on,
                "fen": credit.amount.fen,
                "payer": payer,
                "reference": reference,
                "status": WAITING,
                "received_at": at,
            },
        )
        if not new:
            return "repeated"
        facility = _facility_of(credit, on=on, at=at)
        if facility is not None and _pay(row, facility, on=on, at=at) is None:
            row.status, row.facility = MATCHED, facility
            _give(row, facility)
            row.save()
        return row.status


def _give(row: IncomingRow, facility: FacilityId) -> None:
    """Seal a credit's texts as those of the firm that it pays for: they are erased when the firm's file is."""
    texts = sealing.opened(_texts(row))
    firm = FacilityRow.objects.values_list("enterprise", flat=True).get(id=facility)
    places = dict(zip(sealing.incoming_of(row.key), texts, strict=True))
    row.payer, row.reference = sealing.seal_all(places, firm=firm, on=row.received_at.date())


def _facility_of(credit: Credit, *, on: date, at: datetime) -> FacilityId | None:
    """The one facility that a credit can be for; None when there is none, or more than one."""
    named = {int(found) for found in NAMES_FACILITY.findall(credit.reference)}
    payer = enterprises.ids_of(EnterpriseId(credit.payer))
    rows = list(FacilityRow.objects.filter(id__in=named) if named else FacilityRow.objects.filter(enterprise__in=payer))
    found = []
    for row in rows:
        if not LoanRow.objects.filter(facility=row, status=LoanStatus.ACTIVE).exists():
            continue
        owed = quote(FacilityId(row.pk), on=max(on, first_open(on)), at=at).total
        if owed >= credit.amount.fen and (row.enterprise in payer or owed == credit.amount.fen):
            found.append(FacilityId(row.pk))
    return found[0] if len(found) == 1 else None


def _pay(row: IncomingRow, facility: FacilityId, *, on: date, at: datetime) -> Refused | None:
    """Let a credit repay a facility, valued on the day on which the bank had it, or as near to it as is still open."""
    request, booked_on = RequestId(f"in-{row.key}"), first_open(on)
    valued = min(row.on, booked_on)
    answer = repay(facility, Money(row.fen), request=request, on=booked_on, at=at, value_on=valued)
    if isinstance(answer, Refused) and answer.code is Code.PERIOD_IS_CLOSED:
        opens = date.fromisoformat(str(answer.details["open_from"]))
        request = RequestId(f"{request}/later")
        answer = repay(facility, Money(row.fen), request=request, on=booked_on, at=at, value_on=opens)
    return answer if isinstance(answer, Refused) else None


def _settle(
    number: int, status: str, facility: FacilityId | None, why: str, *, on: date, at: datetime, by: str
) -> Waiting | Refused:
    with transaction.atomic():
        row = IncomingRow.objects.select_for_update().filter(id=number).first()
        if row is None:
            raise BadInput(
                Label(f"no credit has the number {number}", f"没有编号为{number}的入账"),
                then=Label("list those that wait: puhui incoming list", "请从待认领清单中选择"),
            )
        if row.status != WAITING:
            return Refused(Code.ALREADY_SETTLED, {"credit": number, "status": row.status})
        if facility is not None and (refused := _pay(row, facility, on=on, at=at)) is not None:
            transaction.set_rollback(True)
            return refused
        row.status, row.facility, row.why, row.settled_by = status, facility, masking.scrubbed(why), by
        if facility is not None:
            _give(row, facility)
        row.save()
        body = {"fen": row.fen, "facility": facility, "why": row.why}
        governance.record(f"incoming credit {status}", f"incoming/{number}", body, by=by)
    return _told([row], Sight.MASKED)[0]


def _read(file: Path) -> Iterator[Credit]:
    try:
        text = file.read_bytes()
    except OSError as wrong:
        raise BadInput(f"{file} cannot be read: {wrong.strerror}", then="name a file that is there") from None
    try:
        yield from _camt(text) if file.suffix.lower() == ".xml" else _csv(_decoded(text))
    except (ElementTree.ParseError, DefusedXmlException, UnicodeDecodeError) as wrong:
        raise BadInput(
            f"{file.name} is no bank statement ({type(wrong).__name__})",
            then="give CAMT.053, or CSV in UTF-8 or GB 18030",
        ) from None


def _decoded(text: bytes) -> str:
    """What a bank of the country exports: UTF-8, or GB 18030 (and so GBK)."""
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("gb18030")


def _csv(text: str) -> Iterator[Credit]:
    reader = csv.DictReader(io.StringIO(text))
    if absent := COLUMNS - set(reader.fieldnames or ()):
        raise BadInput(
            f"the statement has no column {', '.join(sorted(absent))}", then=f"give {', '.join(sorted(COLUMNS))}"
        )
    for number, row in enumerate(reader, start=2):
        cells = {name: (row[name] or "").strip() for name in COLUMNS}
        credit = _credit(number, cells["line"], cells["day"], cells["amount"], cells["payer"], cells["reference"])
        if credit is not None:
            yield credit


def _camt(text: bytes) -> Iterator[Credit]:
    """Booked credits of a CAMT.053, whatever version its namespace says."""
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.find(".//BkToCstmrStmt") is None:
        raise BadInput("the file is no CAMT.053", then="give a message with BkToCstmrStmt")
    for number, entry in enumerate(root.iter("Ntry"), start=1):
        if _said(entry, "CdtDbtInd") != "CRDT" or _said(entry, "RvslInd") == "true":
            continue
        amount = entry.find("Amt")
        if amount is None or amount.get("Ccy") != "CNY":
            raise BadInput(f"entry {number} is not in yuan", then="import the statement of a yuan account")
        payer = _said(entry, ".//RltdPties/Dbtr/Pty/Nm") or _said(entry, ".//RltdPties/Dbtr/Nm")
        line = _said(entry, "AcctSvcrRef") or _said(entry, "NtryRef")
        day = _said(entry, "BookgDt/Dt") or _said(entry, "BookgDt/DtTm")[:10]
        words = " ".join(each.text or "" for each in entry.iterfind(".//RmtInf//Ustrd"))
        words += f" {_said(entry, './/Refs/EndToEndId')}"
        credit = _credit(number, line, day, (amount.text or "").strip(), payer, words.strip())
        if credit is not None:
            yield credit


def _said(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _credit(number: int, line: str, day: str, amount: str, payer: str, reference: str) -> Credit | None:  # noqa: PLR0917
    """A credit from its texts; None for a debit. What cannot be read names the line."""
    then = "mend that line; nothing of the file was imported"
    try:
        money, on = yuan(amount), date.fromisoformat(day)
    except (ValueError, InvalidOperation):
        raise BadInput(f"line {number}: day '{day}' or amount '{amount}' cannot be read", then=then) from None
    if not line:
        raise BadInput(f"line {number} has no number of the bank's own", then=then)
    if money.fen <= 0:
        return None
    return Credit(line[:80], on, money, payer[:200], reference[:400])
