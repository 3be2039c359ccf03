"""What the contracts of four feeds mean, written once more: texts read in Python, rows judged by
dataframely. It knows nothing of the compiler it is compared with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import dataframely as dy
import polars as pl

BLANKS = " \t\u00a0\u3000\u200b\ufeff"
EARLIEST = date(1900, 1, 2)
WEEK = (date(2026, 11, 16), date(2026, 11, 22))
MONTH = (date(2026, 10, 1), date(2026, 10, 31))
GRACE_DAYS = 14
PIECES_PER_CASE = {"S1": 24, "S2": 12, "S-4": 10, "0012": 24, "034": 24, "0034": 24}
PIECES_PER_INNER = {"S1": 6, "S-4": 5, "0012": 6, "034": 6, "0034": 6}
OUR_SKUS = {"S1", "S2", "S3", "S-4", "0012", "034", "0034"}
PIECE_WORDS = {"个", "支", "瓶", "袋", "包", "块", "pcs", "pc", "piece", "pieces", "ea", "each"}
CASE_WORDS = {"箱", "case", "cases", "cs", "ctn", "carton"}
INNER_WORDS = {"盒", "中包", "inner", "inners", "box"}
DAY_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S")
MONTH_FORMS = ("%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月", "%Y%m", "%Y-%m-%d")
NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?")
WIDE = str.maketrans("０１２３４５６７８９．，－＋（）￥", "0123456789.,-+()¥")

Read = Callable[[str], Any]


def text(cell: str) -> str | None:
    return cell.strip(BLANKS) or None


def code(cell: str) -> str | None:
    """One form for one code: widths, dashes and marks nobody sees do not matter."""
    folded = unicodedata.normalize("NFKC", cell)
    dashed = "".join("-" if unicodedata.category(c) == "Pd" else c for c in folded)
    return "".join(c for c in dashed if unicodedata.category(c) != "Cf").strip() or None


def our_sku(cell: str) -> str | None:
    """Our code for the sent one; lost zeros come back where only one code can be meant."""
    sent = code(cell)
    if sent is None or sent in OUR_SKUS:
        return sent
    hits = [sku for sku in OUR_SKUS if sku.startswith("0") and sku.lstrip("0") == sent]
    return hits[0] if len(hits) == 1 else "?"


def day(cell: str) -> date | None:
    found = _first(cell, DAY_FORMS)
    return found if found and found >= EARLIEST else None


def month(cell: str) -> date | None:
    found = _first(cell, MONTH_FORMS)
    return found.replace(day=1) if found else None


def _first(cell: str, forms: tuple[str, ...]) -> date | None:
    said = text(cell) or ""
    for form in forms:
        if form in {"%Y%m%d", "%Y%m"} and len(said) != (8 if "d" in form else 6):
            continue
        try:
            return datetime.strptime(said, form).date()
        except ValueError:
            continue
    return None


def number(digits: int) -> Read:
    """A decimal(18, digits): `(50)` and `50-` are below zero, signs of money do not count."""

    def read(cell: str) -> Decimal | None:
        said = cell.translate(WIDE).replace(" ", "").replace("\u00a0", "").replace("\u3000", "")
        negative = re.fullmatch(r"\((.*)\)|([^-]*)-", said)
        said = "-" + (negative[1] or negative[2] or "") if negative else said
        said = re.sub(r"^([-+]?)[¥$]?(.*?)元?$", r"\1\2", said)
        if not NUMBER.fullmatch(said):
            return None
        try:
            value = Decimal(said.replace(",", "")).quantize(Decimal(1).scaleb(-digits))
        except InvalidOperation:
            return None
        return value if abs(value) < Decimal(10) ** (18 - digits) else None

    return read


def whole(cell: str) -> int | None:
    value = number(3)(cell)
    return int(value) if value is not None and value == int(value) else None


def word(*meanings: tuple[str, str]) -> Read:
    """Our value for a word: the value itself or its Chinese label, whatever the case."""
    known = {said.casefold(): value for value, label in meanings for said in (value, label)}
    return lambda cell: known.get((text(cell) or "").casefold())


def yes_or_no(cell: str) -> bool | None:
    said = (text(cell) or "").casefold()
    if said in {"true", "t", "yes", "y", "1", "是", "含税", "√"}:
        return True
    return False if said in {"false", "f", "no", "n", "0", "否", "不含税", "×"} else None


class Accepted(dy.Schema):
    """What is asked of every row."""

    row_no = dy.Int64()
    is_readable = dy.Bool(check=lambda c: c)


class Quantified(Accepted):
    """A row with a quantity of a product of ours."""

    sku_code = dy.String(check=lambda c: c != "?")
    quantity = dy.Decimal(18, 3)
    uom = dy.String(nullable=True)

    @dy.rule()
    def unit_is_known_for_the_product(cls) -> pl.Expr:
        unit = pl.col("uom").str.to_lowercase()
        return (
            unit.is_null()
            | unit.is_in(list(PIECE_WORDS))
            | (unit.is_in(list(CASE_WORDS)) & pl.col("sku_code").is_in(list(PIECES_PER_CASE)))
            | (unit.is_in(list(INNER_WORDS)) & pl.col("sku_code").is_in(list(PIECES_PER_INNER)))
        )


class Sellout(Quantified):
    document_no = dy.String(max_length=60)
    line_no = dy.Int64(nullable=True, min=0)
    sold_date = dy.Date()
    doc_type = dy.String(nullable=True)

    @dy.rule()
    def date_is_of_the_week_or_a_little_late(cls) -> pl.Expr:
        first = pl.lit(WEEK[0]) - pl.duration(days=GRACE_DAYS)
        return pl.col("sold_date").is_between(first, pl.lit(WEEK[1]))

    @dy.rule()
    def sale_is_not_below_zero(cls) -> pl.Expr:
        is_sale = pl.col("doc_type").fill_null("sale") == "sale"
        return ~(is_sale & (pl.col("quantity") < 0))


class Stock(Quantified):
    snapshot_date = dy.Date()
    production_date = dy.Date(nullable=True)
    expiry_date = dy.Date(nullable=True)

    @dy.rule()
    def counted_in_the_week(cls) -> pl.Expr:
        return pl.col("snapshot_date").is_between(pl.lit(WEEK[0]), pl.lit(WEEK[1]))

    @dy.rule()
    def not_below_zero(cls) -> pl.Expr:
        return pl.col("quantity") >= 0

    @dy.rule()
    def made_before_it_expires(cls) -> pl.Expr:
        return (pl.col("expiry_date") >= pl.col("production_date")).fill_null(True)

    @dy.rule()
    def made_before_it_was_counted(cls) -> pl.Expr:
        return (pl.col("production_date") <= pl.col("snapshot_date")).fill_null(True)


class Claim(Accepted):
    claim_no = dy.String(max_length=60)
    line_no = dy.Int64(nullable=True, min=0)
    claim_month = dy.Date(min=MONTH[0], max=MONTH[1])
    claim_type = dy.String()
    sku_code = dy.String(nullable=True, check=lambda c: c != "?")
    claimed_amount = dy.Decimal(18, 2, min=Decimal(0))


class Sku(Accepted):
    sku_code = dy.String(max_length=40)
    pieces_per_case = dy.Int64(nullable=True, min=1, max=10_000)
    shelf_life_days = dy.Int64(nullable=True, min=1, max=7_300)
    list_price = dy.Decimal(18, 4, nullable=True, min=Decimal(0))
    gtin = dy.String(nullable=True, regex=r"^[0-9]{8,14}$")
    vat_ratio = dy.Decimal(18, 4, nullable=True, min=Decimal(0), max=Decimal(1))
    launch_date = dy.Date(nullable=True)
    delist_date = dy.Date(nullable=True)

    @dy.rule()
    def leaves_after_it_came(cls) -> pl.Expr:
        return (pl.col("delist_date") >= pl.col("launch_date")).fill_null(True)


DOC_TYPES = (("sale", "销售"), ("return", "退货"), ("free", "赠品"), ("exchange", "换货"))
STOCK_STATES = (("good", "良品"), ("near", "临期"), ("damaged", "残损"), ("blocked", "冻结"))
CLAIM_TYPES = (
    ("display", "陈列"),
    ("price", "价格补贴"),
    ("listing", "进场费"),
    ("rebate", "返利"),
    ("promoter", "促销员"),
    ("posm", "物料"),
    ("logistics", "物流"),
)
CLAIM_STATES = (
    ("submitted", "已提交"),
    ("approved", "已批准"),
    ("rejected", "已驳回"),
    ("paid", "已支付"),
)
SKU_STATES = (("active", "在售"), ("delisted", "已退市"), ("planned", "计划"))
# family → header → our column, its type here, how a cell is read
COLUMNS: dict[str, dict[str, tuple[str, Any, Read]]] = {
    "sellout": {
        "单据号": ("document_no", pl.String, code),
        "行号": ("line_no", pl.Int64, whole),
        "单据日期": ("sold_date", pl.Date, day),
        "客户编码": ("outlet_code", pl.String, code),
        "商品编码": ("sku_code", pl.String, our_sku),
        "单据类型": ("doc_type", pl.String, word(*DOC_TYPES)),
        "数量": ("quantity", pl.Decimal(18, 3), number(3)),
        "单位": ("uom", pl.String, text),
        "金额": ("reported_amount", pl.Decimal(18, 2), number(2)),
        "是否含税": ("tax_included", pl.Boolean, yes_or_no),
    },
    "stock": {
        "仓库": ("warehouse_code", pl.String, code),
        "商品编码": ("sku_code", pl.String, our_sku),
        "批号": ("batch_no", pl.String, code),
        "生产日期": ("production_date", pl.Date, day),
        "到期日期": ("expiry_date", pl.Date, day),
        "库存状态": ("stock_status", pl.String, word(*STOCK_STATES)),
        "库存日期": ("snapshot_date", pl.Date, day),
        "数量": ("quantity", pl.Decimal(18, 3), number(3)),
        "单位": ("uom", pl.String, text),
    },
    "claim": {
        "核销单号": ("claim_no", pl.String, code),
        "行号": ("line_no", pl.Int64, whole),
        "费用月份": ("claim_month", pl.Date, month),
        "费用类型": ("claim_type", pl.String, word(*CLAIM_TYPES)),
        "商品编码": ("sku_code", pl.String, our_sku),
        "申请金额": ("claimed_amount", pl.Decimal(18, 2), number(2)),
        "税额": ("tax_amount", pl.Decimal(18, 2), number(2)),
        "状态": ("claim_status", pl.String, word(*CLAIM_STATES)),
    },
    "sku": {
        "商品编码": ("sku_code", pl.String, code),
        "箱规": ("pieces_per_case", pl.Int64, whole),
        "保质期": ("shelf_life_days", pl.Int64, whole),
        "标准价": ("list_price", pl.Decimal(18, 4), number(4)),
        "条码": ("gtin", pl.String, text),
        "税率": ("vat_ratio", pl.Decimal(18, 4), number(4)),
        "上市日期": ("launch_date", pl.Date, day),
        "退市日期": ("delist_date", pl.Date, day),
        "状态": ("sku_status", pl.String, word(*SKU_STATES)),
    },
}
SCHEMAS: dict[str, type[Accepted]] = {
    "sellout": Sellout,
    "stock": Stock,
    "claim": Claim,
    "sku": Sku,
}
# where rows of equal key are not told apart by their order: what stands for an empty key cell
KEYS: dict[str, dict[str, str | None]] = {
    "stock": {
        "warehouse_code": "MAIN",
        "sku_code": None,
        "batch_no": None,
        "production_date": None,
        "stock_status": "good",
        "snapshot_date": None,
    },
    "sku": {"sku_code": None, "valid_from": None},
}


def accepted(family: str, table: list[list[str]]) -> set[int]:
    """Numbers of the rows of a table that are to be loaded; the header is row 1."""
    frame, repeats = _typed(family, table)
    good, _ = SCHEMAS[family].filter(frame)
    if family not in KEYS:
        return set(good["row_no"].to_list())
    judged = frame.filter(pl.col("row_no").is_in(good["row_no"]) & ~pl.col("row_no").is_in(repeats))
    key = [
        pl.col(name).fill_null(empty) if empty else pl.col(name)
        for name, empty in KEYS[family].items()
    ]
    return set(judged.filter(pl.len().over(key) == 1)["row_no"].to_list())


def _typed(family: str, table: list[list[str]]) -> tuple[pl.DataFrame, list[int]]:
    """The table as values, and which rows repeat another; a figure may be left out with a dash."""
    headers, *rows = table
    known = COLUMNS[family]
    values: dict[str, list[Any]] = {name: [None] * len(rows) for name, _, _ in known.values()}
    schema = {name: kind for name, kind, _ in known.values()}
    readable = [True] * len(rows)
    for place, header in enumerate(headers):
        name, _, read = known[header]
        for at, row in enumerate(rows):
            values[name][at] = read(row[place])
            is_figure = schema[name].is_numeric()
            is_empty = text(row[place]) is None or (is_figure and text(row[place]) == "-")
            readable[at] &= values[name][at] is not None or is_empty
    frame = pl.DataFrame(values, schema=schema).with_columns(
        row_no=pl.int_range(2, len(rows) + 2, dtype=pl.Int64),
        is_readable=pl.Series(readable),
        valid_from=pl.lit(None, pl.Date),
    )
    repeats = [at + 2 for at, row in enumerate(rows) if row in rows[:at]]
    return frame, repeats
