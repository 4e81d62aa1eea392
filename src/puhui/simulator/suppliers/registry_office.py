"""The business registry: who a firm is, who signs and owns, what changed, and the list of the abnormal."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.simulator import names
from puhui.simulator.arrays import Whole, fen
from puhui.simulator.dirt import Dirt
from puhui.simulator.district import District
from puhui.simulator.forms import FORM
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, joined, numbers, of_firms, picked, same
from puhui.simulator.trades import TRADES

NEW_REPRESENTATIVE, NEW_REPRESENTATIVE_BY_RISK = -5.3, 0.45  # log, a month
MOVES, ABNORMAL, ABNORMAL_BY_RISK, RESTORED = 0.004, -5.9, 0.65, 0.1
RAISES_CAPITAL, RAISES_BY_RISK = 0.003, -0.2
OLD_ADDRESS = 0.03  # of the identity rows: the firm moved and has not said so
REASONS = np.array(["未按规定期限公示年度报告", "通过登记的住所无法联系", "公示信息隐瞒真实情况"])
COLUMNS = pa.schema([
    ("enterprise", pa.string()),
    ("record_number", pa.string()),
    ("happened_on", pa.date32()),
    ("kind", pa.string()),
    ("name", pa.string()),
    ("person", pa.string()),
    ("share_bp", pa.int64()),
    ("capital_fen", pa.int64()),
    ("trade", pa.string()),
    ("address", pa.string()),
    ("phone", pa.string()),
    ("item", pa.string()),
    ("before", pa.string()),
    ("after", pa.string()),
])  # fmt: skip


class Register:
    """The register of a district. Numbers of records run on by firm."""

    def __init__(self, district: District, dirt: Dirt) -> None:
        d = self.district = district
        self.dirt = dirt
        rng = d.stream(Purpose.REGISTRY)
        self.next = np.ones(d.n, np.int64)
        self.listed = np.zeros(d.n, np.bool_)
        self.address = d.firms.address.copy()
        self.capital = fen(d.firms.capital)
        self.representative = d.owners.representative.copy()
        twins = np.flatnonzero(d.frauds.affiliate > np.arange(d.n))  # hidden affiliates share a telephone and a house
        self.phone = d.firms.phone.copy()
        self.phone[d.frauds.affiliate[twins]] = self.phone[twins]
        alike = twins[rng.random(twins.size) < 0.6]
        self.address[d.frauds.affiliate[alike]] = self.address[alike]
        shells = np.flatnonzero(d.frauds.shell)
        self.address[shells] = self.address[shells[np.arange(shells.size) // 4 * 4]]  # companies of paper share rooms

    def month(self, month: int, file: str) -> pa.Table:
        """What is registered in a month; in the first, everything that stands."""
        rng = self.district.stream(Purpose.REGISTRY, month + 1)
        born = self.district.firms.born == month
        parts = [self._founded(np.flatnonzero(born), file, rng), *self._changes(month, rng)]
        return joined(parts, COLUMNS)

    def _founded(self, firm: Whole, file: str, rng: np.random.Generator) -> pa.Table:
        d, owners = self.district, self.district.owners
        day = d.firms.founded[firm]
        old = np.flatnonzero(rng.random(firm.size) < OLD_ADDRESS)
        address = self.address[firm]
        address[old] = names.addresses(old.size, rng)
        identity = self._row("设立", firm, day) | {
            "name": pa.array(d.firms.name[firm].tolist(), pa.string()),
            "capital_fen": pa.array(self.capital[firm]),
            "trade": picked(np.array([trade.zh for trade in TRADES]), d.firms.trade[firm]),
            "address": pa.array(address.tolist(), pa.string()),
            "phone": pa.array(self.phone[firm].tolist(), pa.string()),
        }
        moved = pa.table({name: identity[name].take(pa.array(old)) for name in ("enterprise", "record_number")})
        true = pa.array(self.address[firm][old].tolist(), pa.string())
        self.dirt.tell(moved, FORM["registry"], file, "moved_address", column="address", true=true)
        represented = self._row("法定代表人", firm, day) | self._person(self.representative[firm])
        held = self._row("股东", firm, day) | self._person(owners.majority[firm])
        held |= {"share_bp": pa.array(owners.majority_bp[firm])}
        two = firm[owners.second[firm] >= 0]
        rest = self._row("股东", two, d.firms.founded[two]) | self._person(owners.second[two])
        rest |= {"share_bp": pa.array(10_000 - owners.majority_bp[two])}
        return joined([pa.table(part) for part in (identity, represented, held, rest)], COLUMNS)

    def _changes(self, month: int, rng: np.random.Generator) -> list[pa.Table]:
        d = self.district
        alive, risk = d.health.pulse[:, month] > 0, np.clip(d.health.risk[:, month], -5, 6)
        alive &= d.firms.born < month

        def chosen(log_rate: float, by_risk: float) -> Whole:
            return np.flatnonzero(alive & (rng.random(d.n) < np.exp(log_rate + by_risk * risk)))

        def some_day(firm: Whole) -> Whole:
            return np.asarray(d.calendar.starts[month] + rng.integers(0, 28, firm.size))

        parts = []
        signs = chosen(NEW_REPRESENTATIVE, NEW_REPRESENTATIVE_BY_RISK)
        before, after = self.representative[signs], d.n + signs
        self.representative[signs] = after
        day = some_day(signs)
        parts.append(self._row("法定代表人", signs, day) | self._person(after))
        parts.append(self._change("法定代表人", signs, day, d.owners.name[before], d.owners.name[after]))
        moves = chosen(np.log(MOVES), 0.05)
        new = names.addresses(moves.size, rng)
        parts.append(self._change("住所", moves, some_day(moves), self.address[moves], new))
        self.address[moves] = new
        raises = chosen(np.log(RAISES_CAPITAL), RAISES_BY_RISK)
        old = self.capital[raises].copy()
        self.capital[raises] += old * rng.integers(1, 4, raises.size)
        yuan = [(amount // 100).astype(np.str_) for amount in (old, self.capital[raises])]
        parts.append(self._change("注册资本", raises, some_day(raises), *yuan))
        back = np.flatnonzero(alive & self.listed & (rng.random(d.n) < RESTORED))
        parts.append(self._row("移出异常", back, some_day(back)))
        self.listed[back] = False
        bad = chosen(ABNORMAL, ABNORMAL_BY_RISK)
        bad = np.union1d(bad, np.flatnonzero(alive & d.frauds.shell & (rng.random(d.n) < 0.02)))
        bad = bad[~self.listed[bad]]
        self.listed[bad] = True
        reason = picked(REASONS, rng.integers(0, REASONS.size, bad.size))
        parts.append(self._row("经营异常", bad, some_day(bad)) | {"item": reason})
        return [pa.table(part) for part in parts]

    def _row(self, kind: str, firm: Whole, day: Whole) -> dict[str, pa.Array]:
        """The part that all records share; each takes the firm's next number."""
        number = (self.district.firms.counter + firm) * 1_000 + self.next[firm]
        self.next[firm] += 1
        return {
            "enterprise": of_firms(self.district, firm),
            "record_number": numbers("R", number),
            "happened_on": days(day),
            "kind": same(kind, firm),
        }

    def _person(self, place: Whole) -> dict[str, pa.Array]:
        owners = self.district.owners
        return {
            "name": pa.array(owners.name[place].tolist(), pa.string()),
            "person": pa.array(owners.person[place].tolist(), pa.string()),
        }

    def _change(self, item: str, firm: Whole, day: Whole, before: np.ndarray, after: np.ndarray) -> dict[str, pa.Array]:
        said = {"item": same(item, firm), "before": pa.array(before.tolist(), pa.string())}
        return self._row("变更", firm, day) | said | {"after": pa.array(after.tolist(), pa.string())}
