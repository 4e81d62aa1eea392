"""A firm's trade, told from its name by a stated rule table, even where the name's first part is masked.

A Chinese firm's name ends in what it does and its legal form: `***建筑劳务有限公司` is a building-labour company.
Rules are read from the top and the first word found decides, so a narrow word stands above a wide one
(`建筑劳务` labour before `建筑` construction). The table is data: change a rule here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from puhui.words import Label


class Trade(StrEnum):
    """Trades that react differently to a shock. A new trade needs its words in `LABELS`, or the import stops."""

    HOUSEHOLD = "household"
    LABOUR = "labour_services"
    CATERING = "catering_lodging"
    HEALTH = "health"
    FOOD = "food_farming"
    TRANSPORT = "transport_logistics"
    CULTURE = "culture_media"
    REAL_ESTATE = "real_estate"
    CONSTRUCTION = "construction"
    PROFESSIONAL = "professional_services"
    TECHNOLOGY = "technology"
    WHOLESALE_RETAIL = "wholesale_retail"
    MANUFACTURING = "manufacturing"
    OTHER = "other"


LABELS: dict[Trade, Label] = {
    Trade.HOUSEHOLD: Label("Household business", "个体经营"),
    Trade.LABOUR: Label("Labour services", "劳务服务"),
    Trade.CATERING: Label("Catering and lodging", "餐饮住宿"),
    Trade.HEALTH: Label("Health", "医药健康"),
    Trade.FOOD: Label("Food and farming", "食品与农林"),
    Trade.TRANSPORT: Label("Transport and logistics", "交通运输与物流"),
    Trade.CULTURE: Label("Culture and media", "文化传媒"),
    Trade.REAL_ESTATE: Label("Real estate and property", "房地产与物业"),
    Trade.CONSTRUCTION: Label("Construction", "建筑工程"),
    Trade.PROFESSIONAL: Label("Professional services", "专业服务"),
    Trade.TECHNOLOGY: Label("Technology", "科技与信息"),
    Trade.WHOLESALE_RETAIL: Label("Wholesale and retail", "批发零售"),
    Trade.MANUFACTURING: Label("Manufacturing", "制造业"),
    Trade.OTHER: Label("Other", "其他"),
}
assert LABELS.keys() == set(Trade)


@dataclass(frozen=True, slots=True)
class Rule:
    """Any of these words in a name means this trade."""

    trade: Trade
    words: tuple[str, ...]


RULES = (
    Rule(Trade.HOUSEHOLD, ("个体经营",)),
    Rule(Trade.LABOUR, ("劳务", "人力资源", "职业技能")),
    Rule(Trade.CATERING, ("酒店", "餐饮", "宾馆", "酒楼", "旅馆", "民宿")),
    Rule(Trade.HEALTH, ("药", "医疗", "医院", "诊所", "福利院", "养老", "健康")),
    Rule(
        Trade.FOOD,
        ("食品", "调味品", "粮", "蔬菜", "合作社", "魔芋", "蟹", "水产", "农", "园艺", "花木", "兰花", "林业", "养殖"),
    ),
    Rule(Trade.TRANSPORT, ("物流", "货运", "运输", "运业", "运贸", "快递", "供应链", "仓储")),
    Rule(Trade.REAL_ESTATE, ("房地产", "物业", "置业", "土地整理")),
    Rule(Trade.CULTURE, ("文化", "传媒", "广告", "影城", "影视", "图书", "教育", "旅游", "会展", "演艺", "营销策划")),
    Rule(Trade.PROFESSIONAL, ("专业服务", "商务服务", "检测", "检验", "勘察", "测绘", "造价", "招投标", "工程咨询")),
    Rule(Trade.TECHNOLOGY, ("网络", "信息", "软件", "数码", "通信科技", "电子商务")),
    Rule(
        Trade.CONSTRUCTION,
        (
            "建设",
            "建筑机械租赁",
            "建筑",
            "工程",
            "装饰",
            "装修",
            "园林",
            "景观",
            "路桥",
            "门窗安装",
            "安装",
            "灾害防治",
        ),
    ),
    Rule(
        Trade.PROFESSIONAL, ("律师", "税务", "财税", "财务", "会计", "咨询", "设计", "事务所", "策划", "研究院", "代理")
    ),
    Rule(
        Trade.WHOLESALE_RETAIL,
        (
            "贸",
            "批发",
            "零售",
            "销售",
            "经营部",
            "商店",
            "超市",
            "童装店",
            "轮胎",
            "家电",
            "汽车美容",
            "汽车维修",
            "物资",
            "建材",
            "五金",
            "用品",
        ),
    ),
    Rule(Trade.TECHNOLOGY, ("科技", "技术", "智能", "电脑")),
    Rule(
        Trade.MANUFACTURING,
        (
            *("制造", "机械", "设备", "器材", "电器", "电气", "电子", "机电", "制冷", "铸造", "合金", "金属", "钢"),
            *("材料", "塑", "化工", "石化", "天然气", "印务", "印刷", "包装", "纸业", "木业", "门窗", "石材", "鞋"),
            *("服饰", "服装", "纺织", "厂", "实业", "灯饰"),
        ),
    ),
    Rule(Trade.OTHER, ("",)),
)


def trade_of(name: str) -> Trade:
    """The trade that a firm's name tells; OTHER where no rule's word is in it.

    >>> [trade_of(name).value for name in ("***建筑劳务有限公司", "***电器销售有限公司", "个体经营E124 ")]
    ['labour_services', 'wholesale_retail', 'household']
    """
    return next(rule.trade for rule in RULES if any(word in name for word in rule.words))
