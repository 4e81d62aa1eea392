"""The courts: disputes, enforcement of judgments, and the list of those who do not obey them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.simulator.arrays import Whole, fen
from puhui.simulator.district import District
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, joined, of_firms, picked, same

CAUSES = np.array(["买卖合同纠纷", "建设工程合同纠纷", "劳动争议", "金融借款合同纠纷", "民间借贷纠纷", "租赁合同纠纷"])
COURTS = np.array(["临江市东湖区人民法院", "临江市南山区人民法院", "临江市江北区人民法院", "临江市中级人民法院"])
OUTCOMES = np.array(["判决", "调解", "撤诉"])
SUED, SUED_BY_STRAIN, SUED_BY_TRADING = -4.4, 0.85, -0.25  # log of cases a month
SUED_WHEN_GONE = 1.6
SUES = -5.0
ENFORCED = 0.45  # of lost cases of the strained, else a third of that
DISHONEST = 0.4  # of enforcements
COLUMNS = pa.schema([
    ("enterprise", pa.string()),
    ("case_number", pa.string()),
    ("kind", pa.string()),
    ("role", pa.string()),
    ("happened_on", pa.date32()),
    ("cause", pa.string()),
    ("amount_fen", pa.int64()),
    ("court", pa.string()),
    ("closed_on", pa.date32()),
    ("outcome", pa.string()),
])  # fmt: skip
Cases = dict[str, Whole]


class Docket:
    """Cases by the month in which something will happen to them."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.closing: dict[int, list[Cases]] = {}
        self.enforcing: dict[int, list[Cases]] = {}
        self.listing: dict[int, list[Cases]] = {}

    def month(self, month: int) -> pa.Table:
        """New cases, closed ones (as corrections of their first row), enforcements, and the dishonest."""
        d, rng = self.district, self.district.stream(Purpose.COURTS, month + 1)
        first = d.calendar.starts[month]
        parts = [self._filed(month, rng)]
        for cases in self.closing.pop(month, []):
            parts.append(self._rows(cases, "诉讼", closed=True))
            lost = np.flatnonzero((cases["plaintiff"] == 0) & (cases["outcome"] < 2))
            strained = d.strain(month)[cases["firm"][lost]] > 0.8
            goes = lost[rng.random(lost.size) < ENFORCED * np.where(strained, 1.0, 0.33)]
            self._later(self.enforcing, month, {name: of[goes] for name, of in cases.items()}, wait=(1, 4), rng=rng)
        for cases in self.enforcing.pop(month, []):
            enforced = cases | {"day": first + rng.integers(0, 27, cases["firm"].size)}
            parts.append(self._rows(enforced, "被执行"))
            worst = np.flatnonzero(rng.random(cases["firm"].size) < DISHONEST)
            self._later(self.listing, month, {name: of[worst] for name, of in cases.items()}, wait=(1, 5), rng=rng)
        parts += [
            self._rows(cases | {"day": first + rng.integers(0, 27, cases["firm"].size)}, "失信")
            for cases in self.listing.pop(month, [])
        ]
        return joined(parts, COLUMNS)

    def _filed(self, month: int, rng: np.random.Generator) -> pa.Table:
        d = self.district
        alive = d.health.pulse[:, month] > 0
        strain, gone = np.clip(d.strain(month), -4, 5), d.health.gone(month)
        recent = gone * (d.health.default_month > month - 12)
        sued = np.exp(SUED + SUED_BY_STRAIN * strain + SUED_BY_TRADING * d.operating(month).clip(-4, 3)) * (
            alive | (recent > 0)
        )
        sued = np.minimum(sued * np.exp(SUED_WHEN_GONE * recent), 0.8)
        against, by = rng.poisson(sued), rng.poisson(np.exp(SUES) * alive)
        firm = np.r_[np.repeat(np.arange(d.n), against), np.repeat(np.arange(d.n), by)]
        plaintiff = (np.arange(firm.size) >= against.sum()).astype(np.int64)
        cause = rng.integers(0, 4, firm.size) + (rng.random(firm.size) < 0.3) * rng.integers(0, 3, firm.size)
        cases: Cases = {
            "firm": firm,
            "plaintiff": plaintiff,
            "day": d.calendar.starts[month] + rng.integers(0, 27, firm.size),
            "cause": np.minimum(cause, CAUSES.size - 1),
            "amount": fen(np.clip(d.firms.pace[firm] * np.exp(rng.normal(-0.7, 1.0, firm.size)), 3_000, 2e7)),
            "court": rng.integers(0, COURTS.size, firm.size),
            "serial": month * 8 * d.n + rng.permutation(8 * d.n)[: firm.size],
            "outcome": rng.choice(3, firm.size, p=(0.5, 0.3, 0.2)),
            "closed": np.zeros(firm.size, np.int64),
            "year": np.full(firm.size, int(d.calendar.label(month)[:4])),
        }
        self._later(self.closing, month, cases, wait=(2, 9), rng=rng)
        return self._rows(cases, "诉讼")

    def _later(
        self,
        queue: dict[int, list[Cases]],
        month: int,
        cases: Cases,
        *,
        wait: tuple[int, int],
        rng: np.random.Generator,
    ) -> None:
        """Put cases where they will be taken up, some months on."""
        d = self.district
        when = month + rng.integers(*wait, cases["firm"].size)
        for target in np.unique(when[when < d.calendar.months]).tolist():
            mine = {name: of[when == target] for name, of in cases.items()}
            mine["closed"] = d.calendar.starts[target] + rng.integers(0, 27, mine["firm"].size)
            queue.setdefault(target, []).append(mine)

    def _rows(self, cases: Cases, kind: str, *, closed: bool = False) -> pa.Table:
        d, firm = self.district, cases["firm"]
        word = "执" if kind != "诉讼" else "民初"
        number = [
            f"（{year}）临{d.number:02d}{word}{serial}号"
            for year, serial in zip(cases["year"].tolist(), cases["serial"].tolist(), strict=True)
        ]
        role = pa.array(["被告", "原告"]).take(pa.array(cases["plaintiff"]))
        outcome = picked(OUTCOMES, cases["outcome"])
        return pa.table({
            "enterprise": of_firms(d, firm),
            "case_number": pa.array(number, pa.string()),
            "kind": same(kind, firm),
            "role": role if kind == "诉讼" else pa.nulls(firm.size, pa.string()),
            "happened_on": days(cases["day"]),
            "cause": picked(CAUSES, cases["cause"]),
            "amount_fen": cases["amount"],
            "court": picked(COURTS, cases["court"]),
            "closed_on": days(cases["closed"]) if closed else pa.nulls(firm.size, pa.date32()),
            "outcome": outcome if closed else pa.nulls(firm.size, pa.string()),
        })  # fmt: skip
