"""Loans and lines of other banks: asked for, granted, drawn, repaid, and at the end overdue."""

from __future__ import annotations

import numpy as np

from puhui.simulator import flows
from puhui.simulator.arrays import Real, Whole, Yes, sigmoid
from puhui.simulator.district import BANK, District
from puhui.simulator.flows import Flows
from puhui.simulator.streams import Purpose

LENDERS = np.array([
    "临江银行", "江南农村商业银行", "东部城市商业银行", "西部城市商业银行", "华通股份制银行", "国信股份制银行",
    "大江国有银行", "长城国有银行", "普汇互联网银行", "云桥互联网银行", "聚源小额贷款公司", "恒达融资租赁公司",
    "星火消费金融公司", "万家小额贷款公司",
])  # fmt: skip
MOST = 8  # accounts a firm
ASKS, ASKS_BY_STRAIN = -3.7, 0.5  # logit a month
GRANTED, GRANTED_BY_STRAIN = 1.7, -0.8
USED, USED_BY_STRAIN, USED_DIFFERS = -0.3, 0.9, 0.5  # logit of a line's use
ENQUIRED, ENQUIRED_BY_STRAIN = -2.3, 0.65  # log of enquiries a month beside one's own asking
SLIPS, SLIPS_BY_STRAIN = -5.0, 1.2  # logit of a month in which an instalment is late, and made good
SUDDEN = 0.45  # of defaults, no instalment was missed long before
TERMS = np.array([12, 24, 36])
WAN = 1_000_000  # fen in ten thousand yuan


class Borrowing:
    """A district's debt at banks. Arrays are firm × account; an account without a lender (-1) is free."""

    def __init__(self, district: District) -> None:
        d = self.district = district
        rng = d.stream(Purpose.BORROWING)
        self.lender = np.full((d.n, MOST), -1, np.int64)
        self.revolving = np.zeros((d.n, MOST), np.bool_)
        self.limit = np.zeros((d.n, MOST), np.int64)
        self.balance = np.zeros((d.n, MOST), np.int64)
        self.opened = np.zeros((d.n, MOST), np.int64)  # day
        self.term = np.full((d.n, MOST), 12, np.int64)
        self.serial = np.zeros((d.n, MOST), np.int64)
        self.overdue_days = np.zeros(d.n, np.int64)
        self.sudden = rng.random(d.n) < SUDDEN
        self.use = rng.normal(0, USED_DIFFERS, (d.n, MOST))
        self.size = d.firms.pace * np.exp(rng.normal(0.2, 0.5, d.n))  # yuan a loan
        self.enquiries = (np.empty(0, np.int64),) * 3
        self.stacked: Whole = np.empty(0, np.int64)  # the month's loans of who stacks them, by firm
        self.next_serial = np.zeros(d.n, np.int64)
        held = np.minimum(rng.poisson(np.exp(0.1 + 0.3 * d.strain(0)) * (d.firms.born == 0)), MOST - 3)
        for account in range(MOST - 3):
            who = np.flatnonzero(held > account)
            opened = d.calendar.starts[0] - rng.integers(10, 500, who.size)
            self._open(who, np.full(who.size, account), opened, rng)
            self.balance[who, account] = (self.balance[who, account] * rng.uniform(0.2, 1, who.size)).astype(np.int64)

    def month(self, month: int, moved: Flows) -> None:
        """One month of borrowing; what moves on accounts is noted in `moved`."""
        d, rng = self.district, self.district.stream(Purpose.BORROWING, month + 1)
        alive = (d.health.pulse[:, month] > 0) & (d.health.default_month > month)
        self._slip(month, rng)
        pays = alive & (self.overdue_days == 0)
        self._serve(month, pays, moved, rng)
        self._ask(month, alive, moved, rng)

    def _slip(self, month: int, rng: np.random.Generator) -> None:
        """Days overdue: a month's slip now and then; the last instalments before a default; all of it after."""
        d = self.district
        left = d.health.default_month - month
        slips = (rng.random(d.n) < sigmoid(SLIPS + SLIPS_BY_STRAIN * d.strain(month))) * rng.integers(3, 40, d.n)
        ending = np.where((left <= 2) & (~self.sudden | (left <= 0)), 80 - 30 * left + rng.integers(0, 10, d.n), 0)
        self.overdue_days = np.where(left <= 2, np.maximum(ending, 0), slips)

    def _serve(self, month: int, pays: Yes, moved: Flows, rng: np.random.Generator) -> None:
        """Interest, instalments, and the use of lines, which follows strain."""
        d = self.district
        strain = np.clip(d.strain(month), -4, 5)[:, None]
        use = sigmoid(USED + USED_BY_STRAIN * strain + self.use + rng.normal(0, 0.25, self.use.shape))
        wanted = (self.limit * use / WAN * 10).astype(np.int64) * (WAN // 10)
        instalment = np.minimum(self.balance, self.limit // self.term)
        change = np.where(self.revolving, wanted - self.balance, -instalment)
        change = np.where((self.lender >= 0) & pays[:, None], change, 0)
        interest = np.rint(self.balance * (d.macro.rate[month] + 0.008 * strain.clip(0)) / 12).astype(np.int64)
        interest = np.where((self.lender >= 0) & pays[:, None], interest, 0)
        for account in range(MOST):
            firm = np.flatnonzero(self.lender[:, account] >= 0)
            if not firm.size:
                continue
            day = d.calendar.starts[month] + 19 + rng.integers(0, 3, firm.size)
            moves = change[firm, account]
            memo = np.where(moves > 0, flows.DRAWN, flows.REPAID)
            moved.add(firm, day, moves, d.office(BANK), memo)
            moved.add(firm, day + 1, -interest[firm, account], d.office(BANK), flows.INTEREST)
        self.balance += change
        done = (self.lender >= 0) & ~self.revolving & (self.balance <= 0)
        self.lender[done] = -1

    def _ask(self, month: int, alive: Yes, moved: Flows, rng: np.random.Generator) -> None:
        """Who asks a bank, which leaves an enquiry; who is granted a loan or a line."""
        d, strain = self.district, np.clip(self.district.strain(month), -4, 5)
        stacks = d.frauds.active("stacked_loans", month)
        asks = alive & ((rng.random(d.n) < sigmoid(ASKS + ASKS_BY_STRAIN * strain)) | stacks)
        granted = asks & ((rng.random(d.n) < sigmoid(GRANTED + GRANTED_BY_STRAIN * strain)) | stacks)
        free = self.lender < 0
        times, stacked = np.where(stacks, 2, 1), []
        for turn in range(2):
            who = np.flatnonzero(granted & free.any(axis=1) & (times > turn))
            account = free[who].argmax(axis=1)
            day = d.calendar.starts[month] + rng.integers(8, 18, who.size)
            self._open(who, account, day, rng)
            drawn = np.where(self.revolving[who, account], 0, self.balance[who, account])
            self.balance[who, account] = drawn
            stacked.append(who[stacks[who]])
            moved.add(who, day, drawn, d.office(BANK), flows.DRAWN)
            free = self.lender < 0
        self.stacked = np.concatenate(stacked)
        more = rng.poisson(np.exp(ENQUIRED + ENQUIRED_BY_STRAIN * strain) * alive) + asks * times
        firm = np.repeat(np.arange(d.n), np.minimum(more, 12))
        day = d.calendar.starts[month] + rng.integers(0, 26, firm.size)
        self.enquiries = (firm, day, rng.integers(0, LENDERS.size, firm.size))

    def _open(self, firm: Whole, account: Whole, opened: Whole, rng: np.random.Generator) -> None:
        many = firm.size
        amount: Real = np.clip(self.size[firm] * np.exp(rng.normal(0, 0.5, many)), 30_000, 8_000_000)
        whole = np.maximum(np.rint(amount * 100 / WAN), 3).astype(np.int64) * WAN
        self.lender[firm, account] = rng.integers(0, LENDERS.size, many)
        self.revolving[firm, account] = rng.random(many) < 0.6
        self.limit[firm, account] = whole
        self.balance[firm, account] = whole
        self.opened[firm, account] = opened
        self.term[firm, account] = TERMS[rng.integers(0, TERMS.size, many)]
        self.next_serial[firm] += 1
        self.serial[firm, account] = self.next_serial[firm]
