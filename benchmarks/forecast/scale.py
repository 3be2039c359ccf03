"""What the forecast in SQL costs over 100,000 series of 104 weeks, tried out on eight past Mondays.

    SIZE=full python -m benchmarks.forecast.scale        (`small`: a tenth of the series)

The demand is made up, the same each time: 50 distributors and 2,000 SKUs in 40 categories, each
with a season of its own; a series has a size, a trend and noise, and three in ten sell in one week
of three. Nearly every week of the others has a row, so it is denser than what distributors send.
What the figures rest on:

- The baseline is every model from the numbers of weeks to the leaf forecast: demand by series, its
  season and state, the methods at nine Mondays, backtest, champions, coherence. `with ranges` goes
  on to the sums over all levels and the P10 to P90 of each.
- Every build runs in a process of its own; CPU seconds are the process's. What dbt takes to start,
  and one model that takes next to nothing, is a build of its own and taken off the others. Data
  tests are in, unit tests are not: they look at none of these rows.
- Memory is the most the process of a build had, the database's cache included; the limit is that
  of every build (`DAQU_MEMORY_LIMIT`).
- Putting the demand in place is not counted: it is what the warehouse has at that point.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.apart import apart
from benchmarks.forecast.region import LAST, Cost, Region
from benchmarks.report import show

AS_OF = date(2025, 12, 28)
FIRST_WEEK = date(2024, 1, 1)
WEEKS = 104
DISTRIBUTORS = {"small": 5, "full": 50}
SKUS = 2_000
CATEGORIES = 40
FIXED, BASELINE = "int_forecast_week", "int_forecast_leaf"
# share: of a number that hashing gives, between 0 and 1
DEMAND = """
    with series as (
        select
            'D' || distributor as distributor_code,
            'C' || sku % {categories} as category,
            'S' || sku as sku_code,
            exp(5 * (hash(distributor, sku) % 1000) / 1000) as size,
            (hash(sku, 'trend') % 1000) / 1000 - 0.5 as trend,
            (hash(sku % {categories}, 'season') % 52) as peak,
            hash(distributor, sku, 'kind') % 10 < 3 as is_intermittent,
            distributor,
            sku
        from range({distributors}) as of_distributor (distributor)
        cross join range({skus}) as of_sku (sku)
    ),

    told as (
        select
            *,
            week,
            date '{first_week}' + cast(week * 7 as integer) as week_start_date,
            1 + 0.3 * cos(2 * pi() * (week - peak) / 52) as season,
            (hash(distributor, sku, week) % 1000) / 1000 as share
        from series
        cross join range({weeks}) as of_week (week)
        where not is_intermittent or hash(distributor, sku, week, 'sold') % 3 = 0
    )

    select
        distributor_code,
        category,
        sku_code,
        week_start_date,
        ceil(size * season * (1 + 0.3 * trend * week / 52) * (0.5 + share)) as pieces
    from told"""
GOALS = {"baseline_cpu_seconds": 60.0, "peak_mb": 6 * 1024}


def built(home: Path, last: str) -> tuple[Cost, float]:
    """Build up to a model in a process of its own; what it took, and its most memory in MB."""
    cost, peak = apart(Region(home).build, AS_OF, last)
    print(last, cost, round(peak), file=sys.stderr, flush=True)
    return cost, peak


def main(size: str) -> None:
    source = DEMAND.format(
        categories=CATEGORIES,
        distributors=DISTRIBUTORS[size],
        skus=SKUS,
        weeks=WEEKS,
        first_week=FIRST_WEEK,
    )
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "scale"
        region = Region.new(home, AS_OF)
        region.put(source, AS_OF)
        builds = {last: built(home, last) for last in (FIXED, BASELINE, LAST)}
        with region.open(AS_OF, read_only=True) as con:
            found = con.sql("""
                select
                    (select count(*) from intermediate.int_demand_week),
                    count(distinct series_no)
                from intermediate.int_forecast_leaf
                where is_to_come""").fetchall()
    _show(size, builds, dict(zip(("demand_rows", "series"), found[0], strict=True)))


def _show(size: str, builds: dict[str, tuple[Cost, float]], figures: dict[str, float]) -> None:
    fixed = builds[FIXED][0].cpu_seconds
    names = {FIXED: "dbt's start", BASELINE: "baseline", LAST: "with ranges"}
    rows = []
    for last, (cost, peak) in builds.items():
        own = cost.cpu_seconds - (0 if last == FIXED else fixed)
        rows.append([names[last], f"{own:.1f}", f"{peak:,.0f}"])
        figures[f"{names[last].replace(' ', '_')}_cpu_seconds"] = round(own, 1)
    rows += [
        [name, f"{seconds:.1f} on the clock", ""]
        for name, seconds in builds[LAST][0].model_seconds.items()
        if seconds >= 0.5
    ]
    figures["peak_mb"] = round(max(peak for _, peak in builds.values()))
    show(f"forecast at scale ({size})", ["build of", "CPU s", "peak MB"], rows, figures, GOALS)


if __name__ == "__main__":
    main(os.environ.get("SIZE", "small"))
