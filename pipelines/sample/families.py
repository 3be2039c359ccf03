"""How the sample's senders write: header dialects and the families of senders that use them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

UNITS = ("piece", "inner", "case", "dozen", "ti")
PIECE, INNER, CASE, DOZEN, TI = range(5)
SALE, RETURN, FREE = range(3)
Layout = tuple[tuple[str, str], ...]
# quantities of a movement report in the order they stand in it
MOVEMENTS = (
    "opening",
    "receipts",
    "transfer_in",
    "customer_returns",
    "sellout",
    "return_to_company",
    "damage",
    "samples",
    "transfer_out",
    "adjustment",
    "closing",
)


def _movement(head: str, quantities: str) -> Layout:
    """Layout of a movement report: headers of period, product and unit, then of the quantities."""
    words, numbers = head.split("|"), quantities.split("|")
    named = zip((*words, *numbers), ("period", "sku_code", "uom", *MOVEMENTS), strict=True)
    return tuple(named)


@dataclass(frozen=True)
class Dialect:
    """Headers and words of one way of writing.

    Attributes:
        name: Name of the dialect.
        kind: Kind of the weekly files; initial loads are CSV.
        encoding: Encoding of its CSV files.
        date_format: strftime form of days in CSV.
        thousands: Whether numbers carry thousands separators.
        titled: Whether a title line stands above the header.
        totalled: Whether a 合计 row closes the file.
        gap: Blank lines between title and header.
        name_zh: Whether files carry Chinese names and lie in the sender's folder itself.
        layouts: feed → (header, field) in order.
        own_headers: feed → column → headers the contract does not know.
        units: Word of each unit, in the order of `UNITS`.
        doc_types: Words of sale, return and free goods.
        stock_states: Words of good, near and damaged.
        claim_types: Words of the kinds of expense.
        claim_status: Word of a submitted claim.
        documents: Prefixes of the documents of sales, returns and free goods.
        returns_negative: Whether returns carry negative quantities.
    """

    name: str
    kind: Literal["csv", "xlsx"]
    encoding: str
    date_format: str
    layouts: dict[str, Layout]
    units: tuple[str, str, str, str, str]
    thousands: bool = False
    titled: bool = False
    totalled: bool = False
    gap: int = 0
    name_zh: bool = False
    own_headers: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    doc_types: tuple[str, str, str] = ("销售", "退货", "赠品")
    stock_states: tuple[str, str, str] = ("良品", "临期", "残损")
    claim_types: tuple[str, ...] = ("陈列", "价格补贴", "进场费", "返利", "促销员", "物料", "物流")
    claim_status: str = "已提交"
    documents: tuple[str, str, str] = ("XS", "TH", "ZP")
    returns_negative: bool = False


@dataclass(frozen=True)
class Family:
    """Senders that share a mapping.

    Attributes:
        name: Name of the mapping file.
        dialect: How they write.
        senders: Numbers of the distributors.
        own_codes: Whether they use their own product and customer codes.
        tax_included: Whether their amounts contain VAT.
        negative_is_return: Whether they have no document type and write returns as minus sales.
    """

    name: str
    dialect: Dialect
    senders: tuple[int, ...]
    own_codes: bool = False
    tax_included: bool = False
    negative_is_return: bool = False

    def layout(self, feed: str) -> Layout:
        """Headers of a feed; a family without document types leaves that column out."""
        columns = self.dialect.layouts[feed]
        if not self.negative_is_return:
            return columns
        return tuple(column for column in columns if column[1] != "doc_type")

    @property
    def has_doc_type(self) -> bool:
        """Whether the sell-out file has a column for the kind of document."""
        return any(name == "doc_type" for _, name in self.layout("sellout"))

    def header_row(self, kind: str) -> int:
        """Row of the header: 1, or below the title. Workbooks and CSV files alike."""
        if not self.titled(kind):
            return 1
        return 2 + self.dialect.gap

    def titled(self, kind: str) -> bool:
        """Whether a file of that kind has a title; CSV loads of workbook senders have none."""
        return self.dialect.titled and kind == self.dialect.kind


ZH_UTF8 = Dialect(
    name="zh_utf8",
    kind="csv",
    encoding="utf-8-sig",
    date_format="%Y-%m-%d",
    units=("包", "盒", "箱", "打", "提"),
    layouts={
        "sellout": (
            ("单据号", "document_no"),
            ("单据日期", "sold_date"),
            ("单据类型", "doc_type"),
            ("客户编码", "outlet_code"),
            ("商品编码", "sku_code"),
            ("数量", "quantity"),
            ("单位", "uom"),
            ("金额", "amount"),
        ),
        "stock": (
            ("库存日期", "snapshot_date"),
            ("仓库", "warehouse"),
            ("商品编码", "sku_code"),
            ("批号", "batch_no"),
            ("生产日期", "production_date"),
            ("到期日期", "expiry_date"),
            ("库存状态", "stock_status"),
            ("数量", "quantity"),
            ("单位", "uom"),
        ),
        "claim": (
            ("核销单号", "claim_no"),
            ("行号", "line_no"),
            ("费用月份", "claim_month"),
            ("费用类型", "claim_type"),
            ("客户编码", "outlet_code"),
            ("商品编码", "sku_code"),
            ("促销编号", "promo_code"),
            ("申请金额", "amount"),
            ("凭证号", "evidence_ref"),
            ("状态", "claim_status"),
        ),
        "movement": _movement(
            "期间|商品编码|单位",
            "期初库存|本期入库|调入|客户退货|本期销售|退回公司|报损|样品赠送|调出|盘点调整|期末库存",
        ),
    },
)
ZH_GBK = Dialect(
    name="zh_gbk",
    kind="csv",
    encoding="gb18030",
    date_format="%Y/%-m/%-d",
    titled=True,
    totalled=True,
    name_zh=True,
    units=("瓶", "中包", "件", "打", "提"),
    doc_types=("销售出库", "销售退货", "搭赠"),
    stock_states=("正常", "临期", "破损"),
    claim_types=("陈列费", "特价补差", "进场费", "月返", "促销员工资", "物料", "运费"),
    documents=("", "T", "Z"),
    returns_negative=True,
    layouts={
        "sellout": (
            ("流水号", "document_no"),
            ("行号", "line_no"),
            ("出库日期", "sold_date"),
            ("客户代码", "outlet_code"),
            ("品号", "sku_code"),
            ("业务类型", "doc_type"),
            ("出货数量", "quantity"),
            ("计量单位", "uom"),
            ("单价", "unit_price"),
            ("销售金额", "amount"),
        ),
        "stock": (
            ("盘点日期", "snapshot_date"),
            ("品号", "sku_code"),
            ("批次", "batch_no"),
            ("生产日期", "production_date"),
            ("有效期至", "expiry_date"),
            ("品质", "stock_status"),
            ("期末库存", "quantity"),
            ("计量单位", "uom"),
        ),
        "claim": (
            ("费用单号", "claim_no"),
            ("行号", "line_no"),
            ("月份", "claim_month"),
            ("费用科目", "claim_type"),
            ("客户代码", "outlet_code"),
            ("品号", "sku_code"),
            ("费用金额", "amount"),
            ("核销状态", "claim_status"),
        ),
        "movement": _movement(
            "月份|品号|计量单位",
            "期初结存|购进|移仓入|销退|出货|退厂|破损|搭赠|移仓出|盘盈亏|期末结存",
        ),
    },
    own_headers={
        "sellout": {"document_no": ["流水号"], "doc_type": ["业务类型"], "quantity": ["出货数量"]},
        "stock": {"stock_status": ["品质"]},
        "claim": {"claim_type": ["费用科目"]},
        "movement": {"transfer_in": ["移仓入"], "transfer_out": ["移仓出"]},
    },
)
XLSX_ZH = Dialect(
    name="xlsx_zh",
    kind="xlsx",
    encoding="utf-8",
    date_format="%Y-%m-%d",
    titled=True,
    totalled=True,
    gap=1,
    units=("个", "盒", "箱", "打", "提"),
    layouts={
        "sellout": (
            ("单号", "document_no"),
            ("日期", "sold_date"),
            ("类型", "doc_type"),
            ("门店编码", "outlet_code"),
            ("商品代码", "sku_code"),
            ("规格说明", "sku_name"),
            ("销售数量", "quantity"),
            ("单位", "uom"),
            ("销售单价", "unit_price"),
            ("销售金额", "amount"),
        ),
        "stock": (
            ("日期", "snapshot_date"),
            ("商品代码", "sku_code"),
            ("规格说明", "sku_name"),
            ("批号", "batch_no"),
            ("生产日期", "production_date"),
            ("到期日期", "expiry_date"),
            ("状态", "stock_status"),
            ("库存数量", "quantity"),
            ("单位", "uom"),
        ),
        "claim": (
            ("核销单号", "claim_no"),
            ("行号", "line_no"),
            ("费用月份", "claim_month"),
            ("费用类型", "claim_type"),
            ("门店编码", "outlet_code"),
            ("促销编号", "promo_code"),
            ("申请金额", "amount"),
            ("凭证", "evidence_ref"),
            ("状态", "claim_status"),
        ),
        "movement": _movement(
            "统计月份|商品代码|单位",
            "期初数量|进货数量|调入数量|客户退货|销售数量|退公司|损耗|赠品|调出数量|调整数量|期末数量",
        ),
    },
)
EN = Dialect(
    name="en",
    kind="csv",
    encoding="utf-8",
    date_format="%d/%m/%Y",
    thousands=True,
    units=("PC", "BX", "CS", "DZ", "PK"),
    doc_types=("", "", ""),
    stock_states=("good", "near", "damaged"),
    claim_types=("display", "price", "listing", "rebate", "promoter", "posm", "logistics"),
    claim_status="submitted",
    documents=("INV-", "RINV-", "FOC-"),
    returns_negative=True,
    layouts={
        "sellout": (
            ("Invoice No", "document_no"),
            ("Line No", "line_no"),
            ("Date", "sold_date"),
            ("Customer", "outlet_code"),
            ("Item No", "sku_code"),
            ("Qty", "quantity"),
            ("UoM", "uom"),
            ("Unit Price", "unit_price"),
            ("Amount", "amount"),
        ),
        "stock": (
            ("Snapshot Date", "snapshot_date"),
            ("Item No", "sku_code"),
            ("Batch", "batch_no"),
            ("Production Date", "production_date"),
            ("Expiry Date", "expiry_date"),
            ("Stock Status", "stock_status"),
            ("On Hand", "quantity"),
            ("UoM", "uom"),
        ),
        "claim": (
            ("Claim No", "claim_no"),
            ("Line", "line_no"),
            ("Month", "claim_month"),
            ("Claim Type", "claim_type"),
            ("Outlet", "outlet_code"),
            ("SKU", "sku_code"),
            ("Promo", "promo_code"),
            ("Amount", "amount"),
            ("Status", "claim_status"),
        ),
        "movement": _movement(
            "Period|Item No|UoM",
            "Opening|Receipts|Transfer In|Sales Returns|Sales|Supplier Returns|Damage|Samples|"
            "Transfer Out|Adjustment|Closing",
        ),
    },
)
EN_NAMED_MONTHS = replace(EN, date_format="%d-%b-%Y", documents=("SO-", "SO-", "SO-"))
FAMILIES = (
    Family("zh_utf8", ZH_UTF8, (1, *range(5, 14))),
    Family("zh_utf8_own_codes", ZH_UTF8, tuple(range(14, 20)), own_codes=True, tax_included=True),
    Family("zh_gbk", ZH_GBK, tuple(range(20, 28))),
    Family("zh_gbk_own_codes", ZH_GBK, (2, 28, 29, 30), own_codes=True, tax_included=True),
    Family("xlsx_zh", XLSX_ZH, (3, 31, 32, 33)),
    Family("xlsx_zh_own_codes", XLSX_ZH, (34, 35), own_codes=True, negative_is_return=True),
    Family("en", EN, (4, 36, 37, 38)),
    Family(
        "en_own_codes",
        EN_NAMED_MONTHS,
        (39, 40),
        own_codes=True,
        tax_included=True,
        negative_is_return=True,
    ),
)
TI_SENDERS = (2, 14)
TI_PIECES = 6
TI_PIECES_OF_FIRST_SKU = 4
FEED_NAMES_ZH = {
    "sellout": "销售流向",
    "stock": "库存",
    "claim": "费用核销",
    "movement": "进销存",
}


def family_of(sender: int) -> Family:
    """The family of a distributor by its number."""
    return next(family for family in FAMILIES if sender in family.senders)
