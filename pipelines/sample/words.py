"""Names the sample region is made of. Brands, firms and chains are invented; the cities are not."""

from __future__ import annotations

from typing import NamedTuple


def words(text: str) -> tuple[str, ...]:
    """The words of a text, which reads better than a list of them."""
    return tuple(text.split())


class City(NamedTuple):
    """A city with its districts and where it lies."""

    name: str
    province: str
    latitude: float
    longitude: float
    districts: tuple[str, ...]


CITIES = (
    City(
        "上海市",
        "上海市",
        31.23,
        121.47,
        words("黄浦区 徐汇区 长宁区 静安区 普陀区 虹口区 杨浦区 浦东新区 闵行区 宝山区"),
    ),
    City(
        "杭州市",
        "浙江省",
        30.27,
        120.16,
        words("上城区 拱墅区 西湖区 滨江区 萧山区 余杭区 临平区 钱塘区"),
    ),
    City(
        "南京市",
        "江苏省",
        32.06,
        118.80,
        words("玄武区 秦淮区 建邺区 鼓楼区 栖霞区 雨花台区 江宁区 浦口区"),
    ),
    City(
        "苏州市",
        "江苏省",
        31.30,
        120.58,
        words("姑苏区 虎丘区 吴中区 相城区 吴江区 苏州工业园区"),
    ),
)
REGION = "华东大区"
FIRM_WORDS = words(
    "恒味 嘉禾 顺达 丰年 瑞祥 汇甜 百味 金穗 同乐 永兴 华盛 广源 东升 宏远 鑫隆 惠民 "
    "佳和 万家 聚福 德润 新禾 通达 福满 乐食 诚信 安泰 盛景 合众 锦程 明珠 天成 裕丰 "
    "星源 和美 长青 海纳 巨丰 联成 启航 众鑫"
)


class Channel(NamedTuple):
    """A channel: its share of outlets, how much an outlet buys, what its outlets are called."""

    code: str
    share: float
    pull: float
    category_sales_amount: int
    banners: tuple[str, ...]
    kind: str


CHANNELS = (
    Channel("KA", 0.03, 6.0, 180_000, ("大润佳", "沃和", "永乐福"), "超市"),
    Channel("LKA", 0.07, 3.5, 80_000, ("好又鲜", "联众", "惠万家"), "超市"),
    Channel("CVS", 0.22, 1.4, 18_000, ("邻里", "快易", "晨星"), "便利店"),
    Channel("GT", 0.55, 0.7, 6_000, (), "食品店"),
    Channel("WS", 0.05, 5.0, 90_000, (), "批发部"),
    Channel("EC", 0.03, 4.0, 120_000, ("云仓",), "前置仓"),
    Channel("SP", 0.05, 0.9, 9_000, ("学苑", "站点"), "小卖部"),
)
STREETS = words("人民 中山 解放 建设 新华 和平 胜利 文化 延安 长江 黄山 学院 滨河 光明")


class Line(NamedTuple):
    """A product line of the catalogue: flavours by weights make its SKUs."""

    category: str
    brand: str
    form_zh: str
    form_en: str
    flavours: tuple[tuple[str, str], ...]
    grams: tuple[int, ...]
    price_per_gram: float
    shelf_life_days: int
    pieces_per_case: int
    pieces_per_inner: int


COCOA = (
    ("丝滑牛奶", "Silky Milk"),
    ("香浓黑", "Rich Dark"),
    ("榛仁", "Hazelnut"),
    ("白", "White"),
    ("海盐焦糖", "Sea Salt Caramel"),
    ("扁桃仁", "Almond"),
)
FRUIT = (
    ("草莓", "Strawberry"),
    ("葡萄", "Grape"),
    ("芒果", "Mango"),
    ("柠檬", "Lemon"),
    ("蜜桃", "Peach"),
    ("荔枝", "Lychee"),
    ("薄荷", "Mint"),
)
CREAM = (
    ("牛奶", "Milk"),
    ("香草", "Vanilla"),
    ("可可", "Cocoa"),
    ("花生", "Peanut"),
    ("燕麦", "Oat"),
    ("抹茶", "Matcha"),
)
NEW_YEAR = (
    ("金福", "Golden Luck"),
    ("团圆", "Reunion"),
    ("吉祥", "Blessing"),
    ("满堂红", "All Red"),
)
AUTUMN = (("月圆", "Full Moon"), ("桂香", "Osmanthus"))
CATALOGUE = (
    Line("巧克力", "可可山", "巧克力", "Chocolate", COCOA, (35, 80, 120), 0.105, 365, 24, 12),
    Line("巧克力", "甜屿", "夹心巧克力", "Truffles", COCOA[:5], (50, 150), 0.095, 300, 20, 10),
    Line("糖果", "甜屿", "软糖", "Gummies", FRUIT, (60, 100, 228), 0.052, 365, 30, 10),
    Line("糖果", "糖小满", "硬糖", "Hard Candy", FRUIT, (90, 180), 0.040, 540, 40, 10),
    Line("饼干", "麦田里", "夹心饼干", "Biscuits", CREAM, (97, 150, 388), 0.034, 270, 24, 6),
    Line("威化", "麦田里", "威化", "Wafer", CREAM, (58, 145, 290), 0.048, 300, 48, 12),
    Line("口香糖", "清口气", "口香糖", "Gum", FRUIT[3:], (27, 56), 0.160, 540, 60, 12),
    Line("礼盒", "可可山", "新春礼盒", "New Year Gift Box", NEW_YEAR, (400, 800), 0.150, 240, 6, 1),
    Line("礼盒", "甜屿", "中秋礼盒", "Mid-Autumn Gift Box", AUTUMN, (360, 680), 0.140, 240, 6, 1),
)
NEW_YEAR_FORM = "新春礼盒"
AUTUMN_FORM = "中秋礼盒"
PATROL_AREAS = ("A01", "A02", "A03", "B01", "B02", "P01")
CHECKPOINTS = ("C1", "C2", "C3", "C4")
CLEANING_ITEMS = words(
    "道路 走廊 墙面 防火门 消防栓箱 铝百叶窗 灯罩 扶手 三层道路 样板房 销售中心 停车场"
)
TICKET_CATEGORIES = words("漏水 电梯 照明 噪音 保洁 绿化 停车 门禁 管道 邻里")
