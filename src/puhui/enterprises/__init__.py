"""Whose is it: what a firm is, told from what is on record of it.

The room promises a trade for every firm, from its name by a stated rule table. It refuses to guess: where no rule
speaks, the trade is `OTHER`.
"""
