"""The room's reads: what an account holds, what moved it, and whether the books balance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from puhui.ids import RequestId
from puhui.ledger.accounts import Account, Balance, Bound, Entry, TrialRow
from puhui.ledger.lines import CURRENCIES, AccountId, Kind, TransferId
from puhui.ledger.reasons import Reason

CURRENCY_OF = {number: currency for currency, number in CURRENCIES.items()}
TOTALS = "debits_pending, debits_posted, credits_pending, credits_posted"
SUMS = ", ".join(f"coalesce(sum({total}), 0)" for total in TOTALS.split(", "))


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the books balance: how much was looked at, and what does not hold (nothing, if all is well)."""

    accounts: int
    transfers: int
    wrong: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Every total is the sum of its transfers, and debits equal credits in every currency."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Act:
    """One request, as it was answered: for each line its reason (BOOKED, or why not)."""

    number: int
    request: RequestId
    happened_on: date
    reasons: tuple[Reason, ...]


def accounts(names: Collection[str]) -> dict[str, Account]:
    """The accounts of these names; a name that nobody has opened is left out."""
    rows = fetch(
        """select id, name, code, debits_must_not_exceed_credits, credits_must_not_exceed_debits, general, ledger,
            opened_on, closed_on from ledger_account where name = any (%s)""",
        [list(names)],
    )
    return {row[1]: account_of(row) for row in rows}


def balance(account: AccountId, *, on: date | None = None) -> Balance:
    """What an account holds now, or held at the end of a business date. An unknown account holds nothing."""
    if on is None:
        return balances([account]).get(account, Balance())
    folded, rest = (f"select {TOTALS} from {table}" for table in ("ledger_foldedtotal", "ledger_entry"))
    rows = fetch(
        f"""with folds as (select coalesce(max(folded_to), 0) as upto from ledger_fold)
        select {SUMS} from (
            {folded} where account = %s and happened_on <= %s
            union all
            {rest}, folds, (select id, general from ledger_account) a
            where account = %s and a.id = account and happened_on <= %s
                and ledger_entry.id >= case when a.general then (folds.upto + 1) * 10000 else 0 end
        ) moved""",
        [account, on, account, on],
    )
    return _balance(rows[0])


def balances(wanted: Collection[AccountId]) -> dict[AccountId, Balance]:
    """What many accounts hold now, in one look at one moment."""
    rows = fetch(f"select account, {TOTALS} from ledger_balance where account = any (%s)", [list(wanted)])
    return {AccountId(row[0]): _balance(row[1:]) for row in rows}


def history(account: AccountId, *, since: date | None = None, until: date | None = None) -> list[Entry]:
    """What moved an account, in the order in which it was booked, each with what the account held after it.

    The balances count every entry from the first; `since` and `until` choose by business date which are shown.
    """
    rows = fetch(
        f"""select * from (
            select id, kind, code, happened_on, learned_at, counter_account, refers, debits_posted, credits_posted,
                {", ".join(f"sum({total}) over (order by id)" for total in TOTALS.split(", "))}
            from ledger_entry where account = %s
        ) moved where happened_on between %s and %s order by id""",
        [account, since or date.min, until or date.max],
    )
    return [
        Entry(
            transfer=TransferId(row[0]),
            kind=Kind(row[1]),
            code=row[2],
            happened_on=row[3],
            learned_at=row[4],
            counter_account=AccountId(row[5]),
            refers=None if row[6] is None else TransferId(row[6]),
            debit_fen=row[7],
            credit_fen=row[8],
            balance=_balance(row[9:]),
        )
        for row in rows
    ]


def trial_balance(*, on: date | None = None) -> list[TrialRow]:
    """Every account, summed by currency and code, now or at the end of a business date. Debits equal credits."""
    source, values = f"select account, {TOTALS} from ledger_balance", list[Any]()
    if on is not None:
        source, values = f"select account, {TOTALS} from ledger_entry where happened_on <= %s", [on]
    rows = fetch(
        f"""select a.ledger, a.code, count(distinct a.id), {SUMS}
        from (select id, ledger, code from ledger_account) a left join ({source}) moved on moved.account = a.id
        group by 1, 2 order by 1, 2""",
        values,
    )
    return [TrialRow(CURRENCY_OF[row[0]], row[1], row[2], _balance(row[3:])) for row in rows]


def check() -> Checked:
    """Add up every transfer anew and hold the totals against it. Takes a while on a large ledger; locks nothing."""
    off = " or ".join(f"sum({total}) <> 0" for total in TOTALS.split(", "))
    wrong = fetch(
        f"""select account, {SUMS} from (
            select account, {TOTALS} from ledger_balance
            union all
            select account, -debits_pending, -debits_posted, -credits_pending, -credits_posted from ledger_entry
        ) both_ways group by account having {off} order by account limit 20"""
    )
    found = [f"account {row[0]} is off its transfers by {_balance(row[1:])}" for row in wrong]
    for currency, debits, credit in fetch(
        "select ledger, sum(debits_posted), sum(credits_posted) from ledger_balance group by 1"
    ):
        if debits != credit:
            found.append(f"{CURRENCY_OF[currency]}: debits of {debits} against credits of {credit}")
    ((opened, booked),) = fetch("select (select count(*) from ledger_account), (select count(*) from ledger_transfer)")
    return Checked(opened, booked, tuple(found))


def act(request: RequestId) -> Act | None:
    """What was answered to a request id, or None when it was never seen: how a lost answer is found again."""
    rows = fetch(
        "select number, request, happened_on, cardinality(lines) / 9, refusals from ledger_act where request = %s",
        [request],
    )
    if not rows:
        return None
    number, name, on, lines, refusals = rows[0]
    return Act(number, RequestId(name), on, tuple(Reason(each) for each in refusals or [0] * lines))


def fetch(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a statement, for the room's own reads."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def account_of(row: tuple[Any, ...]) -> Account:
    """An account from its row, for the room's own reads."""
    key, name, code, debits_bound, credits_bound, general, currency, opened_on, closed_on = row
    bound = Bound.NONE
    if debits_bound:
        bound = Bound.DEBITS_MUST_NOT_EXCEED_CREDITS
    elif credits_bound:
        bound = Bound.CREDITS_MUST_NOT_EXCEED_DEBITS
    return Account(AccountId(key), name, code, bound, general, CURRENCY_OF[currency], opened_on, closed_on)


def _balance(row: Sequence[Any]) -> Balance:
    return Balance(*(int(total) for total in row))
