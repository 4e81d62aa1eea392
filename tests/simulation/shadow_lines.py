"""The conventions of a line once more, written plainly: one night after the other, in exact fractions.

It shares no code with the lending room. Of the room's data it reads published facts only: holidays and loan prime
rates. A life is played from its acts alone, so money that is booked late is played on its day, from the beginning.
"""

from __future__ import annotations

import calendar
import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import puhui.lending

FACTS = Path(puhui.lending.__file__).parent / "catalogue"
DAY, DUE_DAY = timedelta(days=1), 20
ORDER = ("fees", "penalty", "compound", "interest", "principal")
PLANNED = ("equal_instalments", "equal_principal")
OVERDUE, MISUSE = Fraction(3, 2), Fraction(2)  # of the contract rate


@dataclass(frozen=True)
class Product:
    """What two products agree with their borrowers."""

    grace: int
    fee: Fraction  # on early principal of an instalment plan
    shortens: bool  # what early principal does to the plan: a shorter term, or lower instalments
    reprices: str


PRODUCTS = {
    "any_time": Product(0, Fraction(0), False, "anniversary"),
    "working_capital": Product(3, Fraction(1, 100), True, "at_once"),
}


class NotPossibleError(Exception):
    """What was asked leaves a payment with nothing to pay, or the line with too little."""


@dataclass
class Due:
    """What fell due on a day, and how much of it is paid."""

    on: date
    kind: str
    fen: int
    paid: int = 0

    @property
    def left(self) -> int:
        return self.fen - self.paid


@dataclass
class Loan:
    """One draw."""

    number: int
    principal: int
    drawn_on: date
    matures: date
    way: str
    unclear: bool = False
    running: bool = True
    interest: Fraction = Fraction(0)
    penalty: Fraction = Fraction(0)
    compound: Fraction = Fraction(0)
    dues: list[Due] = field(default_factory=list)
    plan: list[tuple[date, int, int]] = field(default_factory=list)  # agreed day, principal, interest
    planned_since: date | None = None
    watch: date = date.min
    cure: date = date.min
    late: int = 0
    own: int = 1  # the tier that its own days past due, watch and cure give it
    tier: int = 1  # no better than substandard where too much of the firm's debt is non-performing

    def fallen(self, kind: str) -> int:
        return sum(due.left for due in self.dues if due.kind == kind)

    def undue(self) -> int:
        return self.principal - self.fallen("principal")

    def due_now(self) -> dict[str, int]:
        return {
            "fees": self.fallen("fees"),
            "penalty": rounded(self.penalty),
            "compound": rounded(self.compound),
            "interest": self.fallen("interest"),
            "principal": self.fallen("principal"),
        }

    def owed(self) -> dict[str, int]:
        parts = self.due_now()
        return parts | {"interest": parts["interest"] + rounded(self.interest), "principal": self.principal}


@dataclass
class Life:
    """Where a facility has come to. `rates` says from which day on which yearly rate."""

    product: str
    limit: int
    rates: list[tuple[date, Fraction]]
    matures: date
    opened: date
    spread: Fraction | None
    status: str = "open"
    misused: bool = False
    lost: int = 0
    loans: list[Loan] = field(default_factory=list)
    today: date = date.min

    def running(self) -> list[Loan]:
        return sorted((loan for loan in self.loans if loan.running), key=lambda each: (each.matures, each.number))

    def owed(self) -> dict[str, int]:
        parts = [loan.owed() for loan in self.running()]
        return {name: sum(each[name] for each in parts) for name in ORDER}

    def payoff(self, *, charges: bool = True) -> int:
        """What repays all; a guarantor who pays for another is charged nothing for being early."""
        fee = PRODUCTS[self.product].fee if charges else Fraction(0)
        asked = sum(rounded(loan.undue() * fee) for loan in self.running() if loan.plan and not loan.unclear)
        return sum(sum(loan.owed().values()) for loan in self.running() if not loan.unclear) + asked

    def fallen(self) -> int:
        """What a collection asks for: nothing on a draw of which it is not known whether it was paid."""
        return sum(sum(loan.due_now().values()) for loan in self.running() if not loan.unclear)

    def dawn(self, day: date) -> None:
        """The night before a day passes, and what is due on it falls due."""
        self.today = day
        for loan in self.running():
            if loan.drawn_on < day:
                self._night(loan, day)
                self._fall_due(loan, day)

    def _night(self, loan: Loan, day: date) -> None:
        rate, grace = self.rates[-1][1], timedelta(days=PRODUCTS[self.product].grace)
        late = [due for due in loan.dues if due.on + grace < day]
        overdue = sum(due.left for due in late if due.kind == "principal")
        unpaid = sum(due.left for due in late if due.kind == "interest")
        if self.misused:
            loan.penalty += loan.principal * rate * MISUSE / 360
        else:
            loan.interest += (loan.principal - overdue) * rate / 360
            loan.penalty += overdue * rate * OVERDUE / 360
        loan.compound += unpaid * rate * OVERDUE / 360

    def _fall_due(self, loan: Loan, day: date) -> None:
        asked = [nominal for nominal in (day - n * DAY for n in range(20)) if asked_on(nominal) == day]
        ends = loan.matures in asked
        if not ends and not any(is_due_day(nominal) and nominal > loan.drawn_on for nominal in asked):
            return
        planned = loan.undue() if ends else sum(fen for nominal, fen, _ in loan.plan if nominal in asked)
        principal = min(planned, loan.undue())
        if interest := rounded(loan.interest):
            loan.dues.append(Due(day, "interest", interest))
            loan.interest = Fraction(0)
        if principal:
            loan.dues.append(Due(day, "principal", principal))

    def dusk(self, day: date, *, sick: bool = False) -> None:
        """How the loans stand at a day's end: days past due, and the tier."""
        for loan in self.running():
            unpaid = [due.on for due in loan.dues if due.left and due.kind != "fees"]
            loan.late = (day - min(unpaid)).days if unpaid else 0
            if loan.late and loan.watch > date.min and (loan.late >= 91 or loan.watch >= day):
                loan.watch = months_later(day, 12)
            if loan.late and (loan.late >= 91 or loan.cure >= day):
                loan.cure = months_later(day, 6)
            loan.own = next(tier for tier, days in ((5, 361), (4, 271), (3, 91), (2, 1), (1, 0)) if loan.late >= days)
            loan.own = max(loan.own, 3 if loan.cure >= day else 1, 2 if loan.watch >= day else 1)
            loan.tier = max(loan.own, 3 if sick else 1)

    def reprices_to(self, day: date) -> Fraction | None:
        """The rate that follows the loan prime rate at the end of a day; None where it stays."""
        if self.spread is None or day <= self.opened or self.status not in ("open", "frozen"):
            return None
        rate = prime_rate(day) + self.spread
        when = PRODUCTS[self.product].reprices
        if rate == self.rates[-1][1] or (when == "anniversary" and not anniversary(self.opened, day)):
            return None
        return rate

    def do(self, name: str, *said: Any) -> None:
        getattr(self, f"do_{name}")(*said)

    def do_draw(self, number: int, fen: int, way: str, unclear: bool) -> None:
        loan = Loan(number, fen, self.today, self.matures, way, unclear)
        self.loans.append(loan)
        self._plan(loan, self.today)

    def do_pending(self, *said: Any) -> None:
        """The bank has not answered: the draw may turn out to have been paid."""

    def do_clear(self, number: int) -> None:
        next(loan for loan in self.loans if loan.number == number).unclear = False

    def do_pay(self, fen: int, *, charges: bool = True) -> None:
        if fen > self.payoff(charges=charges):
            raise NotPossibleError(f"{fen} is paid on {self.today}, {self.payoff()} is owed")
        payable = [loan for loan in self.running() if not loan.unclear]
        for loan in payable:
            paid = {}
            for part, owed in loan.due_now().items():
                paid[part] = min(fen, owed)
                fen -= paid[part]
            if any(paid.values()):
                self._settle(loan, paid)
        for loan in payable:
            if fen:
                fen -= self._early(loan, fen, PRODUCTS[self.product].fee if charges else Fraction(0))
        assert fen == 0
        for loan in payable:
            loan.running = any(loan.owed().values())

    def _settle(self, loan: Loan, parts: dict[str, int]) -> None:
        loan.penalty, loan.compound = less(loan.penalty, parts["penalty"]), less(loan.compound, parts["compound"])
        loan.principal -= parts["principal"]
        for due in loan.dues:
            paid = min(parts[due.kind], due.left)
            due.paid += paid
            parts[due.kind] -= paid

    def _early(self, loan: Loan, fen: int, share: Fraction) -> int:
        interest = min(fen, rounded(loan.interest))
        loan.interest = less(loan.interest, interest)
        left, undue, fee = fen - interest, loan.undue(), 0
        principal = min(left, undue)
        if loan.plan and left and undue:
            fee = rounded(undue * share)
            if left < undue + fee:
                principal = min(rounded(left / (1 + share)), undue)
                fee = left - principal
            loan.principal -= principal
            self._plan(loan, self.today, keeps_instalment=PRODUCTS[self.product].shortens)
        else:
            loan.principal -= principal
        return interest + principal + fee

    def do_fee(self, number: int, fen: int) -> None:
        loan = next(loan for loan in self.loans if loan.number == number)
        if not loan.running:
            raise NotPossibleError("the loan was repaid before the fee was charged")
        loan.dues.append(Due(self.today, "fees", fen))

    def do_rate(self, rate: Fraction) -> None:
        if self.spread is not None:
            self.spread = rate - prime_rate(self.today)
        self._set_rate(rate)

    def do_reprice(self, rate: Fraction) -> None:
        self._set_rate(rate)

    def _set_rate(self, rate: Fraction, *, matures: date | None = None) -> None:
        changed = rate != self.rates[-1][1]
        if changed:
            self.rates.append((self.today, rate))
        for loan in self.running():
            if matures not in (None, loan.matures) or (changed and loan.plan):
                since = self._since(loan)
                loan.matures = matures or loan.matures
                self._plan(loan, since)

    def do_misuse(self) -> None:
        self.misused = True

    def do_freeze(self) -> None:
        self.status = "frozen"

    def do_unfreeze(self) -> None:
        self.status = "open"

    def do_extend(self, matures: date) -> None:
        self.matures = matures
        self._set_rate(self.rates[-1][1], matures=matures)

    def do_renew(self, limit: int, rate: Fraction, matures: date) -> None:
        self.limit, self.matures = limit, matures
        self.spread = rate - prime_rate(self.today)
        self._set_rate(rate, matures=matures)

    def do_restructure(self, matures: date, way: str, rate: Fraction | None) -> None:
        if rate is not None:
            self.spread = None
            if rate != self.rates[-1][1]:
                self.rates.append((self.today, rate))
        self.matures, self.status = matures, "frozen"
        following = next(n for n in (self.today + d * DAY for d in range(1, 40)) if is_due_day(n))
        watch = months_later(min(asked_on(following), asked_on(matures)), 12)
        for loan in self.running():
            since = self._since(loan)
            loan.watch = watch
            loan.cure = months_later(self.today, 6) if loan.tier >= 3 else loan.cure
            for due in loan.dues:
                due.fen = due.paid if due.kind == "principal" else due.fen
            loan.matures, loan.way = matures, way
            self._plan(loan, since)

    def do_write_off(self) -> None:
        self.lost = sum(self.owed().values())
        self.status = "written_off"
        for loan in self.running():
            loan.running = False

    def do_close(self) -> None:
        self.status = "closed"

    def do_recover(self, fen: int) -> None:
        if fen > self.lost:
            raise NotPossibleError(f"{fen} is recovered on {self.today}, {self.lost} was lost")
        self.lost -= fen

    def do_secured(self, fen: int) -> None:
        """A guarantor pays: it lowers what is owed, and nobody draws any more; after a loss it is a recovery."""
        if self.status == "written_off":
            self.do_recover(fen)
            return
        self.do_pay(fen, charges=False)
        self.status = "frozen"

    def _since(self, loan: Loan) -> date:
        """The day from which the interest counts that has not fallen due."""
        since = loan.planned_since if loan.plan and loan.planned_since else loan.drawn_on
        for nominal in (self.today - n * DAY for n in range(62)):
            if is_due_day(nominal) and nominal > loan.drawn_on and asked_on(nominal) <= self.today:
                return max(since, asked_on(nominal))
        return since

    def _plan(self, loan: Loan, since: date, *, keeps_instalment: bool = False) -> None:
        before, loan.plan, loan.planned_since = loan.plan, [], since
        left = loan.undue()
        if loan.way not in PLANNED or left <= 0 or since >= loan.matures:
            return
        spans, begin, days = [], since, self._agreed_days(loan, since)
        for nominal in days:
            spans.append(self._bears(begin, asked_on(nominal)))
            begin = asked_on(nominal)
        if keeps_instalment and before:
            fen = before[0][1] + (before[0][2] if loan.way == "equal_instalments" else 0)
            rows = self._rows(loan.way, left, spans, fen)
        elif loan.way == "equal_principal":
            rows = self._rows(loan.way, left, spans, rounded(Fraction(left, len(days))))
        else:
            rows = self._even(left, spans)
        found = [(nominal, *row) for nominal, row in zip(days, rows, strict=True)]
        while keeps_instalment and len(found) > 1 and found[-1][1] == 0 and sum(row[1] for row in found[:-1]) == left:
            found.pop()
        loan.plan = found

    def _agreed_days(self, loan: Loan, since: date) -> list[date]:
        """Due days that are still to be asked for; of two that are asked for on one day, the later."""
        days = [n for n in (since + d * DAY for d in range(-20, (loan.matures - since).days)) if is_due_day(n)]
        chosen = [n for n in days if n > loan.drawn_on and asked_on(n) > since] + [loan.matures]
        return list({asked_on(nominal): nominal for nominal in chosen}.values())

    def _bears(self, begin: date, end: date) -> Fraction:
        """What one fen bears between two days."""
        total, day = Fraction(0), begin
        while day < end:
            now = bisect_right([on for on, _ in self.rates], day) - 1
            until = min(end, self.rates[now + 1][0] if now + 1 < len(self.rates) else end)
            total += self.rates[now][1] * (until - day).days / 360
            day = until
        return total

    @staticmethod
    def _rows(way: str, left: int, spans: list[Fraction], fen: int) -> list[tuple[int, int]]:
        """Principal and interest of instalments of an amount; the last takes what is left."""
        rows = []
        for number, bears in enumerate(spans):
            interest = rounded(left * bears)
            principal = max(fen - interest, 0) if way == "equal_instalments" else fen
            principal = left if number == len(spans) - 1 else min(principal, left)
            rows.append((principal, interest))
            left -= principal
        return rows

    def _even(self, left: int, spans: list[Fraction]) -> list[tuple[int, int]]:
        """Equal instalments; one try to spread what the last of them differs by."""
        growth, annuity = Fraction(1), Fraction(0)
        for bears in spans:
            growth, annuity = growth * (1 + bears), annuity * (1 + bears) + 1
        fen = rounded(left * growth / annuity)
        rows = self._rows("equal_instalments", left, spans, fen)
        off = _off(rows)
        if abs(off) <= len(rows) // 2:
            return rows
        tried = self._rows("equal_instalments", left, spans, fen + rounded(Fraction(off, len(rows))))
        return tried if abs(_off(tried)) < abs(off) else rows


class Shadow:
    """One facility: its acts, and the life that they give. `acts` are (day, what, *values), in order.

    `sick` are the days at whose end too much of the firm's debt was non-performing; other lines have a part in that, so
    it is told, and stays as it was known on the day.
    """

    def __init__(self, product: str, limit: int, rate: Fraction, opened: date, matures: date) -> None:
        self.opening = (product, limit, rate, opened, matures)
        self.acts: list[tuple[Any, ...]] = []
        self.sick: set[date] = set()
        self.life = self._born()
        self.life.today = opened

    def _born(self) -> Life:
        product, limit, rate, opened, matures = self.opening
        return Life(product, limit, [(opened, rate)], matures, opened, rate - prime_rate(opened), today=opened)

    def do(self, name: str, *said: Any) -> None:
        self.life.do(name, *said)
        self.acts.append((self.life.today, name, *said))

    def dusk(self) -> bool:
        """A day ends: the rate may follow the loan prime rate (whether it did), and the loans are aged."""
        rate = self.life.reprices_to(self.life.today)
        if rate is not None:
            self.do("reprice", rate)
        self.stand()
        return rate is not None

    def stand(self) -> None:
        """How the loans stand as the day ends."""
        self.life.dusk(self.life.today, sick=self.life.today in self.sick)

    def dawn(self, day: date) -> None:
        self.life.dawn(day)

    def clear(self, number: int, on: date) -> None:
        """A draw turns out to have been paid on its day; until `on`, the last day booked, nothing could repay it."""
        place = next(n for n, act in enumerate(self.acts) if act[1:3] == ("pending", number))
        day, _, _, fen, way = self.acts[place]
        self.acts[place] = (day, "draw", number, fen, way, True)
        self.acts.insert(sum(1 for each in self.acts if each[0] <= on), (on, "clear", number))
        self.life = self._played(self.acts, self.life.today)

    def at(self, until: date) -> Life:
        """The life as it was at the end of a day, from the acts alone."""
        return self._played(self.acts, until)

    def insert(self, *acts: tuple[Any, ...], before: int | None = None) -> None:
        """Play acts on their own days, after what was done there (or before an act of that number); all or none."""
        found = list(self.acts)
        for act in acts:
            place = before if before is not None else sum(1 for each in found if each[0] <= act[0])
            found.insert(place, act)
        life = self._played(found, self.life.today)
        if life.owed()["principal"] > life.limit:
            raise NotPossibleError("more would be drawn than the line has")
        self.acts, self.life = found, life

    def _played(self, acts: list[tuple[Any, ...]], until: date) -> Life:
        life, waiting = self._born(), list(acts)
        while True:
            while waiting and waiting[0][0] == life.today:
                _, name, *said = waiting.pop(0)
                life.do(name, *said)
            if life.today >= until:
                return life
            life.dusk(life.today, sick=life.today in self.sick)
            life.dawn(life.today + DAY)


def stand_together(lines: Iterable[Shadow]) -> None:
    """The end of a day for all lines of one firm: with over a tenth of its debt non-performing, all of it is."""
    lines = list(lines)
    loans = [loan for line in lines for loan in line.life.running()]
    bad = sum(loan.principal for loan in loans if loan.own >= 3)
    for line in lines:
        if 10 * bad > sum(loan.principal for loan in loans):
            line.sick.add(line.life.today)
        else:
            line.sick.discard(line.life.today)
        line.stand()


def rounded(exact: Fraction | int) -> int:
    """Half a fen goes away from zero."""
    size = (2 * abs(exact) + 1) // 2
    return int(size if exact >= 0 else -size)


def less(exact: Fraction, paid: int) -> Fraction:
    """What a payment leaves of exact interest: a fraction below half a fen is not owed."""
    return Fraction(0) if paid == rounded(exact) else exact - paid


def _off(rows: list[tuple[int, int]]) -> int:
    return sum(rows[-1]) - sum(rows[-2]) if len(rows) > 1 else 0


def months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_due_day(day: date) -> bool:
    return day.day == DUE_DAY


def anniversary(opened: date, day: date) -> bool:
    return day == months_later(opened, 12 * (day.year - opened.year))


@cache
def asked_on(nominal: date) -> date:
    """The first working day from a day on."""
    while nominal in _days_off()[0] or (nominal.weekday() >= 5 and nominal not in _days_off()[1]):
        nominal += DAY
    return nominal


@cache
def prime_rate(day: date) -> Fraction:
    terms = json.loads((FACTS / "lpr.json").read_text(encoding="utf-8"))["terms"]
    values = next(term["values"] for term in terms if term["name"] == "lpr_1y")
    known = [each for each in values if each["valid_from"] <= day.isoformat()]
    return Fraction(max(known, key=lambda each: str(each["valid_from"]))["value"], 10_000)


@cache
def _days_off() -> tuple[frozenset[date], frozenset[date]]:
    off, worked = set[date](), set[date]()
    for year in json.loads((FACTS / "holidays.json").read_text(encoding="utf-8"))["years"]:
        for first, last in year["holidays"]:
            day = date.fromisoformat(first)
            while day <= date.fromisoformat(last):
                off.add(day)
                day += DAY
        worked |= {date.fromisoformat(each) for each in year["worked"]}
    return frozenset(off - worked), frozenset(worked)
