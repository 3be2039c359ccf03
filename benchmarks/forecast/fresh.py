"""The weekly forecast on ninety days of fresh food in China, where no season is known yet.

    SIZE=full python -m benchmarks.forecast.fresh    (skips when DAQU_REAL_DATA lacks the folder)

Store by product by day, 34,000 series; a store is the distributor here. Twelve whole weeks lie in
the ninety days, so no series has a year behind it, and no past Monday has the quarter before it
that a backtest asks for: ours is what a segment without evidence gets. What the figures rest on:

- A day with a stock-out between six and twenty-two o'clock does not tell demand. A week of which
  four days tell is worth seven times their mean day. Any other is told by no one: methods learn the
  mean of the weeks before it that tell (of what was sold, where none does), as the warehouse does
  for weeks that a distributor was out of stock. All methods learn from these same weeks.
- Days without a stock-out are those with less demand, so such a week is told somewhat too small.
- Told are the four weeks after a Sunday: after the eighth week and, `full`, after the sixth too.
- `demand` compares weeks that tell, by the measure above; `sold` all weeks, with what was sold,
  stock-outs and all: there a forecast of demand must lie too high.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.forecast.metrics import bias, wape
from benchmarks.forecast.region import Region
from benchmarks.forecast.sales import Sales, told
from benchmarks.report import show

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "freshretailnet"
FIRST_WEEK, LAST_WEEK = date(2024, 4, 1), date(2024, 6, 17)
MONDAYS = {
    "small": (date(2024, 5, 27),),
    "full": (date(2024, 5, 13), date(2024, 5, 27)),
}
WEEKS = 4
TELLING_DAYS = 4
KEYS = ["distributor_code", "category", "sku_code"]
DEMAND = """
    copy (
        with week as (
            select
                'S' || store_id as distributor_code,
                'C' || first_category_id as category,
                'P' || product_id as sku_code,
                date_trunc('week', dt)::date as week_start_date,
                sum(sale_amount) as sold,
                7 * avg(sale_amount) filter (where stockout_hours_6_22 = 0) as demand,
                count(*) filter (where stockout_hours_6_22 = 0) >= {telling_days} as is_told
            from read_parquet('{source}/*.parquet')
            group by all
            having count(*) = 7
        )

        select
            * exclude (demand),
            case when is_told then demand else greatest(sold, coalesce(
                avg(demand) filter (where is_told) over (
                    partition by distributor_code, category, sku_code
                    order by week_start_date
                    rows between unbounded preceding and 1 preceding
                ), 0
            )) end as pieces
        from week
        where week_start_date between date '{first}' and date '{last}'
    ) to '{file}'"""
GOALS = {"demand_to_last_week": 1.0, "demand_to_4_week_mean": 1.0}


def simple(history: NDArray) -> dict[str, NDArray]:
    """What is usual where no season is known."""
    return {
        "last week": history[:, -1:].repeat(WEEKS, axis=1),
        "4-week mean": history[:, -4:].mean(axis=1, keepdims=True).repeat(WEEKS, axis=1),
    }


def main(size: str) -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no freshretailnet; nothing to do")
        return
    came: dict[str, list[NDArray]] = {"demand": [], "sold": []}
    said: dict[tuple[str, str], list[NDArray]] = {}
    cpu_seconds = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "weeks.parquet"
        duckdb.sql(
            DEMAND.format(
                source=SOURCE,
                file=file,
                telling_days=TELLING_DAYS,
                first=FIRST_WEEK,
                last=LAST_WEEK,
            )
        )
        lines = pl.read_parquet(file)
        demand = Sales.of(lines, KEYS)
        sold = Sales.of(lines.with_columns(pieces="sold"), KEYS).pieces
        is_told = Sales.of(lines.with_columns(pieces=pl.col("is_told").cast(pl.Float64)), KEYS)
        region = Region.new(Path(scratch) / "fresh", MONDAYS[size][0] - timedelta(days=1))
        for monday in MONDAYS[size]:
            as_of = monday - timedelta(days=1)
            cost = region.forecast(f"select * from '{file}'", as_of)
            cpu_seconds += cost.cpu_seconds
            with region.open(as_of, read_only=True) as con:
                ours = np.nan_to_num(demand.said(told(con, KEYS), "pieces", monday, WEEKS))
            origin = demand.column(monday)
            ahead = slice(origin, origin + WEEKS)
            kinds = {
                "demand": (demand.pieces[:, ahead], is_told.pieces[:, ahead] > 0),
                "sold": (sold[:, ahead], np.ones_like(sold[:, ahead], dtype=bool)),
            }
            ways = simple(demand.pieces[:, :origin]) | {"ours": ours}
            for kind, (actual, rows) in kinds.items():
                came[kind].append(actual[rows])
                for method, forecast in ways.items():
                    said.setdefault((kind, method), []).append(forecast[rows])
    _show(size, came, said, {"series": demand.keys.height, "cpu_seconds": round(cpu_seconds, 1)})


def _show(
    size: str,
    came: dict[str, list[NDArray]],
    said: dict[tuple[str, str], list[NDArray]],
    figures: dict[str, float],
) -> None:
    rows, wapes = [], {}
    for (kind, method), forecast in said.items():
        actual, all_said = np.concatenate(came[kind]), np.concatenate(forecast)
        wapes[kind, method] = wape(actual, all_said)
        lean = bias(actual, all_said)
        figures[f"{kind} {method} wape"] = round(wapes[kind, method], 4)
        figures[f"{kind} {method} bias"] = round(lean, 4)
        cells = f"{actual.size:,}", f"{wapes[kind, method]:.3f}", f"{lean:.3f}"
        rows.append([kind, method, *cells])
    for method in ("last week", "4-week mean"):
        ratio = wapes["demand", "ours"] / wapes["demand", method]
        figures[f"demand_to_{method.replace(' ', '_').replace('-', '_')}"] = round(ratio, 4)
    show(
        f"FreshRetailNet ({size})",
        ["rows", "told by", "rows", "WAPE", "bias"],
        rows,
        figures,
        GOALS,
    )


if __name__ == "__main__":
    main(os.environ.get("SIZE", "small"))
