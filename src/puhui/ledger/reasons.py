"""Why a line of an act is refused: the full list. Its order is the order of precedence.

Promises that of several reasons the lowest number is given. The numbers are those of the database's own rules
(`migrations/0002_booking.sql`) and are never used again for another meaning. The words are in `puhui.refusals`.
"""

from __future__ import annotations

from enum import IntEnum

from puhui.refusals import Code


class Reason(IntEnum):
    """0 is booked. Number 1 stands on the sound lines of a chain in which another line is refused."""

    BOOKED = 0
    LINKED_LINE_REFUSED = 1
    AMOUNT_NOT_POSITIVE = 2
    CODE_NOT_POSITIVE = 3
    ACCOUNTS_MUST_DIFFER = 4
    TIMEOUT_ONLY_FOR_PENDING = 5
    TIMEOUT_NOT_POSITIVE = 6
    DEBIT_ACCOUNT_UNKNOWN = 7
    CREDIT_ACCOUNT_UNKNOWN = 8
    TRANSFER_UNKNOWN = 9
    TRANSFER_NOT_PENDING = 10
    TRANSFER_NOT_POSTED = 11
    ACCOUNTS_OF_TWO_CURRENCIES = 12
    AMOUNT_OF_OTHER_CURRENCY = 13
    ABOVE_PENDING_AMOUNT = 14
    ALREADY_POSTED = 15
    ALREADY_VOIDED = 16
    PENDING_HAS_EXPIRED = 17
    PENDING_NOT_EXPIRED = 18
    ALREADY_REVERSED = 19
    DEBIT_ACCOUNT_CLOSED = 20
    CREDIT_ACCOUNT_CLOSED = 21
    OVERFLOWS_DEBITS = 22
    OVERFLOWS_CREDITS = 23
    EXCEEDS_CREDITS = 24
    EXCEEDS_DEBITS = 25
    ACCOUNT_UNKNOWN = 26
    ACCOUNT_CLOSED = 27
    GENERAL_ACCOUNT_STAYS_OPEN = 28
    ACCOUNT_NOT_EMPTY = 29

    @property
    def code(self) -> Code:
        """The refusal that a caller sees.

        >>> Reason.EXCEEDS_CREDITS.code
        <Code.EXCEEDS_CREDITS: 'EXCEEDS_CREDITS'>
        """
        return Code[self.name]


assert list(Reason) == list(range(30))
assert all(reason.code for reason in list(Reason)[1:])
