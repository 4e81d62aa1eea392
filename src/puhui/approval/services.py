"""The room's verbs: apply, consent, go on, decide, replay, ask for a person, rule, agree, withdraw, expire."""

from __future__ import annotations

from puhui.approval.applying import Applied, advance, apply, consent, expire, waiting, withdraw
from puhui.approval.backtesting import backtest, backtest_on_book
from puhui.approval.deciding import Decided, Replayed, decide, replay
from puhui.approval.gathering import Question
from puhui.approval.offering import agree, line_of, note_opened
from puhui.approval.people import ask_for_person, propose_override, rule
from puhui.approval.watching import end as end_watch

__all__ = [
    "Applied",
    "Decided",
    "Question",
    "Replayed",
    "advance",
    "agree",
    "apply",
    "ask_for_person",
    "backtest",
    "backtest_on_book",
    "consent",
    "decide",
    "end_watch",
    "expire",
    "line_of",
    "note_opened",
    "propose_override",
    "replay",
    "rule",
    "waiting",
    "withdraw",
]
