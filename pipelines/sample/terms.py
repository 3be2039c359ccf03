"""What the company sets beside its masters: price list, must-stock list, perfect-store weights."""

from __future__ import annotations

from math import cos, hypot, radians

import numpy as np
import polars as pl

from pipelines.sample.masters import (
    ALWAYS,
    NEVER,
    SINCE,
    VAT_BASIS_POINTS,
    Ints,
    Skus,
    city_of,
    decimals,
    distributor_codes,
)
from pipelines.sample.plan import Plan
from pipelines.sample.words import CHANNELS, CITIES

TRADE_HUNDREDTHS = 92
# shelf prices with VAT in hundredths of the list price with VAT
SHELF_LOW, SHELF_HIGH = 108, 135
PROMOTED_LOW, PROMOTED_HIGH = 85, 108
MUST_STOCK = {"KA": 12, "LKA": 10, "CVS": 8, "GT": 6, "WS": 8, "EC": 10, "SP": 5}
GRACE_DAYS = 14
WEIGHTS: dict[str, tuple[tuple[str, int, str], ...]] = {
    "all": (
        ("msl", 25, "0.9"),
        ("availability", 20, "0.92"),
        ("share_of_shelf", 15, "0.25"),
        ("secondary_display", 10, "0.8"),
        ("posm_presence", 5, "0.8"),
        ("promotion", 10, "0.8"),
        ("freshness", 5, "0.95"),
        ("price", 10, "0.9"),
    ),
    "KA": (
        ("msl", 20, "0.95"),
        ("availability", 20, "0.95"),
        ("share_of_shelf", 20, "0.3"),
        ("secondary_display", 15, "0.9"),
        ("promotion", 15, "0.9"),
        ("price", 10, "0.95"),
    ),
}
WEIGHTS_LATER = {("KA", "secondary_display"): 20, ("KA", "price"): 5}
LANES_FROM_EACH = 8
KILOMETRES_A_DEGREE = 111
# fen a case: handling once within a city, twice and the way through the company's warehouse else
DIRECT_FEN, RESHIP_FEN, FEN_A_KILOMETRE = 350, 700, 2


def shelf_price(list_price: Ints, hundredths: Ints | int) -> Ints:
    """A shelf price with VAT, in 1/10,000 yuan rounded down to fen."""
    return list_price * (10_000 + VAT_BASIS_POINTS) // 10_000 * hundredths // 100 // 100 * 100


def price_list(plan: Plan, skus: Skus, *, changed: bool) -> pl.DataFrame:
    """Feed `price`, as first sent or as sent again with the new prices."""
    moves = skus.price != skus.price_new
    last = plan.day(plan.change_day - 1).isoformat()
    known = pl.Series(skus.launch_week <= plan.change_week)
    before = _prices(skus, skus.price, SINCE, np.where(moves, last, "") if changed else "")
    if not changed:
        return before.filter(known)
    after = _prices(skus, skus.price_new, plan.day(plan.change_day).isoformat(), "")
    return pl.concat([before, after.filter(pl.Series(moves))])


def _prices(skus: Skus, price: Ints, valid_from: str, valid_to: Ints | str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "price_group": ["all"] * skus.count,
            "sku_code": list(skus.codes),
            "valid_from": [valid_from] * skus.count,
            "valid_to": np.broadcast_to(np.asarray(valid_to), skus.count).tolist(),
            "net_selling_price_per_piece": decimals(price * TRADE_HUNDREDTHS // 100, 4),
            "rsp_min_per_piece": decimals(shelf_price(price, SHELF_LOW), 4),
            "rsp_max_per_piece": decimals(shelf_price(price, SHELF_HIGH), 4),
            "promo_rsp_min_per_piece": decimals(shelf_price(price, PROMOTED_LOW), 4),
            "promo_rsp_max_per_piece": decimals(shelf_price(price, PROMOTED_HIGH), 4),
        }
    )


def must_stock(plan: Plan, skus: Skus, channel: str, *, changed: bool) -> list[int]:
    """Products outlets of a channel must have, the most important first."""
    lasting = (skus.launch_week == ALWAYS) & (skus.delist_week == NEVER) & ~skus.is_gift
    liked = np.flatnonzero(lasting)[np.argsort(-skus.popularity[lasting], kind="stable")]
    listed = [int(sku) for sku in liked[: MUST_STOCK[channel]]]
    new = _newcomer(plan, skus)
    return [*listed[:-1], new] if changed and new >= 0 else listed


def _newcomer(plan: Plan, skus: Skus) -> int:
    """The last product launched before the change of masters; -1 for none."""
    came = np.where((skus.launch_week <= plan.change_week) & (skus.delist_week == NEVER), 1, 0)
    weeks = np.where(came == 1, skus.launch_week, ALWAYS)
    return int(weeks.argmax()) if weeks.max() > ALWAYS else -1


def must_stock_list(plan: Plan, skus: Skus, *, changed: bool) -> pl.DataFrame:
    """Feed `msl`, as first sent or as sent again: the last of each list gives way to a new one."""
    last, first = (plan.day(plan.change_day - n).isoformat() for n in (1, 0))
    rows = []
    for channel in (channel.code for channel in CHANNELS):
        old = must_stock(plan, skus, channel, changed=False)
        new = must_stock(plan, skus, channel, changed=True)
        for priority, sku in enumerate(old, 1):
            leaves = changed and sku not in new
            rows.append((channel, sku, SINCE, last if leaves else "", priority))
        if changed:
            rows += [(channel, sku, first, "", len(old)) for sku in new if sku not in old]
    return pl.DataFrame(
        [
            (f"MSL-{channel}", skus.codes[sku], start, end, rank, 1 + (rank <= 2), GRACE_DAYS)
            for channel, sku, start, end, rank in rows
        ],
        schema=[
            "msl_group",
            "sku_code",
            "valid_from",
            "valid_to",
            "priority",
            "required_facings",
            "grace_days",
        ],
        orient="row",
    )


def score_weights(plan: Plan) -> pl.DataFrame:
    """Feed `score_weight`: some weights of a channel are other ones from a month on."""
    later = plan.daily_from.replace(day=1)
    until = plan.day((later - plan.first_monday).days - 1).isoformat()
    rows = []
    for channel, blocks in WEIGHTS.items():
        for block, weight, target in blocks:
            new = WEIGHTS_LATER.get((channel, block))
            rows.append((channel, block, SINCE, until if new else "", weight, target))
            if new:
                rows.append((channel, block, later.isoformat(), "", new, target))
    names = ["channel", "block", "valid_from", "valid_to", "weight", "target_ratio"]
    return pl.DataFrame(rows, schema=names, orient="row")


def transfer_lanes(plan: Plan) -> pl.DataFrame:
    """Feed `lane`: from each distributor to the next eight, straight within its own city."""
    codes = distributor_codes(plan)
    count = len(codes)
    rows = []
    for start in range(count):
        for step in range(1, min(LANES_FROM_EACH, count - 1) + 1):
            end = (start + step) % count
            kilometres = _kilometres(city_of(start), city_of(end))
            is_direct = kilometres == 0
            fen = DIRECT_FEN if is_direct else RESHIP_FEN + kilometres * FEN_A_KILOMETRE
            kind, days = ("direct", 1) if is_direct else ("reship", 4 + kilometres // 200)
            rows.append((codes[start], codes[end], kind, SINCE, f"{fen / 100:.2f}", days))
    names = [
        "from_distributor_code",
        "to_distributor_code",
        "lane_kind",
        "valid_from",
        "cost_per_case_amount",
        "lead_time_days",
    ]
    return pl.DataFrame(rows, schema=names, orient="row")


def _kilometres(start: int, end: int) -> int:
    """Whole kilometres between two cities as the crow flies, on a flat map of the region."""
    a, b = CITIES[start], CITIES[end]
    east = (a.longitude - b.longitude) * cos(radians((a.latitude + b.latitude) / 2))
    return round(hypot(east, a.latitude - b.latitude) * KILOMETRES_A_DEGREE)
