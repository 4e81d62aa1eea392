"""Places that begin a firm's name or an address: provinces, prefectures, and whatever ends in city, county, district.

Source of the table: the Ministry of Civil Affairs' administrative divisions, provinces and prefectures. Counties and
districts are known by their endings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

SAID_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 "
    "海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
)
SAID_PREFECTURES = (
    "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 晋中 "
    "运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 沈阳 大连 鞍山 "
    "抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 四平 辽源 通化 白山 松原 白城 延边 "
    "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 南京 无锡 徐州 常州 苏州 "
    "南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 "
    "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 "
    "三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 "
    "淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 洛阳 平顶山 安阳 "
    "鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 武汉 黄石 十堰 宜昌 襄阳 鄂州 "
    "荆门 孝感 荆州 黄冈 咸宁 随州 恩施 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 "
    "娄底 湘西 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 "
    "中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 海口 "
    "三亚 三沙 儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 "
    "巴中 资阳 阿坝 甘孜 凉山 贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南 昆明 曲靖 玉溪 保山 "
    "昭通 丽江 普洱 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆 拉萨 日喀则 昌都 林芝 山南 那曲 "
    "阿里 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 "
    "酒泉 庆阳 定西 陇南 临夏 甘南 西宁 海东 海北 黄南 果洛 玉树 海西 银川 石嘴山 吴忠 固原 中卫 "
    "乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 巴音郭楞 阿克苏 喀什 和田 伊犁 塔城 阿勒泰"
)
PROVINCES, PREFECTURES = SAID_PROVINCES.split(), SAID_PREFECTURES.split()
ENDINGS = r"(?:特别行政区|(?:壮族|回族|维吾尔|[\u4e00-\u9fff]{1,4}族)*自治[区州县旗]|地区|新区|[省市县区盟旗])"
WORDS_THAT_END_ALIKE = r"(?:超|夜|集|股|门|城|都|花|上|菜|社|园|小|景|库|片|专)"  # 超市 is a supermarket, no city
SMALLER = re.compile(
    rf"(?:[\u4e00-\u9fff]{{2,3}}?(?<!{WORDS_THAT_END_ALIKE})(?:新区|开发区|[市县区]|[左右前中后]旗)|[\u4e00-\u9fff]县)"
    r"(?=[\u4e00-\u9fffA-Z0-9])"
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A text split into where and the rest. `province`, `city`, `county` are bare names, empty when not said."""

    province: str
    city: str
    county: str
    rest: str

    @property
    def region(self) -> str:
        """The narrowest of province and city that is said."""
        return self.city or self.province


def placed(text: str) -> Placed:
    """Split the places off the front; at least two signs remain. The text is `chinese.plain`.

    >>> placed("四川省成都市武侯区华盛贸易有限公司")
    Placed(province='四川', city='成都', county='武侯', rest='华盛贸易有限公司')
    >>> placed("临江市华盛商贸")
    Placed(province='', city='临江', county='', rest='华盛商贸')
    >>> placed("红旗超市").rest
    '红旗超市'
    """
    province, rest = _begin(text, _provinces())
    city, rest = _begin(rest, _prefectures())
    county = ""
    for _ in range(2):
        found = SMALLER.match(rest)
        if found is None or len(rest) - found.end() < 2:
            break
        name = re.sub(r"(?:新区|开发区|[市县区])\Z", "", found.group())
        if found.group().endswith("市") and not city and not county:
            city = name
        else:
            county = county or name
        rest = rest[found.end() :]
    return Placed(province, city, county, rest)


def place_in(text: str) -> str:
    """The prefecture or province that a whole text names, else nothing.

    >>> place_in("成都"), place_in("成都市"), place_in("集团")
    ('成都', '成都', '')
    """
    for pattern in (_prefectures(), _provinces()):
        found = pattern.fullmatch(text)
        if found:
            return found.group(1)
    return ""


def _begin(text: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    found = pattern.match(text)
    if found is None or len(text) - found.end() < 2:
        return "", text
    return found.group(1), text[found.end() :]


@cache
def _provinces() -> re.Pattern[str]:
    return re.compile(rf"({'|'.join(PROVINCES)}){ENDINGS}?")


@cache
def _prefectures() -> re.Pattern[str]:
    return re.compile(rf"({'|'.join(sorted(PREFECTURES, key=len, reverse=True))}){ENDINGS}?")
