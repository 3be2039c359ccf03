"""What will not sell in time, batch by batch, against stock sold day by day, oldest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl
import pytest

from tests.integration.compiled import Compiled
from tests.integration.stock.counts import SKU, THOUSANDTH, Count, counts, tables
from tests.integration.stock.plain import PARTS, Demand, unsold

SIZE = 3_000
COST, SALVAGE = Decimal("2.5"), Decimal("0.2")
UNWANTED = "S2"
"""A SKU each distributor holds and nothing is forecast of."""
ROUNDING = 0.0006

Batch = tuple[int | None, int]
"""Last day it may be sold, from the count on, and its parts."""


@dataclass(frozen=True)
class Held:
    """What a distributor holds of what is wanted, and of what is not."""

    count: Count
    wanted: Sequence[Batch]
    unwanted: Sequence[Batch]


@pytest.fixture(scope="module")
def held() -> list[Held]:
    rng = Random(9)
    return [
        Held(one, _batches(rng, one.demand()), _batches(rng, Demand([], []))[:2])
        for one in counts(seed=44, size=SIZE)
    ]


@pytest.fixture(scope="module")
def told(compiled: Compiled, held: list[Held]) -> list[dict[str, Any]]:
    """Rows of the mart."""
    given = tables([one.count for one in held])
    position = given["int_stock_position"]
    given |= {
        "int_threshold_applied": pl.DataFrame([{"salvage_ratio": float(SALVAGE)}]),
        "int_stock_position": pl.concat(
            [position, position.with_columns(sku_code=pl.lit(UNWANTED))]
        ),
        "int_stock_batch_week": pl.DataFrame(
            [
                {
                    "week_start_date": one.count.week,
                    "snapshot_date": one.count.day,
                    "distributor_code": one.count.code,
                    "sku_code": sku,
                    "batch_no": f"B{number}",
                    "last_sale_date": None if end is None else one.count.day + timedelta(days=end),
                    "sellable_pieces": parts / PARTS,
                    "freshness_tier": "fresh",
                    "is_inferred": False,
                    "is_near_expiry": False,
                }
                for one in held
                for sku, batches in ((SKU, one.wanted), (UNWANTED, one.unwanted))
                for number, (end, parts) in enumerate(batches)
            ],
            infer_schema_length=None,
        ),
        "dim_sku": pl.DataFrame(
            [{"sku_code": SKU, "is_current": True, "std_cost_per_piece": float(COST)}]
        ),
    }
    return compiled.run("int_stock_demand", "freshness", given=given).to_dicts()


def test_what_is_left_of_a_batch_is_what_nobody_took_up_to_its_last_day(
    told: list[dict[str, Any]], held: list[Held]
) -> None:
    lived = _lived(held, {one.count.code: one.count.demand() for one in held})
    assert sum(parts > 0 for parts in lived.values() if parts) > SIZE
    assert _far(told, "at_risk_pieces", lived) == {}


def test_it_is_so_too_when_every_week_sells_only_its_p20(
    told: list[dict[str, Any]], held: list[Held]
) -> None:
    known = {one.count.code: one.count.known_cautious_days() for one in held}
    lived = _lived(held, {one.count.code: one.count.cautious_demand() for one in held}, known)
    assert SIZE < sum(parts is None for parts in lived.values()) < len(lived) / 2
    assert _far(told, "cautious_at_risk_pieces", lived) == {}


def test_fewer_sales_leave_as_much_or_more_in_all(told: list[dict[str, Any]]) -> None:
    rows = pl.DataFrame(told, infer_schema_length=None)
    both = rows.filter(pl.col("cautious_at_risk_pieces").is_not_null())
    sums = both.group_by("distributor_code", "sku_code").agg(
        mean=pl.col("at_risk_pieces").sum(), low=pl.col("cautious_at_risk_pieces").sum()
    )
    assert sums.filter(pl.col("low") > pl.col("mean")).height > SIZE / 10
    assert sums.filter(pl.col("low") < pl.col("mean") - 0.01).height == 0


def test_demand_goes_on_past_the_forecast_and_is_nothing_before_the_count(
    told: list[dict[str, Any]], held: list[Held]
) -> None:
    until = {}
    for one in held:
        for number, (end, _) in enumerate(one.wanted):
            wanted = None if end is None else sum(one.count.demand().first(max(end, 0)))
            until[one.count.code, SKU, f"B{number}"] = wanted
    mine = [row for row in told if row["sku_code"] == SKU]
    assert _far(mine, "demand_until_pieces", until) == {}


def test_the_money_is_cost_less_salvage(told: list[dict[str, Any]]) -> None:
    cents = [
        abs(float(row["expiry_risk_amount"] - row["at_risk_pieces"] * COST * (1 - SALVAGE)))
        for row in told
        if row["sku_code"] == SKU
    ]
    assert max(cents) < 0.005 + float(COST) * 0.0005 + 1e-9
    assert {row["expiry_risk_amount"] for row in told if row["sku_code"] == UNWANTED} == {None}


Key = tuple[str, str, str]
"""Distributor, SKU, batch."""


def _batches(rng: Random, demand: Demand) -> list[Batch]:
    """Batches at random: long gone, far past the forecast, without an end, on the same day."""
    told = len(demand.days)
    ends = [rng.choice([None, rng.randint(-20, told + 60)]) for _ in range(rng.randint(1, 4))]
    ends += [rng.choice([*ends, rng.randint(1, told + 10)]) for _ in range(rng.randint(0, 3))]
    much = sum(demand.days) // THOUSANDTH // len(ends) * 2 + 5_000
    made = [(end, THOUSANDTH * rng.randint(1, much)) for end in ends]
    end = rng.randint(1, told + 10)
    exact = sum(demand.first(end))
    if rng.random() < 0.3 and exact and exact % THOUSANDTH == 0:
        made.append((end, exact))
    return made


def _lived(
    held: Sequence[Held],
    demand: Mapping[str, Demand],
    known: Mapping[str, int | None] | None = None,
) -> dict[Key, int | None]:
    """Parts left of each batch; None from a last day on of which nobody knows what sells.

    Args:
        held: What is there.
        demand: What sells, by distributor.
        known: Days it is known of, None for all.
    """
    left: dict[Key, int | None] = {}
    for one in held:
        code = one.count.code
        reach = None if known is None else known[code]
        ends = [end for end, _ in one.wanted if end is not None]
        for number, parts in enumerate(unsold(one.wanted, demand[code])):
            end = one.wanted[number][0]
            last = max(ends, default=0) if end is None else end
            is_known = reach is None or last <= reach
            left[code, SKU, f"B{number}"] = parts if is_known else None
        for number, parts in enumerate(unsold(one.unwanted, Demand([], []))):
            left[code, UNWANTED, f"B{number}"] = parts
    return left


def _far(
    told: Sequence[Mapping[str, Any]], name: str, lived: Mapping[Key, int | None]
) -> dict[Key, Any]:
    """Batches told otherwise than to the thousandth, with both in pieces; the first few."""
    said = {(row["distributor_code"], row["sku_code"], row["batch_no"]): row[name] for row in told}
    assert said.keys() == lived.keys()
    found = {
        key: (said[key], parts and parts / PARTS)
        for key, parts in lived.items()
        if (said[key] is None) != (parts is None)
        or (parts is not None and abs(float(said[key]) - parts / PARTS) > ROUNDING)
    }
    return dict(list(found.items())[:5])
