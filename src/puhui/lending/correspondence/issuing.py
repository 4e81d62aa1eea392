"""Papers given out: each is made once more from the books, and that it was given out is a record of the audit chain.

Promises that the record holds the hash of the very bytes. Refuses a form that it does not know.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from puhui.documents import services as documents
from puhui.governance import services as governance
from puhui.governance.sight import Sight
from puhui.ids import RequestId
from puhui.lending.correspondence import instalments, papers, statements
from puhui.lending.facility import FacilityId
from puhui.refusals import BadInput, Refused

MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json"}
BOM = "\ufeff"  # without it, a spreadsheet takes the Chinese of a CSV file for something else


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper: its file's name, what kind of file it is, its bytes and their SHA-256."""

    name: str
    media: str
    content: bytes
    sha256: str


def issue_statement(
    facility: FacilityId,
    *,
    since: date,
    until: date,
    form: str,
    language: str,
    at: datetime,
    by: str,
    sight: Sight = Sight.MASKED,
) -> Issued:
    """A facility's statement for a period of closed days, as `pdf`, `csv` or `json`; of these, PDF and CSV have a
    language.

    Payees are told as far as `sight` goes: whole to the firm itself.

    Raises BadInput for a form, facility or period that there is not.
    """
    _known(form, tuple(MEDIA))
    told = statements.statement(facility, since=since, until=until, sight=sight)
    if form == "pdf":
        content = documents.pdf(papers.statement_paper(told), language, at=at)
    else:
        content = (
            BOM + papers.statement_csv(told, language) if form == "csv" else papers.statement_json(told)
        ).encode()
    return _issued(f"statement-{told.number}", form, content, facility, by)


def issue_receipt(
    request: RequestId, *, form: str, language: str, at: datetime, by: str, sight: Sight = Sight.MASKED
) -> Issued | Refused:
    """The receipt of a repayment, or the confirmation of a draw, as `pdf` or `json`.

    Refuses what `selectors.receipt` refuses. Raises BadInput for a form that there is not, or a request that paid
    nothing.
    """
    _known(form, ("pdf", "json"))
    told = statements.receipt(request, sight=sight)
    if isinstance(told, Refused):
        return told
    paper = documents.pdf(papers.receipt_paper(told), language, at=at) if form == "pdf" else b""
    name = "confirmation" if told.act == "draw" else "receipt"
    return _issued(f"{name}-{request}", form, paper or papers.receipt_json(told).encode(), told.facility, by)


def issue_schedule(facility: FacilityId, *, form: str, language: str, at: datetime, by: str) -> Issued:
    """What a facility's running loans ask for and when, as `pdf`, `csv` or `json`; PDF and CSV have a language.

    Raises BadInput for a form that there is not, or a facility without a running loan.
    """
    _known(form, tuple(MEDIA))
    told = instalments.ahead(facility)
    if form == "pdf":
        content = documents.pdf(instalments.paper(told), language, at=at)
    else:
        content = (BOM + instalments.as_csv(told, language) if form == "csv" else instalments.as_json(told)).encode()
    return _issued(f"schedule-F{facility}-{told.counted_to:%Y%m%d}", form, content, facility, by)


def _known(form: str, forms: tuple[str, ...]) -> None:
    if form not in forms:
        raise BadInput(f"a paper cannot be given out as '{form}'", then=f"name a file that ends in {', '.join(forms)}")


def _issued(name: str, form: str, content: bytes, facility: FacilityId, by: str) -> Issued:
    made = Issued(f"{name}.{form}", MEDIA[form], content, hashlib.sha256(content).hexdigest())
    governance.record("paper issued", f"facility/{facility}", {"name": made.name, "sha256": made.sha256}, by=by)
    return made
