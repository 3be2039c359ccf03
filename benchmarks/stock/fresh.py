"""How well sales lost to stock-outs are estimated, on ninety days of fresh food in China.

    SIZE=full python -m benchmarks.stock.fresh    (skips when DAQU_REAL_DATA lacks freshretailnet)

Store by product by day, 34,000 series; a store is the distributor here, and a day stands for a week
of the warehouse, so that one day can be out of stock and the next not. `small` takes an eighth of
the stores. What nobody sold is known of no real stock-out, so days on which nothing ran out are
hidden: one in ten of them, drawn by a hash, from the fifteenth day on. Of these days the warehouse
is told that nothing was there and nothing sold. What the figures rest on:

- A day with a stock-out between six and twenty-two o'clock is out of stock, with what it sold all
  the same; real ones stay as they are. The warehouse's own models mark such days and estimate their
  demand: the mean of the thirteen days before that tell, times how the category moved.
- Set beside what was really sold: nothing at all; the mean of the thirteen days before that were in
  stock, and of all others of the series, those after it included - which the warehouse cannot know.
- Days in stock are those with less demand, and are estimated from others of their kind: this says
  how well demand of a day like them is found, not how much more was wanted where goods ran out.
- Customers are many: no single order stands out, so no day is marked for that.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast.metrics import bias, wape
from benchmarks.forecast.region import WEEKS, Region, place
from benchmarks.report import show

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "freshretailnet"
FIRST_WEEK, DAYS = date(2024, 1, 1), 90
AS_OF = FIRST_WEEK + timedelta(weeks=DAYS, days=-1)
ONE_STORE_IN = {"small": 8, "full": 1}
MODELS = ["int_demand_mark", "int_demand_week"]
DAY = """
    create table day as
    select
        'S' || store_id as distributor_code,
        'C' || first_category_id as category,
        'P' || product_id as sku_code,
        $first + cast(7 * (dt - first_dt) as integer) as week_start_date,
        sale_amount::double as came,
        stockout_hours_24 > 0 as has_stockout_hour,
        stockout_hours_6_22 = 0 as was_in_stock,
        was_in_stock and dt - first_dt >= 14 and hash(store_id, product_id, dt) % 10 = 0
            as is_hidden,
        was_in_stock and not is_hidden as is_in_stock,
        case when is_hidden then 0 else came end as sold_pieces
    from read_parquet('{source}/*.parquet')
    cross join (select min(dt) as first_dt from read_parquet('{source}/*.parquet'))
    where hash(store_id) % $stores = 0"""
SOLD = """
    select
        week_start_date,
        distributor_code,
        category,
        sku_code,
        sold_pieces,
        0 as returned_pieces,
        0 as largest_outlet_pieces
    from day
    where sold_pieces > 0"""
COUNT = """
    select
        week_start_date,
        week_start_date + 6 as snapshot_date,
        distributor_code,
        sku_code,
        '' as batch_no,
        is_in_stock::integer as good_pieces
    from day"""
# what the models say of hidden days, beside two means
TOLD = """
    with meant as (
        select
            *,
            coalesce(avg(came) filter (where is_in_stock) over (
                partition by distributor_code, sku_code
                order by week_start_date
                rows between 13 preceding and 1 preceding
            ), 0) as before,
            coalesce(avg(came) filter (where is_in_stock) over (
                partition by distributor_code, sku_code
            ), 0) as others
        from day
    )

    select
        came,
        before,
        others,
        coalesce(demand_pieces, 0)::double as ours,
        coalesce(mark = 'out_of_stock', false) as is_marked
    from meant
    left join intermediate.int_demand_week using (distributor_code, sku_code, week_start_date)
    where is_hidden"""
SHARES = """
    select
        avg(has_stockout_hour::integer),
        avg((not was_in_stock)::integer),
        sum(greatest(demand_pieces - came, 0)) filter (where not was_in_stock) / sum(came)
    from day
    left join intermediate.int_demand_week using (distributor_code, sku_code, week_start_date)"""
GOALS = {"wape_to_nothing": 1.0, "wape_to_13_days_before": 1.0, "amount_of_bias": 0.05}


def put(con: duckdb.DuckDBPyConnection, size: str) -> None:
    """Put days in place as weeks: what was sold, and whether anything was there."""
    day = {"first": FIRST_WEEK, "stores": ONE_STORE_IN[size]}
    con.execute(DAY.format(source=SOURCE), day)
    place(con, "marts.dim_week", WEEKS, first=FIRST_WEEK, as_of=AS_OF)
    place(con, "intermediate.int_demand_sold", SOLD)
    place(con, "intermediate.int_stock_batch_week", COUNT)


def main(size: str) -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no freshretailnet; nothing to do")
        return
    with tempfile.TemporaryDirectory() as scratch:
        region = Region.new(Path(scratch) / "fresh", AS_OF, models=f"+{MODELS[-1]}")
        with region.open(AS_OF) as con:
            put(con, size)
        region.run(AS_OF, MODELS)
        with region.open(AS_OF, read_only=True) as con:
            told = con.sql(TOLD).pl()
            shares = con.sql(SHARES).fetchall()[0]
    came = told["came"].to_numpy()
    ways = {
        "nothing": np.zeros_like(came),
        "13 days before": told["before"].to_numpy(),
        "all other days": told["others"].to_numpy(),
        "ours": told["ours"].to_numpy(),
    }
    names = ("share_with_a_stockout_hour", "share_out_of_stock", "lost_to_sold")
    figures = {name: round(share, 4) for name, share in zip(names, shares, strict=True)}
    figures |= {
        "hidden": told.height,
        "share_marked": round(told["is_marked"].to_numpy().mean(), 4),
    }
    _show(size, came, ways, figures)


def _show(size: str, came: NDArray, ways: dict[str, NDArray], figures: dict[str, float]) -> None:
    rows = []
    for way, said in ways.items():
        wrong, lean = wape(came, said), bias(came, said)
        figures[f"{way} wape"], figures[f"{way} bias"] = round(wrong, 4), round(lean, 4)
        rows.append([way, f"{wrong:.3f}", f"{lean:.3f}"])
    for way in ("nothing", "13 days before", "all other days"):
        ratio = wape(came, ways["ours"]) / wape(came, ways[way])
        figures[f"wape_to_{way.replace(' ', '_')}"] = round(ratio, 4)
    figures["amount_of_bias"] = round(abs(bias(came, ways["ours"])), 4)
    show(f"lost sales of fresh food ({size})", ["said", "WAPE", "bias"], rows, figures, GOALS)


if __name__ == "__main__":
    main(os.environ.get("SIZE", "small"))
