"""Schedule cases as JSON: a peer's format, read into the engine's values and answered in strings of two decimals.

Promises that every convention it reads is honoured. Refuses (BadInput) a convention that it does not know and facts
that contradict each other; text and numbers under unknown names are remarks, and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar

from puhui.days import parse
from puhui.lending.engine.calendar import Frequency, MonthEnd, Period, Unit, due_dates, periods
from puhui.lending.engine.daycount import DayCount
from puhui.lending.engine.interest import RoundingMode
from puhui.lending.engine.payments import accrued, schedule_of
from puhui.lending.engine.schedule import Row
from puhui.lending.engine.terms import (
    Allocation,
    Amortization,
    Component,
    Draw,
    EarlyPayment,
    InterestRounding,
    Loan,
    Pause,
    Payment,
    Payoff,
    PayoffCharge,
    RateChange,
    Rest,
    Terms,
)
from puhui.refusals import BadInput

Case = Mapping[str, Any]
Word = TypeVar("Word", bound=StrEnum)

READ = {
    *("id", "principal", "annual_rate_pct", "day_count", "frequency", "n_repayments", "amortization", "periods"),
    *("disbursements", "payments", "payment_components", "rate_changes", "interest_pauses", "recalculation"),
    *("rounding", "as_of", "payoff", "grace", "allocation", "interest_type", "interest_calc_period"),
    *("instalment_multiple_of", "month_end_rule", "schedule_start", "report"),
}
REMARKS = re.compile(r"expected|source|sensitive|stated|note|comment|categor|scope")
NO_REMARK = {"fees", "charges", "penalties", "down_payment", "balloon"}  # conventions, even where given as one number
SCALE = 2  # cents


def answer(case: Case) -> dict[str, Any]:
    """What a case asks for: `rows`, or `accruals` where it reports them. Amounts are strings of two decimals.

    >>> answer({"id": "a", "principal": "100", "annual_rate_pct": "12", "amortization": "equal_instalments",
    ...         "day_count": {"days_in_year": "360", "days_in_month": "30"}, "n_repayments": 1,
    ...         "frequency": {"unit": "month", "every": 1}, "disbursements": [["2024-01-01", "100"]]})["rows"]
    [{'n': 1, 'due': '2024-02-01', 'principal': '100.00', 'interest': '1.00', 'balance_after': '0.00', \
'total_due': '101.00'}]
    """
    if not isinstance(case, Mapping):
        raise BadInput(f"a case is a JSON object, not {str(case)[:40]!r}", then="give one case or a list of cases")
    try:
        loan = read(case)
    except (ValueError, TypeError, KeyError, ArithmeticError) as wrong:
        what = f"'{wrong.args[0]}' is missing" if isinstance(wrong, KeyError) else str(wrong)
        raise BadInput(f"case '{case.get('id', '?')}': {what}", then="correct the case and run it again") from wrong
    if case.get("report") == "accrued":
        days = [loan.as_of or _eve_of_first_due(loan)]
        found = [{"date": str(day), "accrued_interest_in_period": _text(accrued(loan, day))} for day in days]
        return {"id": case.get("id"), "accruals": found}
    return {"id": case.get("id"), "rows": [_row(row) for row in schedule_of(loan)]}


def read(case: Case) -> Loan:
    """The loan that a case tells of. Raises ValueError or KeyError where it cannot be one."""
    for name, value in case.items():
        if name not in READ and _is_convention(name, value):
            raise ValueError(f"'{name}' is not a convention that is known here")
    _only(case, "interest_type", {"declining_balance"})
    _only(case, "interest_calc_period", {"daily"})
    _only(case, "report", {"rows", "accrued"})
    draws = tuple(Draw(day, amount) for day, amount in _dated(case, "disbursements", _amount))
    drawn, principal = sum(draw.amount for draw in draws), _amount(case["principal"])
    if drawn > principal:
        raise ValueError(f"{_text(drawn)} is drawn of a principal of {_text(principal)}")
    return Loan(
        terms=_terms(case),
        draws=draws,
        payments=tuple(Payment(day, amount) for day, amount in _dated(case, "payments", _amount)),
        components=tuple(_component(part) for part in case.get("payment_components") or ()),
        rate_changes=tuple(RateChange(day, rate) for day, rate in _dated(case, "rate_changes", _rate)),
        pauses=tuple(Pause(day, until) for day, until in _dated(case, "interest_pauses", _day)),
        as_of=_day(case["as_of"]) if case.get("as_of") else None,
        payoff=_payoff(case.get("payoff")),
    )


def _terms(case: Case) -> Terms:
    rounding = case.get("rounding") or {}
    _only(rounding, "money_scale", {str(SCALE)})
    digits = int(rounding.get("intermediate_significant_digits", 12))
    if not 1 <= digits <= 28:
        raise ValueError(f"intermediates of {digits} significant digits are not kept")
    recalculation = case.get("recalculation")
    if recalculation is not None:
        _only(recalculation, "advance_strategy", {"adjust_last_unpaid_instalment"})
    frequency = _frequency(case["frequency"])
    grace = case.get("grace") or {}
    if unknown := set(grace) - {"principal_periods"}:
        raise ValueError(f"a grace of '{min(unknown)}' is not known")
    multiple = case.get("instalment_multiple_of")
    return Terms(
        annual_rate=_rate(case["annual_rate_pct"]),
        periods=_periods(case, frequency),
        amortization=_word(Amortization, case["amortization"]),
        day_count=_day_count(case["day_count"]),
        rounding=_word(RoundingMode, rounding.get("mode", RoundingMode.HALF_EVEN)),
        interest_rounded=_word(InterestRounding, rounding.get("interest_rounded", InterestRounding.PER_PERIOD)),
        recalculates=recalculation is not None,
        late_rest=_word(Rest, recalculation.get("rest", Rest.DAILY)) if recalculation is not None else None,
        early=EarlyPayment.NEXT_INSTALMENTS,
        allocation=_allocation(case.get("allocation")),
        grace=int(grace.get("principal_periods", 0)),
        multiple=_amount(multiple) if multiple is not None else 1,
    )


def _periods(case: Case, frequency: Frequency) -> tuple[Period, ...]:
    """The periods as given, or as the frequency makes them from the schedule's start."""
    count = int(case["n_repayments"])
    given = [(_day(start), _day(due)) for start, due in case.get("periods") or ()]
    first = given[0][0] if given else min(day for day, _ in _dated(case, "disbursements", _amount))
    start = _day(case.get("schedule_start") or first)
    if not given:
        dues = due_dates(start, frequency, count, month_end=_month_end(case.get("month_end_rule")))
        return periods(start, dues, frequency)
    if len(given) != count:
        raise ValueError(f"{count} repayments are named and {len(given)} periods given")
    if given[0][0] != start:
        raise ValueError(f"the schedule starts on {start} and its first period on {given[0][0]}")
    for (_, due), (following, _) in pairwise(given):
        if due != following:
            raise ValueError(f"a period ends on {due} and the next begins on {following}")
    return periods(start, [due for _, due in given], frequency)


def _frequency(given: Case) -> Frequency:
    return Frequency(_word(Unit, str(given["unit"]).removesuffix("s")), int(given.get("every", 1)))


def _day_count(given: Case) -> DayCount:
    _only(given, "actual_month_basis", {"actual_days"})
    year, month = str(given["days_in_year"]), str(given["days_in_month"])
    if month not in {"30", "actual"}:
        raise ValueError(f"a month of {month} days is not a day count: known are 30 and actual")
    if year != "actual" and not year.isdecimal():
        raise ValueError(f"a year of {year} days is not a day count")
    return DayCount(None if year == "actual" else int(year), month_of_30=month == "30")


def _month_end(text: str | None) -> MonthEnd:
    """A rule named by its word, or told in a sentence that holds it: clamp (the default), roll, stick."""
    if not text:
        return MonthEnd.CLAMP
    named = [rule for rule in MonthEnd if rule.value in text.lower()]
    if len(named) != 1:
        raise ValueError(f"the month-end rule '{text}' is not known: known are {_known(MonthEnd)}")
    return named[0]


def _allocation(text: str | None) -> Allocation:
    """What comes first inside an instalment: principal where nothing is said."""
    if not text:
        return Allocation.PRINCIPAL_FIRST
    said = re.sub(r"[^a-z]+", " ", text.lower())
    if re.search(r"principal (before interest|then interest|interest|first)", said):
        return Allocation.PRINCIPAL_FIRST
    if re.search(r"interest (before principal|then principal|principal|first)", said):
        return Allocation.INTEREST_FIRST
    raise ValueError(f"the allocation '{text}' is not known: known are {_known(Allocation)}")


def _payoff(given: object) -> Payoff | None:
    """Until when a pay-off is charged, in words or as a day, and its own day where that is given."""
    if not given:
        return None
    parts = dict(given) if isinstance(given, Mapping) else {"charge": given}
    days = {name: _day(value) for name, value in parts.items() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value))}
    on = min(days.values(), default=None)
    said = [name if value is True else str(value) for name, value in parts.items() if name not in {*days, "amount"}]
    text = re.sub(r"[^a-z]+", " ", " ".join(said).lower()).strip()
    if len(set(days.values())) > 1 or re.search(
        r"next due|due date|rest freq|next instal|next repay|next period", text
    ):
        return Payoff(PayoffCharge.TO_NEXT_DUE_DATE, on)
    if not text or re.search(r"\bdate\b|pre ?clos|\bday\b", text):
        return Payoff(PayoffCharge.TO_DATE, on)
    raise ValueError(f"the pay-off '{text}' is not known: known are {_known(PayoffCharge)}")


def _component(given: Case) -> Component:
    return Component(
        _day(given["date"]),
        _day(given["instalment_due"]),
        _amount(given.get("principal", "0")),
        _amount(given.get("interest", "0")),
    )


def _eve_of_first_due(loan: Loan) -> date:
    """The day to accrue to where a case names none.

    The peer's nightly run of a period's last day books what has accrued until the day before it.
    """
    return loan.terms.periods[0].due - timedelta(days=2)


def _is_convention(name: str, value: object) -> bool:
    """Whether an unknown field would have to be honoured: structure that is neither empty nor a remark."""
    if name in NO_REMARK:
        return value not in (None, "", 0, "0", "0.00") and bool(value)
    return isinstance(value, Mapping | list) and bool(value) and not REMARKS.search(name)


def _only(given: Case, name: str, known: set[str]) -> None:
    value = given.get(name)
    if value is not None and str(value) not in known:
        raise ValueError(f"'{name}' of '{value}' is not known: known is {', '.join(sorted(known))}")


Read = TypeVar("Read")


def _dated(case: Case, name: str, read_value: Callable[[Any], Read]) -> list[tuple[date, Read]]:
    """Pairs of a day and a value, as lists of two."""
    given = case.get(name) or ()
    for pair in given:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ValueError(f"'{name}' holds pairs of a day and a value, not {pair!r}")
    return [(_day(day), read_value(value)) for day, value in given]


def _day(text: object) -> date:
    return parse(str(text))


def _amount(given: object) -> int:
    """Cents from a decimal amount."""
    cents = _decimal(given).scaleb(SCALE)
    if cents != cents.to_integral_value():
        raise ValueError(f"{given} has more than {SCALE} decimals")
    return int(cents)


def _rate(given: object) -> Decimal:
    """A yearly rate from a percentage."""
    return _decimal(given).scaleb(-2)


def _decimal(given: object) -> Decimal:
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        raise ValueError(f"'{given}' is not a number") from None
    if not number.is_finite():
        raise ValueError(f"'{given}' is not a number")
    return number


def _word(kind: type[Word], text: object) -> Word:
    try:
        return kind(str(text))
    except ValueError:
        name = re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).lower()
        raise ValueError(f"the {name} '{text}' is not known: known are {_known(kind)}") from None


def _known(kind: type[StrEnum]) -> str:
    return ", ".join(each.value for each in kind)


def _text(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-SCALE):.2f}"


def _row(row: Row) -> dict[str, Any]:
    return {
        "n": row.number,
        "due": str(row.due),
        "principal": _text(row.principal),
        "interest": _text(row.interest),
        "balance_after": _text(row.balance_after),
        "total_due": _text(row.total),
    }
