"""What ordering by the forecast costs, by the rules of the VN2 contest, on weeks held back of it.

    python -m benchmarks.forecast.vn2        (skips when DAQU_REAL_DATA has no vn2)
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.forecast.region import Region
from benchmarks.forecast.sales import week_no
from benchmarks.report import show

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "vn2"
SERIES = ["Store", "Product"]
HOLDING, SHORTAGE = 0.2, 1.0
WEEKS, ORDERS, LEAD = 8, 6, 3
SETTLE = 13
SOLD = """
    create table sold as
    with sales as (
        unpivot (from read_csv('{source}/sales.csv'))
        on columns(* exclude (Store, Product)) into name week value pieces
    ),

    stock as (
        unpivot (from read_csv('{source}/in_stock.csv'))
        on columns(* exclude (Store, Product)) into name week value is_in_stock
    )

    select
        'S' || sales.Store as distributor_code,
        'D' || master.Department as category,
        'P' || sales.Product as sku_code,
        cast(sales.week as date) as week_start_date,
        sales.pieces,
        stock.is_in_stock
    from sales
    inner join stock using (Store, Product, week)
    inner join read_csv('{source}/master.csv') as master using (Store, Product)"""
DEMAND = """
    copy (
        select
            * exclude (is_in_stock, pieces),
            case
                when is_in_stock then pieces
                else greatest(pieces, coalesce(avg(pieces) filter (where is_in_stock) over (
                    partition by distributor_code, sku_code
                    order by week_start_date
                    rows between 13 preceding and 1 preceding
                ), 0))
            end as pieces
        from sold
        qualify pieces > 0
    ) to '{file}'"""
PERIOD = """
    select
        distributor_code,
        sku_code,
        is_to_come,
        origin_week_no,
        sum(forecast_pieces) as said,
        sum(actual_pieces) as came
    from intermediate.int_forecast_leaf
    where lag_weeks <= {lead} and origin_week_no + {lead} <= {newest} + case when is_to_come then {lead} else 0 end
    group by all"""


@dataclass
class Stock:
    on_hand: NDArray
    transit: NDArray

    @property
    def position(self) -> NDArray:
        return self.on_hand + self.transit.sum(axis=1)


def run(stock: Stock, demand: NDArray, levels: list[NDArray]) -> tuple[Stock, NDArray, NDArray]:
    """Weeks of orders up to a level, deliveries and sales; units held and lost in each."""
    on_hand, transit = stock.on_hand.copy(), stock.transit.copy()
    held, lost = [], []
    for week in range(demand.shape[1]):
        if week < len(levels):
            order = np.maximum(np.round(levels[week]) - on_hand - transit.sum(axis=1), 0)
        else:
            order = np.zeros_like(on_hand)
        on_hand = on_hand + transit[:, 0]
        transit = np.column_stack([transit[:, 1:], order])
        sold = np.minimum(on_hand, demand[:, week])
        on_hand = on_hand - sold
        held.append(on_hand.sum())
        lost.append((demand[:, week] - sold).sum())
    return Stock(on_hand, transit), np.array(held), np.array(lost)
