"""Uplift and ROI of price deals and of advertising, out of a grocer's real weeks of orange juice.

    make bench-growth        (skips when DAQU_REAL_DATA does not name the folder of real data)

The data is `oj_dominicks`: 83 stores, 11 brands, weeks 40 to 135 of 1990 to 1992, each with price
an ounce, ounces sold, whether there was an in-store deal, and how far it was advertised. It runs
through the models by configuration alone (`deployment.yaml`, one mapping): a sell-out file a week,
a SKU and an outlet master, and a promotion calendar with a row for each run of weeks in which a
store had the same offer. What the figures rest on:

- Dates are 28 years later, because no report may be older than 2000, and three days earlier, so
  that the grocer's week from Thursday is an ISO week. A piece is a carton of 64 ounces, whatever
  the carton was.
- List price and cost of a brand are medians over stores and weeks without offer; the cost is the
  price less the grocer's own margin. So the ROI is the grocer's, not a producer's.
- Nobody wrote down what an offer cost. It is taken to be the markdown: what each carton sold under
  it was below the store's own median price without offer. Coupons and advertising come on top and
  are not known, so the ROI of advertised offers is too high by what the page cost.
- The baseline is that of the models: the mean week of the same store, of the weeks before without
  an offer and not just after one. It looks back 26 weeks, a threshold of this deployment: half of
  all weeks have an offer, so 13 hold too few without. An offer of whose cartons not 80 % have four
  such weeks before has no baseline and counts in no figure. Nearly every brand has an offer some
  time in half a year, so hardly any tells the season. What other brands lost is not taken off.

Beside the uplift stands what the source says of the same offers without any model: cartons sold
under them over those of as many mean weeks of that store and brand without an offer, all year.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.report import show
from pipelines import transform
from pipelines.contracts import load_contracts
from pipelines.landing import land
from pipelines.settings import Settings

HERE = Path(__file__).parent
SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "oj_dominicks"
FIRST_DAY = date(1989, 9, 14)
"""Thursday that week 1 begins with."""
LATER = timedelta(days=28 * 365 + 7 - 3)
"""A cycle of weekdays and leap years, less the days from Monday to Thursday."""
OUNCES_A_CARTON = 64
LOOK_BACK_WEEKS = 26
GOALS = {"deal_uplift_min": 0.0, "both_uplift_min": 0.0}
MART = """
    select
        mechanic,
        count(*) as offers,
        count(*) filter (where uplift_ratio is not null) as with_baseline,
        sum(sold_pieces) filter (where uplift_ratio is not null)::double
            / sum(sold_pieces)::double as cartons_told,
        sum(running_uplift_num)::double / sum(running_uplift_den)::double as running_uplift,
        sum(uplift_num)::double / sum(uplift_den)::double as uplift,
        count(*) filter (where status = 'ok') as with_roi,
        sum(roi_net_num)::double / sum(roi_net_den)::double as roi_net,
        sum(return_num) filter (where status = 'ok')::double
            / sum(return_den) filter (where status = 'ok')::double as return_ratio
    from marts.promotion_roi
    where item_level = 'all'
    group by mechanic
    order by mechanic"""
TOLD = """
    select promo_code from marts.promotion_roi
    where item_level = 'all' and uplift_ratio is not null"""
HEADINGS = {
    "mechanic": "offer",
    "offers": "n",
    "with_baseline": "based",
    "cartons_told": "share",
    "running_uplift": "uplift",
    "uplift": "after",
    "source": "source",
    "with_roi": "n roi",
    "roi_net": "net",
    "return_ratio": "return",
}
"""Columns of the table: `share` is of the cartons sold, `after` has the weeks after in it."""


def weeks() -> pl.DataFrame:
    """Every store, brand and week: cartons, price and cost of a carton, and the offer it is of."""
    rows = pl.read_csv(SOURCE / "yx_to_week_135.csv")
    price = pl.coalesce(
        pl.when(pl.col("brand") == brand).then(pl.col(f"price{brand}")) for brand in range(1, 12)
    )
    has_deal, has_feature = pl.col("deal") == 1, pl.col("feat") > 0
    offer = (
        pl.when(has_deal & has_feature)
        .then(pl.lit("both"))
        .when(has_deal)
        .then(pl.lit("deal"))
        .when(has_feature)
        .then(pl.lit("feature"))
    )
    return _with_runs(
        rows.select(
            "week",
            store="S" + pl.col("store").cast(pl.String),
            brand=pl.format("OJ{}", pl.col("brand").cast(pl.String).str.zfill(2)),
            week_of=pl.lit(FIRST_DAY + LATER) + pl.duration(days=7 * (pl.col("week") - 1)),
            cartons=(pl.col("logmove").exp() / OUNCES_A_CARTON).round(3),
            price=price * OUNCES_A_CARTON,
            cost=price * OUNCES_A_CARTON * (1 - pl.col("profit") / 100),
            mechanic=offer,
        )
    )


def _with_runs(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the offer of each row: a run of weeks in which a store had one mechanic for a brand."""
    run = pl.struct("mechanic", pl.col("week") - pl.int_range(pl.len())).rle_id()
    first, last = pl.col("week").min(), pl.col("week").max()
    named = pl.format("{}-{}-{}-{}", "mechanic", "brand", first, last)
    return (
        rows.sort("store", "brand", "week")
        .with_columns(run=run.over("store", "brand"))
        .with_columns(promo_code=named.over("store", "brand", "run"))
        .with_columns(pl.when(pl.col("mechanic").is_not_null()).then("promo_code"))
    )


def offers(rows: pl.DataFrame) -> pl.DataFrame:
    """The promotion calendar: an offer at a store, with the markdown given as its cost."""
    plain = rows.filter(pl.col("promo_code").is_null())
    usual = plain.group_by("store", "brand").agg(usual=pl.col("price").median())
    markdown = (pl.col("usual") - pl.col("price")).clip(lower_bound=0) * pl.col("cartons")
    return (
        rows.drop_nulls("promo_code")
        .join(usual, on=["store", "brand"], how="left")
        .group_by("promo_code", "mechanic", sku_code="brand", outlet_code="store")
        .agg(
            start_date=pl.col("week_of").min(),
            end_date=pl.col("week_of").max() + timedelta(days=6),
            plan_cost_amount=markdown.sum().round(2),
        )
        .sort("promo_code", "outlet_code")
    )


def skus(rows: pl.DataFrame) -> pl.DataFrame:
    """The SKU master: prices and costs of weeks without offer."""
    plain = rows.filter(pl.col("mechanic").is_null()).group_by(sku_code="brand")
    return plain.agg(
        list_price_per_piece=pl.col("price").median().round(4),
        std_cost_per_piece=pl.col("cost").median().round(4),
    ).sort("sku_code")


def deliver(home: Path, rows: pl.DataFrame) -> None:
    """Write all of it as a deployment receives it."""
    shutil.copy(HERE / "deployment.yaml", home)
    shutil.copytree(HERE / "mappings", home / "mappings")
    reference, inbox = home / "reference", home / "inbox" / "DOMINICKS" / "sellout"
    reference.mkdir()
    inbox.mkdir(parents=True)
    limits = {"threshold_id": ["promotion_baseline_weeks"], "value": [LOOK_BACK_WEEKS]}
    pl.DataFrame(limits).write_csv(reference / "threshold.csv")
    skus(rows).write_csv(reference / "sku.csv")
    offers(rows).write_csv(reference / "promotion.csv")
    stores = rows.select(outlet_code="store").unique().sort("outlet_code")
    stores.with_columns(city=pl.lit("Chicago"), channel=pl.lit("KA")).write_csv(
        reference / "outlet.csv"
    )
    lines = rows.with_columns(sales=(pl.col("cartons") * pl.col("price")).round(2))
    for (week_of,), sent in lines.group_by("week_of"):
        file = inbox / f"{week_of:%GW%V}.csv"
        sent.select("store", "brand", "week_of", "cartons", "sales").write_csv(file)


def in_the_source(rows: pl.DataFrame, told: list[str]) -> dict[str, float]:
    """Cartons sold under these offers over those of as many mean weeks without, less one."""
    plain = rows.filter(pl.col("promo_code").is_null())
    usual = plain.group_by("store", "brand").agg(usual=pl.col("cartons").mean())
    compared = rows.filter(pl.col("promo_code").is_in(told)).join(usual, on=["store", "brand"])
    ratio = pl.col("cartons").sum() / pl.col("usual").sum() - 1
    return dict(compared.group_by("mechanic").agg(ratio).rows())


def built(home: Path) -> tuple[list[dict], list[str]]:
    """Land and build; returns the mart by mechanic, and the offers that have a baseline."""
    settings = Settings.load(home)
    land(settings, load_contracts(settings.contracts))
    result = transform.build(settings, select="+promotion_roi")
    if result.broken:
        sys.exit("\n".join(f"{node.name}: {node.message}" for node in result.broken))
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.sql(MART).pl().to_dicts(), [code for (code,) in con.sql(TOLD).fetchall()]


def main() -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no oj_dominicks; nothing to do")
        return
    rows = weeks()
    with tempfile.TemporaryDirectory() as folder:
        deliver(Path(folder), rows)
        start = time.perf_counter()
        found, told = built(Path(folder))
        seconds = round(time.perf_counter() - start, 1)
    source = in_the_source(rows, told)
    found = [offer | {"source": source.get(offer["mechanic"])} for offer in found]
    told_of = {f"{o['mechanic']}_{name}": o[name] for o in found for name in list(HEADINGS)[1:]}
    figures = {"rows": rows.height, "seconds": seconds} | told_of
    table = [[_cell(offer[name]) for name in HEADINGS] for offer in found]
    show("promotions on orange juice", list(HEADINGS.values()), table, figures, GOALS)


def _cell(value: float | str | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else f"{value}"


if __name__ == "__main__":
    main()
