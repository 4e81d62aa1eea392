"""The ledger: where is every fen.

Promises: every transfer takes from one account what it gives to another, so the books balance at every commit; an
act is booked whole or not at all; asking twice under one request id books once and gives the first answer; a limit
on an account holds under any concurrency; accounts that everything touches make nobody wait; what was booked stays
as it was, and a mistake is mended by a new transfer that names the old one.
Refuses: what `reasons.Reason` lists, in that order; and any change of history or of a balance that is not a booking
(the database itself says no). It knows nothing of loans.
"""
