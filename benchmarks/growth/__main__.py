"""Uplift and ROI of price deals and of advertising, out of a grocer's real weeks of orange juice.

    make bench-growth        (skips when DAQU_REAL_DATA does not name the folder of real data)

The data is `oj_dominicks`: 83 stores, 11 brands, weeks 40 to 135 of 1990 to 1992, each with price
an ounce, ounces sold, whether there was an in-store deal, and how far it was advertised. It runs
through the models by configuration alone (`deployment.yaml`, one mapping): a sell-out file a week,
a SKU and an outlet master, and a promotion calendar with a row for each run of weeks in which a
store had the same offer. What the figures rest on:

- Dates are 28 years later, whole weeks, because no report may be older than 2000. A piece is a
  carton of 64 ounces, whatever the carton was.
- List price and cost of a brand are medians over stores and weeks without offer; the cost is the
  price less the grocer's own margin. So the ROI is the grocer's, not a producer's.
- Nobody wrote down what an offer cost. It is taken to be the markdown: what each carton sold under
  it was below the store's own median price without offer. Coupons and advertising come on top and
  are not known, so the ROI of advertised offers is too high by what the page cost.
- The baseline is that of the models: the mean week of the same store, of the weeks before without
  an offer and not just after one. It looks back 26 weeks, a threshold of this deployment: half of
  all weeks have an offer, so 13 hold too few without. An offer of whose cartons not 80 % have four
  such weeks before has no baseline and counts in no figure. What other brands lost is not taken
  off.

Beside the uplift stands what the source says without any model: mean cartons a store sold of a
brand in weeks with the offer over those in weeks without any.
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
LATER = timedelta(days=28 * 365 + 7)
"""A cycle of weekdays and leap years."""
OUNCES_A_CARTON = 64
LOOK_BACK_WEEKS = 26
OFFER = ["store", "brand", "mechanic", "run"]
GOALS = {"deal_uplift_min": 0.0, "deal_and_feature_uplift_min": 0.0}
MART = """
    select
        mechanic, count(*) as offers,
        count(*) filter (where uplift_ratio is not null) as with_baseline,
        sum(outlet_count) filter (where uplift_ratio is not null) as stores,
        sum(running_uplift_num)::double / sum(running_uplift_den)::double as running_uplift,
        sum(uplift_num)::double / sum(uplift_den)::double as uplift,
        count(*) filter (where status = 'ok') as with_roi,
        sum(roi_net_num)::double / sum(roi_net_den)::double as roi_net,
        sum(return_ratio_num)::double / sum(return_ratio_den)::double as return_ratio
    from marts.promotion_roi where item_level = 'all' group by mechanic order by mechanic"""


def weeks() -> pl.DataFrame:
    """Every store, brand and week, with cartons, price and cost of a carton, and the offer."""
    rows = pl.read_csv(SOURCE / "yx_to_week_135.csv")
    price = pl.coalesce(
        pl.when(pl.col("brand") == brand).then(pl.col(f"price{brand}")) for brand in range(1, 12)
    )
    offer = pl.concat_str(
        pl.when(pl.col("deal") == 1).then(pl.lit("deal")),
        pl.when(pl.col("feat") > 0).then(pl.lit("feature")),
        separator="_and_",
        ignore_nulls=True,
    )
    return rows.select(
        "week",
        store="S" + pl.col("store").cast(pl.String),
        brand=pl.format("OJ{}", pl.col("brand").cast(pl.String).str.zfill(2)),
        week_of=pl.lit(FIRST_DAY + LATER) + pl.duration(days=7 * (pl.col("week") - 1)),
        cartons=(pl.col("logmove").exp() / OUNCES_A_CARTON).round(3),
        price=price * OUNCES_A_CARTON,
        cost=price * OUNCES_A_CARTON * (1 - pl.col("profit") / 100),
        mechanic=pl.when(offer != "").then(offer),
    ).sort("store", "brand", "week")


def offers(rows: pl.DataFrame) -> pl.DataFrame:
    """The promotion calendar: runs of weeks with the same offer at a store, with their markdown."""
    plain = rows.filter(pl.col("mechanic").is_null())
    usual = plain.group_by("store", "brand").agg(usual=pl.col("price").median())
    markdown = (pl.col("usual") - pl.col("price")).clip(lower_bound=0) * pl.col("cartons")
    run = pl.struct("mechanic", pl.col("week") - pl.int_range(pl.len())).rle_id()
    return (
        rows.join(usual, on=["store", "brand"], how="left", maintain_order="left")
        .with_columns(markdown=markdown, run=run.over("store", "brand"))
        .filter(pl.col("mechanic").is_not_null())
        .group_by(OFFER)
        .agg(
            first=pl.col("week").min(),
            last=pl.col("week").max(),
            start_date=pl.col("week_of").min(),
            end_date=pl.col("week_of").max() + timedelta(days=6),
            plan_cost_amount=pl.col("markdown").sum().round(2),
        )
        .select(
            "mechanic",
            "start_date",
            "end_date",
            "plan_cost_amount",
            promo_code=pl.format("{}-{}-{}-{}", "mechanic", "brand", "first", "last"),
            sku_code="brand",
            outlet_code="store",
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


def plain_ratios(rows: pl.DataFrame) -> dict[str, float]:
    """Mean cartons in weeks with an offer over those in weeks without, less one, by offer."""
    mean = rows.group_by("store", "brand", "mechanic").agg(
        cartons=pl.col("cartons").mean(), weeks=pl.len()
    )
    usual = mean.filter(pl.col("mechanic").is_null()).select("store", "brand", usual="cartons")
    compared = mean.drop_nulls("mechanic").join(usual, on=["store", "brand"])
    ratio = (pl.col("cartons") * pl.col("weeks")).sum() / (
        pl.col("usual") * pl.col("weeks")
    ).sum() - 1
    return dict(compared.group_by("mechanic").agg(ratio).rows())


def built(home: Path) -> tuple[list[dict], float]:
    """Land and build; returns the mart by mechanic and the seconds it took."""
    settings = Settings.load(home)
    start = time.perf_counter()
    land(settings, load_contracts(settings.contracts))
    result = transform.build(settings, select="+promotion_roi")
    if result.broken:
        sys.exit("\n".join(f"{node.name}: {node.message}" for node in result.broken))
    seconds = time.perf_counter() - start
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.sql(MART).pl().to_dicts(), seconds


def main() -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no oj_dominicks; nothing to do")
        return
    rows = weeks()
    plain = plain_ratios(rows)
    with tempfile.TemporaryDirectory() as folder:
        deliver(Path(folder), rows)
        found, seconds = built(Path(folder))
    figures = {"rows": rows.height, "seconds": round(seconds, 1)}
    for offer in found:
        figures |= {
            f"{offer['mechanic']}_{name}": offer[name]
            for name in ("offers", "with_baseline", "uplift", "running_uplift", "roi_net")
        }
    headings = ["offer", "offers", "with base", "in stores", "uplift", "and after", "source"]
    headings += ["with ROI", "roi_net", "return"]
    shown = [[_cell(value) for value in (*offer.values(),)] for offer in found]
    for row, offer in zip(shown, found, strict=True):
        row.insert(6, _cell(plain[offer["mechanic"]]))
    show("promotions on orange juice", headings, shown, figures, GOALS)


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else f"{value}"


if __name__ == "__main__":
    main()
