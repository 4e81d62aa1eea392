"""A district: its firms with all that is fixed before the first month, and the parties they deal with by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from puhui.simulator.arrays import Real, Whole
from puhui.simulator.calendar import Calendar
from puhui.simulator.course import Course, draw_course
from puhui.simulator.credit_codes import numbered
from puhui.simulator.firms import Firms, draw_firms
from puhui.simulator.frauds import Frauds, draw_frauds
from puhui.simulator.health import Health, live
from puhui.simulator.macro import Macro, draw_macro
from puhui.simulator.network import Network, draw_network
from puhui.simulator.owners import Owners, draw_owners
from puhui.simulator.streams import Purpose, stream

OFFICES = (  # parties beside firms, outside companies and people
    "国家税务总局临江市税务局",
    "临江市社会保险事业管理局",
    "国网临江市供电公司",
    "待报解预算收入",
    "本单位职工",
    "银联商务股份有限公司清算户",
    "安居物业管理有限公司",
    "欢乐数娱科技有限公司",
    "临江银行",
)
TAX, INSURANCE, POWER, TREASURY, STAFF, ACQUIRER, LANDLORD, GAMES, BANK = range(len(OFFICES))


@dataclass(frozen=True)
class District:
    """All that is fixed. A party is a number: firms first, then outside companies, people, offices."""

    seed: int
    number: int
    calendar: Calendar
    macro: Macro
    firms: Firms
    owners: Owners
    frauds: Frauds
    network: Network
    health: Health
    course: Course

    @property
    def n(self) -> int:
        """How many firms."""
        return self.firms.n

    def stream(self, purpose: Purpose, month: int = 0) -> np.random.Generator:
        """A random stream of this district's own."""
        return stream(self.seed, purpose, self.number, month)

    @cached_property
    def codes(self) -> pa.Array:
        """Credit codes of firms and outside companies, by party."""
        return pa.array(np.concatenate([self.firms.code, self.firms.outside_code]))

    @cached_property
    def party_names(self) -> pa.Array:
        """Names by party."""
        names = [self.firms.name, self.firms.outside_name, self.owners.name, np.array(OFFICES)]
        return pa.array(np.concatenate(names))

    @cached_property
    def party_accounts(self) -> pa.Array:
        """Account numbers by party; people and offices pay from accounts that are not shown."""
        outside = numbered("6228", self.firms.counter + self.n + np.arange(self.firms.outside_code.size), 12)
        shown = [*self.firms.account.tolist(), *outside.tolist()]
        return pa.array(shown + [None] * (self.owners.name.size + len(OFFICES)))

    def person(self, place: Whole) -> Whole:
        """The party of a person."""
        return self.firms.n + self.firms.outside_code.size + place

    def office(self, which: int) -> int:
        """The party of an office."""
        return self.firms.n + self.firms.outside_code.size + self.owners.name.size + which

    def operating(self, month: int) -> Real:
        """Each firm's trading health in a month."""
        return self.health.operating[:, month]

    def strain(self, month: int) -> Real:
        """Each firm's strain in a month."""
        return self.health.strain[:, month]


def draw_district(seed: int, number: int, n: int, calendar: Calendar, *, hazard: float = 1.0) -> District:
    """A district and the hidden life of its firms."""
    macro = draw_macro(seed, calendar.months)
    firms = draw_firms(seed, number, n, calendar)
    owners = draw_owners(seed, firms)
    frauds = draw_frauds(seed, firms, calendar)
    network = draw_network(seed, firms, frauds)
    health = live(seed, firms, network, frauds, macro=macro, calendar=calendar, hazard=hazard)
    course = draw_course(seed, firms, health, frauds, calendar)
    return District(seed, number, calendar, macro, firms, owners, frauds, network, health, course)
