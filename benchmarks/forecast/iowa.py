"""The weekly forecast on Iowa's liquor wholesale 2014 to 2019, against what else one could use.

    SIZE=full python -m benchmarks.forecast.iowa     (skips when DAQU_REAL_DATA has no iowa_liquor)

Stores of one three-digit ZIP area are one distributor, stores the master lacks are `DUNK`; a series
is a SKU of a distributor, or a category of it. What the figures rest on:

- Whoever worked on the methods and their constants looked at years up to 2018. Scored are forecasts
  made on Mondays of 2019 that follow each other by a quarter: each week of 2019 is told once, one
  to thirteen weeks ahead, with nothing but the weeks before its Monday. `small` scores the last.
- Rows: every series that sold something in the year before the Monday, times thirteen weeks. What
  sold in 2019 and is in no row (it had not sold for a year, or was new) is told beside it. All
  figures are on series a year old at least; SKUs younger than that have lines of their own.
- All see the same numbers: bottles sold a week, weeks without a sale as 0. Seasonal naive is the
  week 52 weeks before; no festival that moves by weeks is in these data, so aligned is the same.
- Ours is the champion of each segment, chosen by the backtest on the weeks before, forecast a SKU;
  a category is the sum of its SKUs.
- AutoETS and AutoTheta are of statsforecast, season of 52 weeks, once a series, below nothing cut
  off; a series they can make nothing of takes its mean of thirteen weeks. They are tried on series
  drawn with a fixed seed, and the others are shown on the same draw beside all rows.
- CPU is milliseconds a series. Ours: the build as a whole, with dbt's start, the backtest of eight
  past Mondays, sums over all levels and ranges, over all series it told, SKUs and categories. The
  others: the fits alone, without compiling.
"""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from statsforecast.models import AutoETS, AutoTheta

from benchmarks.forecast.metrics import bias, coverage, wape
from benchmarks.forecast.region import Region
from benchmarks.forecast.sales import Sales, ranges, told
from benchmarks.report import show

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "iowa_liquor"
CYCLES = (date(2018, 12, 31), date(2019, 4, 1), date(2019, 7, 1), date(2019, 9, 30))
WEEKS = 13
SEASON = 52
SEED = 20260101
DRAWN = {"small": {"category": 200, "sku": 100}, "full": {"category": 300, "sku": 150}}
"""How many series the dear methods are tried on at each Monday."""
DEAR = {"AutoETS": AutoETS, "AutoTheta": AutoTheta}
SALES = """
    copy (
        select
            coalesce('D' || left(store."Zip Code", 3), 'DUNK') as distributor_code,
            coalesce(product."Category Name", 'UNKNOWN') as category,
            sale.item_number as sku_code,
            date_trunc('week', sale.date)::date as week_start_date,
            sum(sale.bottles_sold)::double as pieces
        from read_parquet('{source}/sale_*.parquet') as sale
        left join read_csv('{source}/store.csv', all_varchar = true) as store
            on sale.store_number = store."Store"
        left join read_csv('{source}/product.csv', all_varchar = true) as product
            on sale.item_number = product."Item Number"
        group by all
    ) to '{file}'"""
KEYS = {
    "category": ["distributor_code", "category"],
    "sku": ["distributor_code", "category", "sku_code"],
}
GOALS = {
    "category_to_seasonal_naive": 0.80,
    "category_coverage": 0.85,
    "category_coverage_min": 0.75,
    "category_to_auto_ets": 1.0,
    "cpu_to_auto_ets": 1 / 20,
}


@dataclass(frozen=True)
class Ours:
    """What the warehouse says of a cycle, by level, and what it took.

    Attributes:
        told: The forecast.
        ranges: What it is to lie between.
        cpu_seconds: Of the build.
        series: How many have a forecast, SKUs and categories.
    """

    told: dict[str, pl.DataFrame]
    ranges: dict[str, pl.DataFrame]
    cpu_seconds: float
    series: int


@dataclass
class Cell:
    """Rows of one kind beside what one method said of them."""

    came: list[NDArray] = field(default_factory=list)
    said: list[NDArray] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def series(self) -> int:
        return sum(len(came) for came in self.came)

    @property
    def wape(self) -> float:
        return wape(np.concatenate(self.came), np.concatenate(self.said))

    @property
    def bias(self) -> float:
        return bias(np.concatenate(self.came), np.concatenate(self.said))


@dataclass
class Scores:
    """What all cycles add up to.

    Attributes:
        cells: By kind of row and method.
        held: What came and the range it was to lie in, by kind of row.
        sold: What was sold, by level; and what of it is in no row.
    """

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    held: dict[str, list[NDArray]] = field(default_factory=dict)
    sold: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KEYS, 0.0))
    unforeseen: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KEYS, 0.0))

    def add(self, kind: str, method: str, came: NDArray, said: NDArray, cpu: float = 0.0) -> None:
        cell = self.cells.setdefault((kind, method), Cell())
        cell.came.append(came)
        cell.said.append(said)
        cell.cpu_seconds += cpu

    def hold(self, kind: str, came: NDArray, low: NDArray, high: NDArray) -> None:
        found = ~np.isnan(low)
        self.held.setdefault(kind, []).append(np.array([came[found], low[found], high[found]]))

    def coverage(self) -> dict[str, float]:
        return {kind: coverage(*np.concatenate(h, axis=1)) for kind, h in self.held.items()}


def simple(history: NDArray) -> dict[str, NDArray]:
    """What takes no model: the week a year ago, and means of the last weeks."""
    means = {
        f"{n}-week mean": history[:, -n:].mean(axis=1, keepdims=True).repeat(WEEKS, axis=1)
        for n in (4, 13)
    }
    return {"seasonal naive": history[:, -SEASON : -SEASON + WEEKS]} | means


def fitted(method: str, history: NDArray, first: NDArray) -> tuple[NDArray, float]:
    """A dear method, fitted to each series; what it says and its CPU seconds."""
    make = DEAR[method]
    make(season_length=SEASON).forecast(y=history[0, first[0] :], h=WEEKS)
    said = simple(history)["13-week mean"]
    began = time.process_time()
    for row, (pieces, start) in enumerate(zip(history, first, strict=True)):
        try:
            mean = make(season_length=SEASON).forecast(y=pieces[start:], h=WEEKS)["mean"]
        except Exception:  # too short for it, or never anything else than one value
            continue
        if np.isfinite(mean).all():
            said[row] = np.maximum(mean, 0)
    return said, time.process_time() - began


def drawn(count: int, among: NDArray) -> NDArray:
    """So many of these series, the same each time."""
    if count >= len(among):
        return among
    return np.sort(np.random.default_rng(SEED).choice(among, count, replace=False))


def score(scores: Scores, level: str, sales: Sales, monday: date, size: str, ours: Ours) -> None:
    """Let every method tell the weeks after a Monday, and add what came of it."""
    origin = sales.column(monday)
    history, came = sales.pieces[:, :origin], sales.pieces[:, origin : origin + WEEKS]
    known = history[:, -SEASON:].sum(axis=1) > 0
    aged = known & (sales.first <= origin - SEASON)
    scores.sold[level] += came.sum()
    scores.unforeseen[level] += came[~known].sum()
    said = np.nan_to_num(sales.said(ours.told[level], "pieces", monday, WEEKS))
    ways = simple(history) | {"ours": said}
    chosen = drawn(DRAWN[size][level], np.flatnonzero(aged))
    kinds = {level: np.flatnonzero(aged), f"{level}, drawn": chosen}
    if level == "sku":
        kinds["sku, young"] = np.flatnonzero(known & ~aged)
    for kind, rows in kinds.items():
        for method, forecast in ways.items():
            if kind != "sku, young" or method != "seasonal naive":
                scores.add(kind, method, came[rows], forecast[rows])
    for method in DEAR:
        forecast, cpu = fitted(method, history[chosen], sales.first[chosen])
        scores.add(f"{level}, drawn", method, came[chosen], forecast, cpu)
    hold(scores, level, sales, monday, ours.ranges[level])


def hold(scores: Scores, level: str, sales: Sales, monday: date, found: pl.DataFrame) -> None:
    """Add what came beside its range, as a whole and, of SKUs, by class of demand."""
    origin = sales.column(monday)
    came = sales.pieces[:, origin : origin + WEEKS]
    kinds = {level: found}
    if level == "sku":
        classes = found.partition_by("demand_class", as_dict=True)
        kinds |= {f"sku, {name}": of for (name,), of in sorted(classes.items())}
    for kind, of in kinds.items():
        ends = (sales.said(of, f"{end}_pieces", monday, WEEKS) for end in ("low", "high"))
        scores.hold(kind, came, *ends)


def built(region: Region, file: Path, monday: date) -> Ours:
    """The forecast of the cycle that begins on a Monday."""
    as_of = monday - timedelta(days=1)
    cost = region.forecast(f"select * from '{file}'", as_of)
    with region.open(as_of, read_only=True) as con:
        said = {level: told(con, keys) for level, keys in KEYS.items()}
        between = {level: ranges(con, level) for level in KEYS}
    series = sum(of.select(KEYS[level]).n_unique() for level, of in said.items())
    return Ours(said, between, cost.cpu_seconds, series)


def main(size: str) -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no iowa_liquor; nothing to do")
        return
    warnings.filterwarnings("ignore")
    cycles = CYCLES if size == "full" else CYCLES[-1:]
    scores, cpu_seconds, series = Scores(), 0.0, 0
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "sales.parquet"
        duckdb.sql(SALES.format(source=SOURCE, file=file))
        lines = pl.read_parquet(file)
        sales = {level: Sales.of(lines, keys) for level, keys in KEYS.items()}
        region = Region.new(Path(scratch) / "iowa", cycles[0] - timedelta(days=1))
        for monday in cycles:
            ours = built(region, file, monday)
            cpu_seconds += ours.cpu_seconds
            series += ours.series
            for level in KEYS:
                score(scores, level, sales[level], monday, size, ours)
    _show(size, len(cycles), scores, cpu_seconds, series)


def _show(size: str, cycles: int, scores: Scores, cpu_seconds: float, series: int) -> None:
    held = scores.coverage()
    figures = {"cycles": cycles, "cpu_seconds": round(cpu_seconds, 1), "series": series}
    rows = []
    for (kind, method), cell in sorted(scores.cells.items(), key=lambda item: item[0][0]):
        ours = method == "ours"
        cpu = cpu_seconds / series if ours else cell.cpu_seconds / cell.series
        figures[f"{kind} {method} wape"] = round(cell.wape, 4)
        figures[f"{kind} {method} bias"] = round(cell.bias, 4)
        if cpu:
            figures[f"{kind} {method} cpu_ms"] = round(1000 * cpu, 2)
        mistakes = f"{cell.wape:.3f}", f"{cell.bias:.3f}"
        holds = f"{held[kind]:.3f}" if ours and kind in held else ""
        cost = f"{1000 * cpu:.2f}" if cpu else ""
        rows.append([kind, method, f"{cell.series:,}", *mistakes, holds, cost])
    classes = sorted(held.keys() - KEYS.keys())
    rows += [[kind, "ours", "", "", "", f"{held[kind]:.3f}", ""] for kind in classes]
    figures |= {f"{kind} coverage": round(share, 4) for kind, share in held.items()}
    figures |= {
        f"{level} unforeseen_ratio": round(scores.unforeseen[level] / scores.sold[level], 4)
        for level in KEYS
    }
    own, naive = (scores.cells["category", method] for method in ("ours", "seasonal naive"))
    drawn_own, ets = (scores.cells["category, drawn", name] for name in ("ours", "AutoETS"))
    figures |= {
        "category_to_seasonal_naive": round(own.wape / naive.wape, 4),
        "category_coverage": round(held["category"], 4),
        "category_to_auto_ets": round(drawn_own.wape / ets.wape, 4),
        "cpu_to_auto_ets": round(cpu_seconds / series / (ets.cpu_seconds / ets.series), 5),
    }
    headings = ["rows", "told by", "series", "WAPE", "bias", "P80 holds", "CPU ms"]
    show(f"Iowa ({size})", headings, rows, figures, GOALS)


if __name__ == "__main__":
    main(os.environ.get("SIZE", "small"))
