"""The room's verbs."""

from __future__ import annotations

from puhui.lending.agreements import open_agreed, open_from_agreement
from puhui.lending.changes import (
    change_rate,
    extend,
    freeze,
    mark_misused,
    name_settlement_account,
    renew,
    restructure,
    unfreeze,
)
from puhui.lending.closing import close_days
from puhui.lending.ending import close_facility, propose_write_off, recover, write_off
from puhui.lending.facilities import draw, open_facility, quote, resolve_draws
from puhui.lending.incoming import assign, import_statement, send_back
from puhui.lending.issuing import issue_receipt, issue_statement
from puhui.lending.lake import publish as publish_book
from puhui.lending.outbox import deliver_messages, write_messages
from puhui.lending.repaying import charge_fee, repay
from puhui.lending.schedules import schedule
from puhui.lending.securing import recover_from_security

__all__ = [
    "assign",
    "change_rate",
    "charge_fee",
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
    "name_settlement_account",
    "open_agreed",
    "open_facility",
    "open_from_agreement",
    "propose_write_off",
    "publish_book",
    "quote",
    "recover",
    "recover_from_security",
    "renew",
    "repay",
    "resolve_draws",
    "restructure",
    "schedule",
    "send_back",
    "unfreeze",
    "write_messages",
    "write_off",
]
