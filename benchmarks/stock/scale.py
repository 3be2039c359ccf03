"""What the stock step costs over 500 distributors of 500 SKUs each, five batches of every SKU.

    SIZE=full python -m benchmarks.stock.scale        (`small`: fifty distributors)

The region is made up, the same each time. Ten distributors are a city and can send goods to the
three next to them; each counts on one of the three days up to the Sunday figures are told as of. A
SKU lasts four months to a year, its stock nothing to twelve weeks of demand, in five batches
made three weeks apart; a fifth of the SKUs is on its way. What the figures rest on:

- The step is every model from the counts to what is to be done: batches, position, what is expected
  to sell, safety stock, cover, freshness, health, transfers, orders, actions and alerts. Sales,
  forecast and its backtest of eight past Mondays are put in place: the warehouse has them then.
- There is one count of each distributor. What is told of earlier counts is of no use to the day's
  actions, but is built again every day: `MODELS` over that many more rows cost that much more.
- The build runs in a process of its own; CPU seconds and memory are the process's, the database's
  cache included (`DAQU_MEMORY_LIMIT` is its limit). What dbt takes to start, and one model that
  takes next to nothing, is a build of its own and taken off. Data tests are in.
- No movement report is there to disagree with a count, and nothing was pushed: those models run
  empty.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.apart import apart
from benchmarks.forecast.region import WEEKS, Cost, Region, place
from benchmarks.report import show

AS_OF = date(2025, 12, 28)
FIRST_WEEK = date(2025, 9, 29)
"""Thirteen weeks of demand."""
DISTRIBUTORS = {"small": 50, "full": 500}
SKUS, BATCHES, CITY = 500, 5, 10
LAST = ["stock_action", "int_alert_stock"]
FIXED = ["int_supply"]
MODELS = [
    "int_stock_layer",
    "int_stock_batch_week",
    "int_stock_position",
    "int_inbound",
    "int_stock_demand",
    "int_stock_spread",
    "int_stock_ahead",
    "int_stock_phantom",
    "int_stock_pushed",
    "freshness",
    "stock_health",
    "int_transfer_lane",
    "int_transfer_position",
    "int_transfer_batch",
    "int_transfer_demand",
    "int_transfer",
    "int_replenishment",
    *LAST,
]
GOALS = {"cpu_seconds": 60.0, "peak_mb": 6 * 1024}
SKU = """
    select
        'S' || sku as sku_code,
        'C' || sku % 25 as category,
        'active' as sku_status,
        12 as pieces_per_case,
        120 + hash(sku, 'life') % 9 * 30 as shelf_life_days,
        3 + hash(sku, 'price') % 300 / 10 as list_price_per_piece,
        0.6 * list_price_per_piece as std_cost_per_piece,
        0.13 as vat_ratio,
        true as is_current
    from range($skus) as of_sku (sku)"""
DISTRIBUTOR = """
    select
        'D' || distributor as distributor_code,
        'City ' || distributor // $city as city,
        1000000 as credit_limit_amount,
        5 + distributor % 6 as lead_time_days,
        1 as lead_time_sd_days,
        7 as review_days,
        10 as moq_cases,
        true as is_current
    from range($distributors) as of_distributor (distributor)"""
GEO = "select city, 'Province ' || city as province from marts.dim_distributor group by city"
LANE = """
    select
        'D' || distributor as from_distributor_code,
        'D' || (distributor // $city * $city + (distributor + step) % $city)
            as to_distributor_code,
        'direct' as lane_kind,
        2 as cost_per_case_amount,
        3 as lead_time_days,
        date '2025-01-01' as valid_from,
        date '2030-01-01' as valid_to
    from range($distributors) as of_distributor (distributor)
    cross join range(1, 4) as of_step (step)"""
# weekly pieces of a SKU at a distributor, and what else is drawn for the two
CELL = """
    create temp table cell as
    select
        distributor,
        'D' || distributor as distributor_code,
        'C' || sku % 25 as category,
        'S' || sku as sku_code,
        row_number() over (order by distributor, sku) as series_no,
        exp(5 * (hash(distributor, sku) % 1000) / 1000) as size,
        12 * (hash(distributor, sku, 'cover') % 1000) / 1000 as cover_weeks,
        hash(distributor, sku, 'inbound') % 5 = 0 as is_on_its_way,
        case when hash(distributor, sku, 'kind') % 10 < 3 then 'intermittent' else 'regular' end
            as demand_class
    from range($distributors) as of_distributor (distributor)
    cross join range($skus) as of_sku (sku)"""
STOCK = """
    select
        $as_of - cast(distributor % 3 as integer) as snapshot_date,
        date_trunc('week', snapshot_date)::date as week_start_date,
        distributor_code,
        'W' as warehouse_code,
        sku_code,
        'B' || batch as batch_no,
        snapshot_date - cast(21 * batch as integer) as production_date,
        'good' as stock_status,
        round(size * cover_weeks / $batches) as quantity_pieces
    from cell
    cross join range($batches) as of_batch (batch)"""
ORDER = """
    select
        $as_of as as_of_date,
        distributor_code,
        'O' || series_no as order_no,
        1 as line_no,
        $as_of - 7 as order_date,
        $as_of + cast(series_no % 14 as integer) as eta_date,
        case when series_no % 3 = 0 then 'shipped' else 'open' end as order_status,
        sku_code,
        ceil(2 * size) as quantity_pieces
    from cell
    where is_on_its_way"""
SOLD = """
    select
        $first_week + cast(7 * week as integer) as week_start_date,
        distributor_code,
        category,
        sku_code,
        ceil(size * (0.5 + hash(series_no, week) % 1000 / 1000)) as sold_pieces,
        0 as returned_pieces,
        0 as largest_outlet_pieces
    from cell
    cross join range(13) as of_week (week)"""
DEMAND = """
    select
        * exclude (returned_pieces, largest_outlet_pieces),
        sold_pieces as demand_pieces,
        0 as promotion_pieces
    from intermediate.int_demand_sold"""
TRAILING = """
    with counted as (
        select distinct
            distributor_code,
            date_trunc('week', snapshot_date + 1)::date - 7 as week_start_date
        from marts.fct_stock_snapshot
    )

    select
        distributor_code,
        sku_code,
        counted.week_start_date,
        sum(sold_pieces) as trailing_pieces,
        4 as weeks_observed,
        trailing_pieces / 4 as mean_weekly_pieces
    from counted
    inner join intermediate.int_demand_sold as sold using (distributor_code)
    where
        sold.week_start_date <= counted.week_start_date
        and sold.week_start_date > counted.week_start_date - 28
    group by all"""
ORIGIN = """
    select
        0 as origin_no,
        ($as_of + 1 - date '1900-01-01') // 7 as origin_week_no,
        $as_of + 1 as origin_week_start_date"""
FORECAST = """
    select
        $as_of + 1 as cycle_week_start_date,
        $as_of + 1 + cast(7 * week as integer) as week_start_date,
        week + 1 as lag_weeks,
        distributor_code,
        category,
        sku_code,
        demand_class,
        'ses_slow' as method,
        size * (1 + 0.3 * cos(week)) as statistical_pieces,
        statistical_pieces as final_pieces,
        0.7 * statistical_pieces as p20_pieces,
        'ok' as status
    from cell
    cross join range(13) as of_week (week)"""
LEAF = """
    select
        series_no,
        distributor_code,
        category,
        sku_code,
        6500 - 4 * origin as origin_week_no,
        origin_week_no + week as week_no,
        week + 1 as lag_weeks,
        false as is_to_come,
        demand_class,
        ceil(size * (0.5 + hash(series_no, week_no) % 1000 / 1000)) as actual_pieces,
        size as forecast_pieces
    from cell
    cross join range(8) as of_origin (origin)
    cross join range(13) as of_week (week)"""


def put(region: Region, distributors: int) -> None:
    """Put everything in place that the stock step reads."""
    size = {"distributors": distributors, "city": CITY}
    with region.open(AS_OF) as con:
        con.execute(CELL, {"distributors": distributors, "skus": SKUS})
        con.execute("drop view staging.stg_lane")
        con.execute(f"create table staging.stg_lane as {LANE}", size)
        place(con, "marts.dim_week", WEEKS, first=FIRST_WEEK, as_of=AS_OF)
        place(con, "marts.dim_sku", SKU, skus=SKUS)
        place(con, "marts.dim_distributor", DISTRIBUTOR, **size)
        place(con, "marts.dim_geo", GEO)
        place(con, "marts.fct_stock_snapshot", STOCK, as_of=AS_OF, batches=BATCHES)
        place(con, "marts.fct_open_order", ORDER, as_of=AS_OF)
        place(con, "intermediate.int_demand_sold", SOLD, first_week=FIRST_WEEK)
        place(con, "intermediate.int_demand_week", DEMAND)
        place(con, "intermediate.int_sellout_trailing", TRAILING)
        place(con, "intermediate.int_forecast_origin", ORIGIN, as_of=AS_OF)
        place(con, "intermediate.int_forecast_leaf", LEAF)
        place(con, "marts.forecast", FORECAST, as_of=AS_OF)


def built(home: Path, models: list[str]) -> tuple[Cost, float]:
    """Build models in a process of its own; what it took, and its most memory in MB."""
    cost, peak = apart(Region(home).run, AS_OF, models)
    print(models[-1], cost, round(peak), file=sys.stderr, flush=True)
    return cost, peak


def main(size: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "scale"
        region = Region.new(home, AS_OF, models=" ".join(f"+{last}" for last in LAST))
        put(region, DISTRIBUTORS[size])
        fixed, _ = built(home, FIXED)
        cost, peak = built(home, MODELS)
        with region.open(AS_OF, read_only=True) as con:
            found = con.sql("""
                select
                    (select count(*) from marts.fct_stock_snapshot),
                    (select count(*) from marts.stock_health),
                    (select count(*) from intermediate.int_transfer),
                    (select count(*) from marts.stock_action),
                    (select count(*) from intermediate.int_alert_stock)""").fetchall()
    names = ("batches", "positions", "transfers", "actions", "alerts")
    _show(size, cost, fixed, peak, dict(zip(names, found[0], strict=True)))


def _show(size: str, cost: Cost, fixed: Cost, peak: float, figures: dict[str, float]) -> None:
    figures["cpu_seconds"] = round(cost.cpu_seconds - fixed.cpu_seconds, 1)
    figures["fixed_cpu_seconds"] = round(fixed.cpu_seconds, 1)
    figures["peak_mb"] = round(peak)
    rows = [["the step", f"{figures['cpu_seconds']:.1f} CPU", f"{peak:,.0f}"]]
    rows += [
        [name, f"{seconds:.1f} on the clock", ""]
        for name, seconds in cost.model_seconds.items()
        if seconds >= 0.5
    ]
    show(f"stock at scale ({size})", ["build of", "seconds", "peak MB"], rows, figures, GOALS)


if __name__ == "__main__":
    main(os.environ.get("SIZE", "small"))
