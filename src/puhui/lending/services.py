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
from puhui.lending.issuing import issue_receipt, issue_statement
from puhui.lending.lake import publish as publish_book
from puhui.lending.schedules import schedule
from puhui.lending.securing import recover_from_security

__all__ = [
    "change_rate",
    "close_days",
    "close_facility",
    "draw",
    "extend",
    "freeze",
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
    "unfreeze",
    "write_off",
]
