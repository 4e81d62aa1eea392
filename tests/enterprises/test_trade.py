"""The trade that a name tells."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from puhui.enterprises.trade import LABELS, RULES, Trade, trade_of


@pytest.mark.parametrize(
    ("name", "trade"),
    [
        ("***建筑劳务有限公司", Trade.LABOUR),
        ("***建筑工程有限公司", Trade.CONSTRUCTION),
        ("***电器销售有限公司", Trade.WHOLESALE_RETAIL),
        ("***电器设备制造有限公司", Trade.MANUFACTURING),
        ("***大药房有限责任公司", Trade.HEALTH),
        ("***酒店管理有限公司", Trade.CATERING),
        ("***房地产营销策划有限公司", Trade.REAL_ESTATE),
        ("***营销策划有限公司", Trade.CULTURE),
        ("***供应链管理有限公司", Trade.TRANSPORT),
        ("***农业科技有限公司", Trade.FOOD),
        ("***新材料科技有限公司", Trade.TECHNOLOGY),
        ("***律师事务所", Trade.PROFESSIONAL),
        ("***工程造价咨询有限公司***分公司", Trade.PROFESSIONAL),
        ("个体经营E124 ", Trade.HOUSEHOLD),
        ("***有限公司", Trade.OTHER),
        ("", Trade.OTHER),
    ],
)
def test_a_narrow_word_decides_before_a_wide_one(name: str, trade: Trade) -> None:
    assert trade_of(name) is trade


def test_every_trade_has_words_and_a_rule() -> None:
    assert LABELS.keys() == set(Trade)
    assert {rule.trade for rule in RULES} == set(Trade)


def test_no_word_stands_below_one_that_always_wins_before_it() -> None:
    seen: list[str] = []
    for rule in RULES[:-1]:
        hidden = [word for word in rule.words if any(earlier in word for earlier in seen)]
        assert not hidden, f"{rule.trade}: {hidden} can never decide"
        seen += rule.words


def test_few_real_firms_are_left_without_a_trade(shared_data: Path) -> None:
    names = [
        row["企业名称"]
        for table in sorted((shared_data / "cumcm2020c").glob("*_enterprises.csv"))
        for row in csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines())
    ]
    trades = Counter(trade_of(name) for name in names)
    assert len(names) == 425
    assert trades[Trade.OTHER] <= 0.02 * len(names)
    assert trades[Trade.HOUSEHOLD] == sum(name.startswith("个体经营") for name in names)
    assert min(trades[trade] for trade in Trade) >= 4
