"""Whose is it: one legal firm from many records; who owns and guarantees whom; whether what is said of it is true.

Promises: a record is linked to one firm, by its checked code, by its source's own code, or by likeness; a firm's id
stays the same whatever is linked later; every link, merge and split is kept and can be undone; a trade for every firm,
from its name by a stated rule table. Refuses: to guess. What is doubtful waits for a person, what contradicts itself is
told with both sides, and where no rule speaks, the trade is `OTHER`.
"""
