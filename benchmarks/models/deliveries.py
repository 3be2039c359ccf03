"""Iowa's wholesale lines as a file a distributor and week, and the masters that go with them."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import polars as pl

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "iowa_liquor"
YEARS = {"small": (2019, 2019), "full": (2014, 2019)}
UNKNOWN_STORES = "DUNK"


def stores() -> pl.DataFrame:
    """The outlet master; its weight is what a store bought in a mean month, all years."""
    months = 12 * (YEARS["full"][1] - YEARS["full"][0] + 1)
    weight = (pl.col("sale_dollars").sum() / months).round(2)
    market = pl.scan_parquet(SOURCE / "sale_*.parquet").group_by(outlet_code="store_number")
    master = pl.read_csv(SOURCE / "store.csv", infer_schema_length=0).select(
        outlet_code="Store",
        outlet_name="Name",
        city="City",
        distributor_code="D" + pl.col("Zip Code").str.slice(0, 3),
    )
    weights = market.agg(category_sales=weight).collect()
    return master.join(weights, on="outlet_code", how="left").sort("outlet_code")


def items() -> pl.DataFrame:
    """The SKU master, with every item that was ever sold: the product list is of a later year."""
    known = pl.read_csv(SOURCE / "product.csv", infer_schema_length=0).select(
        sku_code="Item Number", sku_name="Item Description", brand="Vendor Name"
    )
    sold = pl.scan_parquet(SOURCE / "sale_*.parquet").select(sku_code="item_number").unique()
    unknown = sold.collect().join(known, on="sku_code", how="anti")
    filled = unknown.with_columns(sku_name=pl.col("sku_code"), brand=pl.lit("unknown"))
    return pl.concat([known, filled]).unique("sku_code").sort("sku_code")


def lines(year: int, outlets: pl.DataFrame) -> pl.DataFrame:
    """The lines of a year with the distributor and the week they are reported in."""
    of = outlets.select("outlet_code", "distributor_code")
    return (
        pl.read_parquet(SOURCE / f"sale_{year}.parquet")
        .select(
            document_no="invoice_item_number",
            sold_date="date",
            outlet_code="store_number",
            sku_code="item_number",
            quantity=pl.col("bottles_sold").cast(pl.Int64),
            amount="sale_dollars",
            monday=pl.col("date").dt.truncate("1w"),
        )
        .join(of, on="outlet_code", how="left")
        .with_columns(pl.col("distributor_code").fill_null(UNKNOWN_STORES))
    )


def cut(folder: Path, years: tuple[int, int], outlets: pl.DataFrame) -> list[date]:
    """Write a file a distributor and week below `folder/<Monday>`; returns the Mondays.

    A week that two years share comes in one file, and weeks cut off at either end in none.
    """
    rest, mondays = pl.DataFrame(), set[date]()
    for year in range(years[0], years[1] + 1):
        sold = pl.concat([rest, lines(year, outlets)], how="diagonal")
        last = sold["monday"].max()
        rest, whole = sold.filter(monday=last), sold.filter(pl.col("monday") < last)
        for (monday, sender), sent in whole.group_by("monday", "distributor_code"):
            assert isinstance(monday, date)
            if monday.year < years[0]:
                continue
            mondays.add(monday)
            file = folder / f"{monday}" / f"{sender}" / "sellout" / f"{monday:%GW%V}.csv"
            file.parent.mkdir(parents=True)
            sent.sort("document_no").drop("monday", "distributor_code").write_csv(file)
    return sorted(mondays)


def say_again(folder: Path, monday: date) -> None:
    """Every line of a week with one bottle more."""
    for file in (folder / f"{monday}").rglob("*.csv"):
        sent = pl.read_csv(file, infer_schema_length=0)
        sent.with_columns(quantity=pl.col("quantity").cast(pl.Int64) + 1).write_csv(file)
