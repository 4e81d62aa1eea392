"""Names of firms, people and places, put together from common syllables. Any likeness is chance."""

from __future__ import annotations

import numpy as np

from puhui.simulator.arrays import Texts, Whole
from puhui.simulator.trades import TRADES

CITY = "临江市"
QUARTERS = np.array(["东湖区", "南山区", "西溪区", "北关区", "中山区", "江北区", "高新区", "开发区"])
STREETS = np.array(
    ["人民路", "解放路", "建设路", "中山路", "和平路", "滨江大道", "文化路", "工业大道", "新华路", "科技路"]
)
FIRST = np.array(list("华盛鑫恒瑞嘉宏永泰德金联众汇天海东南新正富佳通达安康祥和昌隆"))
SECOND = np.array(list("源丰达兴茂业诚信泽辉腾远程飞扬顺利伟博创立元鼎晟旺美成康宇"))
THIRD = np.array(["", "", "", *"邦格诺尔特林森瑞"])
SURNAMES = np.array(list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹"))
GIVEN = np.array(list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华建国文辉玲志红海燕春梅波宁斌鹏浩"))
LOOKALIKE = dict(zip("华盛恒鑫达诚信源公司", "化胜衡金大城兴原工思", strict=True))  # how a clerk mistypes


def firm_names(trade: Whole, rng: np.random.Generator) -> Texts:
    """Names that end in what the firm does and its legal form."""
    size = trade.size
    ending = np.empty(size, "U12")
    for number, of in enumerate(TRADES):
        mine = np.flatnonzero(trade == number)
        ending[mine] = np.array(of.endings)[rng.integers(0, len(of.endings), mine.size)]
    parts = [pool[rng.integers(0, pool.size, size)] for pool in (FIRST, SECOND, THIRD)]
    name = np.char.add(np.char.add(parts[0], parts[1]), parts[2])
    return np.char.add(np.char.add(CITY, name), ending)


def people(size: int, rng: np.random.Generator) -> Texts:
    """Names of people: a surname and one or two given syllables."""
    second = np.where(rng.random(size) < 0.75, GIVEN[rng.integers(0, GIVEN.size, size)], "")
    name = np.char.add(SURNAMES[rng.integers(0, SURNAMES.size, size)], GIVEN[rng.integers(0, GIVEN.size, size)])
    return np.char.add(name, second)


def addresses(size: int, rng: np.random.Generator) -> Texts:
    """Addresses in the region."""
    place = np.char.add(QUARTERS[rng.integers(0, QUARTERS.size, size)], STREETS[rng.integers(0, STREETS.size, size)])
    house = np.char.add(rng.integers(1, 900, size).astype(np.str_), "号")
    room = np.char.add(rng.integers(101, 2800, size).astype(np.str_), "室")
    return np.char.add(np.char.add(np.char.add(CITY, place), house), room)


def misspelt(names: Texts, rng: np.random.Generator) -> Texts:
    """Each name with one slip: a look-alike sign, two signs swapped, or the city left out. For few rows.

    >>> misspelt(np.array(["临江市华盛商贸有限公司"]), np.random.default_rng(1)).tolist()
    ['临江市盛华商贸有限公司']
    """
    return np.array([_slip(name, int(rng.integers(3)), int(rng.integers(1 << 16))) for name in names.tolist()], np.str_)


def _slip(name: str, kind: int, where: int) -> str:
    alike = [place for place, sign in enumerate(name) if sign in LOOKALIKE]
    if kind == 0 and name.startswith(CITY):
        return name.removeprefix(CITY)
    if kind == 1 or not alike:
        place = min(3, len(name) - 2) + where % 2 if len(name) > 5 else 0
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    place = alike[where % min(2, len(alike))]
    return name[:place] + LOOKALIKE[name[place]] + name[place + 1 :]
