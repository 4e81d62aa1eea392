"""The room's verbs."""

from __future__ import annotations

from puhui.lending.acts.agreements import open_agreed, open_from_agreement, renew_from_agreement
from puhui.lending.acts.changes import (
    change_rate,
    extend,
    freeze,
    mark_misused,
    name_settlement_account,
    renew,
    restructure,
    unfreeze,
)
from puhui.lending.acts.ending import close_facility, propose_write_off, recover, write_off
from puhui.lending.acts.facilities import draw, open_facility, quote, resolve_draws
from puhui.lending.acts.repaying import charge_fee, repay, would_pay
from puhui.lending.acts.securing import recover_from_security
from puhui.lending.close.closing import close_days
from puhui.lending.correspondence.incoming import assign, import_statement, send_back
from puhui.lending.correspondence.issuing import issue_receipt, issue_schedule, issue_statement
from puhui.lending.correspondence.outbox import deliver_messages
from puhui.lending.engine.schedules import schedule

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
    "issue_schedule",
    "issue_statement",
    "mark_misused",
    "name_settlement_account",
    "open_agreed",
    "open_facility",
    "open_from_agreement",
    "propose_write_off",
    "quote",
    "recover",
    "recover_from_security",
    "renew",
    "renew_from_agreement",
    "repay",
    "resolve_draws",
    "restructure",
    "schedule",
    "send_back",
    "unfreeze",
    "would_pay",
    "write_off",
]
