"""How far stock reaches, what is wanted, too much and missed, against days lived one by one."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import hypot
from statistics import NormalDist
from typing import Any

import polars as pl
import pytest

from tests.integration.compiled import Compiled
from tests.integration.stock.counts import SKU, Count, counts, tables
from tests.integration.stock.plain import PARTS, lasts, lost

SIZE = 4_000
SERVICE = 0.95
NORMAL_OFF = 0.01
"""Deviations the quantile of the normal distribution may be off."""
POLICY_WEEKS, SHELF_DAYS, TRADE_SHARE = 8, 60, 0.625
MOST_DAYS = min(Fraction(7 * POLICY_WEEKS), SHELF_DAYS * (1 - Fraction(TRADE_SHARE)))
"""22.5: a fresh piece is too old for shops before the policy is reached."""
SPREAD = {weeks: 0.1 * weeks for weeks in range(1, 14)}
"""Share above the forecast by supply weeks."""
ROUNDING = 0.0006
"""Pieces are told to a thousandth."""


@pytest.fixture(scope="module")
def made() -> list[Count]:
    return counts(seed=421, size=SIZE)


@pytest.fixture(scope="module")
def told(compiled: Compiled, made: list[Count]) -> dict[str, dict[str, Any]]:
    """What the models say of each count, by distributor."""
    given = tables(made) | {
        "int_threshold_applied": pl.DataFrame(
            [
                {
                    "service_level_ratio": SERVICE,
                    "cover_weeks_high": POLICY_WEEKS,
                    "trade_rsl_min_ratio": TRADE_SHARE,
                }
            ]
        ),
        "int_inbound": pl.DataFrame(
            [
                {
                    "week_start_date": one.week,
                    "distributor_code": one.code,
                    "sku_code": SKU,
                    "arrival_day": day,
                    "quantity_pieces": parts / PARTS,
                }
                for one in made
                for day, parts in one.arrivals.items()
            ]
        ),
        "int_supply": pl.DataFrame(
            [
                {
                    "distributor_code": one.code,
                    "lead_days": one.lead_days,
                    "supply_days": one.supply_days,
                    "supply_weeks": one.supply_weeks,
                    "lead_sd_weeks": one.lead_sd_weeks,
                }
                for one in made
            ]
        ),
        "int_stock_spread": pl.DataFrame(
            [{"supply_weeks": weeks, "service_ratio": ratio} for weeks, ratio in SPREAD.items()]
        ),
        "dim_sku": pl.DataFrame(
            [{"sku_code": SKU, "is_current": True, "shelf_life_days": SHELF_DAYS}]
        ),
    }
    rows = compiled.run("int_stock_demand", "int_stock_ahead", given=given)
    assert rows.height == SIZE
    return {row["distributor_code"]: row for row in rows.to_dicts()}


def test_stock_lasts_until_somebody_goes_without(
    told: dict[str, dict[str, Any]], made: list[Count]
) -> None:
    seen = {one.code: _cover(one) for one in made}
    assert {status for status, _ in seen.values()} == {"ok", "no_demand", "beyond_horizon"}
    said = {code: row["cover_status"] for code, row in told.items()}
    assert _first({code: one for code, one in seen.items() if one[0] != said[code]}) == {}
    assert _apart(told, "cover_weeks", {code: days for code, (_, days) in seen.items()}) == {}


def test_with_what_is_on_its_way_it_lasts_until_somebody_goes_without_too(
    told: dict[str, dict[str, Any]], made: list[Count]
) -> None:
    lived = {one.code: _projected(one) for one in made}
    longer = [one for one in made if (lived[one.code] or 0) > (_cover(one)[1] or 0)]
    assert len(longer) > SIZE / 10
    assert _apart(told, "projected_cover_weeks", lived) == {}


def test_missed_is_what_people_went_without_and_did_not_come_back_for(
    told: dict[str, dict[str, Any]], made: list[Count]
) -> None:
    lived = {one.code: _lost(one) for one in made}
    assert sum(0 < _short(one) < lived[one.code] for one in made) > SIZE / 50
    assert _far(told, "lost_pieces", {code: parts / PARTS for code, parts in lived.items()}) == {}


def test_wanted_and_too_much_are_sums_of_days(
    told: dict[str, dict[str, Any]], made: list[Count]
) -> None:
    sums = {one.code: _sums(one) for one in made}
    assert sum(one["excess_pieces"] > 0 for one in sums.values()) > SIZE / 10
    for name in ("inbound_pieces", "max_cover_demand_pieces", "supply_demand_pieces"):
        assert _far(told, name, {code: one[name] for code, one in sums.items()}) == {}, name
    off = {one.code: NORMAL_OFF * _late(one) for one in made}
    for name in ("safety_stock", "reorder_point", "order_up_to", "excess"):
        wanted = {code: one[f"{name}_pieces"] for code, one in sums.items()}
        assert _far(told, f"{name}_pieces", wanted, off) == {}, name
    most = float(MOST_DAYS / 7)
    assert [row["max_cover_weeks"] for row in told.values()] == pytest.approx([most] * SIZE)


def _cover(one: Count) -> tuple[str, Fraction | None]:
    """Status and days."""
    demand = one.demand()
    if not any(demand.days):
        return "no_demand", None
    days = lasts(one.stock, {}, demand.days)
    if days is None:
        return "beyond_horizon", Fraction(len(demand.days))
    return "ok", days if one.stock else Fraction()


def _projected(one: Count) -> Fraction | None:
    days = one.demand().days
    if not any(days):
        return None
    found = lasts(one.stock, one.arrivals, days)
    return Fraction(len(days)) if found is None else found


def _lost(one: Count) -> int:
    return lost(one.stock, one.arrivals, one.demand().first(one.supply_days))


def _short(one: Count) -> float:
    """Parts missed if people came back when there is stock again."""
    come = sum(parts for day, parts in one.arrivals.items() if day < one.supply_days)
    return sum(one.demand().first(one.supply_days)) - one.stock - come


def _late(one: Count) -> float:
    """Pieces that are sold while a delivery is late by one deviation."""
    supply = one.demand().until(one.supply_days) / PARTS
    return float(supply / one.supply_days * 7) * one.lead_sd_weeks


def _sums(one: Count) -> dict[str, float]:
    demand = one.demand()
    supply = float(demand.until(one.supply_days) / PARTS)
    lead = float(demand.until(one.lead_days) / PARTS)
    most = float(demand.until(MOST_DAYS) / PARTS)
    z = NormalDist().inv_cdf(SERVICE)
    safety = hypot(SPREAD[one.supply_weeks] * (supply + 0.5), z * _late(one))
    inbound = sum(one.arrivals.values()) / PARTS
    return {
        "inbound_pieces": inbound,
        "max_cover_demand_pieces": most,
        "supply_demand_pieces": supply,
        "safety_stock_pieces": safety,
        "reorder_point_pieces": lead + safety,
        "order_up_to_pieces": supply + safety,
        "excess_pieces": max(0.0, one.stock / PARTS + inbound - most - safety),
    }


def _apart(
    told: Mapping[str, Mapping[str, Any]], name: str, days: Mapping[str, Fraction | None]
) -> dict[str, Any]:
    """Counts whose weeks are not those days, with both in days; the first few."""
    said = {code: row[name] for code, row in told.items()}
    return _first(
        {
            code: (said[code] and said[code] * 7, lived and float(lived))
            for code, lived in days.items()
            if (said[code] is None) != (lived is None)
            or (lived is not None and abs(said[code] * 7 - lived) > 1e-6)
        }
    )


def _far(
    told: Mapping[str, Mapping[str, Any]],
    name: str,
    wanted: Mapping[str, float],
    off: Mapping[str, float] | None = None,
) -> dict[str, tuple[float, float]]:
    """Counts told otherwise than to the thousandth, and what they may be off; the first few."""
    return _first(
        {
            code: (float(told[code][name]), value)
            for code, value in wanted.items()
            if abs(float(told[code][name]) - value) > ROUNDING + (off or {}).get(code, 0)
        }
    )


def _first(found: dict[str, Any]) -> dict[str, Any]:
    return dict(list(found.items())[:5])
