"""What the region is to reach: the budget of finance and the monthly targets of sales."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from pipelines.sample.demand import split_cell
from pipelines.sample.masters import ALWAYS, NEVER, banners, rep_codes
from pipelines.sample.mess import Kind, plant
from pipelines.sample.offices import Report, send, send_history, yuan
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import Plan, Stream, next_month
from pipelines.sample.region import Region
from pipelines.sample.terms import TRADE_HUNDREDTHS
from pipelines.sample.words import CHANNELS, CITIES

FINANCE, SALES = "FIN", "sales"
TRADE_SPEND_HUNDREDTHS, RETURNS_THOUSANDTHS, COST_HUNDREDTHS = 8, 8, 62
GROWTH = 1.03
REVISED = 0.97
REVISED_FROM_MONTH = 10
MONTHS = 12
DAYS_BEFORE_MONTH = 5
TEN_YUAN = 1_000
OBJECTIVES = (
    ("objective_training", "完成经销商业务培训", "trade_marketing"),
    ("objective_category_story", "在重点系统讲解品类方案", "kam"),
)
# block: role that owns it, what it rests on, probability, share of the base in thousandths
BLOCKS = {
    "distribution": ("sales_manager", "新增网点计划", "0.8", 30),
    "innovation": ("marketing", "新品上市计划", "0.6", 15),
    "price": ("finance", "调价方案", "0.9", -5),
    "promotion": ("trade_marketing", "促销日历", "0.9", 40),
    "visibility": ("trade_marketing", "陈列协议", "0.7", 10),
    "delist": ("marketing", "淘汰清单", "0.95", -10),
    "phasing": ("finance", "节庆错位", "1", 20),
}
IN_CHANNELS = {"distribution": ("GT", "CVS"), "visibility": ("KA", "LKA")}
CHANNEL_CODES = tuple(channel.code for channel in CHANNELS)
OF_SKU = ("innovation", "price", "delist")

BUDGET_BAD = ("budget_without_figure", "probability_ratio_out_of_range")
TARGET_BAD = ("target_without_value", "target_month_invalid")
ROWS_TO_SPOIL = 40


def send_goals(region: Region, invoices: pl.DataFrame, outbox: Outbox) -> None:
    """Write both versions of the budget, and the targets of every month.

    Args:
        region: The sample.
        invoices: What was invoiced, the base of the target of net sales value.
        outbox: Where to.
    """
    sold = _sold(region)
    _send_budget(region, sold, outbox)
    _send_targets(region, sold, invoices, outbox)


def _sold(region: Region) -> pl.DataFrame:
    """Pieces and fen without VAT by day and outlet, with what each outlet belongs to."""
    plan, skus, outlets, served = region.plan, region.skus, region.outlets, region.served
    _, sku, _ = split_cell(plan, skus, served.cell)
    price = np.where(served.day >= plan.change_day, skus.price_new[sku], skus.price[sku])
    outlet = served.outlet
    return pl.DataFrame(
        {
            "day": served.day,
            "pieces": served.pieces,
            "amount": served.pieces * price // 100,
            "sender": outlets.distributor[outlet] + 1,
            "channel": pl.Series([c.code for c in CHANNELS]).gather(outlets.channel[outlet]),
            "rep": pl.Series(rep_codes(outlets)).gather(outlet),
            "banner": pl.Series(banners(outlets)).gather(outlet),
            "brand": pl.Series([line.brand for line in skus.lines]).gather(sku),
        }
    )


def _send_budget(region: Region, sold: pl.DataFrame, outbox: Outbox) -> None:
    """The yearly plan before the deployment starts, a revision when the masters change."""
    plan = region.plan
    first = _spoiled(region, _budget(region, sold, 1.0), BUDGET_BAD, 0)
    again = _budget(region, sold, REVISED).with_columns(bad=pl.lit(""))
    year = plan.as_of.year
    change = plan.monday(plan.change_week) - timedelta(days=3)
    for version, rows, day in (
        (f"AOP{year}", first, plan.weekly_from - timedelta(days=7)),
        (f"RF{year}", again, change),
    ):
        report = _budget_report(region, version)
        received = datetime.combine(day, time(10, report.minute))
        send(report, rows, report.fact(version, "all", received), outbox)
        outbox.truth.planted[f"budget_{version}"] = _budget_truth(rows)


def _budget_truth(rows: pl.DataFrame) -> pl.DataFrame:
    good = rows.filter(pl.col("bad") == "").group_by("block")
    return good.agg(pl.len().alias("rows"), pl.col("volume", "gsv", "nsv").sum()).sort("block")


def _budget(region: Region, sold: pl.DataFrame, factor: float) -> pl.DataFrame:
    """Base by month, city and channel; the blocks on top of it as shares of it."""
    base = _base(region, sold, factor)
    parts = [base.with_columns(block=pl.lit("base"), sku_code=pl.lit(""))]
    for block, (_, _, _, share) in BLOCKS.items():
        rows = base.filter(pl.col("channel").is_in(IN_CHANNELS.get(block, CHANNEL_CODES)))
        keys = ["month", "city", *(["channel"] if block in IN_CHANNELS else [])]
        summed = rows.group_by(keys, maintain_order=True).agg(pl.col("volume").sum())
        summed = summed.with_columns(
            volume=pl.col("volume") * share // 1_000 if block != "phasing" else _phased(share),
            block=pl.lit(block),
            sku_code=pl.lit(_sku_of(region, block)),
        )
        if "channel" not in keys:
            summed = summed.with_columns(channel=pl.lit(""))
        parts.append(summed.select(parts[0].columns))
    return _valued(region, pl.concat(parts), sold).with_columns(content=pl.lit(0))


def _phased(share: int) -> pl.Expr:
    """What moves from one month into the next: nothing over the year."""
    mean = (pl.col("volume").sum().over("city") // MONTHS) * share // 1_000
    return pl.when(pl.col("month") % 2 == 0).then(mean).otherwise(-mean)


def _base(region: Region, sold: pl.DataFrame, factor: float) -> pl.DataFrame:
    """Pieces by month, city and channel: the mean day of it, by the season of the month."""
    first, days = region.plan.first_monday, int(sold["day"].max()) + 1  # ty: ignore
    calendar = pl.DataFrame({"day": range(days)}).with_columns(
        of_year=(pl.lit(first) + pl.duration(days=pl.col("day"))).dt.month()
    )
    daily = calendar.join(sold.group_by("day").agg(pl.col("pieces").sum()), on="day", how="left")
    season = daily.fill_null(0).group_by("of_year").agg(pl.col("pieces").mean())
    usual = float(daily["pieces"].fill_null(0).mean())  # ty: ignore
    index = {month: pieces / usual for month, pieces in season.rows()}
    cities = dict(enumerate(city.name for city in CITIES))
    cells = (
        sold.with_columns(city=(pl.col("sender") - 1) % len(CITIES))
        .group_by("city", "channel")
        .agg(pl.col("pieces").sum())
        .with_columns(pl.col("city").replace_strict(cities, return_dtype=pl.String))
        .sort("city", "channel")
    )
    months = pl.DataFrame({"month": range(1, MONTHS + 1)}).with_columns(
        season=pl.Series([index.get(month, 1.0) for month in range(1, MONTHS + 1)]),
        revised=pl.when(pl.col("month") >= REVISED_FROM_MONTH).then(factor).otherwise(1.0),
    )
    mean = pl.col("pieces") / days * 30.4 * GROWTH * pl.col("season") * pl.col("revised")
    both = months.join(cells, how="cross", maintain_order="left_right")
    return both.select("month", "city", "channel", volume=mean.round().cast(pl.Int64))


def _valued(region: Region, rows: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """Adds money in fen at the mean list price."""
    price = int(sold["amount"].sum()) // int(sold["pieces"].sum())
    rows = rows.with_columns(gsv=pl.col("volume") * price)
    gsv, sign = pl.col("gsv").abs(), pl.col("gsv").sign()
    nsv = gsv * TRADE_HUNDREDTHS // 100
    # rounded by their size: what moves from month to month is nothing over the year in money too
    rows = rows.with_columns(
        nsv=nsv * sign,
        spend=nsv * TRADE_SPEND_HUNDREDTHS // 100 * sign,
        returns=gsv * RETURNS_THOUSANDTHS // 1_000 * sign,
    )
    cost = gsv * COST_HUNDREDTHS // 100 * sign
    return rows.with_columns(profit=pl.col("nsv") - pl.col("spend") - pl.col("returns") - cost)


def _sku_of(region: Region, block: str) -> str:
    """The product a block is about: launched, delisted or dearer; empty for none."""
    if block not in OF_SKU:
        return ""
    skus = region.skus
    chosen = {
        "innovation": (skus.launch_week > ALWAYS) & (skus.launch_week <= region.plan.change_week),
        "price": skus.price != skus.price_new,
        "delist": skus.delist_week < NEVER,
    }[block]
    found = np.flatnonzero(chosen)
    return skus.codes[int(found[0])] if found.size else ""


def _spoiled(
    region: Region, rows: pl.DataFrame, reasons: tuple[str, ...], number: int
) -> pl.DataFrame:
    """Adds `bad`: one row of each reason."""
    rng = region.plan.rng(Stream.GOALS, number)
    possible = pl.len().over("content") >= ROWS_TO_SPOIL
    if "objective" in rows.columns:
        possible &= pl.col("objective") == ""
    return rows.with_columns(bad=plant(rows, rng, [Kind(r, possible) for r in reasons], 0.0))


def _budget_report(region: Region, version: str) -> Report:
    bad = pl.col("bad")
    role, basis, chance = ({"base": value} for value in ("finance", "上年实际×1.03", "1"))
    for block, (owner, evidence, probability, _) in BLOCKS.items():
        role[block], basis[block], chance[block] = owner, evidence, probability
    money = {
        "毛销售额": "gsv",
        "净额": "nsv",
        "市场费用": "spend",
        "退货": "returns",
        "毛利额": "profit",
    }
    figure = bad != "budget_without_figure"
    month = f"{region.plan.as_of.year}-" + pl.col("month").cast(pl.String).str.zfill(2)
    columns = {
        "版本": pl.lit(version),
        "月份": month,
        "城市": pl.col("city"),
        "渠道": pl.col("channel"),
        "品号": pl.col("sku_code"),
        "模块": pl.col("block"),
        "预算销量": pl.when(figure).then(pl.col("volume").cast(pl.String)).otherwise(pl.lit("")),
        **{
            header: pl.when(figure).then(yuan(name)).otherwise(pl.lit(""))
            for header, name in money.items()
        },
        "责任人": pl.col("block").replace_strict(role),
        "计划依据": pl.col("block").replace_strict(basis),
        "概率": pl.when(bad == "probability_ratio_out_of_range")
        .then(pl.lit("1.2"))
        .otherwise(pl.col("block").replace_strict(chance)),
    }
    return Report(FINANCE, "budget", columns, 5, sheet="预算")


def _send_targets(
    region: Region, sold: pl.DataFrame, invoices: pl.DataFrame, outbox: Outbox
) -> None:
    """The past as one file, then one a month, five days before it starts."""
    plan, report = region.plan, _target_report()
    months = _target_months(plan)
    rows = _targets(region, sold, invoices, months)
    start = [month for month in months if _sent_on(month) >= plan.weekly_from]
    first = start[0] if start else next_month(months[-1])
    rows = rows.with_columns(content=pl.col("start").clip(lower_bound=first - timedelta(days=1)))
    rows = _spoiled(region, rows, TARGET_BAD, 1)
    span = months[0], first - timedelta(days=1)
    past = rows.filter(pl.col("start") < first)
    send_history(report, past, span, plan.weekly_from, outbox)
    for month in start:
        fact = report.fact(
            f"{month:%Y%m}", f"{month:%Y-%m}", datetime.combine(_sent_on(month), time(10, 15))
        )
        send(report, rows.filter(pl.col("start") == month), fact, outbox)
    outbox.truth.planted["target"] = _target_truth(rows)


def _target_truth(rows: pl.DataFrame) -> pl.DataFrame:
    keys = ["month", "metric_id", "node_type", "item_level"]
    good = rows.filter(pl.col("bad") == "").group_by(keys)
    return good.agg(pl.len().alias("rows"), pl.col("value").sum()).sort(keys)


def _sent_on(month: date) -> date:
    return month - timedelta(days=DAYS_BEFORE_MONTH)


def _target_months(plan: Plan) -> list[date]:
    """Whole months of the sample, up to the one it ends in."""
    months = [*plan.months]
    while next_month(months[-1]) <= plan.as_of:
        months.append(next_month(months[-1]))
    return months


def _targets(
    region: Region, sold: pl.DataFrame, invoices: pl.DataFrame, months: list[date]
) -> pl.DataFrame:
    """Every target of every month; those of sell-out add up from node to node."""
    rng = region.plan.rng(Stream.GOALS, 2)
    parts = []
    for month in months:
        part = sold.filter(_in_month(region.plan, month, "day"))
        if part.height:
            parts += _of_month(region, month, part, rng)
            parts += _others(region, month, invoices, rng)
    names = [
        "start",
        "metric_id",
        "node_type",
        "node_code",
        "item_level",
        "item_code",
        "value",
        "unit",
        "owner",
        "objective",
        "reported",
    ]
    rows = pl.DataFrame(parts, schema=names, orient="row", infer_schema_length=None)
    return rows.with_columns(month=pl.col("start").dt.strftime("%Y-%m"))


def _in_month(plan: Plan, month: date, column: str) -> pl.Expr:
    first, after = ((day - plan.first_monday).days for day in (month, next_month(month)))
    return pl.col(column).is_between(first, after, closed="left")


def _of_month(
    region: Region, month: date, part: pl.DataFrame, rng: np.random.Generator
) -> list[tuple[object, ...]]:
    """Targets of sell-out: of representatives, and of whoever they add up to."""
    full = (next_month(month) - month).days / _days_known(region.plan, month)
    rep = part.group_by("sender", "rep").agg(pl.col("amount").sum()).sort("sender", "rep")
    goal = rep["amount"].to_numpy() * full * rng.uniform(0.92, 1.15, rep.height)
    value = np.ceil(goal / TEN_YUAN).astype(np.int64) * TEN_YUAN
    rep = rep.with_columns(value=pl.Series(value))
    total = int(value.sum())
    by_sender = rep.group_by("sender").agg(pl.col("value").sum()).sort("sender")
    rows = [
        _sales(month, "rep", code, amount) for code, amount in rep.select("rep", "value").rows()
    ]
    rows += [_sales(month, "distributor", f"D{n:03d}", amount) for n, amount in by_sender.rows()]
    for kind in ("channel", "brand"):
        shares = part.group_by(kind).agg(pl.col("amount").sum()).sort(kind)
        for code, amount in zip(shares[kind], _split(total, shares["amount"]), strict=True):
            item = ("brand", code) if kind == "brand" else ("all", "all")
            node = ("region", "all") if kind == "brand" else (kind, code)
            rows.append(_sales(month, *node, amount, *item))
    chains = part.filter(pl.col("banner") != "").group_by("banner").agg(pl.col("amount").sum())
    for banner, amount in chains.sort("banner").rows():
        goal = round(amount * full * 1.05 / TEN_YUAN) * TEN_YUAN
        rows.append(_sales(month, "banner", banner, goal))
    return [*rows, _sales(month, "region", "all", total)]


def _days_known(plan: Plan, month: date) -> int:
    """Days of a month the sample has sales of."""
    return min((next_month(month) - month).days, (plan.as_of - month).days + 1)


def _split(total: int, amounts: pl.Series) -> list[int]:
    """The total by these shares, the last one taking what rounding leaves."""
    share = amounts.to_numpy() / amounts.sum()
    parts = [int(total * one) // TEN_YUAN * TEN_YUAN for one in share[:-1]]
    return [*parts, total - sum(parts)]


def _sales(
    month: date,
    node_type: str,
    node_code: str,
    value: int,
    item_level: str = "all",
    item_code: str = "all",
) -> tuple[object, ...]:
    node = (month, "sellout_net_amount", node_type, node_code, item_level, item_code)
    return (*node, int(value), "CNY", "sales_manager", "", "")


def _others(
    region: Region, month: date, invoices: pl.DataFrame, rng: np.random.Generator
) -> list[tuple[object, ...]]:
    """Targets of the region beside sell-out: reach, net sales value, objectives in words."""
    plan = region.plan
    nsv = invoices.filter(_in_month(plan, month, "delivered"))
    full = (next_month(month) - month).days / _days_known(plan, month)
    value = round(int(nsv["net"].sum()) * full * float(rng.uniform(0.95, 1.1)) / TEN_YUAN)
    every = ("region", "all", "all", "all")
    rows: list[tuple[object, ...]] = [
        (month, "nsv_amount", *every, value * TEN_YUAN, "CNY", "sales_manager", "", ""),
        (month, "numeric_distribution", *every, 85, "ratio", "sales_manager", "", ""),
    ]
    for metric, text, owner in OBJECTIVES:
        told = f"{int(rng.integers(40, 101)) / 100:.2f}"
        rows.append((month, metric, *every, None, "", owner, text, told))
    return rows


def _target_report() -> Report:
    bad, objective = pl.col("bad"), pl.col("objective") != ""
    value = yuan("value")
    columns = {
        "月份": pl.when(bad == "target_month_invalid").then(pl.lit("下月")).otherwise("month"),
        "层级": pl.col("node_type"),
        "层级编码": pl.col("node_code"),
        "商品层级": pl.col("item_level"),
        "商品范围编码": pl.col("item_code"),
        "指标": pl.col("metric_id"),
        "目标": pl.when(objective | (bad == "target_without_value"))
        .then(pl.lit(""))
        .otherwise(value),
        "单位": pl.col("unit"),
        "责任人": pl.col("owner"),
        "定性目标": pl.col("objective"),
        "完成率": pl.col("reported"),
    }
    return Report(SALES, "target", columns, 15)
