"""Execution blocks from landed visits to nodes, on a region small enough to work out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import transform
from tests.integration.test_transform import Region, sold

MARTS = ("bbx_visit", "bbx_node_month", "must_sell", "void", "assortment")
WEIGHTS = (
    {"channel": "all", "block": "availability", "weight": 2, "target_ratio": 0.8},
    {"channel": "all", "block": "msl", "weight": 1, "target_ratio": 0.5},
    {"channel": "all", "block": "price", "weight": 1},
    {"channel": "KA", "block": "price", "weight": 3},
)


def outlet(code: str, city: str, channel: str, weight: int, **other: Any) -> dict[str, Any]:
    return {
        "outlet_code": code,
        "city": city,
        "channel": channel,
        "category_sales_amount": weight,
        "msl_group": "G",
    } | other


def checked(visit: str, day: str, code: str, sku: str, **found: Any) -> dict[str, Any]:
    return {
        "visit_id": visit,
        "visit_date": day,
        "outlet_code": code,
        "sku_code": sku,
        "is_present": False,
    } | found


def shelf(visit: str, code: str, ours: int, total: int) -> dict[str, Any]:
    return {
        "visit_id": visit,
        "visit_date": "2026-11-18",
        "outlet_code": code,
        "category": "c",
        "our_facings": ours,
        "total_facings": total,
    }


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """A moved from D001 to D002 on 10 November; D is a store of chain M; F let S2 lapse in June."""
    region = Region(tmp_path_factory.mktemp("execution"))
    day = "2026-01-05 08:00"
    region.deliver(
        1,
        "sku",
        day,
        *[{"sku_code": s, "brand": "K", "category": "c", "vat_ratio": 0.13} for s in ("S1", "S2")],
    )
    region.deliver(
        2,
        "outlet",
        day,
        outlet("A", "X", "GT", 5),
        outlet("B", "X", "GT", 20),
        outlet("D", "Y", "KA", 50, banner="M", distributor_code="D003"),
        outlet("F", "Y", "GT", 25),
    )
    region.deliver(
        3,
        "assignment",
        day,
        {"outlet_code": "A", "distributor_code": "D001", "valid_to": "2026-11-09"},
        {"outlet_code": "A", "distributor_code": "D002", "valid_from": "2026-11-10"},
    )
    listed = [{"msl_group": "G", "sku_code": s, "grace_days": 0} for s in ("S1", "S2")]
    late = {"msl_group": "G", "sku_code": "S3", "valid_from": "2026-11-15", "grace_days": 10}
    region.deliver(4, "msl", day, *listed, late)
    corridor = {"rsp_min_per_piece": 4, "rsp_max_per_piece": 6}
    promoted = {"promo_rsp_min_per_piece": 3, "promo_rsp_max_per_piece": 3.5}
    region.deliver(5, "price", day, {"price_group": "all", "sku_code": "S1"} | corridor | promoted)
    window = {"start_date": "2026-11-15", "end_date": "2026-11-30"}
    region.deliver(
        6, "promotion", day, {"promo_code": "P1", "sku_code": "S1", "banner": "M"} | window
    )
    region.deliver(7, "score_weight", day, *WEIGHTS)
    region.deliver(
        10,
        "sellout",
        "2026-11-22 08:00",
        sold("2026-06-01", "F1", 6, 60.00, outlet_code="F", sku_code="S2"),
        sold("2026-11-10", "A1", 6, 60.00, outlet_code="A"),
        sold("2026-11-17", "B1", 6, 60.00, outlet_code="B"),
        sold("2026-11-17", "B1", 6, 60.00, outlet_code="B", sku_code="S2"),
        sold("2026-11-17", "F2", 6, 60.00, outlet_code="F"),
    )
    region.deliver(
        20,
        "check_sku",
        "2026-11-19 08:00",
        checked("V1", "2026-11-05", "A", "S1", is_present=True, shelf_price=5),
        checked("V1", "2026-11-05", "A", "S2"),
        checked("V2", "2026-11-18", "A", "S1"),
        checked("V2", "2026-11-18", "A", "S2"),
        checked("V1b", "2026-11-18", "A", "S1"),
        checked("V3", "2026-11-18", "D", "S1", is_present=True, shelf_price=5, promo_price=3.2),
        checked("V3", "2026-11-18", "D", "S2"),
    )
    region.deliver(
        21,
        "check_category",
        "2026-11-19 08:00",
        shelf("V3", "D", 4, 10),
        shelf("V4", "UNKNOWN-sfa", 2, 4),
    )
    result = transform.build(region.settings, select=[f"+{mart}" for mart in MARTS])
    assert result.broken == []
    return region


def blocks(region: Region, node: str) -> dict[str, tuple[float, float]]:
    rows = region.query(
        "select block, block_num::double, block_den::double from marts.bbx_node_month "
        f"where node_type || ' ' || node_code = '{node}' and month_start_date = '2026-11-01'"
    )
    return {block: (num, den) for block, num, den in rows}


def test_the_region_holds_every_visit_once(region: Region) -> None:
    # A's second visit of the 18th looked at less; S2 was never handled, so it is void, not missing
    assert blocks(region, "region all") == {
        "availability": (2, 3),
        "msl": (2, 6),
        "price": (2, 2),
        "share_of_shelf": (6, 14),
        # A: (2 x 1/2 + 1 x 1/4 + 1 x 1) of 4; D: (2 x 1 + 1 x 1/2 + 3 x 1) of 6
        "perfect_store": (7.75, 10),
        "pass_all": (1, 2),
    }


def test_a_visit_belongs_to_whom_the_outlet_belonged_to_that_day(region: Region) -> None:
    assert blocks(region, "distributor D001") == {
        "availability": (1, 1),
        "msl": (1, 2),
        "price": (1, 1),
    }
    assert blocks(region, "distributor D002") == {
        "availability": (0, 1),
        "msl": (0, 2),
        "perfect_store": (2.25, 4),
        "pass_all": (0, 1),
    }
    assert blocks(region, "city UNKNOWN") == {"share_of_shelf": (2, 4)}


def test_a_promotion_price_is_held_to_the_promotion_corridor(region: Region) -> None:
    assert region.query(
        "select visit_id, price_deviation_num::double from marts.bbx_visit "
        "where block = 'price' order by 1"
    ) == [("V1", 0.0), ("V3", -0.015385)]


def test_all_of_the_list_and_its_share_are_two_figures(region: Region) -> None:
    # A 0 of 2 and D 1 of 2 by their visits, B 2 of 2 and F 1 of 2 by what they bought
    assert region.query(
        "select basis, must_sell_num, must_sell_den, msl_handling_num, msl_handling_den "
        "from marts.must_sell where node_type = 'region' and month_start_date = '2026-11-01' "
        "order by 1"
    ) == [("all", 1, 4, 4, 8), ("audited", 0, 2, 1, 4), ("selling", 1, 2, 3, 4)]


def test_a_void_was_never_handled_or_has_lapsed(region: Region) -> None:
    assert region.query(
        "select outlet_code, sku_code, void_type, last_handled_week_start_date::varchar "
        "from marts.void order by 1"
    ) == [
        ("A", "S2", "never", None),
        ("D", "S2", "never", None),
        ("F", "S2", "lapsed", "2026-06-01"),
    ]


def test_audited_distribution_is_of_the_outlets_that_were_looked_at(region: Region) -> None:
    # sold in the week to B and F of four, 45 of 100; looked at were A, without S1, and D, 50 of 55
    assert region.query(
        "select basis, numeric_distribution_num, numeric_distribution_den, "
        "weighted_distribution_num::integer, weighted_distribution_den::integer "
        "from marts.distribution where node_type = 'region' and item_code = 'S1' "
        "and week_start_date = '2026-11-16' order by 1"
    ) == [("audited", 1, 2, 50, 55), ("selling", 2, 4, 45, 100)]


def test_distribution_points_add_up_the_skus(region: Region) -> None:
    # S1 45 % and S2 20 % of the weight, brand K 45 %: 65 points, 65 / 45 items carried
    assert region.query(
        "select tdp_points::double, round(items_carried_skus, 6) from marts.assortment "
        "where node_type = 'region' and item_level = 'brand' and basis = 'selling' "
        "and week_start_date = '2026-11-16'"
    ) == [(65.0, 1.444444)]
