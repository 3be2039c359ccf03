"""How much harder the weeks around Chinese New Year are to tell than ordinary ones.

    python -m benchmarks.forecast.festival

The small sample region is made, landed and built: forty distributors' files, good and bad, over two
years. Its demand swings around the festival by design (stocking up before, nothing in the week
itself), and CNY 2026 lies three weeks later than CNY 2025. What the figures rest on:

- The weeks from eight before to four after CNY 2026 are told as of the Sunday before the first of
  them; ordinary weeks, thirteen each, as of two Sundays in spring and summer. The models are built
  as of each of these days, so what they learn from ends there; promotions are planned ahead, and
  the calendar of them is the one that is known at the end.
- The truth is demand as known eight months later, out of the same models: sales, or an estimate
  where they do not tell (not reported, out of stock, a bulk order).
- Rows are all that have a forecast. What sold and had none, launches above all, is shown beside.
- Seasonal naive is aligned to the festival; `same ISO week` is not.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.forecast.metrics import bias, wape
from benchmarks.forecast.sales import week_no
from benchmarks.report import show
from pipelines import transform
from pipelines.contracts import load_contracts
from pipelines.landing import land
from pipelines.sample import generate
from pipelines.settings import Settings

CNY_WEEK = date(2026, 2, 16)
KNOWN = date(2026, 11, 22)
AS_OF = {
    "festival": (CNY_WEEK - timedelta(weeks=8, days=1),),
    "ordinary": (date(2026, 4, 26), date(2026, 7, 26)),
}
WEEKS = 13
GRAINS = {
    "distributor x SKU": ["distributor_code", "sku_code"],
    "distributor x category": ["distributor_code", "category"],
    "region": [],
}
DEMAND = """
    select
        distributor_code,
        category,
        sku_code,
        (week_start_date - date '1900-01-01') // 7 as week_no,
        cast(demand_pieces as double) as came
    from intermediate.int_demand_week"""
SAID = """
    select
        leaf.distributor_code,
        leaf.category,
        leaf.sku_code,
        leaf.week_no,
        leaf.forecast_pieces::double as ours,
        coalesce(leaf.naive_pieces, 0)::double as seasonal_naive,
        coalesce(demand.demand_pieces, 0)::double as same_iso_week
    from intermediate.int_forecast_leaf as leaf
    left join intermediate.int_demand_week as demand
        on
            leaf.distributor_code = demand.distributor_code
            and leaf.sku_code = demand.sku_code
            and leaf.week_no - 52 = (demand.week_start_date - date '1900-01-01') // 7
    where leaf.is_to_come"""
METHODS = {
    "ours": "ours",
    "seasonal naive": "seasonal_naive",
    "same ISO week": "same_iso_week",
}
GOALS = {"festival_to_ordinary": 1.3}


def built(home: Path, as_of: date, last: str, query: str) -> pl.DataFrame:
    """Build up to a model as of a day, and what is then found."""
    settings = Settings.load(home, as_of)
    result = transform.build(settings, select=[f"+{last}"])
    if result.broken:
        sys.exit("\n".join(f"{node.name}: {node.message}" for node in result.broken))
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.sql(query).pl()


def told(home: Path, as_of: date, came: pl.DataFrame) -> tuple[pl.DataFrame, float]:
    """Forecasts made on a day beside what came, and the share of what came that had none."""
    said = built(home, as_of, "int_forecast_leaf", SAID)
    first = week_no(as_of + timedelta(days=1))
    of = came.filter(pl.col("week_no").is_between(first, first + WEEKS - 1))
    keys = ["distributor_code", "sku_code", "week_no"]
    rows = said.join(of.drop("category"), on=keys, how="left").fill_null(0)
    return rows, 1 - float(rows["came"].sum()) / float(of["came"].sum())


def scored(rows: pl.DataFrame, keys: list[str]) -> dict[str, tuple[float, float]]:
    """WAPE and bias of each method at a grain."""
    by = rows.group_by([*keys, "week_no"]).agg(pl.col("came", *METHODS.values()).sum())
    return {
        method: (wape(by["came"], by[column]), bias(by["came"], by[column]))
        for method, column in METHODS.items()
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "sample"
        generate(home, size="small")
        settings = Settings.load(home)
        land(settings, load_contracts(settings.contracts))
        came = built(home, KNOWN, "int_demand_week", DEMAND)
        cycles = {kind: [told(home, as_of, came) for as_of in days] for kind, days in AS_OF.items()}
    _show(cycles)


def _show(cycles: dict[str, list[tuple[pl.DataFrame, float]]]) -> None:
    rows, figures = [], {}
    for grain, keys in GRAINS.items():
        for kind, of in cycles.items():
            scores = scored(pl.concat(said for said, _ in of), keys)
            for method, (mistake, lean) in scores.items():
                figures[f"{grain} {kind} {method} wape"] = round(mistake, 4)
                figures[f"{grain} {kind} {method} bias"] = round(lean, 4)
                rows.append([grain, kind, method, f"{mistake:.3f}", f"{lean:.3f}"])
    for kind, of in cycles.items():
        figures[f"{kind} unforeseen_ratio"] = round(sum(part for _, part in of) / len(of), 4)
    ratio = {
        grain: figures[f"{grain} festival ours wape"] / figures[f"{grain} ordinary ours wape"]
        for grain in GRAINS
    }
    figures |= {f"{grain} festival_to_ordinary": round(of, 3) for grain, of in ratio.items()}
    figures["festival_to_ordinary"] = round(ratio["distributor x SKU"], 3)
    headings = ["grain", "weeks", "told by", "WAPE", "bias"]
    show("Chinese New Year 2026 (sample)", headings, rows, figures, GOALS)


if __name__ == "__main__":
    main()
