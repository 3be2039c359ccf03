"""What stands in the cells: frames of one family in its own words, numbers still numbers."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipelines.sample.families import Family
from pipelines.sample.masters import sku_names
from pipelines.sample.region import Region

WRONG_DATES = ("2026.11.31", "待补", "2026-02-30")
WRONG_QUANTITIES = ("十二", "待定", "若干")
WRONG_AMOUNT = "待核"
WRONG_TYPE = "调拨"
WRONG_CLAIM = "团建"
WRONG_UNIT = "托"
WRONG_MONTH = "13月"
Cells = Callable[[Region, Family, pl.DataFrame], pl.DataFrame]


def sellout_cells(region: Region, family: Family, rows: pl.DataFrame) -> pl.DataFrame:
    """Sell-out rows of a family: columns named by field, `<field>_text` where text replaces it."""
    bad, dialect = pl.col("bad"), family.dialect
    day = _date(region, "day").dt.strftime("%Y%m%d")
    number = pl.col("document").cast(pl.String).str.zfill(4)
    stranger = "N" + (pl.col("outlet") % 97).cast(pl.String).str.zfill(4)
    foreign = "ZZ" + (pl.col("sku") % 13).cast(pl.String)
    return rows.with_columns(
        document_no=pl.when(bad == "document_no_missing")
        .then(pl.lit(""))
        .otherwise(_word("type", dialect.documents) + day + "-" + number),
        sold_date=_date(region, "sold_day"),
        sold_date_text=pl.when(bad == "sold_date_invalid").then(_one_of("day", WRONG_DATES)),
        doc_type=_unless("doc_type_not_allowed", WRONG_TYPE, _word("type", dialect.doc_types)),
        outlet_code=pl.when("unknown_outlet")
        .then(stranger)
        .otherwise(region.codes.outlets.gather(rows["outlet"])),
        sku_code=pl.when(bad == "unmapped_sku").then(foreign).otherwise(_sku_codes(region, rows)),
        sku_name=pl.Series(sku_names(region.skus)[0]).gather(rows["sku"]),
        quantity_text=pl.when(bad == "quantity_invalid")
        .then(_one_of("day", WRONG_QUANTITIES))
        .when(bad == "quantity_missing")
        .then(pl.lit("")),
        uom=_unless("unmapped_uom", WRONG_UNIT, _word("unit", dialect.units)),
    )


def stock_cells(region: Region, family: Family, rows: pl.DataFrame) -> pl.DataFrame:
    """Stock rows of a family."""
    made = _date(region, "production_day")
    batch = made.dt.strftime("%Y%m%d") + (pl.col("series") % 10).cast(pl.String)
    return rows.with_columns(
        snapshot_date=_date(region, "day"),
        warehouse=pl.lit(""),
        sku_code=_sku_codes(region, rows),
        sku_name=pl.Series(sku_names(region.skus)[0]).gather(rows["sku"]),
        batch_no=batch.fill_null(""),
        production_date=made,
        expiry_date=_date(region, "expiry_day"),
        stock_status=_word("state", family.dialect.stock_states),
        quantity_text=pl.when(pl.col("bad") == "quantity_invalid").then(
            _one_of("day", WRONG_QUANTITIES)
        ),
        uom=_word("unit", family.dialect.units),
    )


def claim_cells(region: Region, family: Family, rows: pl.DataFrame) -> pl.DataFrame:
    """Claim rows of a family."""
    months = pl.Series([f"{month:%Y-%m}" for month in region.plan.months]).gather(rows["month"])
    compact = months.str.replace("-", "")
    sender = rows["sender"].cast(pl.String).str.zfill(3)
    number = (rows["line"] // 4 + 1).cast(pl.String).str.zfill(2)
    outlets = region.codes.outlets.gather(rows["outlet"].clip(0))
    claim = _word("kind", family.dialect.claim_types)
    return rows.with_columns(
        claim_no="FY" + sender + compact + number,
        line_no=pl.col("line") % 4 + 1,
        claim_month=months,
        claim_type=_unless("claim_type_not_allowed", WRONG_CLAIM, claim),
        outlet_code=pl.when(pl.col("outlet") < 0).then(pl.lit("")).otherwise(outlets),
        sku_code=pl.when(pl.col("sku") < 0)
        .then(pl.lit(""))
        .otherwise(_sku_codes(region, rows.with_columns(pl.col("sku").clip(0)))),
        promo_code=pl.when(pl.col("promo") < 0)
        .then(pl.lit(""))
        .otherwise(pl.Series([one.code for one in region.promotions.all]).gather(rows["promo"])),
        evidence_ref="PZ" + sender + compact + rows["line"].cast(pl.String).str.zfill(3),
        claim_status=pl.lit(family.dialect.claim_status),
        amount_text=pl.when(pl.col("bad") == "claimed_amount_invalid").then(pl.lit(WRONG_AMOUNT)),
    )


def movement_cells(region: Region, family: Family, rows: pl.DataFrame) -> pl.DataFrame:
    """Movement rows of a family."""
    bad = pl.col("bad")
    months = pl.Series([f"{month:%Y-%m}" for month in region.plan.months]).gather(rows["month"])
    foreign = "ZZ" + (pl.col("sku") % 13).cast(pl.String)
    return rows.with_columns(
        period=_unless("period_start_date_invalid", WRONG_MONTH, months),
        sku_code=pl.when(bad == "unmapped_sku").then(foreign).otherwise(_sku_codes(region, rows)),
        uom=_unless("unmapped_uom", WRONG_UNIT, _word("unit", family.dialect.units)),
        sellout_text=pl.when(bad == "sellout_invalid").then(_one_of("sku", WRONG_QUANTITIES)),
    )


CELLS: dict[str, Cells] = {
    "sellout": sellout_cells,
    "stock": stock_cells,
    "claim": claim_cells,
    "movement": movement_cells,
}


def _date(region: Region, column: str) -> pl.Expr:
    return pl.lit(region.plan.first_monday) + pl.duration(days=pl.col(column))


def _word(column: str, words: tuple[str, ...]) -> pl.Expr:
    """The word at the place the column holds."""
    return pl.col(column).replace_strict(
        dict(enumerate(words)), return_dtype=pl.String, default=pl.lit("")
    )


def _one_of(column: str, words: tuple[str, ...]) -> pl.Expr:
    return (pl.col(column) % len(words)).replace_strict(dict(enumerate(words)))


def _unless(reason: str, wrong: str, otherwise: pl.Expr | pl.Series) -> pl.Expr:
    return pl.when(pl.col("bad") == reason).then(pl.lit(wrong)).otherwise(otherwise)


def _sku_codes(region: Region, rows: pl.DataFrame) -> pl.Series:
    return region.codes.skus.gather((rows["sender"] - 1) * region.skus.count + rows["sku"])
