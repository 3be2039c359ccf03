"""Building blocks of execution, worked out from what visits noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from tests.integration.oracle.distribution import KINDS, is_there
from tests.integration.oracle.nodes import UNKNOWN, at_nodes, on_day
from tests.integration.oracle.sales import total

VISIT = ["visit_id", "visit_date", "outlet_code"]
MONTH = pl.col("visit_date").dt.truncate("1mo")
PEOPLE = ["distributor_code", "supervisor_code", "rep_code"]
SUMS = ["block_num", "block_den", "price_deviation_num", "price_deviation_den"]
BLOCKS = [
    "availability",
    "msl",
    "share_of_shelf",
    "secondary_display",
    "posm_presence",
    "posm_position",
    "posm_condition",
    "price",
    "promotion",
    "freshness",
]
PLACES = ["province", "city", "channel", "banner", "outlet_class", *PEOPLE]


def visits(
    checks: Iterable[pl.DataFrame], belongs: pl.DataFrame, outlets: pl.DataFrame
) -> pl.DataFrame:
    """Visits that checked something, and whose the outlet was that day.

    Args:
        checks: `fct_check_sku`, `_category`, `_posm` and `_question`.
        belongs: The organisation on every day of a visit.
        outlets: `dim_outlet`.
    """
    seen = pl.concat(check.select(VISIT) for check in checks).unique()
    whose = belongs.select("outlet_code", *PLACES, "is_unknown", visit_date="day")
    told = seen.join(whose, on=["outlet_code", "visit_date"]).with_columns(
        pl.col(PLACES).fill_null(UNKNOWN)
    )
    groups = outlets.select("outlet_code", "msl_group", "valid_from", "valid_to")
    grouped = on_day(told.join(groups, on="outlet_code"), "visit_date")
    return grouped.drop("valid_from", "valid_to")


def due_spans(lists: pl.DataFrame, grace_days: int) -> pl.DataFrame:
    """Days on which a list asks for a SKU: from the end of its grace on, renewals without one."""
    keys = ["msl_group", "sku_code"]
    spans = lists.sort(*keys, "valid_from").with_columns(
        is_new=(pl.col("valid_from") > pl.col("valid_to").shift().over(keys)).fill_null(value=True)
    )
    runs = spans.with_columns(run=pl.col("is_new").cum_sum().over(keys))
    first = [pl.col(name).first().over(*keys, "run") for name in ("valid_from", "grace_days")]
    grace = pl.duration(days=first[1].fill_null(grace_days))
    due = runs.with_columns(due_from=pl.max_horizontal("valid_from", first[0] + grace))
    return due.filter(pl.col("due_from") < pl.col("valid_to")).select(
        *keys, "priority", "due_from", due_to="valid_to"
    )


def handled_days(
    lines: pl.DataFrame, tills: pl.DataFrame, checks: pl.DataFrame, due: pl.DataFrame
) -> pl.DataFrame:
    """Days on which an outlet bought, sold, stocked or was seen to have a must-stock SKU."""
    is_sale = (pl.col("doc_type") == "sale") & (pl.col("quantity_pieces") > 0)
    is_stocked = (pl.col("quantity_pieces") > 0) | (pl.col("on_hand_pieces") > 0)
    keys = ["outlet_code", "sku_code"]
    told = [
        lines.filter(is_sale).select(*keys, day="sold_date", way=pl.lit("bought")),
        tills.filter(is_stocked).select(*keys, day="sold_date", way=pl.lit("stocked")),
        checks.filter(is_there()).select(*keys, day="visit_date", way=pl.lit("seen")),
    ]
    return pl.concat(told).unique().join(due.select("sku_code").unique(), on="sku_code")


def last_handled(asked: pl.DataFrame, handled: pl.DataFrame) -> pl.DataFrame:
    """The last day up to the one asked for on which the outlet handled the SKU.

    Args:
        asked: The columns outlet_code, sku_code and asked.
        handled: The `handled_days`.
    """
    keys = ["outlet_code", "sku_code", "asked"]
    days = asked.select(keys).unique().join(handled, on=keys[:2])
    return (
        days.filter(pl.col("day") <= pl.col("asked")).group_by(keys).agg(last=pl.col("day").max())
    )


def is_void(weeks: int) -> pl.Expr:
    far = (pl.col("asked") - pl.col("last")).dt.total_days() >= weeks * 7
    return far.fill_null(value=True)


def visit_msl(
    seen: pl.DataFrame, checks: pl.DataFrame, due: pl.DataFrame, handled: pl.DataFrame, weeks: int
) -> pl.DataFrame:
    """SKUs due in an outlet when a visit checked its products, and how they were found."""
    looked = seen.join(checks.select(VISIT).unique(), on=VISIT)
    asked = looked.join(due, on="msl_group").filter(
        pl.col("visit_date").is_between("due_from", "due_to", closed="left")
    )
    noted = checks.filter(pl.col("is_present").is_not_null() | is_there()).group_by(
        *VISIT, "sku_code"
    )
    found = noted.agg(
        is_on_shelf=pl.col("is_present").fill_null(value=False).any(), is_in_outlet=is_there().any()
    ).with_columns(is_checked=pl.lit(value=True))
    told = asked.with_columns(asked=pl.col("visit_date")).join(
        found, on=[*VISIT, "sku_code"], how="left"
    )
    days = last_handled(told, handled)
    return (
        told.join(days, on=["outlet_code", "sku_code", "asked"], how="left")
        .with_columns(
            pl.col("is_checked", "is_on_shelf", "is_in_outlet").fill_null(value=False),
            is_void=is_void(weeks),
        )
        .select(*VISIT, "sku_code", "is_checked", "is_on_shelf", "is_in_outlet", "is_void")
    )


def planned(seen: pl.DataFrame, promotions: pl.DataFrame) -> pl.DataFrame:
    """SKUs of promotions that should run in a visited outlet that day."""
    scopes = ["outlet_code", "banner", "city", "channel", "distributor_code"]
    named = promotions.select(
        "promo_code",
        "sku_code",
        "start_date",
        "end_date",
        *(pl.col(name).alias(f"scope_{name}") for name in scopes),
    )
    both = seen.join(named, how="cross").filter(
        pl.col("visit_date").is_between("start_date", "end_date")
    )
    is_met = [
        pl.col(f"scope_{name}").is_null() | (pl.col(f"scope_{name}") == pl.col(name))
        for name in scopes
    ]
    return both.filter(is_met).select(*VISIT, "promo_code", "sku_code").unique()


def prices(
    seen: pl.DataFrame, checks: pl.DataFrame, lists: pl.DataFrame, promoted: pl.DataFrame
) -> pl.DataFrame:
    """Prices noted that have a corridor: whether they lie in it, and how far from its middle."""
    noted = checks.with_columns(seen_price=pl.coalesce("promo_price", "shelf_price"))
    noted = noted.drop_nulls("seen_price").select(*VISIT, "sku_code", "seen_price")
    whose = noted.join(seen.select(*VISIT, "banner", "channel"), on=VISIT)
    groups = (("banner", 0), ("channel", 1), ("all", 2))
    ranked = pl.concat(
        whose.with_columns(
            price_group=pl.lit("all") if group == "all" else pl.col(group), rank=pl.lit(rank)
        )
        for group, rank in groups
    )
    priced = on_day(ranked.join(lists, on=["price_group", "sku_code"]), "visit_date")
    own = priced.sort("rank").unique([*VISIT, "sku_code"], keep="first", maintain_order=True)
    is_promoted = (
        promoted.select(*VISIT, "sku_code").unique().with_columns(is_promoted=pl.lit(value=True))
    )
    told = own.join(is_promoted, on=[*VISIT, "sku_code"], how="left")
    return _within(told.with_columns(pl.col("is_promoted").fill_null(value=False)))


def _within(told: pl.DataFrame) -> pl.DataFrame:
    ends = ["promo_rsp_min_per_piece", "promo_rsp_max_per_piece"]
    special = pl.col("is_promoted") & pl.any_horizontal(pl.col(ends).is_not_null())
    corridor = told.with_columns(
        seen=pl.col("seen_price").cast(pl.Float64),
        least=pl.when(special).then(ends[0]).otherwise("rsp_min_per_piece").cast(pl.Float64),
        most=pl.when(special).then(ends[1]).otherwise("rsp_max_per_piece").cast(pl.Float64),
    ).filter(pl.col("least").is_not_null() | pl.col("most").is_not_null())
    seen, least, most = pl.col("seen"), pl.col("least"), pl.col("most")
    return corridor.with_columns(
        is_within=(seen >= least).fill_null(value=True) & (seen <= most).fill_null(value=True),
        deviation=(seen / ((least + most) / 2) - 1).round(6, mode="half_away_from_zero"),
    )


def mechanics(promoted: pl.DataFrame, questions: pl.DataFrame) -> pl.DataFrame:
    """Promotions planned in outlets whose visit asked about any, and whether they run."""
    asked = questions.drop_nulls("promo_code").filter(
        pl.col("answer").is_not_null() | pl.col("points").is_not_null()
    )
    judged = (
        promoted.select(*VISIT, "promo_code").unique().join(asked.select(VISIT).unique(), on=VISIT)
    )
    is_na = (pl.col("answer") == "na").fill_null(value=False)
    is_right = (pl.col("answer") == "yes").fill_null(value=False) | (
        pl.col("points") >= pl.col("max_points")
    ).fill_null(value=False)
    answers = asked.group_by(*VISIT, "promo_code").agg(
        is_left=is_na.all(), is_executed=is_right.filter(~is_na).all()
    )
    told = judged.join(answers, on=[*VISIT, "promo_code"], how="left").with_columns(
        pl.col("is_left", "is_executed").fill_null(value=False)
    )
    return told.filter(~pl.col("is_left"))


def freshness(
    checks: pl.DataFrame, skus: pl.DataFrame, least: float, days_before: int
) -> pl.DataFrame:
    """Pieces whose day of production was read, and whether enough of their life is left."""
    lives = skus.select("sku_code", "shelf_life_days", "valid_from", "valid_to")
    dated = checks.filter(pl.col("production_date") <= pl.col("visit_date"))
    told = on_day(dated.join(lives, on="sku_code"), "visit_date").drop_nulls("shelf_life_days")
    expiry = pl.col("production_date") + pl.duration(days=pl.col("shelf_life_days"))
    left = (expiry - pl.col("visit_date")).dt.total_days() / pl.col("shelf_life_days")
    is_sold = expiry - pl.duration(days=days_before) >= pl.col("visit_date")
    return told.with_columns(
        pieces=pl.col("stock_pieces").cast(pl.Float64).fill_null(1.0),
        is_fresh=is_sold & (left >= least),
    )


def block(
    rows: pl.DataFrame, name: str, num: pl.Expr, den: pl.Expr, close: pl.Expr | None = None
) -> pl.DataFrame:
    """A block of each visit: what was met, what was looked at, and how close the look was."""
    told = rows.group_by(VISIT).agg(
        block_num=num.cast(pl.Float64),
        block_den=den.cast(pl.Float64),
        close=(den if close is None else close).cast(pl.Float64),
    )
    return told.filter(pl.col("block_den") > 0).with_columns(block=pl.lit(name))


def posm_blocks(posm: pl.DataFrame) -> list[pl.DataFrame]:
    is_placed = pl.col("is_placed").fill_null(value=False)
    exists = pl.col("exists").fill_null(value=False)
    display = posm.filter(pl.col("posm_type") == "secondary_display")
    material = posm.filter(pl.col("posm_type") == "posm")
    in_place, condition = pl.col("position_ok"), pl.col("condition")
    return [
        block(display.filter(is_placed), "secondary_display", exists.sum(), pl.len()),
        block(material.filter(is_placed), "posm_presence", exists.sum(), pl.len()),
        block(material.filter(exists), "posm_position", in_place.sum(), in_place.count()),
        block(
            material.filter(exists),
            "posm_condition",
            (condition == "good").sum(),
            condition.count(),
        ),
    ]


def visit_blocks(
    seen: pl.DataFrame,
    msl: pl.DataFrame,
    shelves: pl.DataFrame,
    posm: pl.DataFrame,
    priced: pl.DataFrame,
    run: pl.DataFrame,
    fresh: pl.DataFrame,
) -> pl.DataFrame:
    """Every block of every visit, and whether it counts: of visits of a day the closest look.

    Args:
        seen: The `visits`.
        msl: The `visit_msl`.
        shelves: `fct_check_category`.
        posm: `fct_check_posm`.
        priced: The `prices`.
        run: The `mechanics`.
        fresh: The `freshness`.
    """
    checked = msl.filter(pl.col("is_checked"), ~pl.col("is_void"))
    plausible = shelves.filter("is_plausible")
    blocks = [
        block(msl, "msl", pl.col("is_in_outlet").sum(), pl.len(), pl.col("is_checked").sum()),
        block(checked, "availability", pl.col("is_on_shelf").sum(), pl.len()),
        block(
            plausible,
            "share_of_shelf",
            pl.col("our_facings").sum(),
            pl.col("total_facings").sum(),
        ),
        *posm_blocks(posm),
        block(priced, "price", pl.col("is_within").sum(), pl.len()),
        block(run, "promotion", pl.col("is_executed").sum(), pl.len()),
        block(
            fresh,
            "freshness",
            pl.col("pieces").filter("is_fresh").sum(),
            pl.col("pieces").sum(),
        ),
    ]
    deviations = priced.group_by(VISIT).agg(
        price_deviation_num=pl.col("deviation").sum(),
        price_deviation_den=pl.col("deviation").count().cast(pl.Float64),
    )
    told = pl.concat(blocks).join(
        deviations.with_columns(block=pl.lit("price")), on=[*VISIT, "block"], how="left"
    )
    return _counted(told.join(seen, on=VISIT))


def _counted(told: pl.DataFrame) -> pl.DataFrame:
    rank = pl.struct("close", "visit_id").rank("ordinal", descending=True)
    is_best = rank.over("outlet_code", "visit_date", "block") == 1
    return told.with_columns(is_counted=is_best | pl.col("is_unknown"))


def weights_on(told: pl.DataFrame, weights: pl.DataFrame, day: str) -> pl.DataFrame:
    """Weight and target of a block on a day: those of the channel before those for all."""
    named = weights.select("channel", "block", "weight", "target_ratio", "valid_from", "valid_to")
    ranked = pl.concat(
        [
            told.with_columns(group=pl.col("channel"), rank=pl.lit(0)),
            told.with_columns(group=pl.lit("all"), rank=pl.lit(1)),
        ]
    )
    dated = on_day(
        ranked.join(named, left_on=["group", "block"], right_on=["channel", "block"]), day
    )
    return dated.sort("rank").drop("rank", "group", "valid_from", "valid_to")


def perfect_store(
    blocks: pl.DataFrame, keys: Sequence[str], weights: pl.DataFrame, day: str
) -> pl.DataFrame:
    """Weights times ratios over weights, of the blocks that apply."""
    dated = weights_on(blocks, weights, day)
    own = dated.unique([*keys, "block"], keep="first", maintain_order=True)
    share = pl.col("block_num") / pl.col("block_den")
    weight = pl.col("weight").cast(pl.Float64)
    points = (weight * share).round(6, mode="half_away_from_zero")
    scores = own.group_by(keys).agg(block_num=points.sum(), block_den=weight.sum())
    return scores.filter(pl.col("block_den") > 0)


def outlet_months(blocks: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """`marts.bbx_outlet_month`.

    Args:
        blocks: The `visit_blocks`.
        weights: `stg_score_weight`.
    """
    keys = ["month_start_date", "outlet_code"]
    counted = blocks.filter("is_counted").with_columns(month_start_date=MONTH)
    told = counted.group_by(*keys, "block").agg(
        pl.col("block_num", "block_den").sum(),
        visit_count=pl.col("visit_date").n_unique().cast(pl.Int64),
        last_visit_date=pl.col("visit_date").max(),
    )
    whole = counted.group_by(keys).agg(
        visit_count=pl.col("visit_date").n_unique().cast(pl.Int64),
        last_visit_date=pl.col("visit_date").max(),
    )
    stood = counted.select("outlet_code", "channel", "is_unknown", last_visit_date="visit_date")
    last = whole.join(stood.unique(), on=["outlet_code", "last_visit_date"])
    dated = told.select(*keys, "block", "block_num", "block_den").join(
        last.drop("visit_count"), on=keys
    )
    scores = perfect_store(dated, keys, weights, "last_visit_date")
    passed = _passed(dated, keys, weights)
    scored = [
        rows.join(whole, on=keys).with_columns(block=pl.lit(name))
        for name, rows in (("perfect_store", scores), ("pass_all", passed))
    ]
    return pl.concat([told, *scored], how="diagonal")


def _passed(dated: pl.DataFrame, keys: Sequence[str], weights: pl.DataFrame) -> pl.DataFrame:
    known = weights_on(dated.filter(~pl.col("is_unknown")), weights, "last_visit_date")
    own = known.unique([*keys, "block"], keep="first", maintain_order=True)
    aimed = own.drop_nulls("target_ratio")
    share = pl.col("block_num") / pl.col("block_den")
    is_met = share >= pl.col("target_ratio").cast(pl.Float64) - 1e-9
    return aimed.group_by(keys).agg(block_num=is_met.all().cast(pl.Float64), block_den=pl.lit(1.0))


def node_months(blocks: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    """`marts.bbx_node_month`: visits of a node as outlets stood; scores where they last stood.

    Args:
        blocks: The `visit_blocks`.
        months: The `outlet_months`.
    """
    keys = ["month_start_date", "node_type", "node_code", "block"]
    counted = blocks.filter("is_counted").with_columns(month_start_date=MONTH)
    visited = (
        at_nodes(counted, KINDS, KINDS)
        .group_by(keys)
        .agg(
            pl.col("block_num", "block_den").sum(),
            total("price_deviation_num"),
            total("price_deviation_den"),
            visit_count=pl.struct("visit_date", "outlet_code").n_unique().cast(pl.Int64),
        )
    )
    stood = counted.select("outlet_code", *PLACES, last_visit_date="visit_date").unique()
    scored = months.filter(pl.col("block").is_in(["perfect_store", "pass_all"])).join(
        stood, on=["outlet_code", "last_visit_date"]
    )
    scores = (
        at_nodes(scored, KINDS, KINDS)
        .group_by(keys)
        .agg(pl.col("block_num", "block_den", "visit_count").sum())
    )
    return pl.concat([visited, scores], how="diagonal").with_columns(
        block_ratio=pl.col("block_num") / pl.col("block_den")
    )


def months_told(months: Sequence[date], today: date) -> pl.DataFrame:
    """The day each month is told on: its last, or the as-of day."""
    last = pl.col("month_start_date").dt.month_end()
    starts = pl.DataFrame({"month_start_date": sorted(set(months))})
    return starts.with_columns(told_date=pl.min_horizontal(last, pl.lit(today)))


def due_outlets(outlets: pl.DataFrame, due: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """SKUs a known open outlet must have on a day, the column told_date."""
    is_open = (pl.col("open_date").fill_null(pl.col("told_date")) <= pl.col("told_date")) & (
        pl.col("close_date").fill_null(pl.col("told_date")) >= pl.col("told_date")
    )
    is_trading = pl.col("outlet_status").fill_null("active") != "closed"
    stood = on_day(outlets.join(days, how="cross"), "told_date")
    open_then = stood.filter(~pl.col("is_unknown"), is_open, is_trading).drop(
        "valid_from", "valid_to"
    )
    asked = open_then.join(due, on="msl_group")
    return asked.filter(pl.col("told_date").is_between("due_from", "due_to", closed="left"))


def outlet_lists(asked: pl.DataFrame, msl: pl.DataFrame, handled: pl.DataFrame) -> pl.DataFrame:
    """How much of its list an outlet had in a month: by its last check, else by what it bought.

    Args:
        asked: The `due_outlets` of every month.
        msl: The `visit_msl`.
        handled: The `handled_days`.
    """
    keys = ["month_start_date", "outlet_code"]
    counted = msl.with_columns(month_start_date=MONTH)
    latest = counted.sort("visit_date", "visit_id").unique(keys, keep="last", maintain_order=True)
    of_last = counted.join(latest.select(*keys, "visit_id"), on=[*keys, "visit_id"])
    audited = of_last.group_by(keys).agg(
        due_skus=pl.len(),
        handled_skus=pl.col("is_in_outlet").sum(),
        basis=pl.lit("audited").first(),
    )
    bought = handled.filter(pl.col("way") != "seen").select(
        "outlet_code", "sku_code", month_start_date=pl.col("day").dt.truncate("1mo")
    )
    had = bought.unique().with_columns(is_had=pl.lit(value=True))
    sold = (
        asked.join(had, on=[*keys, "sku_code"], how="left")
        .group_by(keys)
        .agg(
            due_skus=pl.len(),
            handled_skus=pl.col("is_had").fill_null(value=False).sum(),
            basis=pl.lit("selling").first(),
        )
    )
    told = asked.select(*keys, "told_date").unique()
    both = pl.concat([audited, sold.join(audited, on=keys, how="anti")])
    return both.join(told, on=keys)


def must_sell(lists: pl.DataFrame, belongs: pl.DataFrame) -> pl.DataFrame:
    """`marts.must_sell`.

    Args:
        lists: The `outlet_lists`.
        belongs: The organisation on every day a month is told on.
    """
    whose = belongs.select("outlet_code", *PLACES, told_date="day").with_columns(
        pl.col(PLACES).fill_null(UNKNOWN)
    )
    told = lists.join(whose, on=["outlet_code", "told_date"])
    bases = pl.concat([told, told.with_columns(basis=pl.lit("all"))])
    has_all = pl.col("handled_skus") == pl.col("due_skus")
    return (
        at_nodes(bases, KINDS, KINDS)
        .group_by("month_start_date", "node_type", "node_code", "basis")
        .agg(
            must_sell_num=has_all.sum().cast(pl.Int64),
            must_sell_den=pl.len().cast(pl.Int64),
            msl_handling_num=pl.col("handled_skus").sum().cast(pl.Int64),
            msl_handling_den=pl.col("due_skus").sum().cast(pl.Int64),
        )
    )


def voids(asked: pl.DataFrame, handled: pl.DataFrame, weeks: int) -> pl.DataFrame:
    """`marts.void`: must-stock SKUs an outlet has not handled for weeks, as of today.

    Args:
        asked: The `due_outlets` of today.
        handled: The `handled_days`.
        weeks: Weeks that make a void.
    """
    named = asked.with_columns(asked=pl.col("told_date"))
    days = last_handled(named, handled)
    told = named.join(days, on=["outlet_code", "sku_code", "asked"], how="left")
    kind = pl.when(pl.col("last").is_null()).then(pl.lit("never")).otherwise(pl.lit("lapsed"))
    return told.filter(is_void(weeks)).select(
        "outlet_code", "sku_code", "msl_group", "priority", void_type=kind, last_handled_date="last"
    )
