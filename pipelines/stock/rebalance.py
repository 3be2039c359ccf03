"""Which cases to move from distributors that have too much to those that have too little.

Per SKU the most money: margin the taker would have lost, and write-off the giver would have had,
less the cost of the way. Never more than the giver has too much or the taker needs, never more
than sells at the taker before it expires, and straight only within a territory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipelines.stock import freshness
from pipelines.stock.frames import BATCH, DEMAND, HOLDER, LANE, POSITION, TRANSFER, taken
from pipelines.stock.programme import Gain, Programme

LANES_TO_EACH = 8
GIVER = ["sku_code", "from_distributor_code"]
TAKER = ["sku_code", "to_distributor_code"]
LOT = [*GIVER, "last_sellable_day"]
WAY = [*LOT, "to_distributor_code"]
NUMBERS = [
    "pieces_per_case",
    "lot_cases",
    "give_cases",
    "take_cases",
    "at_risk_pieces",
    "lost_pieces",
    "write_off_per_piece",
    "margin_per_piece",
    "cost_per_case_amount",
]


def rebalance(
    position: pl.DataFrame, batch: pl.DataFrame, demand: pl.DataFrame, lane: pl.DataFrame
) -> pl.DataFrame:
    """Tell what to move, for the most money in each SKU.

    Who has a case to give away takes none of that SKU. Each taker is supplied by its eight
    cheapest lanes from who can give. Goods that would be over before the slowest of them arrives
    stay where they are: only so are the limits by freshness exact.

    Args:
        position: `frames.POSITION`; one row for each SKU and distributor.
        batch: `frames.BATCH`.
        demand: `frames.DEMAND`, of those who take.
        lane: `frames.LANE`.

    Returns:
        Rows of `frames.TRANSFER`, sorted by key; the same whatever the order of the rows taken.
    """
    stock = _in_cases(taken(position, POSITION))
    lots = taken(batch, BATCH).group_by([*HOLDER, "last_sellable_day"]).agg(pl.all().sum())
    ways = _ways(stock, lots, taken(lane, LANE))
    limit, member = freshness.limits(ways, lots, taken(demand, DEMAND))
    ways = ways.join(_shut(limit, member), on="way_no", how="anti")
    parts = [one.best() for one in _programmes(ways, member.join(limit, on="limit_no"))]
    cases = pl.Series(np.concatenate([np.zeros(0), *parts]), dtype=pl.Float64).cast(pl.Int64)
    return _valued(ways.with_columns(cases=cases))


def _in_cases(position: pl.DataFrame) -> pl.DataFrame:
    """Whole cases each may give or take; who gives takes nothing."""
    known = position.with_columns(
        pl.col("pieces_per_case").fill_null(1),
        pl.col("lost_pieces", "margin_per_piece", "write_off_per_piece").fill_null(0).clip(0),
    )
    give, take = (
        (pl.col(name).fill_null(0).clip(0) / pl.col("pieces_per_case") + 1e-9).floor()
        for name in ("excess_pieces", "need_pieces")
    )
    return known.with_columns(give_cases=give).with_columns(
        take_cases=pl.when(pl.col("give_cases") == 0).then(take).otherwise(0)
    )


def _ways(stock: pl.DataFrame, lots: pl.DataFrame, lane: pl.DataFrame) -> pl.DataFrame:
    """One row is a lot and a lane it may take to somebody who needs it, in the order of its key."""
    giver = stock.filter(pl.col("give_cases") > 0).select(
        *HOLDER, "territory", "pieces_per_case", "give_cases", "write_off_per_piece"
    )
    offered = giver.join(lots, on=HOLDER).rename({"distributor_code": "from_distributor_code"})
    offered = offered.with_columns(
        lot_cases=(pl.col("pieces") / pl.col("pieces_per_case") + 1e-9).floor(),
        at_risk_pieces=pl.col("at_risk_pieces").clip(0, pl.col("pieces")),
    ).filter(pl.col("lot_cases") > 0)
    taker = stock.filter(pl.col("take_cases") > 0).select(
        "sku_code",
        "take_cases",
        "lost_pieces",
        "margin_per_piece",
        to_distributor_code="distributor_code",
        to_territory="territory",
    )
    return (
        _lanes(offered, taker, lane)
        .join(offered.drop("territory"), on=GIVER)
        .join(taker.drop("to_territory"), on=TAKER)
        .filter(_outlasts("lead_time_days"), _best_of_a_case() > 0)
        .filter(_outlasts(pl.col("lead_time_days").max().over(TAKER)))
        .sort(WAY, nulls_last=True)
        .with_row_index("way_no")
    )


def _lanes(offered: pl.DataFrame, taker: pl.DataFrame, lane: pl.DataFrame) -> pl.DataFrame:
    """Of each SKU the cheapest lane between two, and the eight cheapest to each taker."""
    longest = pl.col("last_sellable_day").fill_null(freshness.NEVER).max()
    giver = offered.group_by(GIVER).agg(pl.col("territory").first(), last_sellable_day=longest)
    by_cost = ["cost_per_case_amount", "lead_time_days", "from_distributor_code", "lane_kind"]
    may_go = (pl.col("lane_kind") == "reship") | (pl.col("territory") == pl.col("to_territory"))
    return (
        giver.join(lane, on="from_distributor_code")
        .join(taker, on=TAKER)
        .filter(may_go, _outlasts("lead_time_days"))
        .sort(by_cost)
        .unique([*GIVER, "to_distributor_code"], keep="first", maintain_order=True)
        .group_by(TAKER, maintain_order=True)
        .head(LANES_TO_EACH)
        .select(*GIVER, "to_distributor_code", *LANE.names()[2:])
    )


def _outlasts(lead_time: str | pl.Expr) -> pl.Expr:
    days = pl.col(lead_time) if isinstance(lead_time, str) else lead_time
    return pl.col("last_sellable_day").fill_null(freshness.NEVER) > days


def _best_of_a_case() -> pl.Expr:
    case = pl.col("pieces_per_case")
    margin = pl.min_horizontal(case, "lost_pieces") * pl.col("margin_per_piece")
    write_off = pl.min_horizontal(case, "at_risk_pieces") * pl.col("write_off_per_piece")
    return margin + write_off - pl.col("cost_per_case_amount")


def _shut(limit: pl.DataFrame, member: pl.DataFrame) -> pl.DataFrame:
    """Ways no case may go."""
    return member.join(limit.filter(pl.col("cap_cases") == 0), on="limit_no").select("way_no")


def _programmes(ways: pl.DataFrame, fresh: pl.DataFrame) -> Iterator[Programme]:
    """The programme of each SKU, in the order of the ways.

    Args:
        ways: All ways that are open.
        fresh: limit_no, cap_cases and way_no of the limits by freshness.
    """
    of_sku = fresh.join(ways.select("way_no", "sku_code"), on="way_no")
    limits = of_sku.sort("limit_no", "way_no").partition_by("sku_code", as_dict=True)
    none = of_sku.clear()
    for sku, part in ways.partition_by("sku_code", as_dict=True, maintain_order=True).items():
        yield _programme(part, limits.get(sku, none))


def _programme(ways: pl.DataFrame, fresh: pl.DataFrame) -> Programme:
    columns = {name: ways[name].to_numpy() for name in NUMBERS}
    lot, giver, taker = (_numbered(ways, keys) for keys in (LOT, GIVER, TAKER))
    _, limit = np.unique(fresh["limit_no"], return_inverse=True)
    every = np.arange(ways.height)
    sets = [(lot, every, columns["lot_cases"]), (giver, every, columns["give_cases"])]
    sets.append((taker, every, columns["take_cases"]))
    sets.append((limit, np.searchsorted(ways["way_no"], fresh["way_no"]), fresh["cap_cases"]))
    case = int(columns["pieces_per_case"][0])
    caps = [_of_group(group, cap) for group, _, cap in sets]
    shifts = np.cumsum([0, *map(len, caps[:-1])])
    return Programme(
        cost=columns["cost_per_case_amount"],
        gains=tuple(
            Gain(group, _of_group(group, columns[pieces]), _of_group(group, columns[amount]), case)
            for group, pieces, amount in (
                (lot, "at_risk_pieces", "write_off_per_piece"),
                (taker, "lost_pieces", "margin_per_piece"),
            )
        ),
        cap=np.concatenate(caps),
        member_set=np.concatenate([s[0] + shift for s, shift in zip(sets, shifts, strict=True)]),
        member_way=np.concatenate([way for _, way, _ in sets]),
    )


def _numbered(ways: pl.DataFrame, keys: list[str]) -> np.ndarray:
    """Numbers of the groups of some keys, 0 onwards, of each way."""
    return ways.select(pl.struct(keys).rank("dense")).to_series().to_numpy().astype(int) - 1


def _of_group(group: np.ndarray, values: np.ndarray | pl.Series) -> np.ndarray:
    """One value for each group, of values that are the same in all of it."""
    found = np.zeros(group.max(initial=-1) + 1)
    found[group] = values
    return found


def _valued(moved: pl.DataFrame) -> pl.DataFrame:
    """Ways and their cases in money, shared out along each lot and to each taker in order.

    At the best answer no case may be left out with profit, so that whichever case is said to bring
    a gain, each is worth its way; one that is worth nothing at all is left out.
    """
    write_off, margin = (
        (pl.col(f"{part}_pieces") * pl.col(f"{amount}_per_piece")).round(2)
        for part, amount in (("saved", "write_off"), ("sold", "margin"))
    )
    return (
        moved.filter(pl.col("cases") > 0)
        .with_columns(pieces=pl.col("cases") * pl.col("pieces_per_case"))
        .with_columns(
            saved_pieces=_share("at_risk_pieces", LOT), sold_pieces=_share("lost_pieces", TAKER)
        )
        .with_columns(
            write_off_amount=write_off,
            margin_amount=margin,
            lane_cost_amount=(pl.col("cases") * pl.col("cost_per_case_amount")).round(2),
        )
        .with_columns(
            value_amount=(
                pl.col("write_off_amount") + pl.col("margin_amount") - pl.col("lane_cost_amount")
            ).round(2)
        )
        .filter(pl.col("value_amount") > 0)
        .pipe(taken, TRANSFER)
    )


def _share(whole: str, keys: list[str]) -> pl.Expr:
    """Of the pieces of a row, those within the first so many of its group."""
    before = pl.col("pieces").cum_sum().over(keys) - pl.col("pieces")
    return pl.min_horizontal("pieces", (pl.col(whole) - before).clip(0))
