"""Short ways to open a line, and to play its life as a table that a loan officer can read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.conf import settings

from puhui.approval.signed import Approval
from puhui.ids import RequestId, new_request
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.engine.terms import Amortization
from puhui.lending.facility import Component, FacilityId
from puhui.lending.rail import Order, Outcome, Taken
from puhui.money import Money
from puhui.refusals import Refused

OPENED = date(2026, 4, 1)
YEAR_ON = date(2027, 4, 1)


class HonestBank:
    """A rail that pays what it is asked to."""

    def __init__(self) -> None:
        self.paid: dict[str, int] = {}
        self.taken: dict[str, int] = {}

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        self.paid[request] = fen
        return Outcome.PAID

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        return Outcome.PAID if request in self.paid else Outcome.NEVER_SEEN

    def collect(self, orders: Sequence[Order]) -> list[Taken]:
        assert not self.taken.keys() & {each.request for each in orders}, "a collection is asked for once"
        self.taken |= {each.request: each.fen for each in orders}
        return [Taken(Outcome.PAID, each.fen) for each in orders]

    def enquire_collections(self, orders: Sequence[Order]) -> list[Taken]:
        found = [self.taken.get(each.request) for each in orders]
        return [Taken(Outcome.PAID, fen) if fen else Taken(Outcome.NEVER_SEEN) for fen in found]


def fen(yuan: str) -> int:
    return int(Decimal(yuan.replace(",", "")) * 100)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


def request() -> RequestId:
    return RequestId(new_request()[:36])


def approval(
    limit: str = "500,000",
    *,
    firm: str = "E1",
    rate: str = "0.0615",
    until: date = YEAR_ON,
    product: str = "any_time",
    opens: date = OPENED,
    ways: tuple[str, ...] = ("any_time", "bullet", "equal_instalments", "equal_principal"),
) -> Approval:
    """A test approval, signed with the house's key as the approval room will sign its own."""
    made = Approval(new_request()[:30], firm, product, fen(limit), Decimal(rate), opens, until, ways=ways)
    return made.signed(settings.SECRET_KEY)


class Line:
    """One facility, and what is done on it."""

    def __init__(self, limit: str = "500,000", *, account: str = "", opens: date = OPENED, **terms: object) -> None:
        signed = approval(limit, opens=opens, **terms)
        opened = services.open_facility(signed, on=opens, at=noon(opens), settlement_account=account)
        assert isinstance(opened, Acted)
        self.facility: FacilityId = opened.facility
        self.bank = HonestBank()

    def draw(
        self,
        yuan: str,
        on: date,
        *,
        payee: str = "a supplier",
        purpose: str = "stock",
        rail: object = None,
        again: str = "",
        way: str = "any_time",
    ) -> object:
        return services.draw(
            self.facility,
            Money(fen(yuan)),
            purpose=purpose,
            payee=payee,
            rail=rail or self.bank,
            request=RequestId(again) if again else request(),
            on=on,
            at=noon(on),
            way=Amortization(way),
        )

    def repay(self, yuan: str, on: date, *, again: str = "", value_on: date | None = None) -> object:
        named = RequestId(again) if again else request()
        amount = Money(fen(yuan))
        return services.repay(self.facility, amount, request=named, on=on, at=noon(on), value_on=value_on)

    def act(self, name: str, on: date, *values: object, **named: object) -> object:
        return getattr(services, name)(self.facility, *values, request=request(), on=on, at=noon(on), **named)

    def owed(self, on: date) -> dict[str, str]:
        parts = services.quote(self.facility, on=on, at=noon(on)).parts
        return {str(each): f"{parts[each] / 100:,.2f}" for each in Component if parts[each]}

    def play(self, story: str) -> None:
        """Play the lines of a story: day | act amount | available principal interest penalty compound (yuan)."""
        for line in filter(None, map(str.strip, story.strip().splitlines())):
            when, what, expected = (part.strip() for part in line.split("|"))
            day, (act, *values) = date.fromisoformat(when), what.split()
            answer = self._play(act, values, day)
            if expected.startswith("refused"):
                assert isinstance(answer, Refused), f"{line}: {answer}"
                assert answer.code == expected.split()[1], line
                continue
            assert not isinstance(answer, Refused), f"{line}: {answer}"
            shown = self.shown()
            assert shown == [fen(each) for each in expected.split()], f"{line}: {[each / 100 for each in shown]}"
            assert selectors.disagreements() == [], line

    def shown(self) -> list[int]:
        seen = selectors.standing(self.facility)
        parts = (Component.PRINCIPAL, Component.INTEREST, Component.PENALTY, Component.COMPOUND)
        return [seen.available_fen, *(seen.owed[each] for each in parts)]

    def _play(self, act: str, values: list[str], day: date) -> object:
        if act == "close":
            return services.close_days(day, at=noon(day), rail=self.bank)
        if act == "draw":
            return self.draw(values[0], day, way=values[1] if len(values) > 1 else "any_time")
        if act == "repay":
            return self.repay(values[0], day, value_on=date.fromisoformat(values[1]) if len(values) > 1 else None)
        if act == "rate":
            return self.act("change_rate", day, Decimal(values[0]))
        if act in {"freeze", "unfreeze"}:
            return self.act(act, day, why="a story")
        return self.act(act, day, *map(date.fromisoformat, values))
