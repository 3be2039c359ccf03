"""Who gets how many cases of what the company is short of, SKU by SKU, for the most margin."""

import polars as pl

from pipelines.stock.allocate import allocate


def model(dbt, session):  # noqa: D103
    want = dbt.ref("int_allocation_want").pl()
    supply = want.group_by("sku_code").agg(pl.col("available_pieces").first())
    return allocate(want, supply).to_arrow()
