"""Numbers are written the same way wherever they stand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puhui.documents.wording import Form, sort_key, written
from puhui.money import Money
from puhui.words import Label


@pytest.mark.parametrize(
    ("value", "form", "digits", "en", "zh"),
    [
        (0, Form.COUNT, None, "0", "0"),
        (-1234.5, Form.NUMBER, 1, "−1,234.5", "−1,234.5"),
        (-0.0001, Form.NUMBER, 2, "0.00", "0.00"),
        (Decimal("0.0425"), Form.PERCENT, None, "4.25\u202f%", "4.25\u202f%"),
        (Money(99_99), Form.MONEY, 2, "99.99", "99.99"),
        (Money(850_00), Form.MONEY_SHORT, None, "850", "850"),
        (Money(8_349_900_00), Form.MONEY_SHORT, None, "8.35 million", "835万"),
        (Money(-123_456_789_00), Form.MONEY_SHORT, None, "−123 million", "−1.23亿"),
        (Money(2_000_000_000_00), Form.MONEY_SHORT, None, "2 billion", "20亿"),
        (date(2020, 2, 29), Form.TEXT, None, "2020-02-29", "2020-02-29"),
        (Label("yes", "是"), Form.TEXT, None, "yes", "是"),
        (None, Form.PERCENT, None, "–", "–"),
    ],
)
def test_a_value_is_written_in_both_languages(value: object, form: Form, digits: int | None, en: str, zh: str) -> None:
    assert written(value, form, digits) == Label(en, zh)


def test_money_is_never_guessed_from_a_plain_number() -> None:
    with pytest.raises(AssertionError, match="is not Money"):
        written(100, Form.MONEY)


@given(st.integers(-(10**14), 10**14))
def test_whole_yuan_can_be_read_back(yuan: int) -> None:
    text = written(Money(yuan * 100), Form.MONEY).en
    assert int(text.replace(",", "").replace("−", "-")) == yuan


@given(st.lists(st.integers(-(10**12), 10**12), min_size=2))
def test_sorting_by_key_is_sorting_by_amount(fens: list[int]) -> None:
    by_key = sorted((Money(fen) for fen in fens), key=lambda money: float(sort_key(money)))
    assert by_key == sorted(Money(fen) for fen in fens)
