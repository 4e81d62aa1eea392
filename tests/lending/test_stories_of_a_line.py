"""Each way of repaying lived to its end, over leap years, month ends and Chinese New Year, figure by figure.

After the bar: available, principal, interest, penalty, compound interest, in yuan, at the end of that day. Where no
other rate is named it is 6.15 % a year, actual/360: 6.15 yuan a day on 36,000. What a day asks for stands beside it,
so that it can be added up by hand; half a fen rounds up when interest falls due.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from paper_lines import Line

from puhui.lending import standing


def test_equal_principal_from_a_month_end_over_chinese_new_year(book: Path) -> None:
    """Drawn on 31 January 2026. 20 February lies in the festival (15 to 23): its part is asked for on the 24th.

    24 Feb: 6,000 and 30,000 x 24 days = 123.00      20 Mar: 6,000 and 24,000 x 24 days = 98.40
    20 Apr: 6,000 and 18,000 x 31 days = 95.325      20 May: 6,000 and 12,000 x 30 days = 61.50
    31 May is a Sunday, so 1 June: 6,000 and 6,000 x 12 days = 12.30
    """
    Line(opens=date(2026, 1, 31), until=date(2026, 5, 31)).play("""
        2026-01-31 | draw 30000 equal_principal | 470000 30000   0.00 0 0
        2026-02-20 | close                      | 470000 30000 102.50 0 0
        2026-02-24 | repay 6123.00              | 476000 24000   0.00 0 0
        2026-03-20 | repay 6098.40              | 482000 18000   0.00 0 0
        2026-04-20 | repay 6095.33              | 488000 12000   0.00 0 0
        2026-05-20 | repay 6061.50              | 494000  6000   0.00 0 0
        2026-05-31 | close                      | 494000  6000  11.28 0 0
        2026-06-01 | repay 6012.30              | 500000     0   0.00 0 0
        2026-06-01 | close_facility             |      0     0   0.00 0 0
    """)


@pytest.mark.parametrize(
    ("year", "march", "matures", "last"),
    [(2023, "172.20", "2023-04-20", "36190.65"), (2024, "178.35", "2024-04-22", "36202.95")],
    ids=["28 days from 20 February", "29 days: a leap year, and 20 April 2024 is a Saturday"],
)
def test_interest_each_month_over_a_february(book: Path, year: int, march: str, matures: str, last: str) -> None:
    """36,000 at 6.15 a day from 1 February: 19 days, then 28 or 29, then 31 or, moved to Monday, 33."""
    Line(opens=date(year, 2, 1), until=date(year, 4, 20)).play(f"""
        {year}-02-01 | draw 36000 bullet | 464000 36000   0.00 0 0
        {year}-02-20 | repay 116.85      | 464000 36000   0.00 0 0
        {year}-03-20 | repay {march}     | 464000 36000   0.00 0 0
        {matures} | repay {last}    | 500000     0   0.00 0 0
    """)


def test_equal_principal_to_the_last_of_february_in_a_leap_year(book: Path) -> None:
    """20 January 2024 is a Saturday: 22 Jan, 33 days, 169.125; 20 Feb, 29 days, 99.08; 29 Feb, 9 days, 15.375."""
    Line(opens=date(2023, 12, 20), until=date(2024, 2, 29)).play("""
        2023-12-20 | draw 30000 equal_principal | 470000 30000   0.00 0 0
        2024-01-22 | repay 10169.13             | 480000 20000   0.00 0 0
        2024-02-20 | repay 10099.08             | 490000 10000   0.00 0 0
        2024-02-28 | close                      | 490000 10000  13.67 0 0
        2024-02-29 | repay 10015.38             | 500000     0   0.00 0 0
    """)


def test_equal_instalments_to_their_end(book: Path) -> None:
    """30,333.68 each time: 389.50 of it is interest (19 days), then 461.54 (30), 339.29 (33: the 20th is Dragon Boat).

    The last takes what rounding has left: 30,189.29 and 144.41 (28 days).
    """
    Line(until=date(2026, 7, 20)).play("""
        2026-04-01 | draw 120000 equal_instalments | 380000.00 120000.00 0 0 0
        2026-04-20 | repay 30333.68                | 409944.18  90055.82 0 0 0
        2026-05-20 | repay 30333.68                | 439816.32  60183.68 0 0 0
        2026-06-22 | repay 30333.68                | 469810.71  30189.29 0 0 0
        2026-07-20 | repay 30333.70                | 500000.00      0.00 0 0 0
    """)


def test_drawn_at_any_time_with_a_maturity_within_chinese_new_year(book: Path) -> None:
    """The festival of 2025 ends on 4 February: what matures on the 1st is asked for on the 5th, and bears so long."""
    Line(opens=date(2025, 1, 10), until=date(2025, 2, 1)).play("""
        2025-01-10 | draw 36000     | 464000 36000  0.00 0 0
        2025-01-20 | repay 61.50    | 464000 36000  0.00 0 0
        2025-01-24 | repay 12024.60 | 476000 24000  0.00 0 0
        2025-02-01 | close          | 476000 24000 32.80 0 0
        2025-02-04 | close          | 476000 24000 45.10 0 0
        2025-02-05 | repay 24049.20 | 500000     0  0.00 0 0
    """)


def test_the_rate_follows_the_loan_prime_rate_at_once(book: Path) -> None:
    """3.45 % until 22 July 2024, then 3.35 %: 6.05 a day. The 20th is a Saturday: 21 days fall due on Monday."""
    Line(opens=date(2024, 7, 1), until=date(2025, 7, 1), product="working_capital").play("""
        2024-07-01 | draw 36000   | 464000 36000   0.00 0 0
        2024-07-22 | close        | 464000 36000 129.15 0 0
        2024-07-23 | repay 129.15 | 464000 36000   6.05 0 0
        2024-07-25 | close        | 464000 36000  18.15 0 0
    """)


def test_money_that_came_in_april_and_was_seen_in_may(book: Path) -> None:
    """12,061.50 of 11 April pay ten days' interest and 12,000 of principal; what fell due on the 20th was 36.90 then.

    From the 20th on 24,000 bear 4.10 a day (14 days: 57.40), and the 36.90 bear compound interest at 9.225 % (0.13).
    """
    Line().play("""
        2026-04-01 | draw 36000                | 464000 36000   0.00 0 0
        2026-05-03 | close                     | 464000 36000 196.80 0 0.39
        2026-05-04 | repay 12061.50 2026-04-11 | 476000 24000  94.30 0 0.13
        2026-05-04 | close                     | 476000 24000  94.30 0 0.13
    """)


@pytest.mark.parametrize(
    ("order", "left"),
    [
        ("fees penalty compound interest principal", "464679.08 35320.92   0.00  0.00 0.00"),
        ("principal interest compound penalty fees", "465000.00 35000.00 227.55 92.25 1.12"),
        ("interest principal compound penalty fees", "464772.45 35227.55   0.00 92.25 1.12"),
    ],
    ids=["charges first", "principal first", "interest first"],
)
def test_a_payment_falls_in_the_order_of_the_product(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str, left: str
) -> None:
    """Ten days after maturity 36,000 and 227.55 are due, with 92.25 of penalty and 1.12 of compound interest."""
    catalogue, product = tmp_path / "catalogue", order.replace(" ", "_")[:20]
    shutil.copytree(standing.CATALOGUE, catalogue)
    said = {"value": order.split(), "valid_from": "2000-01-01", "source": "a story", "confidence": "L"}
    term = {"name": "allocation", "label": {"en": "order", "zh": "顺序"}, "unit": "list", "values": [said]}
    made = {"of": {"name": product, "label": {"en": "a story", "zh": "故事"}}, "terms": [term]}
    (catalogue / f"{product}.json").write_text(json.dumps(made), encoding="utf-8")
    monkeypatch.setattr(standing, "CATALOGUE", catalogue)
    Line(until=date(2026, 5, 8), product=product).play(f"""
        2026-04-01 | draw 36000 bullet | 464000 36000   0.00  0.00 0.00
        2026-05-08 | close             | 464000 36000 227.55  0.00 0.54
        2026-05-18 | repay 1000        | {left}
    """)
