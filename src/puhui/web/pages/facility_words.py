"""What the words of lending are called on pages, and the tone they stand in."""

from __future__ import annotations

from collections.abc import Mapping

from puhui.documents.blocks import Tone
from puhui.lending import facility
from puhui.lending.facility import Component, LoanStatus, Status
from puhui.words import Label

STATUS: Mapping[Status, tuple[Label, Tone]] = {
    Status.OPEN: (Label("open", "可支用"), Tone.GOOD),
    Status.FROZEN: (Label("frozen", "已冻结"), Tone.WATCH),
    Status.CLOSED: (Label("closed", "已结清关闭"), Tone.PLAIN),
    Status.WRITTEN_OFF: (Label("written off", "已核销"), Tone.BAD),
}
assert STATUS.keys() == set(Status)
LOAN_STATUS: Mapping[LoanStatus, tuple[Label, Tone]] = {
    LoanStatus.PENDING: (Label("being paid out", "放款中"), Tone.WATCH),
    LoanStatus.ACTIVE: (Label("running", "存续"), Tone.GOOD),
    LoanStatus.FAILED: (Label("not paid out", "放款失败"), Tone.BAD),
    LoanStatus.REPAID: (Label("repaid", "已结清"), Tone.PLAIN),
    LoanStatus.WRITTEN_OFF: (Label("written off", "已核销"), Tone.BAD),
}
assert LOAN_STATUS.keys() == set(LoanStatus)
OVERDUE, DUE_NOW = (Label("overdue", "已逾期"), Tone.BAD), (Label("due now", "应还"), Tone.WATCH)
TONES = {1: Tone.GOOD, 2: Tone.WATCH, 3: Tone.BAD, 4: Tone.BAD, 5: Tone.BAD}
TIERS: Mapping[int, tuple[Label, Tone]] = {tier: (label, TONES[tier]) for tier, label in facility.TIERS.items()}
COMPONENTS: Mapping[Component, Label] = {
    Component.FEES: Label("fees", "费用"),
    Component.PENALTY: Label("penalty interest", "罚息"),
    Component.COMPOUND: Label("interest on unpaid interest", "复利"),
    Component.INTEREST: Label("interest", "利息"),
    Component.PRINCIPAL: Label("principal", "本金"),
}
