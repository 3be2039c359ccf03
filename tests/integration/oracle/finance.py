"""Profit and loss, trade spend and where the month lands, worked out from lines and plans."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tests.integration.oracle.frames import MONEY, money, ratio
from tests.integration.oracle.nodes import UNKNOWN, at_items, at_nodes, on_day

ITEM_KEYS = ["month_start_date", "node_type", "node_code", "item_level", "item_code"]
SPEND_KEYS = ["month_start_date", "distributor_code", "claim_type"]
CELL = ["month_start_date", "distributor_code", "sku_code", "brand"]
LINES = ["gsv", "niv", "returns", "trade_spend", "cogs", "uncosted", "logistics", "field"]
TRADE = ["display", "price", "listing", "rebate"]
FIELD = ["promoter", "posm"]
PLANNED = ["gsv", "nsv", "trade_spend", "returns", "gross_profit"]
RATIOS: Mapping[str, tuple[str, str]] = {
    "spend_of_gsv": ("trade_spend_amount", "gsv_amount"),
    "spend_of_nsv": ("trade_spend_amount", "nsv_amount"),
    "return_of_gsv": ("returns_amount", "gsv_amount"),
    "gross_margin": ("gross_profit_amount", "nsv_amount"),
    "contribution_margin": ("contribution_amount", "nsv_amount"),
}


def month(column: str) -> pl.Expr:
    return pl.col(column).dt.truncate("1mo")


def invoiced(lines: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """What was invoiced to a distributor of a SKU in a month, at prices and costs of the day."""
    prices = skus.select(
        "sku_code", "list_price_per_piece", "std_cost_per_piece", "valid_from", "valid_to"
    )
    priced = on_day(lines.join(prices, on="sku_code"), "invoice_date")
    is_return = pl.col("doc_type") == "return"
    listed = pl.col("list_price_per_piece") * pl.col("quantity_pieces")
    cost = pl.col("std_cost_per_piece") * pl.col("quantity_pieces")
    gross = pl.coalesce(pl.col("gross_amount").cast(pl.Float64), listed.cast(pl.Float64))
    net = pl.col("net_amount")
    return priced.group_by(
        "distributor_code", "sku_code", month_start_date=month("invoice_date")
    ).agg(
        gsv=in_cents(gross.filter(~is_return)).sum(),
        niv=net.filter(~is_return).sum(),
        returns=-net.filter(is_return).sum(),
        cogs=in_cents(cost.cast(pl.Float64)).sum(),
        uncosted=net.filter(~is_return, pl.col("std_cost_per_piece").is_null()).sum(),
    )


def in_cents(amount: pl.Expr) -> pl.Expr:
    return amount.round(2, mode="half_away_from_zero").cast(MONEY)


def is_counted() -> pl.Expr:
    return pl.col("claim_status").fill_null("submitted") != "rejected"


def claimed(claims: pl.DataFrame) -> pl.DataFrame:
    """Claims that were not rejected, by what they were spent on."""
    amount, kind = pl.col("claimed_amount"), pl.col("claim_type")
    return (
        claims.filter(is_counted())
        .group_by("distributor_code", "sku_code", "brand", month_start_date="claim_month")
        .agg(
            trade_spend=amount.filter(kind.is_in(TRADE)).sum(),
            logistics=amount.filter(kind == "logistics").sum(),
            field=amount.filter(kind.is_in(FIELD)).sum(),
        )
    )


def pnl_cells(sellin: pl.DataFrame, claims: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """Lines of profit and loss of a distributor's SKU in a month; UNKNOWN where none is named."""
    today = skus.filter("is_current").select("sku_code", "category", of_sku="brand")
    both = pl.concat([invoiced(sellin, skus), claimed(claims)], how="diagonal")
    return (
        both.join(today, on="sku_code", how="left")
        .with_columns(
            pl.col(LINES).fill_null(money()),
            pl.coalesce("of_sku", "brand", UNKNOWN).alias("brand"),
            pl.col("category", "sku_code").fill_null(UNKNOWN),
        )
        .drop("of_sku")
    )


def pnl_month(
    cells: pl.DataFrame,
    budget: pl.DataFrame,
    distributors: pl.DataFrame,
    skus: pl.DataFrame,
    places: pl.DataFrame,
    most_uncosted: float,
) -> pl.DataFrame:
    """`marts.pnl_month`.

    Args:
        cells: The `pnl_cells`.
        budget: `fct_budget`.
        distributors: `dim_distributor`.
        skus: `dim_sku`.
        places: `dim_geo`.
        most_uncosted: Share of sales without a cost up to which a profit is told.
    """
    where = distributors.filter("is_current").select("distributor_code", "city")
    located = _located(cells.join(where, on="distributor_code", how="left"), places)
    kinds = ("region", "province", "city", "distributor")
    told = at_nodes(at_items(located), kinds).group_by(ITEM_KEYS).agg(pl.col(LINES).sum())
    whole = told.join(_planned(budget, skus, places), on=ITEM_KEYS, how="full", coalesce=True)
    sums = whole.with_columns(pl.col(LINES).fill_null(money())).with_columns(
        nsv=pl.col("niv") - pl.col("returns") - pl.col("trade_spend"),
    )
    return _margins(sums, most_uncosted)


def _located(cells: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    return cells.join(places.select("city", "province"), on="city", how="left").with_columns(
        pl.col("province", "city").fill_null(UNKNOWN)
    )


def _planned(budget: pl.DataFrame, skus: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The budget in force at the nodes it is made for."""
    today = skus.filter("is_current").select("sku_code", "category", "brand")
    rows = budget.filter("is_in_force").rename({"budget_month": "month_start_date"})
    named = rows.join(today, on="sku_code", how="left").with_columns(
        pl.col("category", "brand", "sku_code").fill_null(UNKNOWN)
    )
    told = at_nodes(at_items(_located(named, places)), ("region", "province", "city"))
    return told.group_by(ITEM_KEYS).agg(
        pl.col(f"{name}_amount").sum().alias(f"budget_{name}_amount") for name in PLANNED
    )


def _margins(sums: pl.DataFrame, most_uncosted: float) -> pl.DataFrame:
    uncosted, invoiced_net = pl.col("uncosted").cast(pl.Float64), pl.col("niv").cast(pl.Float64)
    is_costed = uncosted <= most_uncosted * invoiced_net
    profit = pl.when(is_costed | (pl.col("uncosted") == money())).then(
        pl.col("nsv") - pl.col("cogs")
    )
    named = sums.with_columns(
        on_invoice_discount=pl.col("gsv") - pl.col("niv"), gross_profit=profit
    )
    named = named.with_columns(
        contribution=pl.col("gross_profit") - pl.col("logistics") - pl.col("field")
    )
    own = [*LINES, "nsv", "on_invoice_discount", "gross_profit", "contribution"]
    told = named.rename({name: f"{name}_amount" for name in own})
    parts = [
        pl.col(column).alias(f"{name}_{part}")
        for name, columns in RATIOS.items()
        for part, column in zip(("num", "den"), columns, strict=True)
    ]
    return told.with_columns(parts).with_columns(
        ratio(f"{name}_num", f"{name}_den").alias(f"{name}_ratio") for name in RATIOS
    )


def trade_spend(claims: pl.DataFrame, lines: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """`marts.trade_spend`: every type of claim for every distributor and month that has a figure.

    Args:
        claims: `fct_claim_line`.
        lines: `fct_sellout_line`.
        cells: The `pnl_cells`.
    """
    amount, status = pl.col("claimed_amount"), pl.col("claim_status").fill_null("submitted")
    kinds = pl.concat([claims, claims.with_columns(claim_type=pl.lit("all"))]).rename(
        {"claim_month": "month_start_date"}
    )
    told = kinds.group_by(SPEND_KEYS).agg(
        claimed_amount=amount.filter(status != "rejected").sum(),
        rejected_amount=amount.filter(status == "rejected").sum(),
        approved_amount=amount.filter(status.is_in(["approved", "paid"])).sum(),
        paid_amount=amount.filter(status == "paid").sum(),
        claim_line_count=pl.len().cast(pl.Int64),
    )
    place = SPEND_KEYS[:2]
    sales = lines.group_by("distributor_code", month_start_date=month("sold_date")).agg(
        trade_spend_den=pl.col("net_amount").sum()
    )
    bases = cells.group_by(place).agg(
        claimed_of_gsv_den=pl.col("gsv").sum(),
        claimed_of_nsv_den=(pl.col("niv") - pl.col("returns") - pl.col("trade_spend")).sum(),
    )
    return _of_bases(told.join(sales, on=place, how="left").join(bases, on=place, how="left"))


def _of_bases(told: pl.DataFrame) -> pl.DataFrame:
    return told.with_columns(
        pl.col("trade_spend_den").fill_null(money()), trade_spend_num="claimed_amount"
    ).with_columns(
        trade_spend_ratio=ratio("trade_spend_num", "trade_spend_den"),
        claimed_of_gsv_ratio=ratio("claimed_amount", "claimed_of_gsv_den"),
        claimed_of_nsv_ratio=ratio("claimed_amount", "claimed_of_nsv_den"),
    )
