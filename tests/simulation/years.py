"""Random years of several lines, lived in the lending room and in its shadow at once, and compared every day.

What is done is drawn from a seed: `Years(seed).live(days)` is the same life each time. A difference says the seed and
the day, so that it can be lived again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from shadow_lines import DAY, PRODUCTS, NotPossibleError, Shadow, months_later, stand_together

from puhui.approval.signed import Approval
from puhui.enterprises import services as enterprises
from puhui.enterprises.acts import Acted as MergeDone
from puhui.enterprises.models import Enterprise
from puhui.governance import services as eyes
from puhui.governance.proposals import Proposal
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.correspondence import statements
from puhui.lending.engine.terms import Amortization
from puhui.lending.facility import Component, FacilityId
from puhui.lending.models import ActRow, DueRow, LoanRow, SnapshotRow
from puhui.lending.rail import Order, Outcome, Taken
from puhui.mitigation import acts as security
from puhui.mitigation import services as mitigation
from puhui.mitigation.guarantees import Guarantor, Turn
from puhui.money import Money
from puhui.refusals import Code, Refused

WAYS = ("any_time", "bullet", "equal_instalments", "equal_principal")
MERGES = 0.004  # a close, as long as there are two firms
OPEN_DAYS = 5  # after a month's end, money may still be dated back into it
YUAN = 100
OF_FIRMS = ("hold_draws", "lift_draw_hold")
PAPER = "ab" * 32


def done(act: str, said: dict[str, Any]) -> object:
    """Do an act of the lending room, or of a room below it; two people where it takes two."""
    if act in TWO_EYES_EACH:
        return TWO_EYES_EACH[act](**said)
    return getattr(enterprises if act in OF_FIRMS else mitigation if act == "call" else services, act)(**said)


def _promise(*, facility: str, firm: str, fund: str, fen: int, on: date, at: datetime) -> None:
    """A guarantee fund stands for a part of a line, all of it up to an amount."""
    whole = security.Promise(
        facility, EnterpriseId(firm), EnterpriseId(fund), Money(fen), Decimal(1), Turn.PRO_RATA, False, PAPER
    )
    worth = security.Standing(Guarantor.FUND, Money(1_000 * 10_000 * YUAN), Money(0), Money(0), PAPER)
    for subject, act in ((fund, worth), (f"promise {fund}", whole)):
        proposed = mitigation.propose(subject, act, on=on, request=RequestId(f"{subject} {act.name}"), by="li")
        assert isinstance(proposed, mitigation.Proposed), proposed
        judged = mitigation.confirm(proposed.proposal, request=RequestId(f"{subject} {act.name} yes"), by="wang")
        assert isinstance(judged, mitigation.Judged), judged


def _merge(*, firm: str, other: str, on: date, at: datetime) -> object:
    """Two firms that borrow here turn out to be one."""
    for each in (firm, other):
        Enterprise.objects.get_or_create(pk=each, defaults={"made_at": at})
    into, goes, said = EnterpriseId(firm), EnterpriseId(other), {"reason": "one licence", "by": "li"}
    proposed = enterprises.propose("merge", into, goes, request=RequestId(f"merge {other}"), **said)
    assert isinstance(proposed, Proposal), proposed
    eyes.judge(proposed.number, agrees=True, why="seen", by="wang", request=RequestId(f"merge {other} yes"), at=at)
    asked = {"on": on, "request": RequestId(f"merge {other} done"), "proposal": proposed.number}
    return enterprises.merge(into, goes, **asked, **said)


TWO_EYES_EACH: dict[str, Callable[..., object]] = {"promise": _promise, "merge": _merge}


class Bank:
    """Pays what it is asked to; some answers are lost, and some payments never reach it."""

    def __init__(self) -> None:
        self.says: Outcome = Outcome.PAID
        self.found: dict[str, Outcome] = {}
        self.taken: dict[str, int] = {}

    def pay(self, request: RequestId, *, payee: str, fen: int) -> Outcome:
        assert request not in self.found, "a payment is asked for once"
        if self.says is not Outcome.NEVER_SEEN:
            self.found[request] = Outcome.PAID
        return self.says if self.says is Outcome.PAID else Outcome.UNKNOWN

    def enquire(self, request: RequestId, *, fen: int) -> Outcome:
        return self.found.get(request, Outcome.NEVER_SEEN)

    def collect(self, orders: Sequence[Order]) -> list[Taken]:
        assert not self.taken.keys() & {each.request for each in orders}, "a collection is asked for once"
        self.taken |= {each.request: each.fen for each in orders}
        return [Taken(Outcome.PAID, each.fen) for each in orders]

    def enquire_collections(self, orders: Sequence[Order]) -> list[Taken]:
        raise AssertionError("every answer has come")


@dataclass
class Lived:
    """One line in both worlds."""

    facility: FacilityId
    firm: str
    shadow: Shadow
    account: bool
    temper: str  # punctual, sloppy, bad
    opened: date
    term: int  # months
    approval: str
    guaranteed: bool
    claim: int = 0  # the number of what a guarantor was asked for, and what of it has not come in
    claimed: int = 0
    pending: dict[int, tuple[RequestId, int]] = field(default_factory=dict)
    cleared_on: date = date.min
    told_to: date = date.min  # the last day of which a statement was held against the shadow
    kept: int = 0
    closed: bool = False

    @property
    def available(self) -> int:
        return self.shadow.life.limit - self.shadow.life.owed()["principal"] - sum(f for _, f in self.pending.values())


class Years:
    """Some lines from a day on; about two of a firm. A line that has ended makes room for another."""

    def __init__(self, seed: int, *, since: date, lines: int) -> None:
        self.seed, self.chance, self.day, self.since = seed, random.Random(seed), since, since
        self.bank, self.count, self.closed_to = Bank(), 0, since - DAY
        self.done: Counter[str] = Counter()
        self.script: list[
            tuple[str, dict[str, Any], Outcome]
        ] = []  # every call, and what the bank said, to do it again
        self.held: dict[str, str] = {}  # firms that may not draw, and under which reference
        self.lines = [self._open(f"S{number // 2}") for number in range(lines)]

    def live(self, days: int, until: Callable[[], bool] = lambda: False) -> None:
        """Live so many days, or fewer when it is time to stop; the last of them is closed."""
        for _ in range(days):
            self.live_day()
            self.day += DAY
            if until():
                break
        self.day -= DAY
        self.close()

    @property
    def lived(self) -> int:
        """How many days were lived."""
        return (self.day - self.since).days + 1

    def live_day(self) -> None:
        self.dawn()
        for line in list(self.lines):
            if not line.closed:
                self._act(line)
            elif self.chance.random() < 0.02:
                self.lines[self.lines.index(line)] = self._open(line.firm)
        self._settle_lost()
        for line in self.lines:
            self._same_quote(line)
        self.dusk()
        if self.chance.random() < 0.8:
            self.close()

    def dawn(self) -> None:
        """A night has passed for every line."""
        for line in self.lines:
            if self.day > line.opened:
                line.shadow.dawn(self.day)

    def dusk(self) -> None:
        """A day ends for every line; firms are looked at as a whole."""
        for line in self.lines:
            self.done["rates that followed the prime rate"] += line.shadow.dusk()
        self._stand()

    def _stand(self) -> None:
        for firm in {line.firm for line in self.lines}:
            stand_together(line.shadow for line in self.lines if line.firm == firm)

    def close(self) -> None:
        """Close the day and those before it that were missed."""
        missed = [self.closed_to + n * DAY for n in range(1, (self.day - self.closed_to).days + 1)]
        if self.chance.random() < MERGES:
            self._merge_two()
        self._ask("close_days", on=self.day)
        for day in missed:
            for line in self.lines:
                if line.account and line.shadow.life.status in ("open", "frozen"):
                    self._collected(line, day)
        for line in self.lines:
            line.shadow.stand()  # what was collected is no longer late
        self._stand()
        self.closed_to = self.day
        self.done["days closed"] += len(missed)
        self._same_books()

    # what is done

    def _open(self, firm: str) -> Lived:
        product = self.chance.choice(list(PRODUCTS))
        rate, months = Fraction(self.chance.randrange(300, 2_400), 10_000), self.chance.choice([3, 6, 12, 12, 24])
        matures, limit = months_later(self.day, months), self.chance.randrange(1_000, 1_000_000) * YUAN
        temper = self.chance.choice(["punctual", "sloppy", "bad", "bad"])
        account = temper != "bad" and self.chance.random() < 0.5
        part = self.chance.randrange(limit // 5, limit) if self.chance.random() < 0.4 else 0
        signed = self._approval(firm, product, limit, rate, matures, guaranteed=part)
        if part:
            self._ask("promise", facility=signed.number, firm=firm, fund=f"G{self.count}", fen=part)
        opened = self._ask("open_facility", approval=signed, settlement_account="an account" if account else "")
        assert isinstance(opened, Acted), opened
        shadow = Shadow(product, limit, rate, self.day, matures)
        return Lived(opened.facility, firm, shadow, account, temper, self.day, months, signed.number, part > 0)

    def _approval(
        self, firm: str, product: str, limit: int, rate: Fraction, matures: date, *, guaranteed: int = 0
    ) -> Approval:
        self.count += 1
        decimal = Decimal(rate.numerator) / Decimal(rate.denominator)
        made = Approval(
            f"{firm}-{self.count}",
            firm,
            product,
            limit,
            decimal,
            self.day,
            matures,
            guarantee_fen=guaranteed,
            ways=WAYS,
        )
        return made.signed(settings.SECRET_KEY)

    def _merge_two(self) -> None:
        """Two firms turn out to be one; from this close on their debt is looked at together."""
        firms = sorted({line.firm for line in self.lines} - self.held.keys())
        if len(firms) < 2:
            return
        firm, other = self.chance.sample(firms, 2)
        answer = self._ask("merge", firm=firm, other=other)
        assert isinstance(answer, MergeDone), answer
        for line in self.lines:
            line.firm = firm if line.firm == other else line.firm

    def _act(self, line: Lived) -> None:
        life = line.shadow.life
        if life.status == "written_off":
            if life.lost and self.chance.random() < 0.05:
                self.chance.choice([self._recover, self._secured])(line)
            line.closed = self.chance.random() < 0.01  # given up; its firm may come again
            return
        willing = 0.05 if line.temper == "bad" else 1
        odds = {
            self._draw: 0.10, self._lose_draw: 0.01, self._draw_too_much: 0.01, self._repay: 0.10 * willing,
            self._overpay: 0.01, self._date_back: 0.05 * willing, self._fee: 0.01, self._rate: 0.01,
            self._misuse: 0.001, self._freeze: 0.005 if life.status == "open" else 0.1,
            self._extend: 0.01, self._renew: 0.01, self._restructure: 0.02, self._secured: 0.05, self._write_off: 0.05,
            self._end: 0.003 if self.day < life.matures else 0.1,
            self._hold: 0.05 if line.firm in self.held else 0.003, self._account: 0.01 * willing,
        }  # fmt: skip
        for act, chance in odds.items():
            if self.chance.random() < chance and line.shadow.life.status in ("open", "frozen"):
                act(line)
        self._pay_what_is_due(line)

    def _draw(self, line: Lived) -> None:
        fen, way = self.chance.randrange(1, max(line.available, 1) + 1), self.chance.choice(WAYS)
        answer, why_not = self._draw_of(line, fen, way), self._why_not_drawn(line, fen)
        if why_not:
            assert isinstance(answer, Refused) and answer.code is why_not, self._at(line, answer)
            return
        assert isinstance(answer, Acted), self._at(line, answer)
        line.shadow.do("draw", answer.facts["loan"], fen, way, False)

    def _draw_too_much(self, line: Lived) -> None:
        fen = line.available + 1 + self.chance.randrange(10_000)
        answer = self._draw_of(line, fen, "bullet")
        assert isinstance(answer, Refused) and answer.code is self._why_not_drawn(line, fen), self._at(line, answer)

    def _why_not_drawn(self, line: Lived, fen: int) -> Code | None:
        """The first reason of the list for which nothing, or not as much, is paid out."""
        life = line.shadow.life
        reasons = {
            Code.ON_HOLD: line.firm in self.held,
            Code.FACILITY_NOT_OPEN: life.status != "open",
            Code.FACILITY_MATURED: self.day >= life.matures,
            Code.ABOVE_AVAILABLE: fen > line.available,
        }
        return next((code for code, holds in reasons.items() if holds), None)

    def _lose_draw(self, line: Lived) -> None:
        if self._why_not_drawn(line, 1):
            return
        fen, way = self.chance.randrange(1, line.available + 1), self.chance.choice(WAYS)
        self.bank.says = self.chance.choice([Outcome.UNKNOWN, Outcome.NEVER_SEEN])
        answer = self._draw_of(line, fen, way)
        self.bank.says = Outcome.PAID
        assert isinstance(answer, Acted) and answer.facts["status"] == "pending", self._at(line, answer)
        loan = answer.facts["loan"]
        line.pending[loan] = (RequestId(self.script[-1][1]["request"]), fen)
        line.shadow.do("pending", loan, fen, way)

    def _settle_lost(self) -> None:
        if self.chance.random() > 0.3 or not any(line.pending for line in self.lines):
            return
        self._ask("resolve_draws", at=datetime.combine(self.day + DAY, time(4), UTC))
        for line in self.lines:
            for loan, (request, _) in line.pending.items():
                if request in self.bank.found:
                    cleared = ActRow.objects.get(request=f"{request}/cleared")
                    line.shadow.clear(loan, cleared.on)
                line.cleared_on = self.day
            line.pending.clear()

    def _repay(self, line: Lived) -> None:
        owed = line.shadow.life.payoff()
        if owed:
            self._pay(line, self.chance.choice([owed, self.chance.randrange(1, owed + 1), min(owed, 7)]))

    def _pay_what_is_due(self, line: Lived) -> None:
        due = line.shadow.life.fallen()
        if due and self.chance.random() < {"punctual": 0.95, "sloppy": 0.1, "bad": 0.005}[line.temper]:
            self._pay(line, due)

    def _pay(self, line: Lived, fen: int) -> None:
        answer = self._on(line, "repay", amount=Money(fen))
        assert isinstance(answer, Acted), self._at(line, answer)
        line.shadow.do("pay", fen)

    def _overpay(self, line: Lived) -> None:
        answer = self._on(line, "repay", amount=Money(line.shadow.life.payoff() + 1))
        assert isinstance(answer, Refused) and answer.code is Code.ABOVE_OWED, self._at(line, answer)

    def _date_back(self, line: Lived) -> None:
        """Money that came some days ago; a month stays open for some days after its end."""
        day = self.day - self.chance.randrange(1, 15) * DAY
        if day < max(line.opened, line.cleared_on) or line.pending:
            return
        open_from = (self.closed_to - (OPEN_DAYS - 1) * DAY).replace(day=1)
        most = line.shadow.at(day).payoff()
        fen = self.chance.choice(
            [self.chance.randrange(1, max(most, 1) + 1), max(most // 20, 1), min(max(most, 1), 99)]
        )
        answer = self._on(line, "repay", amount=Money(fen), value_on=day)
        if self.closed_to >= self.since and day < open_from:
            assert isinstance(answer, Refused) and answer.code is Code.PERIOD_IS_CLOSED, self._at(line, answer)
            return
        try:
            line.shadow.insert((day, "pay", fen))
        except NotPossibleError as wrong:
            assert isinstance(answer, Refused), self._at(line, answer, wrong)
        else:
            assert isinstance(answer, Acted), self._at(line, answer)
            self.done["dated back"] += 1

    def _fee(self, line: Lived) -> None:
        running = line.shadow.life.running()
        if running:
            loan, fen = self.chance.choice(running).number, self.chance.randrange(1, 1_000_00)
            answer = self._on(line, "charge_fee", loan=loan, amount=Money(fen), why="a court")
            assert isinstance(answer, Acted), self._at(line, answer)
            line.shadow.do("fee", loan, fen)

    def _rate(self, line: Lived) -> None:
        rate = Fraction(self.chance.randrange(100, 2_400), 10_000)
        decimal = Decimal(rate.numerator) / Decimal(rate.denominator)
        assert isinstance(answer := self._on(line, "change_rate", rate=decimal), Acted), self._at(line, answer)
        line.shadow.do("rate", rate)

    def _misuse(self, line: Lived) -> None:
        assert isinstance(answer := self._on(line, "mark_misused"), Acted), self._at(line, answer)
        line.shadow.do("misuse")

    def _freeze(self, line: Lived) -> None:
        act = "freeze" if line.shadow.life.status == "open" else "unfreeze"
        assert isinstance(answer := self._on(line, act, why="to see"), Acted), self._at(line, answer)
        line.shadow.do(act)

    def _hold(self, line: Lived) -> None:
        """All lines of a firm stop being drawn on, or go on."""
        said = {"why": "to see", "on": self.day, "by": "watch"}
        if reference := self.held.pop(line.firm, ""):
            assert self._ask("lift_draw_hold", firm=line.firm, reference=reference, **said) == 1
        else:
            self.count += 1
            self.held[line.firm] = f"case {self.count}"
            self._ask("hold_draws", firm=line.firm, reference=self.held[line.firm], **said)

    def _account(self, line: Lived) -> None:
        """Another account to take from, or none."""
        line.account = not line.account
        account = "another account" if line.account else ""
        answer = self._on(line, "name_settlement_account", account=account)
        assert isinstance(answer, Acted), self._at(line, answer)

    def _end(self, line: Lived) -> None:
        answer = self._on(line, "close_facility")
        if line.shadow.life.running() or line.pending:
            assert isinstance(answer, Refused) and answer.code is Code.STILL_OWED, self._at(line, answer)
        else:
            assert isinstance(answer, Acted), self._at(line, answer)
            line.shadow.do("close")
            line.closed = True

    def _extend(self, line: Lived) -> None:
        """The law: a term of up to a year by as much again in all, a longer one by half of it."""
        life, first = line.shadow.life, self._first_term(line)
        to = life.matures + self.chance.randrange(-5, 400) * DAY
        days = (first[1] - first[0]).days
        latest = first[1] + timedelta(days=days if days <= 366 else days // 2)
        answer = self._on(line, "extend", matures_on=to)
        if self.day < life.matures < to <= latest:
            assert isinstance(answer, Acted), self._at(line, answer)
            line.shadow.do("extend", to)
        else:
            assert isinstance(answer, Refused), self._at(line, answer)

    def _first_term(self, line: Lived) -> tuple[date, date]:
        renewed = [(act[0], act[4]) for act in line.shadow.acts if act[1] == "renew"]
        return renewed[-1] if renewed else (line.opened, line.shadow.opening[4])

    def _renew(self, line: Lived) -> None:
        life = line.shadow.life
        rate, limit = (
            Fraction(self.chance.randrange(300, 2_400), 10_000),
            self.chance.randrange(1_000, 1_000_000) * YUAN,
        )
        matures = months_later(self.day, self.chance.choice([6, 12]))
        signed = self._approval(line.firm, life.product, limit, rate, matures)
        overdue = any(due.left and due.on < self.day for loan in life.running() for due in loan.dues)
        answer = self._ask("renew", facility=line.facility, approval=signed)
        out = life.limit - line.available
        if life.status == "open" and not overdue and out <= limit:
            assert isinstance(answer, Acted), self._at(line, answer)
            line.shadow.do("renew", limit, rate, matures)
        else:
            assert isinstance(answer, Refused), self._at(line, answer)

    def _restructure(self, line: Lived) -> None:
        life = line.shadow.life
        if not any(loan.late > 20 for loan in life.running()):
            return
        matures, way = months_later(self.day, self.chance.choice([3, 12, 24])), self.chance.choice(WAYS[1:])
        rate = self.chance.choice([None, Fraction(self.chance.randrange(100, 900), 10_000)])
        decimal = None if rate is None else Decimal(rate.numerator) / Decimal(rate.denominator)
        answer = self._on(
            line, "restructure", matures_on=matures, why="a fire", way=Amortization(way), rate=decimal
        )  # fmt: skip
        assert isinstance(answer, Acted), self._at(line, answer)
        line.shadow.do("restructure", matures, way, rate)

    def _write_off(self, line: Lived) -> None:
        if line.pending or not any(loan.late > 120 for loan in line.shadow.life.running()):
            return
        self.count += 1
        said = {"why": "lost", "by": "li", "request": RequestId(f"p{self.count}"), "at": self._noon()}
        found = services.propose_write_off(line.facility, **said)
        assert isinstance(found, Proposal), self._at(line, found)
        eyes.judge(
            found.number, agrees=True, why="so it is", by="wang", request=RequestId(f"j{self.count}"), at=self._noon()
        )
        answer = self._on(line, "write_off", proposal=found.number)
        assert isinstance(answer, Acted), self._at(line, answer)
        line.shadow.do("write_off")
        assert answer.facts["fen"] == line.shadow.life.lost, self._at(line, answer)

    def _recover(self, line: Lived) -> None:
        fen = self.chance.randrange(1, line.shadow.life.lost + 2)
        answer = self._on(line, "recover", amount=Money(fen))
        if fen > line.shadow.life.lost:
            assert isinstance(answer, Refused) and answer.code is Code.ABOVE_OWED, self._at(line, answer)
            return
        assert isinstance(answer, Acted), self._at(line, answer)
        line.shadow.do("recover", fen)

    def _secured(self, line: Lived) -> None:
        """The guarantor of a line in trouble pays some of what it was asked for, or more than it owes."""
        life = line.shadow.life
        lost = life.status == "written_off"
        owed = life.lost if lost else life.payoff(charges=False)
        if not (line.guaranteed and owed and (lost or any(loan.late > 60 for loan in life.running()))):
            return
        if not line.claim:
            self.count += 1
            said = {"request": RequestId(f"call{self.count}"), "by": "li"}
            called = self._ask("call", facility=line.approval, loss=Money(owed), **said)
            assert isinstance(called, tuple) and len(called) == 1, self._at(line, called)
            line.claim, line.claimed = called[0].number, called[0].amount.fen
        most = min(owed, line.claimed)
        fen = self.chance.choice([self.chance.randrange(most) + 1 if most else 1, most + 1])
        answer = self._on(line, "recover_from_security", claim=line.claim, amount=Money(fen))
        if fen > most:
            code = Code.ABOVE_OWED if fen > owed else Code.EXCEEDS_DEBITS
            assert isinstance(answer, Refused) and answer.code is code, self._at(line, answer)
            return
        assert isinstance(answer, Acted), self._at(line, answer)
        line.claimed -= fen
        line.shadow.do("secured", fen)

    def _collected(self, line: Lived, day: date) -> None:
        """What the close has taken from the settlement account for a day, booked as of its end."""
        if day < line.opened:
            return
        fen = (line.shadow.life if day == self.day else line.shadow.at(day)).fallen()
        reached = max([act[0] for act in line.shadow.acts if act[1] not in ("reprice", "clear")], default=day)
        if not fen or (reached > day and line.shadow.at(reached).fallen() < fen):
            return  # nothing was due, or it was paid before the missed day was closed
        try:
            line.shadow.insert((day, "pay", fen))
        except NotPossibleError:
            line.kept += fen
        self.done["collected"] += 1

    # what is compared

    def _same_quote(self, line: Lived) -> None:
        parts = services.quote(line.facility, on=self.day, at=self._noon()).parts
        total = line.shadow.life.payoff()
        owed = line.shadow.life.owed()
        found = {str(each): fen for each, fen in parts.items()}
        assert (sum(found.values()), found | {"fees": 0}) == (total, owed | {"fees": 0}), self._at(line, found, owed)

    def _same_books(self) -> None:
        """At the end of a closed day: loans, ledger, snapshots and the shadow."""
        assert selectors.disagreements(snapshot_of=self.day) == [], f"seed {self.seed}, {self.day}"
        for line in self.lines:
            life = line.shadow.life
            standing = selectors.standing(line.facility)
            assert {str(each): fen for each, fen in standing.owed.items()} == life.owed(), self._at(line)
            kept = LoanRow.objects.filter(facility=line.facility, status="active").order_by("id")
            names = ("id", "principal_fen", "days_past_due", "tier", "matures_on", "way")
            alike = [
                (loan.number, loan.principal, loan.late, loan.tier, loan.matures, loan.way)
                for loan in sorted(life.running(), key=lambda each: each.number)
            ]
            assert list(kept.values_list(*names)) == alike, self._at(line)
            snapshot = SnapshotRow.objects.filter(facility=line.facility, on=self.day)
            kept_of = {str(each): sum(getattr(row, f"{each}_fen") for row in snapshot) for each in Component}
            assert kept_of == life.owed(), self._at(line, kept_of)
            since = min(max(line.opened, line.told_to + DAY), self.day)
            told = statements.statement(line.facility, since=since, until=self.day)
            self.done["days of loans held down by others of the firm"] += sum(
                loan.tier > loan.own for loan in life.running()
            )
            assert {str(each): fen for each, fen in told.closing.items()} == life.owed(), self._at(line, told)
            line.told_to = self.day

    def _at(self, line: Lived, *said: object) -> str:
        dues = DueRow.objects.filter(loan__facility=line.facility).order_by("loan", "due_on")
        told = [f"seed {self.seed} from {self.since}, {self.day}, facility {line.facility}: {said}", line.shadow.life]
        told += dues.values_list("loan", "due_on", "kind", "amount_fen", "paid_fen")
        return "\n".join(map(str, [*told, *line.shadow.acts[-12:]]))

    # how it is asked for

    def _draw_of(self, line: Lived, fen: int, way: str) -> object:
        said = {"amount": Money(fen), "purpose": "stock", "payee": "a supplier", "way": Amortization(way)}
        return self._on(line, "draw", **said, rail=self.bank)

    def _on(self, line: Lived, act: str, **said: object) -> object:
        self.count += 1
        return self._ask(act, facility=line.facility, request=RequestId(f"r{self.count}"), **said)

    def _ask(self, act: str, **said: Any) -> object:
        if act not in OF_FIRMS:
            said = {"at": self._noon()} | said
        if act in ("close_days", "resolve_draws"):
            said["rail"] = self.bank
        if act != "resolve_draws":
            said.setdefault("on", self.day)
        self.script.append((act, said, self.bank.says))
        answer = done(act, said)
        self.done[act if not isinstance(answer, Refused) else f"{act} refused"] += 1
        return answer

    def _noon(self) -> datetime:
        return datetime.combine(self.day, time(4), UTC)
