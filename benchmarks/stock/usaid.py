"""Which places will be out of a contraceptive in a month, told from a country's stock ledger.

    SIZE=full python -m benchmarks.stock.usaid   (skips without usaid_contraceptive_stock)

156 places that hand out up to 11 products, 45 months to September 2019; a place is the distributor
here. The ledger is monthly: a month stands for a week of the warehouse, at whose end goods are
ordered that are there at once, so that stock must last one month; with 45 of them no season is
known. A place is out of
stock when it closes a month with nothing after something was handed out in that month or the two
before. It is told of at the end of the month before; rows are all series in the ledger in both
months. What the figures rest on:

- The last twelve months are held back. How much is to be there before nobody warns is chosen on the
  twelve months before them, `small` on every fourth of each: the service level of ours, and months
  of the trailing mean, each where F1 was best on those months, on places that had stock. The usual
  limits that no one chose are shown beside: one month, and the service level of the warehouse.
- Trailing: closing stock over the mean handed out in the last three or four months, as far as they
  are in the ledger. With nothing handed out there is no warning.
- Ours: closing stock beside what the forecast says of the month and the safety stock that the
  errors of past forecasts ask for; a month that closed with nothing counts with its estimate of
  what was wanted. Nothing is known of what is on its way, to either.
- All are scored on the same rows. A place long empty hands out nothing, so it is out of stock by no
  month's count, but what it would need is expected all the same: a warning there counts as wrong,
  and ours has many among `all` rows. `handed out lately`, in the last three months, leaves most of
  them out. Where there still is stock, `in stock`, a warning is news: the goal is set there.
- Precision is the share of warnings that came true, recall of stock-outs warned of; F1 their
  harmonic mean.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.forecast.region import WEEKS, Region, place
from benchmarks.report import show
from benchmarks.stock.wanted import BY_LEVEL, MODELS, put_counts, wanted

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "usaid_contraceptive_stock"
FIRST_WEEK, MONTHS, YEAR = date(2016, 1, 4), 45, 12
STEP = {"small": 4, "full": 1}
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
USUAL_LEVEL = 0.95
COVERS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
USUAL_COVER = 1.0
TRAILING = (3, 4)
KINDS = {
    "all": pl.lit(True),
    "handed out lately": pl.col("mean_3") > 0,
    "in stock": pl.col("pieces") > 0,
}
GOALS = {"in_stock_f1_to_trailing_min": 1.0}
# every row with what was known at its end, and whether the month after closed out of stock
LEDGER = """
    copy (
        with ledger as (
            select
                site_code as distributor_code,
                product_type as category,
                product_code as sku_code,
                date '{first}' + cast(7 * (12 * (year - 2016) + month - 1) as integer)
                    as week_start_date,
                stock_end as pieces,
                stock_distributed as sold_pieces
            from read_csv('{source}/contraceptive_logistics_data.csv') as entry
            inner join read_csv('{source}/product.csv') as product using (product_code)
        )

        select
            *,
            avg(sold_pieces) over (series range between interval 14 days preceding and current row)
                as mean_3,
            avg(sold_pieces) over (series range between interval 21 days preceding and current row)
                as mean_4,
            lead(week_start_date) over series = week_start_date + 7 as is_followed,
            lead(pieces) over series = 0 and sum(sold_pieces) over (
                series range between interval 7 days preceding and interval 7 days following
            ) > 0 as is_out
        from ledger
        window series as (partition by distributor_code, sku_code order by week_start_date)
    ) to '{file}'"""
SOLD = """
    select
        week_start_date,
        distributor_code,
        category,
        sku_code,
        sold_pieces,
        0 as returned_pieces,
        0 as largest_outlet_pieces
    from '{file}'
    where week_start_date + 6 <= $as_of"""
RECENT = """
    select distributor_code, sku_code, week_start_date, mean_4 as mean_weekly_pieces
    from '{file}'
    where week_start_date + 6 <= $as_of"""
SKU = "select distinct sku_code, category, true as is_current from '{file}'"


@dataclass(frozen=True)
class Score:
    """Warnings beside what came: how many came true, how many there were, and stock-outs in all."""

    true: int
    warned: int
    out: int

    @classmethod
    def of(cls, rows: pl.DataFrame, warned: pl.Expr) -> Score:
        said = rows.select(said=warned.fill_null(False), out="is_out")
        both, warnings, outs = (said.filter(*of) for of in (["said", "out"], ["said"], ["out"]))
        return cls(both.height, warnings.height, outs.height)

    @property
    def precision(self) -> float:
        return self.true / self.warned if self.warned else 0.0

    @property
    def recall(self) -> float:
        return self.true / self.out

    @property
    def f1(self) -> float:
        return 2 * self.true / (self.warned + self.out)


def month_end(back: int) -> date:
    """The Sunday that stands for the end of a month, so many before the last of the ledger."""
    return FIRST_WEEK + timedelta(weeks=MONTHS - back, days=-1)


def scored(region: Region, file: Path, as_of: date) -> pl.DataFrame:
    """Rows of a month that the next one follows, with what was wanted at each level."""
    with region.open(as_of) as con:
        place(con, "marts.dim_week", WEEKS, first=FIRST_WEEK, as_of=as_of)
        place(con, "marts.dim_sku", SKU.format(file=file))
        place(con, "intermediate.int_demand_sold", SOLD.format(file=file), as_of=as_of)
        place(con, "intermediate.int_sellout_trailing", RECENT.format(file=file), as_of=as_of)
    put_counts(region, as_of, f"select * from '{file}'", lead_days=0)
    region.run(as_of, ["int_demand_mark", "int_demand_silent", "int_demand_week", *MODELS])
    keys = ["distributor_code", "sku_code"]
    found = wanted(region, as_of, LEVELS)
    by_level = found.pivot("level", index=[*keys, "expected"], values="wanted")
    rows = pl.read_parquet(file).filter(
        pl.col("week_start_date") == as_of - timedelta(days=6), "is_followed"
    )
    # what nothing is expected of has no row, and no warning
    return rows.join(by_level, on=keys, how="left")


def by_mean(months: int, cover: float) -> pl.Expr:
    mean = pl.col(f"mean_{months}")
    return (mean > 0) & (pl.col("pieces") < cover * mean)


def by_level(level: float) -> pl.Expr:
    return pl.col("pieces") < pl.col(str(level))


def chosen(earlier: pl.DataFrame) -> dict[str, float]:
    """The limits that were best on places that had stock in earlier months."""

    def f1(warned: pl.Expr) -> float:
        return Score.of(earlier.filter(KINDS["in stock"]), warned).f1

    months, cover = max(itertools.product(TRAILING, COVERS), key=lambda one: f1(by_mean(*one)))
    level = max(LEVELS, key=lambda one: f1(by_level(one)))
    return {"trailing_months": months, "trailing_cover": cover, "level": level}


def main(size: str) -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no usaid_contraceptive_stock; nothing to do")
        return
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "ledger.parquet"
        duckdb.sql(LEDGER.format(first=FIRST_WEEK, source=SOURCE, file=file))
        held_back = [month_end(back) for back in range(1, YEAR + 1, STEP[size])]
        earlier = [month_end(back) for back in range(YEAR + 1, 2 * YEAR + 1, STEP[size])]
        models = " ".join(f"+{model}" for model in BY_LEVEL)
        region = Region.new(Path(scratch) / "usaid", min(earlier), models=models)
        limits = chosen(pl.concat([scored(region, file, as_of) for as_of in earlier]))
        rows = pl.concat([scored(region, file, as_of) for as_of in held_back])
        ledger = pl.read_parquet(file)
    figures = {
        "ledger_rows": ledger.height,
        "ledger_closed_at_0": ledger.filter(pl.col("pieces") == 0).height,
        "ledger_followed": ledger.filter("is_followed").height,
    }
    _show(size, rows, limits, figures | limits)


def _show(
    size: str, rows: pl.DataFrame, limits: dict[str, float], figures: dict[str, float]
) -> None:
    trailing = int(limits["trailing_months"]), limits["trailing_cover"]
    ways = {f"mean of {n}": by_mean(n, USUAL_COVER) for n in TRAILING} | {
        "trailing": by_mean(*trailing),
        "forecast alone": pl.col("pieces") < pl.col("expected"),
        f"level {USUAL_LEVEL:g}": by_level(USUAL_LEVEL),
        "ours": by_level(limits["level"]),
    }
    shown = []
    for kind, which in KINDS.items():
        some = rows.filter(which)
        figures[f"{kind} rows"] = some.height
        figures[f"{kind} stock_outs"] = some.filter("is_out").height
        scores = {name: Score.of(some, warned) for name, warned in ways.items()}
        for name, score in scores.items():
            measures = {m: getattr(score, m) for m in ("precision", "recall", "f1")}
            figures |= {f"{kind}, {name} {m}": round(of, 4) for m, of in measures.items()}
            shown.append(
                [kind, name, f"{score.warned:,}", *(f"{m:.3f}" for m in measures.values())]
            )
        ratio = scores["ours"].f1 / scores["trailing"].f1
        figures[f"{kind.replace(' ', '_')}_f1_to_trailing"] = round(ratio, 4)
    headings = ["rows", "warned by", "warnings", "precision", "recall", "F1"]
    show(f"stock-outs a month ahead ({size})", headings, shown, figures, GOALS)


if __name__ == "__main__":
    main(os.environ.get("SIZE", "small"))
