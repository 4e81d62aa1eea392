"""What moves on bank accounts in a month, before it is a statement."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from puhui.simulator.arrays import Whole

MEMOS = (
    "货款", "工资", "缴税", "社保", "电费", "房租", "贷款发放", "贷款还款", "利息", "转账", "借款", "还款",
    "收单结算", "出口收汇", "彩票", "棋牌", "游戏充值", "备用金", "滞纳金",
)  # fmt: skip
(GOODS, WAGES, TAXES, INSURED, POWER_BILL, RENT, DRAWN, REPAID, INTEREST, TRANSFER, BORROWED, RETURNED,
 SETTLED, EXPORTED, LOTTERY, CARDS, GAMING, PETTY, LATE_FEE) = range(len(MEMOS))  # fmt: skip


@dataclass
class Flows:
    """Movements of the district's firms: `amount` in fen, above 0 in, below 0 out."""

    parts: list[tuple[Whole, Whole, Whole, Whole, Whole]] = field(default_factory=list)

    def add(self, firm: Whole, day: Whole, amount: Whole, party: Whole | int, memo: Whole | int) -> None:
        """Note movements; those of nothing are left out."""
        moved = np.flatnonzero(amount)
        whom, why = (np.broadcast_to(np.asarray(value, np.int64), firm.shape)[moved] for value in (party, memo))
        self.parts.append((firm[moved], day[moved], amount[moved], whom, why))

    def joined(self) -> tuple[Whole, Whole, Whole, Whole, Whole]:
        """Firm, day, amount, party and memo of all movements."""
        columns = [np.concatenate([part[place] for part in self.parts]) for place in range(5)]
        return columns[0], columns[1], columns[2], columns[3], columns[4]
