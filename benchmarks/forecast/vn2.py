"""What ordering by the forecast costs, by the rules of the VN2 contest, on weeks held back of it.

    python -m benchmarks.forecast.vn2        (skips when DAQU_REAL_DATA has no vn2)

599 series of store and product, 157 weeks; a store is the distributor, a product's department its
category. Eight weeks are played: an order at the end of week x is on sale in week x+3, six orders,
then two weeks without; a unit left at the end of a week costs 0.2, a lost sale 1. The last eight
weeks of the data are held back. What the figures rest on:

- Everything that is a choice (how many weeks of the mean, which quantile) is made by this program
  on the three times eight weeks before, each told from what was known then. Each of the three
  weighs alike, as a share of what three weeks of the mean cost there; else the one before Christmas
  would decide alone. The choice is then applied to the held-back weeks as it is. Both policies are
  given the same freedom.
- The mean: order up to so many weeks of the mean of the last thirteen weeks as recorded; the goal
  is set against it. Shown beside is what textbooks say: three weeks of the mean and a safety stock
  for their spread, normal, at the share of weeks that the costs ask to be served.
- Ours: the forecast as it was at the end of each week, summed over the three weeks that the order
  must last, times what the quantile of past forecasts of that size came to; so the spread is that
  of the backtest before that week. Sales that are expected to be lost before the order is on sale
  need no stock, and are taken off.
- LightGBM is switched on beside the methods in SQL; the backtest before each order chooses. Its
  worth was seen on the eight weeks that begin 16 before the end. The held-back weeks were looked at
  more than once while the methods in SQL were made.
- Forecasts learn from weeks in stock only: a week out of stock counts with the mean of the weeks in
  stock among the thirteen before. What is sold in the eight weeks played is taken as recorded, for
  all alike (one row in a hundred of them is marked out of stock).
- The stock the eight weeks open with is the same for all: what three weeks of the mean, ordered for
  thirteen weeks before, lead to. Orders bear on the third week and later, so the cost of the first
  two is the same; `of orders` leaves it out.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.forecast.region import Region
from benchmarks.forecast.sales import Sales, week_no
from benchmarks.report import show

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "vn2"
LAST_WEEK = date(2024, 4, 8)
KEYS = ["distributor_code", "category", "sku_code"]
HOLDING, SHORTAGE = 0.2, 1.0
WEEKS, ORDERS, LASTS = 8, 6, 3
"""Weeks played, orders in them, and weeks from one order to when the next one is on sale."""
MEAN, SETTLED = 13, 13
HELD_BACK, EARLIER = 8, (16, 24, 32)
"""How many weeks before the end of the data the weeks played begin."""
MULTIPLES = (2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
QUANTILES = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.833)
"""Up to what a single week that stands alone asks for: 1 / (1 + 0.2), which is `SAFETY` standard
deviations above the mean."""
SAFETY = 0.967
MIN_ROWS = 50
"""Fewer past forecasts of a size than this say nothing about it."""
GOALS = {"cost_to_mean": 0.93}
Weeks = TypeVar("Weeks", bound="Window")
WEEKLY = """
    create table weekly as
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
        'C' || master.Department as category,
        'P' || sales.Product as sku_code,
        cast(sales.week as date) as week_start_date,
        sales.pieces as sold,
        coalesce(avg(sales.pieces) filter (where stock.is_in_stock) over (
            partition by sales.Store, sales.Product
            order by cast(sales.week as date)
            rows between 13 preceding and 1 preceding
        ), 0) as usual,
        case when stock.is_in_stock then sold else greatest(sold, usual) end as pieces
    from sales
    inner join stock using (Store, Product, week)
    inner join read_csv('{source}/master.csv') as master using (Store, Product)"""
TOLD = """
    select
        distributor_code,
        sku_code,
        origin_week_no + lag_weeks - 1 as week_no,
        origin_week_no,
        is_to_come,
        forecast_pieces::double as said,
        actual_pieces::double as came
    from intermediate.int_forecast_leaf
    where lag_weeks <= {lasts} and demand_class != 'unforeseen'"""


@dataclass(frozen=True)
class Told:
    """What is known of the weeks an order must last, at the end of a week.

    Attributes:
        weeks: The forecast, a row a series and a column a week.
        past_said: What past forecasts of as many weeks came to, and
        past_came: what then came.
    """

    weeks: NDArray
    past_said: NDArray
    past_came: NDArray

    def level(self, quantile: float) -> NDArray:
        """Demand of the weeks together that is not passed in this share of cases."""
        said = self.weeks.sum(axis=1)
        ratio = self.past_came / (self.past_said + 0.5)
        sizes, past_sizes = _size(said), _size(self.past_said)
        ratios = np.full(len(said), np.quantile(ratio, quantile))
        for size in np.unique(sizes):
            of = ratio[past_sizes == size]
            if len(of) >= MIN_ROWS:
                ratios[sizes == size] = np.quantile(of, quantile)
        return ratios * (said + 0.5)


@dataclass
class Stock:
    """Units of each series on hand, and on the way: on sale next week, and the week after."""

    on_hand: NDArray
    on_the_way: NDArray

    def lost_before(self, weeks: NDArray) -> NDArray:
        """Sales of the next two weeks that this forecast says will be lost."""
        left, lost = self.on_hand, np.zeros(len(weeks))
        for demand, delivered in zip(weeks.T, self.on_the_way.T, strict=False):
            left = left + delivered - demand
            lost = lost - np.minimum(left, 0)
            left = np.maximum(left, 0)
        return lost

    def order_up_to(self, level: NDArray) -> NDArray:
        held = self.on_hand + self.on_the_way.sum(axis=1)
        return np.maximum(np.round(level) - held, 0)

    def pass_week(self, demand: NDArray, order: NDArray) -> tuple[float, float]:
        """Deliver, sell, and put the order on its way; returns units left and sales lost."""
        there = self.on_hand + self.on_the_way[:, 0]
        self.on_the_way = np.column_stack([self.on_the_way[:, 1:], order])
        self.on_hand = np.maximum(there - demand, 0)
        return self.on_hand.sum(), np.maximum(demand - there, 0).sum()


@dataclass(frozen=True)
class Played:
    """What eight weeks came to: units left and sales lost, by week."""

    left: NDArray
    lost: NDArray

    @property
    def costs(self) -> NDArray:
        return HOLDING * self.left + SHORTAGE * self.lost


@dataclass(frozen=True)
class Window:
    """Eight weeks to play, with what came and what was known at each order.

    Attributes:
        sold: What was sold in the weeks before and in these, a column a week.
        start: The column of the first week played.
        told: The forecast at each order.
    """

    sold: NDArray
    start: int
    told: list[Told]

    def mean(self, column: int, multiple: float) -> NDArray:
        return multiple * self.sold[:, column - MEAN : column].mean(axis=1)

    def textbook(self, column: int) -> NDArray:
        spread = self.sold[:, column - MEAN : column].std(axis=1)
        return self.mean(column, LASTS) + SAFETY * np.sqrt(LASTS) * spread

    def opening(self) -> Stock:
        """The stock all policies begin with."""
        begin = self.start - SETTLED
        stock = Stock(np.round(self.mean(begin, LASTS)), np.zeros((len(self.sold), 2)))
        for column in range(begin, self.start):
            stock.pass_week(self.sold[:, column], stock.order_up_to(self.mean(column, LASTS)))
        return stock

    def played_by_mean(self, multiple: float) -> Played:
        return self.played_up_to([self.mean(self.start + week, multiple) for week in range(ORDERS)])

    def played_by_textbook(self) -> Played:
        return self.played_up_to([self.textbook(self.start + week) for week in range(ORDERS)])

    def played_by_forecast(self, quantile: float) -> Played:
        stock = self.opening()
        orders = (
            stock.order_up_to(told.level(quantile) - stock.lost_before(told.weeks))
            for told in self.told
        )
        return self._played(stock, orders)

    def played_up_to(self, levels: list[NDArray]) -> Played:
        """Orders up to these levels, a row a series for each order."""
        stock = self.opening()
        return self._played(stock, (stock.order_up_to(level) for level in levels))

    def _played(self, stock: Stock, orders: Iterator[NDArray]) -> Played:
        none = np.zeros(len(self.sold))
        weeks = [
            stock.pass_week(self.sold[:, self.start + week], next(orders, none))
            for week in range(WEEKS)
        ]
        left, lost = zip(*weeks, strict=True)
        return Played(np.array(left), np.array(lost))


def _size(pieces: NDArray) -> NDArray:
    """Forecasts of about the same size, as in the models: each begins at twice the one before."""
    return np.floor(np.log2(pieces + 0.5))


def told(region: Region, file: Path, as_of: date, sales: Sales) -> Told:
    """The forecast at the end of a week, and past ones beside what came."""
    region.forecast(f"select * from '{file}'", as_of)
    with region.open(as_of, read_only=True) as con:
        found = con.sql(TOLD.format(lasts=LASTS)).pl()
    monday = as_of + timedelta(days=1)
    weeks = sales.said(found.filter("is_to_come"), "said", monday, LASTS)
    past = (
        found.filter(~pl.col("is_to_come"))
        .group_by("distributor_code", "sku_code", "origin_week_no")
        .agg(pl.col("said", "came").sum())
        .filter(pl.col("origin_week_no") + LASTS <= week_no(monday))
    )
    return Told(np.nan_to_num(weeks), past["said"].to_numpy(), past["came"].to_numpy())


def weekly(file: Path) -> Sales:
    """Write demand, a week out of stock as estimated, to a file; what was sold comes back."""
    with duckdb.connect() as con:
        con.execute(WEEKLY.format(source=SOURCE))
        con.execute(f"copy (select * exclude (sold, usual) from weekly) to '{file}'")
        return Sales.of(con.sql("select * exclude (pieces), sold as pieces from weekly").pl(), KEYS)


def begin(back: int) -> date:
    """The Monday that weeks played begin on, so many before the end of the data."""
    return LAST_WEEK - timedelta(weeks=back - 1)


def windows() -> dict[int, Window]:
    """The weeks to play, by how many weeks before the end of the data they begin."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "demand.parquet"
        sales = weekly(file)
        begins = {back: begin(back) for back in (*EARLIER, HELD_BACK)}
        region = Region.new(Path(scratch) / "vn2", min(begins.values()), challengers=("lightgbm",))
        return {
            back: Window(
                sales.pieces,
                sales.column(monday),
                [
                    told(region, file, monday + timedelta(weeks=week, days=-1), sales)
                    for week in range(ORDERS)
                ],
            )
            for back, monday in begins.items()
        }


def relative(earlier: list[Weeks], play: Callable[[Weeks], Played]) -> float:
    """What a policy cost over what three weeks of the mean did, summed over windows."""
    return sum(
        play(window).costs.sum() / window.played_by_mean(LASTS).costs.sum() for window in earlier
    )


def main() -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no vn2; nothing to do")
        return
    play = windows()
    earlier = [play[back] for back in EARLIER]
    multiple = min(MULTIPLES, key=lambda m: relative(earlier, lambda w: w.played_by_mean(m)))
    quantile = min(QUANTILES, key=lambda q: relative(earlier, lambda w: w.played_by_forecast(q)))
    _show(play, multiple, quantile)


def _show(play: dict[int, Window], multiple: float, quantile: float) -> None:
    policies = {
        "mean": {back: window.played_by_mean(multiple) for back, window in play.items()},
        "textbook": {back: window.played_by_textbook() for back, window in play.items()},
        "ours": {back: window.played_by_forecast(quantile) for back, window in play.items()},
    }
    rows, figures = [], {"multiple": multiple, "quantile": quantile}
    for back in (*EARLIER, HELD_BACK):
        for name, played in policies.items():
            costs = played[back].costs
            weeks = "held back" if back == HELD_BACK else f"from {back} before the end"
            key = f"{name}, {weeks}"
            figures[f"{key} cost"] = round(costs.sum(), 1)
            figures[f"{key} cost_of_orders"] = round(costs[LASTS - 1 :].sum(), 1)
            units = (f"{of.sum():,.0f}" for of in (played[back].left, played[back].lost))
            cost = f"{costs.sum():,.0f}", f"{costs[LASTS - 1 :].sum():,.0f}"
            rows.append([weeks, name, *cost, *units])
    ours, mean = (policies[name][HELD_BACK].costs for name in ("ours", "mean"))
    figures["cost_to_mean"] = round(ours.sum() / mean.sum(), 4)
    figures["cost_of_orders_to_mean"] = round(ours[LASTS - 1 :].sum() / mean[LASTS - 1 :].sum(), 4)
    headings = ["weeks", "policy", "cost", "of orders", "left", "lost"]
    show("VN2", headings, rows, figures, GOALS)


if __name__ == "__main__":
    main()
