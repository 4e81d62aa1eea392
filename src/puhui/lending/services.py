"""The room's verbs."""

from __future__ import annotations

from puhui.lending.agreements import open_agreed, open_from_agreement
from puhui.lending.closing import close_days
from puhui.lending.facilities import (
    change_rate,
    close_facility,
    draw,
    extend,
    freeze,
    mark_misused,
    open_facility,
    quote,
    recover,
    repay,
    resolve_draws,
    unfreeze,
    write_off,
)
from puhui.lending.incoming import assign, import_statement, send_back
from puhui.lending.issuing import issue_receipt, issue_statement
from puhui.lending.lake import publish as publish_book
from puhui.lending.outbox import deliver_messages, write_messages
from puhui.lending.schedules import schedule
from puhui.lending.securing import recover_from_security

__all__ = [
    "assign",
    "change_rate",
    "close_days",
    "close_facility",
    "deliver_messages",
    "draw",
    "extend",
    "freeze",
    "import_statement",
    "issue_receipt",
    "issue_statement",
    "mark_misused",
    "open_agreed",
    "open_facility",
    "open_from_agreement",
    "publish_book",
    "quote",
    "recover",
    "recover_from_security",
    "repay",
    "resolve_draws",
    "schedule",
    "send_back",
    "unfreeze",
    "write_messages",
    "write_off",
]
