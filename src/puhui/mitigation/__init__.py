"""What secures a line: mortgages, pledges and third parties' guarantees.

Promises: one limit is a credit part, a mortgage part and a guarantee part, and every yuan drawn or repaid belongs to
one of them; what a thing may carry follows from its last valuation, the claims before ours and the rules of the day;
nothing counts before it is perfected, and two people stand behind every change of what counts.
Refuses: a thing pledged twice beyond its worth, a guarantee that leads back to its own borrower, a guarantor beyond
its capacity, a confirmation by the one who proposed.
"""
