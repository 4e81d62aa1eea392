"""Short ways to open a firm's line and to draw on it, with the caps at work."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.conf import settings

from puhui.approval.signed import Approval
from puhui.exposure.models import PlaceRow
from puhui.ids import RequestId, new_request
from puhui.lending import services as lending
from puhui.lending.acts.acting import Acted
from puhui.lending.facility import FacilityId
from puhui.lending.rail import Outcome
from puhui.money import Money, yuan
from puhui.refusals import Refused

DAY = date(2026, 4, 1)
YEAR_ON = date(2027, 4, 1)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


class Bank:
    """A rail that pays what it is asked to, or says nothing, or refuses."""

    def __init__(self, says: Outcome = Outcome.PAID) -> None:
        self.says = says

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        return self.says

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        return self.says


class Firm:
    """A firm with one line, and what is done on it."""

    def __init__(
        self,
        name: str,
        limit: str = "5,000,000",
        *,
        mortgage: str = "0",
        guarantee: str = "0",
        number: str = "",
        product: str = "any_time",
        **place: str,
    ) -> None:
        self.name, self.number = name, number or f"A-{name}-{new_request()[:8]}"
        if place:
            PlaceRow.objects.update_or_create(pk=name, defaults=place)
        granted = Approval(
            self.number,
            name,
            product,
            yuan(limit).fen,
            Decimal("0.06"),
            DAY,
            YEAR_ON,
            mortgage_fen=yuan(mortgage).fen,
            guarantee_fen=yuan(guarantee).fen,
        ).signed(settings.SECRET_KEY)
        opened = lending.open_facility(granted, on=DAY, at=noon(DAY))
        assert isinstance(opened, Acted), opened
        self.facility: FacilityId = opened.facility

    def draw(self, amount: str, *, on: date = DAY, bank: Bank | None = None, again: str = "") -> Acted | Refused:
        return lending.draw(
            self.facility,
            yuan(amount),
            purpose="stock",
            payee="a supplier",
            rail=bank or Bank(),
            request=RequestId(again or new_request()[:36]),
            on=on,
            at=noon(on),
        )

    def repay(self, amount: str | Money, *, on: date = DAY) -> Acted | Refused:
        paid = amount if isinstance(amount, Money) else yuan(amount)
        return lending.repay(self.facility, paid, request=RequestId(new_request()[:36]), on=on, at=noon(on))


def drawn(answer: object) -> Acted:
    assert isinstance(answer, Acted), answer
    return answer


def refused(answer: object) -> Refused:
    assert isinstance(answer, Refused), answer
    return answer
