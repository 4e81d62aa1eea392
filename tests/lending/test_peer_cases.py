"""The peer's published schedules, to the cent, and what follows when their parameters are moved."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from puhui.lending import services
from puhui.lending.engine import cases
from puhui.refusals import BadInput


@pytest.fixture(scope="module")
def peer_cases(shared_data: Path) -> dict[str, dict[str, Any]]:
    listed = json.loads((shared_data.parent / "peer-cases" / "schedules.json").read_text())
    return {case["id"]: case for case in listed}


def _asked(case: dict[str, Any]) -> dict[str, Any]:
    """The case without its answers: the engine must not see them."""
    return {name: value for name, value in copy.deepcopy(case).items() if name != "expected"}


def _rows(answer: dict[str, Any], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in answer["rows"]]


def test_every_published_schedule_is_met_to_the_cent(peer_cases: dict[str, dict[str, Any]]) -> None:
    assert len(peer_cases) >= 38
    for name, case in peer_cases.items():
        answer, expected = cases.answer(_asked(case)), case["expected"]
        if "accruals" in expected:
            assert answer["accruals"] == expected["accruals"], name
            continue
        columns = ("n", "due", "principal", "interest", "balance_after", "total_due")
        assert _rows(answer, *columns) == _rows(expected, *columns), name


def test_a_file_of_cases_is_answered_in_its_order(shared_data: Path, peer_cases: dict[str, dict[str, Any]]) -> None:
    answers = services.schedule(shared_data.parent / "peer-cases" / "schedules.json")
    assert [answer["id"] for answer in answers] == list(peer_cases)


def test_periods_follow_from_the_frequency_where_none_are_given(peer_cases: dict[str, dict[str, Any]]) -> None:
    for name in ("emi-C3154-30360-12", "emi-C3158-360-2weekly", "monthend-clamp-actact", "monthend-roll-actact"):
        case = _asked(peer_cases[name])
        given = cases.answer(case)
        del case["periods"]
        assert cases.answer(case) == given, name


def test_paying_every_row_on_its_due_date_changes_nothing(peer_cases: dict[str, dict[str, Any]]) -> None:
    for name, case in peer_cases.items():
        plain = _asked(case) | {"payments": [], "payment_components": [], "recalculation": {"rest": "daily"}}
        plain |= {"as_of": None, "report": None, "interest_pauses": []}
        before = cases.answer(plain)["rows"]
        paid = [[row["due"], row["total_due"]] for row in before if row["total_due"] != "0.00"]
        assert cases.answer(plain | {"payments": paid, "as_of": before[-1]["due"]})["rows"] == before, name


def test_one_payment_is_allocated_as_the_parts_that_the_peer_names(peer_cases: dict[str, dict[str, Any]]) -> None:
    for name in ("ut-payoff-0115", "ut-prepay-0115-all-but-last"):
        case = _asked(peer_cases[name])
        parts = case.pop("payment_components")
        cents = sum(round(100 * float(part.get(kind, 0))) for part in parts for kind in ("principal", "interest"))
        case["payments"] = [["2024-01-15", f"{cents / 100:.2f}"]]
        assert _rows(cases.answer(case), "principal", "interest") == _rows(
            peer_cases[name]["expected"], "principal", "interest"
        ), name


def test_a_pay_off_is_charged_to_its_day_or_to_the_next_due_date(peer_cases: dict[str, dict[str, Any]]) -> None:
    case = _asked(peer_cases["ut-payoff-0115"])
    del case["payment_components"]
    to_date = cases.answer(case | {"payoff": {"date": "2024-01-15", "interest": "till_pre_closure_date"}})
    assert _rows(to_date, "principal", "interest") == _rows(
        peer_cases["ut-payoff-0115"]["expected"], "principal", "interest"
    )
    to_due = case | {"payoff": {"date": "2024-01-15", "interest": "till_rest_frequency_date"}}
    assert _rows(cases.answer(to_due), "principal", "interest") == [
        *[("16.43", "0.58"), ("17.01", "0.00"), ("17.01", "0.00"), ("17.01", "0.00"), ("17.01", "0.00")],
        ("15.53", "0.00"),
    ]
    paid = case | {"payoff": "to_next_due_date", "payments": [["2024-01-15", "100.58"]]}
    assert cases.answer(paid) == cases.answer(to_due)


def test_without_recalculation_payments_change_no_row(peer_cases: dict[str, dict[str, Any]]) -> None:
    case = _asked(peer_cases["cob-late-ontime-late"]) | {"recalculation": None}
    assert cases.answer(case) == cases.answer(case | {"payments": [], "as_of": None})


def test_a_payment_on_the_due_date_is_not_late(peer_cases: dict[str, dict[str, Any]]) -> None:
    case = _asked(peer_cases["cob-8000-1day-late"])
    on_time = cases.answer(case | {"as_of": "2023-02-01"})
    assert on_time == cases.answer(case | {"as_of": None})
    assert on_time != cases.answer(case)


WRONG = {
    "day_count": ({"days_in_year": "361", "days_in_month": "30"}, "a year of 361 days is not a day count"),
    "frequency": ({"unit": "fortnight", "every": 1}, "the unit 'fortnight' is not known: known are day, week"),
    "amortization": ("balloon", "the amortization 'balloon' is not known"),
    "interest_type": ("flat", "'interest_type' of 'flat' is not known"),
    "rounding": ({"mode": "TRUNCATE"}, "the rounding mode 'TRUNCATE' is not known: known are HALF_UP, HALF_EVEN"),
    "recalculation": ({"rest": "hourly"}, "the rest 'hourly' is not known"),
    "allocation": ("penalties only", "the allocation 'penalties only' is not known"),
    "payoff": ("whenever", "the pay-off"),
    "month_end_rule": ("skip it", None),
    "fees": ([["2024-02-01", "5"]], "'fees' is not a convention that is known here"),
    "down_payment": ("10", "'down_payment' is not a convention that is known here"),
    "grace": ({"interest_periods": 2}, "a grace of 'interest_periods' is not known"),
    "n_repayments": (7, "7 repayments are named and 6 periods given"),
    "schedule_start": ("2024-01-02", "the schedule starts on 2024-01-02 and its first period on 2024-01-01"),
    "disbursements": ([["2024-01-01", "100.01"]], "100.01 is drawn of a principal of 100.00"),
    "principal": ("100.001", "100.001 has more than 2 decimals"),
    "annual_rate_pct": ("twelve", "'twelve' is not a number"),
    "payments": ([["2023-12-31", "5"]], "a payment on 2023-12-31 is before the first draw on 2024-01-01"),
    "rate_changes": ([["2025-01-01", "5"]], "a rate change on 2025-01-01 is outside the term"),
    "interest_pauses": ([["2024-02-01", "2024-02-01"]], "an interest pause from 2024-02-01 ends on 2024-02-01"),
    "payment_components": (
        [{"date": "2024-02-01", "instalment_due": "2024-02-02", "principal": "1"}],
        "a payment names an instalment due on 2024-02-02: none is due that day",
    ),
    "periods": ([["2024-01-01", "2024-02-01"], ["2024-02-02", "2024-03-01"]], None),
}


@pytest.mark.parametrize("field", WRONG)
def test_what_cannot_be_honoured_is_refused_by_name(peer_cases: dict[str, dict[str, Any]], field: str) -> None:
    value, words = WRONG[field]
    case = _asked(peer_cases["emi-C3154-30360-12"]) | {field: value}
    if field == "month_end_rule":
        del case["periods"]
    with pytest.raises(BadInput, match=words and words.replace("(", r"\(")) as refused:
        cases.answer(case)
    assert "case 'emi-C3154-30360-12'" in refused.value.what
    assert refused.value.then


@pytest.mark.parametrize("field", ["principal", "periods", "frequency", "day_count", "disbursements", "amortization"])
def test_a_case_that_lacks_a_field_is_refused_or_completed(peer_cases: dict[str, dict[str, Any]], field: str) -> None:
    case = _asked(peer_cases["emi-C3154-30360-12"])
    whole = cases.answer(case)
    del case[field]
    if field == "periods":
        assert cases.answer(case) == whole
        return
    with pytest.raises(BadInput):
        cases.answer(case)


def test_remarks_are_left_alone(peer_cases: dict[str, dict[str, Any]]) -> None:
    case = _asked(peer_cases["emi-C3154-30360-12"])
    remarked = case | {"remark": "seen twice", "stated_totals": {"interest": "3.53"}, "fees": []}
    assert cases.answer(remarked) == cases.answer(case)


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "is not JSON"), ("[]", "holds no case"), ("[1]", "a case is a JSON object"), ("[{}]", "is missing")],
)
def test_a_file_that_is_no_case_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "case.json"
    file.write_text(text)
    with pytest.raises(BadInput, match=words):
        services.schedule(file)
    with pytest.raises(BadInput, match="cannot be read"):
        services.schedule(tmp_path / "nowhere.json")
