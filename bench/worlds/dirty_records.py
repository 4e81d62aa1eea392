"""Records of firms as eight kinds of source write them, soiled as they are in life, with the truth beside them.

Firms of one group share owner, phone or house and often their own name: they must not be linked. Many firms of other
cities share name and trade: neither must they. Everything follows from the seed; any likeness is chance.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.enterprises.places import PREFECTURES
from puhui.national_codes import ALPHABET
from puhui.national_codes import CODE_WEIGHTS as WEIGHTS

SIGNS = np.array(
    list(
        "华盛鑫恒瑞嘉宏永泰德金联众汇天海东新正富佳通达安康祥和昌隆源丰兴茂业诚信泽辉腾远程飞扬顺利伟博创立元鼎晟旺美成宇邦格诺尔特林森"
        "百万千里春秋雨露松柏竹梅龙凤虎鹏鹤翔云霞星月阳光明亮青山绿水江河湖泉石玉珠宝银铜铁钢木火土田园禾谷米麦棉丝绸锦绣文武仁义礼智"
        "卓越优品质雅逸清宁静致尚高峰岭岳川原野润沃广博厚载中南西北启航征途聚合力量同心圆满福禄寿喜庆吉祥如意"
    )
)
TRADES = np.array(
    [
        "商贸",
        "贸易",
        "科技",
        "建材",
        "建筑工程",
        "装饰工程",
        "物流",
        "食品",
        "餐饮管理",
        "服装",
        "机械",
        "电子",
        "机电设备",
        "环保科技",
        "农业开发",
        "医疗器械",
        "文化传媒",
        "广告",
        "信息技术",
        "软件",
        "化工",
        "塑料制品",
        "包装材料",
        "印务",
        "汽车服务",
        "家具",
        "五金制品",
        "纺织",
        "养殖",
        "劳务",
        "人力资源",
        "物业管理",
        "酒店管理",
        "园林绿化",
        "电力工程",
        "仪器仪表",
        "新材料",
        "供应链管理",
        "教育咨询",
        "会展服务",
    ]
)
FORMS = np.array(["有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司"])
SURNAMES = np.array(
    list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟")
)
GIVEN = np.array(
    list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华建国文辉玲志红海燕春梅波宁斌鹏浩晨曦子轩雨涵思怡佳琪俊凯博文")
)
ROADS = np.array(
    [
        f"{a}{b}"
        for a in [
            "人民",
            "解放",
            "建设",
            "中山",
            "和平",
            "滨江",
            "文化",
            "工业",
            "新华",
            "科技",
            "长江",
            "黄河",
            "友谊",
            "胜利",
            "朝阳",
            "迎宾",
        ]
        for b in ("路", "大道", "街")
    ]
)
COUNTIES = np.array(
    [f"{a}区" for a in ["东湖", "南山", "西溪", "北关", "江北", "高新", "金水", "青羊", "武侯", "海珠", "天河", "越秀"]]
)
TRADITIONAL = str.maketrans(
    "华东汇众联宏恒兴业诚辉腾远飞扬顺创鼎龙凤鹏云阳铁钢园绣丝绸义礼质优宁静岭启聚庆贸电机设备农开发传广软汽车纺织劳务园绿",
    "華東匯眾聯宏恆興業誠輝騰遠飛揚順創鼎龍鳳鵬雲陽鐵鋼園繡絲綢義禮質優寧靜嶺啟聚慶貿電機設備農開發傳廣軟汽車紡織勞務園綠",
)
ALIKE = dict(
    zip(
        "华盛恒达诚信源鑫丰安康祥和昌隆兴茂业泽辉远程飞顺利伟博立元美成",
        "化胜衡大城兴原金峰按慷样合唱龙星帽叶择晖源成非训立玮薄力源镁城",
        strict=True,
    )
)

SOURCES = {  # share of firms, shares of records that say: code, own code, address, phone, person
    "registry": (1.0, 1.0, 0.0, 1.0, 0.9, 1.0),
    "tax": (0.85, 0.99, 0.0, 0.3, 0.5, 0.4),
    "bureau": (0.6, 0.97, 0.0, 0.5, 0.4, 0.8),
    "bank": (0.5, 0.35, 1.0, 0.3, 0.5, 0.3),
    "utility": (0.5, 0.1, 1.0, 0.95, 0.7, 0.1),
    "court": (0.15, 0.6, 0.0, 0.5, 0.0, 0.7),
    "upload": (0.35, 0.5, 0.0, 0.7, 0.85, 0.8),
    "payment": (0.25, 0.3, 1.0, 0.6, 0.8, 0.6),
}


def dirty_records(firms: int, *, seed: int) -> pa.Table:
    """About 4.6 records a firm: source, record, own_code, code, name, address, phone, person, and truth (a number)."""
    rng = np.random.default_rng(seed)
    world = _world(firms, rng)
    tables = [_source(name, world, rng) for name in SOURCES]
    table = pa.concat_tables(tables)
    return table.take(rng.permutation(table.num_rows))


def _world(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    pick = lambda pool, size=n: pool[rng.integers(0, len(pool), size)]  # noqa: E731
    cities = np.array(PREFECTURES)[rng.choice(len(PREFECTURES), n, p=_weights(len(PREFECTURES)))]
    third = np.where(rng.random(n) < 0.45, pick(SIGNS), "")
    own = np.char.add(np.char.add(pick(SIGNS), pick(SIGNS)), third)
    person = np.char.add(np.char.add(pick(SURNAMES), pick(GIVEN)), np.where(rng.random(n) < 0.75, pick(GIVEN), ""))
    phone = np.char.add("1", (3_000_000_000 + rng.integers(0, 6_999_999_999, n)).astype(str))
    street = np.char.add(np.char.add(pick(ROADS), rng.integers(1, 600, n).astype(str)), "号")
    county = pick(COUNTIES)
    room = np.char.add(rng.integers(101, 2500, n).astype(str), "室")
    trade = pick(TRADES)
    leader = np.arange(n)
    grouped = np.flatnonzero(rng.random(n) < 0.12)
    leader[grouped] = grouped[np.maximum(np.arange(grouped.size) - rng.integers(1, 3, grouped.size), 0)]
    follows = leader != np.arange(n)
    for share, column in ((0.9, person), (0.5, phone), (0.6, street), (0.6, county), (0.5, own), (1.0, cities)):
        takes = follows & (rng.random(n) < share)
        column[takes] = column[leader[takes]]
    whole = np.char.add(np.char.add(np.char.add(cities, "|"), own), trade)
    _, first = np.unique(whole, return_index=True)
    unique = np.zeros(n, np.bool_)
    unique[first] = True
    own = np.where(unique, own, np.char.add(own, pick(SIGNS)))  # the registry refuses a second one in a city
    return {
        "code": _codes(n, rng), "city": cities, "own": own, "trade": trade, "form": pick(FORMS), "county": county,
        "street": street, "room": room, "phone": phone, "person": person,
        "old_street": np.char.add(np.char.add(pick(ROADS), rng.integers(1, 600, n).astype(str)), "号"),
        "old_person": np.char.add(pick(SURNAMES), pick(GIVEN)),
        "old_phone": np.char.add("1", (3_000_000_000 + rng.integers(0, 6_999_999_999, n)).astype(str)),
    }  # fmt: skip


def _source(name: str, world: dict[str, np.ndarray], rng: np.random.Generator) -> pa.Table:
    share, coded, owned, addressed, phoned, peopled = SOURCES[name]
    firm = np.flatnonzero(rng.random(world["code"].size) < share)
    if name != "registry":
        again = firm[rng.random(firm.size) < 0.12]
        firm = np.concatenate([firm, again])
    n, clean = firm.size, name == "registry"
    chance = lambda p: (rng.random(n) < p) & (not clean)  # noqa: E731
    own = _slipped(world["own"][firm], np.flatnonzero(chance(0.035)), rng)
    region = np.where(
        chance(0.2), "", np.where(chance(0.2), np.char.add(world["city"][firm], "市"), world["city"][firm])
    )
    form = np.where(chance(0.1), "公司", np.where(chance(0.05), "", world["form"][firm]))
    trade = world["trade"][firm]
    front = np.char.add(np.char.add(region, own), np.char.add(trade, form))
    inside = np.char.add(np.char.add(own, trade), np.char.add(np.char.add("（", region), np.char.add("）", form)))
    text = np.where(chance(0.08) & (region != ""), inside, front)
    where = np.char.add(world["city"][firm], "市")
    moved = chance(0.06)
    house = np.where(moved, world["old_street"][firm], world["street"][firm])
    short = chance(0.3)
    address = np.char.add(np.char.add(np.where(short, "", where), world["county"][firm]), house)
    address = np.char.add(address, np.where(chance(0.25), "", world["room"][firm]))
    phone = np.where(chance(0.1), world["old_phone"][firm], world["phone"][firm])
    person = np.where(chance(0.05), world["old_person"][firm], world["person"][firm])
    columns = {
        "source": np.full(n, name), "record": np.char.add(f"{name}-", np.arange(n).astype(str)),
        "own_code": np.char.add(f"{name[0].upper()}", firm.astype(str)),
        "code": world["code"][firm], "name": text, "address": address, "phone": phone, "person": person,
    }  # fmt: skip
    said = {"own_code": owned, "code": coded, "address": addressed, "phone": phoned, "person": peopled}
    lists = {column: values.tolist() for column, values in columns.items()}
    for column, part in said.items():
        for place in np.flatnonzero(rng.random(n) >= part).tolist():
            lists[column][place] = None
    if not clean:
        _scripts(lists, rng)
        _code_slips(lists["code"], rng)
    return pa.table(
        {column: pa.array(values, pa.string()) for column, values in lists.items()}
        | {"truth": pa.array(firm, pa.int64())}
    )


def _scripts(lists: dict[str, list[str | None]], rng: np.random.Generator) -> None:
    n = len(lists["name"])
    wide = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789"}
    for place in np.flatnonzero(rng.random(n) < 0.05).tolist():
        for column in ("name", "address", "person"):
            lists[column][place] = (lists[column][place] or "").translate(TRADITIONAL) or None
    for place in np.flatnonzero(rng.random(n) < 0.1).tolist():
        for column in ("address", "phone"):
            lists[column][place] = (lists[column][place] or "").translate(wide) or None
    for place in np.flatnonzero(rng.random(n) < 0.2).tolist():
        if phone := lists["phone"][place]:
            lists["phone"][place] = f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}"


def _code_slips(codes: list[str | None], rng: np.random.Generator) -> None:
    for place in np.flatnonzero(rng.random(len(codes)) < 0.02).tolist():
        if code := codes[place]:
            kind, at = int(rng.integers(3)), int(rng.integers(2, 17))
            if kind == 0:
                codes[place] = code.replace("0", "O").replace("1", "I")
            elif kind == 1:
                codes[place] = f"{code[:8]} {code[8:]}".lower()
            else:
                sign = ALPHABET[(ALPHABET.index(code[at]) + 1 + int(rng.integers(9))) % (10 if at < 8 else 31)]
                codes[place] = code[:at] + sign + code[at + 1 :]


def _slipped(names: np.ndarray, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    names = names.astype(object)
    for place in places.tolist():
        name = names[place]
        alike = [at for at, sign in enumerate(name) if sign in ALIKE]
        kind = int(rng.integers(3))
        if kind == 0 or not alike:
            names[place] = name[1] + name[0] + name[2:]
        elif kind == 1:
            names[place] = name[: alike[0]] + ALIKE[name[alike[0]]] + name[alike[0] + 1 :]
        else:
            names[place] = name[:-1] if len(name) > 2 else name + "达"
    return names.astype(str)


def _codes(n: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct valid codes: the last places count up, scattered."""
    values = np.zeros((n, 18), np.int64)
    values[:, 0], values[:, 1] = 9, 1
    values[:, 2:8] = rng.integers(1, 6, (n, 6))
    values[:, 8], values[:, 9] = ALPHABET.index("M"), ALPHABET.index("A")
    number = (np.arange(n) * 350_377_681 + 61_803_399) % 31**6
    for place in range(6):
        values[:, 10 + place] = number // 31**place % 31
    values[:, 16] = rng.integers(0, 10, n)
    values[:, 17] = -(values[:, :17] @ np.array(WEIGHTS)) % 31
    return np.ascontiguousarray(np.array(list(ALPHABET))[values]).view("U18").ravel()


def _weights(n: int) -> np.ndarray:
    weights = 1 / (np.arange(n) + 8.0)
    return weights / weights.sum()
