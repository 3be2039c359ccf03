"""Random tables as senders might write them: mostly good, with every kind of slip now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)
RECEIVED = "2026-11-23 09:00:00"
SLIP_SHARE = 0.06
REPEATED_SHARE = 0.03
MASTER = """sku_code,pieces_per_case,pieces_per_inner
S1,24,6
S2,12,
S3,,
S-4,10,5
0012,24,6
034,24,6
0034,24,6
"""

Cell = Callable[[Random], str]


@dataclass(frozen=True)
class Kind:
    """How a column is written.

    Attributes:
        good: Writes a cell that is in order, or may be.
        slips: Cells as they go wrong, or only look as if.
    """

    good: Cell
    slips: Sequence[str] = ()


def day(first: date, last: date) -> Cell:
    """A day in one of the usual forms."""

    def write(rng: Random) -> str:
        picked = first + timedelta(days=rng.randrange((last - first).days + 1))
        plain = f"{picked.year}/{picked.month}/{picked.day}"
        zh = f"{picked.year}年{picked.month}月{picked.day}日"
        forms = [picked.isoformat(), plain, zh, f"{picked:%Y%m%d}", f"{picked:%Y.%m.%d}"]
        return rng.choice(forms)

    return write


def one_of(*texts: str) -> Cell:
    return lambda rng: rng.choice(texts)


def number(low: int, high: int, decimals: int) -> Cell:
    """A number in one of the usual forms."""

    def write(rng: Random) -> str:
        value = rng.randint(low * 10**decimals, high * 10**decimals) / 10**decimals
        plain = f"{value:.{decimals}f}"
        wide = plain.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
        return rng.choice([plain, plain, plain, f"{value:,.{decimals}f}", wide, f" {plain} "])

    return write


NO_NUMBERS = ("约十", "abc", "1,23", "12..5", "--5", "1.2.3", "-", "1,2345", "12345678901234567890")
ODD_NUMBERS = ("(50)", "50-", "-50", "+50", "¥50", "50元", "¥-50", "0", "", "  ", "50.", "\u00a050")
NO_DAYS = ("昨天", "11/12", "2026-02-30", "2026.11.31", "20261131", "2026-11", "infinity", "epoch")
ODD_DAYS = ("", " ", " 2026-11-18 ", "2026-11-18 08:30:00", "1899-12-31", "2062-01-01", "26-11-18")
NO_WORDS = ("吃了", "n/a", "sales")
SKUS = Kind(
    one_of("S1", "S2", "S3", "S-4", "0012", "12"),
    ("", " ", "Ｓ１", " S1 ", "S–4", "S\u200b1", "s1", "ZZZ", "34", "034", "0034", "012", "S 1"),
)
UNITS = Kind(one_of("", "个", "pcs", "箱", "CS", "盒"), ("麻袋", "打", " 箱 ", "Case", "inner"))
QUANTITIES = Kind(number(0, 500, 0), (*NO_NUMBERS, *ODD_NUMBERS))
MONEY = Kind(number(0, 9_000, 2), (*NO_NUMBERS, *ODD_NUMBERS))
LINES = Kind(number(1, 40, 0), ("1.0", "1.5", "-1", "x", "", "(3)"))
GTINS = Kind(one_of("", "6901234567892", "96385074"), ("690123456789X", "1234567", "6901 2345"))
WHOLE = Kind(number(1, 200, 0), ("0", "-1", "10000", "10001", "7300", "7301", "1.5", "", "many"))

FAMILIES: dict[str, dict[str, Kind]] = {
    "sellout": {
        "单据号": Kind(
            lambda rng: f"A{rng.randrange(30)}", ("", " ", "\u00a0", "\u3000", "X" * 60, "X" * 61)
        ),
        "行号": LINES,
        "单据日期": Kind(
            day(MONDAY - timedelta(days=18), SUNDAY + timedelta(days=3)), (*NO_DAYS, *ODD_DAYS)
        ),
        "客户编码": Kind(one_of("O1", "O2", ""), ("Ｏ１", " ")),
        "商品编码": SKUS,
        "单据类型": Kind(
            one_of("", "销售", "sale", "退货", "赠品", "Exchange"), (*NO_WORDS, " 销售")
        ),
        "数量": QUANTITIES,
        "单位": UNITS,
        "金额": MONEY,
        "是否含税": Kind(one_of("", "是", "否", "TRUE", "0", "含税"), ("maybe", "2", " ")),
    },
    "stock": {
        "仓库": Kind(one_of("", "MAIN", "W2")),
        "商品编码": SKUS,
        "批号": Kind(one_of("", "B1", "B2")),
        "生产日期": Kind(
            day(MONDAY - timedelta(days=90), SUNDAY + timedelta(days=2)), (*NO_DAYS, *ODD_DAYS)
        ),
        "到期日期": Kind(
            day(MONDAY - timedelta(days=30), MONDAY + timedelta(days=400)), (*NO_DAYS, *ODD_DAYS)
        ),
        "库存状态": Kind(one_of("", "良品", "near", "残损"), NO_WORDS),
        "库存日期": Kind(
            day(MONDAY - timedelta(days=1), SUNDAY + timedelta(days=2)), (*NO_DAYS, *ODD_DAYS)
        ),
        "数量": QUANTITIES,
        "单位": UNITS,
    },
    "claim": {
        "核销单号": Kind(lambda rng: f"C{rng.randrange(30)}", ("", " ", "X" * 60, "X" * 61)),
        "行号": LINES,
        "费用月份": Kind(
            one_of("2026-10", "2026/10", "202610", "2026年10月", "2026.10", "2026-10-31"),
            ("2026-09", "2026-11", "2027-01", "Oct 2026", "", " ", "2026-13", "20261", "十月"),
        ),
        "费用类型": Kind(one_of("陈列", "display", "LISTING", "返利"), (*NO_WORDS, "", " ")),
        "商品编码": Kind(one_of("", "S1", "S2", "12"), ("ZZZ", "34", " ")),
        "申请金额": MONEY,
        "税额": MONEY,
        "状态": Kind(one_of("", "已提交", "PAID"), NO_WORDS),
    },
    "sku": {
        "商品编码": Kind(lambda rng: f"K{rng.randrange(60)}", ("", " ", "K" * 40, "K" * 41)),
        "箱规": WHOLE,
        "保质期": WHOLE,
        "标准价": MONEY,
        "条码": GTINS,
        "税率": Kind(one_of("0", "0.09", "0.13", "1", ""), ("-0.01", "1.01", "13", "税")),
        "上市日期": Kind(day(date(2024, 1, 1), date(2026, 1, 1)), (*NO_DAYS, "")),
        "退市日期": Kind(day(date(2025, 6, 1), date(2027, 1, 1)), (*NO_DAYS, "")),
        "状态": Kind(one_of("", "在售", "planned"), NO_WORDS),
    },
}
OPTIONAL = {
    "sellout": ("行号", "客户编码", "单据类型", "单位", "金额", "是否含税"),
    "stock": ("仓库", "批号", "到期日期", "库存状态", "单位"),
    "claim": ("行号", "商品编码", "税额", "状态"),
    "sku": ("箱规", "条码", "税率", "上市日期", "状态"),
}
PERIODS = {"sellout": "2026W47", "stock": "2026W47", "claim": "2026-10", "sku": "all"}
LAYOUTS = 12


def table(family: str, seed: int) -> list[list[str]]:
    """A header and up to forty rows; the same for the same seed."""
    rng = Random(f"{family} {seed}")
    headers = _layout(family, seed % LAYOUTS)
    rows = [
        [_cell(FAMILIES[family][header], rng) for header in headers]
        for _ in range(rng.randint(1, 40))
    ]
    for place in range(1, len(rows)):
        if rng.random() < REPEATED_SHARE:
            rows[place] = list(rows[place - 1])
    return [headers, *rows]


def _layout(family: str, number: int) -> list[str]:
    rng = Random(f"{family} layout {number}")
    left_out = rng.sample(OPTIONAL[family], rng.randint(0, len(OPTIONAL[family])))
    headers = [header for header in FAMILIES[family] if header not in left_out]
    rng.shuffle(headers)
    return headers


def _cell(kind: Kind, rng: Random) -> str:
    if kind.slips and rng.random() < SLIP_SHARE:
        return rng.choice(kind.slips)
    return kind.good(rng)
