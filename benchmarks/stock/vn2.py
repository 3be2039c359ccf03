"""What ordering up to the stock models' level costs, by the rules of the VN2 contest.

    SIZE=full python -m benchmarks.stock.vn2        (skips when DAQU_REAL_DATA has no vn2)

The series, the rules, the weeks played and the stock they open with are those of
`benchmarks.forecast.vn2`, which orders by a quantile of its own making. Here an order fills stock
and what is on its way up to the warehouse's own level, as its list of actions does: the forecast of
two weeks of lead time and one until the next order, and the safety stock for a service level. What
the figures rest on:

- Held back are the last eight weeks. The service level is chosen by this program on the eight weeks
  before each of three earlier ends, `small` on one, each told from what was known then; so is how
  many weeks of the mean of the last thirteen the other policy orders up to. Each weighs alike, as a
  share of what three weeks of the mean cost there.
- Beside these, with nothing chosen: three weeks of the mean; with the textbook's safety stock; ours
  at the level the two costs ask of a week that stands alone, and at the warehouse's own.
- The methods in SQL forecast, as they do in a deployment that asks for no other.
- Ratios are of the cost of all eight weeks, and of those that orders bear on (`of orders`).
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.forecast.region import Region
from benchmarks.forecast.sales import Sales
from benchmarks.forecast.vn2 import (
    EARLIER,
    HELD_BACK,
    HOLDING,
    LASTS,
    MULTIPLES,
    ORDERS,
    SHORTAGE,
    SOURCE,
    Played,
    Window,
    begin,
    relative,
    weekly,
)
from benchmarks.report import show
from benchmarks.stock.wanted import BY_LEVEL, MODELS, put_counts, wanted

LOOKED_AT = {"small": EARLIER[:1], "full": EARLIER}
ASKED_FOR = round(SHORTAGE / (SHORTAGE + HOLDING), 3)
USUAL_LEVEL = 0.95
LEVELS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, ASKED_FOR, USUAL_LEVEL)
GOALS = {"cost_to_mean": 0.93}
# what is wanted is told of SKUs that are counted; how much there is does not bear on it
COUNTS = """
    select distributor_code, sku_code, date '{monday}' as week_start_date, 1 as pieces
    from '{file}'
    group by distributor_code, sku_code"""


@dataclass(frozen=True)
class Orders(Window):
    """Eight weeks to play, with what was wanted of each series at each order, by service level."""

    wanted: list[dict[float, NDArray]]

    def played_up_to_level(self, level: float) -> Played:
        return self.played_up_to([at_order[level] for at_order in self.wanted])


def at_levels(region: Region, file: Path, as_of: date, sales: Sales) -> dict[float, NDArray]:
    """What the stock models want of each series at the end of a week, by service level."""
    region.put(f"select * from '{file}'", as_of)
    monday = as_of - timedelta(days=6)
    put_counts(region, as_of, COUNTS.format(monday=monday, file=file), lead_days=7 * (LASTS - 1))
    region.run(as_of, MODELS)
    found = wanted(region, as_of, LEVELS).join(sales.keys, on=["distributor_code", "sku_code"])
    levels = {level: np.zeros(sales.keys.height) for level in LEVELS}
    for level, of in levels.items():
        rows = found.filter(pl.col("level") == level)
        of[rows["series"].to_numpy()] = rows["wanted"].to_numpy()
    return levels


def orders(size: str) -> dict[int, Orders]:
    """The weeks to play, by how many weeks before the end of the data they begin."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "demand.parquet"
        sales = weekly(file)
        begins = {back: begin(back) for back in (*LOOKED_AT[size], HELD_BACK)}
        region = Region.new(
            Path(scratch) / "vn2",
            min(begins.values()),
            models=" ".join(f"+{model}" for model in BY_LEVEL),
        )
        return {
            back: Orders(
                sales.pieces,
                sales.column(monday),
                [],
                [
                    at_levels(region, file, monday + timedelta(weeks=week, days=-1), sales)
                    for week in range(ORDERS)
                ],
            )
            for back, monday in begins.items()
        }


def main(size: str) -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no vn2; nothing to do")
        return
    play = orders(size)
    held_back = play.pop(HELD_BACK)
    earlier = list(play.values())
    multiple = min(MULTIPLES, key=lambda m: relative(earlier, lambda o: o.played_by_mean(m)))
    level = min(LEVELS, key=lambda v: relative(earlier, lambda o: o.played_up_to_level(v)))
    policies = {
        f"{LASTS} weeks of the mean": held_back.played_by_mean(LASTS),
        "textbook": held_back.played_by_textbook(),
        "mean": held_back.played_by_mean(multiple),
        f"level {ASKED_FOR:g}": held_back.played_up_to_level(ASKED_FOR),
        f"level {USUAL_LEVEL:g}": held_back.played_up_to_level(USUAL_LEVEL),
        "ours": held_back.played_up_to_level(level),
    }
    _show(size, policies, {"multiple": multiple, "level": level})


def _show(size: str, policies: dict[str, Played], figures: dict[str, float]) -> None:
    rows = []
    mean = policies["mean"].costs
    for name, played in policies.items():
        costs = played.costs
        whole = costs.sum() / mean.sum()
        of_orders = costs[LASTS - 1 :].sum() / mean[LASTS - 1 :].sum()
        figures[f"{name} cost"] = round(costs.sum(), 1)
        figures[f"{name} cost_to_mean"] = round(whole, 4)
        figures[f"{name} cost_of_orders_to_mean"] = round(of_orders, 4)
        units = (f"{of.sum():,.0f}" for of in (played.left, played.lost))
        rows.append([name, f"{costs.sum():,.0f}", f"{whole:.3f}", f"{of_orders:.3f}", *units])
    figures["cost_to_mean"] = figures["ours cost_to_mean"]
    headings = ["policy", "cost", "to the mean's", "of orders", "left", "lost"]
    show(f"VN2 by the stock models ({size})", headings, rows, figures, GOALS)


if __name__ == "__main__":
    main(os.environ.get("SIZE", "small"))
