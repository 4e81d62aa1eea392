"""The living line: what is owed, when, and what a payment does to it.

This room promises schedules that are exact to the fen: one pure engine for equal instalments, equal principal,
interest with the principal at the end, and repayment at any time, under every day count, rounding and calendar that
a contract may name, with draws, rate changes, interest pauses and early, partial or late payments. The same facts in
any order of delivery give the same rows. It promises facilities that are drawn and repaid at any time: interest by
the day (annual rate / 360 x actual days, half a fen up when it falls due or is paid), a draw that is paid at most once,
a close of day that may be killed and goes on, and loans, ledger and snapshots that agree to the fen.

It refuses a convention that it does not know, amounts finer than the smallest unit of money, and facts that
contradict each other (a draw above the principal, a payment before the money, periods with a gap), a draw
above what is available, a payment above what is owed, and an act on a day that is closed.
"""
