"""For which day and under which purpose a page reads a firm's data.

Promises that a purpose is one for which a right of the firm stands today, where there is any; that the day is the one
asked for, else the newest day that the house's data tell of. Refuses nothing: a read without a right is refused below.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.http import HttpRequest

from puhui import days
from puhui.channels import health
from puhui.governance import selectors as governance
from puhui.governance import users
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.lending import selectors as lending
from puhui.web import doors

BEST_FIRST = (Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH)
STILL_FRESH = timedelta(days=45)


def purpose_for(firm: EnterpriseId) -> Purpose:
    """The purpose that reads most: the first for which a right of the firm stands."""
    standing = {right.purpose for right in governance.rights_of(firm, on=days.today()) if right.stands}
    return next((purpose for purpose in BEST_FIRST if purpose in standing), Purpose.CREDIT_DECISION)


def as_of(request: HttpRequest) -> date:
    """The day that the address asks for; else the business date, as far as the house has come."""
    asked = request.GET.get("as_of", "")
    if asked:
        try:
            return min(days.parse(asked), days.today())
        except ValueError:
            pass  # an address mistyped by hand shows the usual day
    closed, newest = lending.last_closed(), health.newest_delivery()
    if closed is not None and closed < days.today() - STILL_FRESH:
        return closed + timedelta(days=1)
    return newest if newest is not None and newest < days.today() - STILL_FRESH else days.today()


def within(request: HttpRequest) -> frozenset[EnterpriseId] | None:
    """The firms that lists may show: those that the reader's branch looks after; None at head office: all."""
    branch = doors.actor(request).branch
    return frozenset(users.firms_of(branch)) if branch else None


def business_day() -> date:
    """The business date on which an act falls now: the day after the last close, or today where none was closed yet.

    In a demo, whose data were played and end long ago, it is the day of the newest delivery.
    """
    closed = lending.last_closed()
    if closed is not None:
        return closed + timedelta(days=1)
    newest = health.newest_delivery() if settings.DEMO else None
    return newest if newest is not None and newest < days.today() - STILL_FRESH else days.today()
