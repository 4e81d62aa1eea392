"""The bank of the firms' accounts: statements whose balance always follows from the row before.

When an account would run dry its owner puts money in, or a private lender does if strain is high; what is not needed
the owner takes out. A strained firm lives from hand to mouth.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.simulator import flows
from puhui.simulator.arrays import Whole, fen, sigmoid, sums, within
from puhui.simulator.district import GAMES, LANDLORD, District
from puhui.simulator.flows import MEMOS, Flows
from puhui.simulator.payments import Payments
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, of_firms, shown

CUSHION, CUSHION_BY_STRAIN, CUSHION_DIFFERS = 0.75, -0.85, 0.35  # months of spending that are kept
PRIVATE, PRIVATE_BY_STRAIN = -2.0, 1.3  # logit that a gap is filled by a private lender
PRIVATE_INTEREST = 0.018  # a month
GAMBLES, GAMBLES_DIFFERS, GAMBLES_BY_STRAIN = -3.6, 1.3, 0.35  # log of such payments a month
RENT_SHARE = 0.018
THOUSAND = 100_000  # fen


class Accounts:
    """One account a firm: its balance, and what it owes private lenders. Fen."""

    def __init__(self, district: District) -> None:
        d = self.district = district
        rng = d.stream(Purpose.BANK)
        self.habit = np.exp(rng.normal(0, CUSHION_DIFFERS, d.n))
        self.gambles = rng.normal(GAMBLES, GAMBLES_DIFFERS, d.n)
        self.balance = fen(
            d.firms.pace * CUSHION * self.habit * np.exp(CUSHION_BY_STRAIN * np.clip(d.strain(0), -3, 3))
        )
        self.private = np.zeros(d.n, np.int64)
        self.lender = d.person(d.n + (np.arange(d.n) * 7 + 3) % d.n)
        self.owner = d.person(d.owners.majority)

    def month(self, month: int, payments: Payments, moved: Flows) -> pa.Table:
        """The statements of a month from all that has moved."""
        d, rng = self.district, self.district.stream(Purpose.BANK, 10_000 + month)
        paid, sold = payments.payer < d.n, payments.payee < d.n
        moved.add(payments.payee[sold], payments.day[sold], payments.amount[sold], payments.payer[sold], flows.GOODS)
        moved.add(payments.payer[paid], payments.day[paid], -payments.amount[paid], payments.payee[paid], flows.GOODS)
        self._habits(month, moved, rng)
        firm, day, amount, party, memo = moved.joined()
        place = (firm * 64 + day - d.calendar.starts[month] + 1) * 2 + (amount < 0)
        order = np.argsort(place, kind="stable")
        firm, place = firm[order], place[order]
        day, amount, party, memo = day[order], amount[order], party[order], memo[order]
        extra = self._kept_afloat(month, firm, amount, rng)
        if extra.parts:
            more_firm, more_day, more, more_party, more_memo = extra.joined()
            last = (more_day != d.calendar.starts[month]) * 63
            order = np.argsort(np.r_[place, (more_firm * 64 + last) * 2], kind="stable")
            firm, day, amount = np.r_[firm, more_firm][order], np.r_[day, more_day][order], np.r_[amount, more][order]
            party, memo = np.r_[party, more_party][order], np.r_[memo, more_memo][order]
        return self._statement(month, firm, day, amount, party=party, memo=memo)

    def _habits(self, month: int, moved: Flows, rng: np.random.Generator) -> None:
        """Rent, interest to private lenders, petty cash, and what an owner gambles."""
        d, alive = self.district, self.district.health.alive(month)
        first, strain = d.calendar.starts[month], np.clip(d.strain(month), -4, 5)
        pays = alive[rng.random(alive.size) > sigmoid(-4.5 + 0.9 * strain[alive])]
        moved.add(
            pays, first + rng.integers(0, 6, pays.size), -fen(d.firms.pace[pays] * RENT_SHARE),
            d.office(LANDLORD), flows.RENT,
        )  # fmt: skip
        owing = np.flatnonzero((self.private > 0) & (d.health.default_month > month))
        interest = -np.rint(self.private[owing] * PRIVATE_INTEREST).astype(np.int64)
        moved.add(owing, first + rng.integers(3, 20, owing.size), interest, self.lender[owing], flows.INTEREST)
        petty = np.repeat(alive, rng.poisson(1.2, alive.size))
        cash = -fen(np.round(np.exp(rng.normal(7.8, 0.8, petty.size)), -2))
        moved.add(petty, first + rng.integers(0, 28, petty.size), cash, self.owner[petty], flows.PETTY)
        rate = np.exp(np.minimum(self.gambles + GAMBLES_BY_STRAIN * strain, 2.5))[alive]
        plays = np.repeat(alive, rng.poisson(rate))
        stakes = -fen(np.round(np.exp(rng.normal(6.3, 1.0, plays.size)), -1) + 10)
        kind = flows.LOTTERY + rng.integers(0, 3, plays.size)
        moved.add(plays, first + rng.integers(0, 28, plays.size), stakes, d.office(GAMES), kind)

    def _kept_afloat(self, month: int, firm: Whole, amount: Whole, rng: np.random.Generator) -> Flows:
        """Money put in on the first day and taken out on the last, so that no balance falls below zero."""
        d, extra, n = self.district, Flows(), self.district.n
        total = sums(amount, firm, n)
        begins = np.flatnonzero(np.r_[True, firm[1:] != firm[:-1]]) if firm.size else np.empty(0, np.int64)
        running = np.cumsum(amount)
        lowest = np.zeros(n, np.int64)
        if firm.size:
            before = running[begins] - amount[begins]
            lowest[firm[begins]] = np.minimum.reduceat(running, begins) - before
        gap = -(self.balance + np.minimum(lowest, 0))
        needed = np.where(gap > 0, -(-gap // THOUSAND) * THOUSAND + THOUSAND, 0)
        private = rng.random(n) < sigmoid(PRIVATE + PRIVATE_BY_STRAIN * np.clip(d.strain(month), -4, 5))
        everyone, first = np.arange(n), np.full(n, d.calendar.starts[month])
        party, memo = np.where(private, self.lender, self.owner), np.where(private, flows.BORROWED, flows.TRANSFER)
        extra.add(everyone, first, needed, party, memo)
        self.private += np.where(private, needed, 0)
        end = self.balance + needed + total
        spent = -sums(np.minimum(amount, 0), firm, n)
        strain = np.clip(d.strain(month), -3, 4)
        keep = (spent * CUSHION * self.habit * np.exp(CUSHION_BY_STRAIN * strain)).astype(np.int64) + THOUSAND
        over = np.where(end > keep * 13 // 10, (end - keep) * 7 // 10, 0) // THOUSAND * THOUSAND
        back = np.minimum(over, self.private)
        self.private -= back
        last = first + d.calendar.length(month) - 1
        extra.add(everyone, last, -back, self.lender, flows.RETURNED)
        extra.add(everyone, last, -(over - back), self.owner, flows.TRANSFER)
        return extra

    def _statement(self, month: int, firm: Whole, day: Whole, amount: Whole, *, party: Whole, memo: Whole) -> pa.Table:
        """Rows with the balance after each; balances carry over to the next month."""
        d = self.district
        running = np.cumsum(amount)
        place = within(firm)
        begins = np.flatnonzero(place == 0)
        opening = np.repeat(
            self.balance[firm[begins]] - running[begins] + amount[begins], np.diff(np.r_[begins, firm.size])
        )
        after = running + opening
        self.balance += sums(amount, firm, d.n)
        seen = np.flatnonzero(d.firms.covered["bank_transactions"][firm])
        firm = firm[seen]
        label = int(d.calendar.label(month).replace("-", ""))
        number = (label * 10**8 + d.firms.counter + firm) * 10**4 + place[seen] + 1
        party = pa.array(party[seen])
        return pa.table({
            "enterprise": of_firms(d, firm),
            "account": pa.array(d.firms.account).take(pa.array(firm)),
            "transaction_number": pa.array(number).cast(pa.string()),
            "happened_on": days(day[seen]),
            "direction": shown(amount[seen] > 0, "贷", "借"),
            "amount_fen": np.abs(amount[seen]),
            "balance_fen": after[seen],
            "counterparty": d.party_names.take(party),
            "counterparty_account": d.party_accounts.take(party),
            "memo": pa.array(MEMOS).take(pa.array(memo[seen])),
        })  # fmt: skip
