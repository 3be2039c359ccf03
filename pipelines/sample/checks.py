"""What representatives see in outlets, as the field application reports it every evening."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.sample.masters import Ints, rep_codes
from pipelines.sample.mess import Kind, plant
from pipelines.sample.offices import Report, day_text, send_days, send_history, yuan
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Stream
from pipelines.sample.region import Region
from pipelines.sample.terms import (
    PROMOTED_HIGH,
    PROMOTED_LOW,
    SHELF_HIGH,
    SHELF_LOW,
    must_stock,
    shelf_price,
)
from pipelines.sample.words import CHANNELS

SENDER = "sfa"
LEAST_VISITS, VISITED_IN_A_THOUSAND = 3, 12
MISSING_ON_SHELF, WRONG_PRICE, OLD_STOCK = 0.08, 0.05, 0.04
ABOVE_CORRIDOR = 20
YOUNG, OLD = (0.05, 0.4), 0.9
POSM_GONE, MISPLACED, DAMAGED, NOT_PLACED = 0.12, 0.1, 0.07, 0.15
NOT_EXECUTED = 0.2
CATEGORIES = ("巧克力", "糖果", "饼干", "威化", "口香糖")
POSM = (("价格条", "宣传物料"), ("海报", "宣传物料"), ("堆头", "二次陈列"))
WITH_DISPLAYS = ("KA", "LKA", "CVS")
OOS_REASONS = ("未订货", "仓库缺货", "未补架")
QUESTIONS = ("Q01", "Q02")
MOST_POINTS = 10
BAD_RATE, WARNED_RATE = 0.004, 0.004
# the daily files of a small sample stay whole: they have room for one bad row at most
ROWS_TO_SPOIL = 60
HOUR = 21


def send_checks(region: Region, outbox: Outbox) -> None:
    """Write the four reports of every day; the first days of each as one file."""
    visits = _visits(region)
    made = {
        "check_sku": _skus_seen(region, visits),
        "check_category": _categories_seen(region, visits),
        "check_posm": _posm_seen(region, visits),
        "check_question": _answers(region, visits),
    }
    columns = {
        "check_sku": _sku_columns,
        "check_category": _category_columns,
        "check_posm": _posm_columns,
        "check_question": _question_columns,
    }
    for number, (feed, rows) in enumerate(made.items()):
        head = _visit_columns(region)
        report = Report(SENDER, feed, head | columns[feed](region), 5 * number, HOUR)
        _send(region, report, _spoiled(region, feed, rows), outbox)
        outbox.truth.planted[feed] = _counted(rows)


def _send(region: Region, report: Report, rows: pl.DataFrame, outbox: Outbox) -> None:
    plan = region.plan
    before = pl.col("day") < (plan.daily_from - plan.first_monday).days
    span = plan.weekly_from, plan.daily_from - timedelta(days=1)
    send_history(report, rows.filter(before), span, plan.daily_from, outbox)
    send_days(plan, report, rows.filter(~before), plan.daily_from, outbox)


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    """How often each thing was seen, bad rows included, by month."""
    names = [name for name, kind in rows.schema.items() if kind == pl.Boolean]
    seen = rows.group_by("month").agg(pl.len().alias("rows"), *(pl.col(n).sum() for n in names))
    return seen.sort("month")


def _visits(region: Region) -> pl.DataFrame:
    """Some outlets a day that trade on it."""
    plan, outlets = region.plan, region.outlets
    rng = plan.rng(Stream.CHECKS)
    each = max(LEAST_VISITS, plan.size.outlets * VISITED_IN_A_THOUSAND // 1_000)
    days = np.arange(plan.split * DAYS_IN_WEEK, plan.size.weeks * DAYS_IN_WEEK)
    chosen = []
    for day in days:
        trading = np.flatnonzero((outlets.open_day <= day) & (day <= outlets.close_day))
        chosen.append(np.sort(rng.choice(trading, each, replace=False)))
    outlet, day = np.concatenate(chosen), np.repeat(days, each)
    daily = (plan.daily_from - plan.first_monday).days
    first = pl.lit(plan.first_monday) + pl.duration(days=pl.col("day"))
    return pl.DataFrame(
        {
            "day": day,
            "outlet": outlet,
            "number": np.arange(day.size) % each + 1,
            "channel": outlets.channel[outlet],
            "content": np.maximum(day - daily, -1),
        }
    ).with_columns(month=first.dt.strftime("%Y-%m"))


def _many(visits: pl.DataFrame, counts: Ints) -> pl.DataFrame:
    """Each visit as often as counted, with its place among its own."""
    which = np.repeat(np.arange(visits.height), counts)
    place = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return visits[which].with_columns(place=pl.Series(place))


def _skus_seen(region: Region, visits: pl.DataFrame) -> pl.DataFrame:
    """Every product of the outlet's must-stock list: absent, mispriced or old now and then."""
    asked = _asked(region, visits)
    sku = np.array([sku for one in asked for sku in one])
    rows = _many(visits, np.array([len(one) for one in asked])).with_columns(sku=pl.Series(sku))
    rng, count = region.plan.rng(Stream.CHECKS, 1), rows.height
    day, outlet = rows["day"].to_numpy(), rows["outlet"].to_numpy()
    promotions = region.promotions
    runs = promotions.of(promotions.running, sku, day // DAYS_IN_WEEK, outlet) >= 0
    u = rng.random((4, count))
    present = u[0] >= MISSING_ON_SHELF
    rows = rows.with_columns(
        is_present=pl.Series(present),
        is_wrong_price=pl.Series(present & (u[1] < WRONG_PRICE)),
        is_old=pl.Series(present & (u[2] < OLD_STOCK)),
        is_promoted=pl.Series(present & runs & (u[3] >= NOT_EXECUTED)),
        facings=pl.Series(np.where(present, 1 + rng.poisson(1.5, count), 0)),
        stock=pl.Series(np.where(present, 1 + rng.poisson(9, count), rng.poisson(0.5, count))),
        reason=pl.Series(OOS_REASONS).gather(rng.integers(0, len(OOS_REASONS), count)),
    )
    return _dated(region, _shelf_prices(region, rows, rng), rng)


def _asked(region: Region, visits: pl.DataFrame) -> list[list[int]]:
    """The products looked for on each visit."""
    plan, skus = region.plan, region.skus
    changed = (visits["day"] >= plan.change_day).to_list()
    lists = {
        (number, is_changed): must_stock(plan, skus, channel.code, changed=is_changed)
        for number, channel in enumerate(CHANNELS)
        for is_changed in (False, True)
    }
    return [lists[key] for key in zip(visits["channel"].to_list(), changed, strict=True)]


def _shelf_prices(region: Region, rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Adds `price` and `off_price` in fen: in the corridor, but for those planted above it."""
    skus, sku, wrong = region.skus, rows["sku"].to_numpy(), rows["is_wrong_price"].to_numpy()
    later = rows["day"].to_numpy() >= region.plan.change_day
    list_price = np.where(later, skus.price_new[sku], skus.price[sku])
    level = rng.integers(SHELF_LOW + 1, SHELF_HIGH, rows.height)
    off = rng.integers(PROMOTED_LOW + 1, PROMOTED_HIGH - 1, rows.height)
    level = np.where(wrong, SHELF_HIGH + ABOVE_CORRIDOR, level)
    return rows.with_columns(
        price=pl.Series(shelf_price(list_price, level) // 100),
        off_price=pl.Series(shelf_price(list_price, off) // 100),
    )


def _dated(region: Region, rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Adds `made`, the day of production: lately, but for those planted near their end."""
    life = region.skus.shelf_life[rows["sku"].to_numpy()]
    age = rng.uniform(*YOUNG, rows.height) * life
    age = np.where(rows["is_old"].to_numpy(), OLD * life, age).astype(int)
    return rows.with_columns(made=pl.col("day") - pl.Series(age))


def _categories_seen(region: Region, visits: pl.DataFrame) -> pl.DataFrame:
    rows = _many(visits, np.full(visits.height, len(CATEGORIES)))
    rng, count = region.plan.rng(Stream.CHECKS, 2), rows.height
    total = 8 + rng.poisson(14, count)
    ours = np.minimum(total, rng.binomial(total, rng.uniform(0.15, 0.45, count)))
    category = pl.Series(CATEGORIES).gather(rows["place"])
    return rows.with_columns(category=category, total=pl.Series(total), ours=pl.Series(ours))


def _posm_seen(region: Region, visits: pl.DataFrame) -> pl.DataFrame:
    """Materials everywhere, a display in chains; some not agreed, some gone or in a bad state."""
    displays = np.array([channel.code in WITH_DISPLAYS for channel in CHANNELS])
    rows = _many(visits, len(POSM) - 1 + displays[visits["channel"].to_numpy()].astype(int))
    u = region.plan.rng(Stream.CHECKS, 3).random((4, rows.height))
    placed = u[0] >= NOT_PLACED
    exists = placed & (u[1] >= POSM_GONE)
    return rows.with_columns(
        item=pl.Series([name for name, _ in POSM]).gather(rows["place"]),
        kind=pl.Series([kind for _, kind in POSM]).gather(rows["place"]),
        is_placed=pl.Series(placed),
        is_there=pl.Series(exists),
        is_well_placed=pl.Series(exists & (u[2] >= MISPLACED)),
        is_damaged=pl.Series(exists & (u[3] < DAMAGED)),
    )


def _answers(region: Region, visits: pl.DataFrame) -> pl.DataFrame:
    """Two questions everywhere, and one for each promotion that runs in the outlet."""
    rng = region.plan.rng(Stream.CHECKS, 4)
    usual = _many(visits, np.full(visits.height, len(QUESTIONS)))
    usual = usual.select(
        *visits.columns,
        question=pl.Series(QUESTIONS).gather(usual["place"]),
        promo_code=pl.lit(""),
    )
    rows = pl.concat([usual, _promotion_questions(region, visits)])
    rows = rows.sort("day", "number", "question")
    is_yes = rng.random(rows.height) >= NOT_EXECUTED
    points = rng.integers(4, MOST_POINTS + 1, rows.height)
    return rows.with_columns(
        is_yes=pl.Series(is_yes) & (pl.col("question") != QUESTIONS[1]),
        is_unexecuted=~pl.Series(is_yes) & (pl.col("promo_code") != ""),
        points=pl.when(pl.col("question") == QUESTIONS[1]).then(pl.Series(points)),
    )


def _promotion_questions(region: Region, visits: pl.DataFrame) -> pl.DataFrame:
    """Visits with each promotion that runs in their outlet."""
    asked = []
    day, outlet = visits["day"].to_numpy(), visits["outlet"].to_numpy()
    for number, one in enumerate(region.promotions.all):
        week = day // DAYS_IN_WEEK
        runs = (one.first_week <= week) & (week <= one.last_week)
        found = visits.filter(pl.Series(runs & region.promotions.reaches[number, outlet]))
        asked.append(
            found.with_columns(question=pl.lit(f"P-{one.code}"), promo_code=pl.lit(one.code))
        )
    return pl.concat(asked)


def _spoiled(region: Region, feed: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `warned`, the reasons a row must be held back or marked for."""
    rng = region.plan.rng(Stream.CHECKS, 5, list(BAD).index(feed))
    many = pl.len().over("content") >= ROWS_TO_SPOIL
    kinds = [Kind(reason, many & possible) for reason, possible in BAD[feed].items()]
    rows = rows.with_columns(bad=plant(rows, rng, kinds, BAD_RATE))
    good = many & (pl.col("bad") == "")
    kinds = [Kind(reason, good & possible) for reason, possible in WARNED[feed].items()]
    return rows.with_columns(warned=plant(rows, rng, kinds, WARNED_RATE))


def _visit_columns(region: Region) -> dict[str, pl.Expr]:
    """Headers and cells every one of the four reports starts with."""
    plan, outlets, bad = region.plan, region.outlets, pl.col("bad")
    day = day_text(plan, "day")
    # no file is received so late that this day would have come
    far = pl.lit((plan.as_of + timedelta(days=90)).isoformat())
    visited = pl.when(bad == "future_date").then(far)
    return {
        "拜访编号": "V"
        + day.str.replace_all("-", "")
        + pl.col("number").cast(pl.String).str.zfill(4),
        "拜访日期": visited.when(bad == "visit_date_invalid").then(pl.lit("昨天")).otherwise(day),
        "门店编码": _code("outlet", outlets.codes),
        "业务代表": _code("outlet", tuple(rep_codes(outlets))),
    }


def _sku_columns(region: Region) -> dict[str, pl.Expr]:
    bad, warned, seen = pl.col("bad"), pl.col("warned"), pl.col("is_present")
    strange = warned == "absent_with_facings"
    facings = pl.when(bad == "facings_out_of_range").then(1_200).when(strange).then(2)
    made = pl.when(bad == "produced_after_visit").then(pl.col("day") + 9).otherwise("made")
    says = (~seen) | (warned == "reason_though_present")
    high = pl.when(warned == "promo_above_shelf").then(pl.col("price") + 100).otherwise("off_price")
    return {
        "商品编码": pl.when(bad == "unmapped_sku")
        .then(pl.lit("ZZ3"))
        .otherwise(_code("sku", region.skus.codes)),
        "有货": pl.when(bad == "is_present_invalid").then(pl.lit("看不清")).otherwise(_yes(seen)),
        "缺货原因": _if(says, pl.col("reason")),
        "库存": pl.col("stock").cast(pl.String),
        "排面": facings.otherwise("facings").cast(pl.String),
        "标价": _if(seen, yuan("price")),
        "特价": _if(seen & (pl.col("is_promoted") | (warned == "promo_above_shelf")), yuan(high)),
        "生产日期": _if(seen, day_text(region.plan, made)),
    }


def _category_columns(region: Region) -> dict[str, pl.Expr]:
    bad = pl.col("bad")
    total = pl.col("total")
    above = pl.when(pl.col("warned") == "facings_above_total").then(total + 3).otherwise("ours")
    return {
        "品类": pl.col("category"),
        "总排面": pl.when(bad == "total_facings_invalid")
        .then(pl.lit("很多"))
        .otherwise(total.cast(pl.String)),
        "我方排面": above.cast(pl.String),
    }


def _posm_columns(region: Region) -> dict[str, pl.Expr]:
    there = pl.col("is_there")
    said = there | (pl.col("warned") == "absent_with_position")
    state = pl.when("is_damaged").then(pl.lit("损坏")).otherwise(pl.lit("完好"))
    return {
        "物料": pl.col("item"),
        "陈列类型": pl.col("kind"),
        "是否签约": _yes(pl.col("is_placed")),
        "在位": pl.when(pl.col("bad") == "exists_invalid")
        .then(pl.lit("待查"))
        .otherwise(_yes(there)),
        "位置正确": _if(there, _yes(pl.col("is_well_placed"))),
        "状况": _if(said, state),
    }


def _question_columns(region: Region) -> dict[str, pl.Expr]:
    bad, scored = pl.col("bad"), pl.col("points").is_not_null()
    points = pl.when(bad == "points_above_maximum").then(MOST_POINTS + 2).otherwise("points")
    return {
        "题号": pl.col("question"),
        "活动编号": pl.col("promo_code"),
        "答案": _if(~scored & (bad != "question_unanswered"), _yes(pl.col("is_yes"))),
        "得分": _if(scored, points.cast(pl.String)),
        "满分": _if(scored, pl.lit(str(MOST_POINTS))),
    }


def _code(column: str, codes: tuple[str, ...]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(enumerate(codes)), return_dtype=pl.String)


def _yes(holds: pl.Expr) -> pl.Expr:
    return pl.when(holds).then(pl.lit("是")).otherwise(pl.lit("否"))


def _if(holds: pl.Expr, text: pl.Expr) -> pl.Expr:
    return pl.when(holds).then(text).otherwise(pl.lit(""))


ANY = pl.lit(1) == 1
BAD: dict[str, dict[str, pl.Expr]] = {
    "check_sku": {
        "is_present_invalid": ANY,
        "unmapped_sku": ANY,
        "produced_after_visit": pl.col("is_present"),
        "facings_out_of_range": pl.col("is_present"),
    },
    "check_category": {"total_facings_invalid": ANY, "future_date": ANY},
    "check_posm": {"exists_invalid": ANY, "visit_date_invalid": ANY},
    "check_question": {
        "question_unanswered": pl.col("points").is_null(),
        "points_above_maximum": pl.col("points").is_not_null(),
    },
}
WARNED: dict[str, dict[str, pl.Expr]] = {
    "check_sku": {
        "absent_with_facings": ~pl.col("is_present"),
        "reason_though_present": pl.col("is_present"),
        "promo_above_shelf": pl.col("is_present"),
    },
    "check_category": {"facings_above_total": ANY},
    "check_posm": {"absent_with_position": ~pl.col("is_there")},
    "check_question": {},
}
