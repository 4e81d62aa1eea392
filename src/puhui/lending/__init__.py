"""The living line: what is owed, when, and what a payment does to it.

This room promises schedules that are exact to the fen: one pure engine for equal instalments, equal principal,
interest with the principal at the end, and repayment at any time, under every day count, rounding and calendar that
a contract may name, with draws, rate changes, interest pauses and early, partial or late payments. The same facts in
any order of delivery give the same rows.

It refuses a convention that it does not know, amounts finer than the smallest unit of money, and facts that
contradict each other (a draw above the principal, a payment before the money, periods with a gap).
"""
