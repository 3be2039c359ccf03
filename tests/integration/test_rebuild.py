"""Whatever came in whatever order: incremental tables equal those built anew from all rows."""

from __future__ import annotations

import csv

import pytest

from pipelines.rescue.rebuild import rebuild
from tests.integration.region import Region, differences


def statuses(region: Region, pattern: str) -> dict[str, tuple[str, int]]:
    rows = region.query(
        "select file_name, status, version from landing.delivery where file_name like ?", [pattern]
    )
    return {name.rpartition("/")[2]: (status, version) for name, status, version in rows}


def test_the_events_took_place(eventful: Region, published: Region) -> None:
    """Else the comparisons below compare a region with itself."""
    assert statuses(eventful, "%D001_sellout_2026W43%") == {
        "D001_sellout_2026W43.csv": ("loaded", 1),
        "D001_sellout_2026W43_copy.csv": ("duplicate", 1),
    }
    assert statuses(eventful, "%D004_sellout_2026-W46%") == {
        "D004_sellout_2026-W46.csv": ("superseded", 1),
        "D004_sellout_2026-W46_copy.csv": ("duplicate", 1),
        "D004_sellout_2026-W46_b.csv": ("superseded", 2),
        "D004_sellout_2026-W46_v2.csv": ("loaded", 3),
    }
    assert statuses(eventful, "%D002_销售流向_2026W42%") == {
        "D002_销售流向_2026W42.csv": ("superseded", 1),
        "D002_销售流向_2026W42_v2.csv": ("superseded", 2),
        "D002_销售流向_2026W42_v3.csv": ("loaded", 3),
    }
    assert {
        "marts.fct_sellout_line",
        "marts.fct_claim_line",
        "marts.fct_stock_snapshot",
        "marts.dim_outlet",
        "marts.dim_sku",
        "marts.sales_week",
        "marts.distribution",
        "marts.trade_spend",
    } <= differences(published, eventful).keys()


def test_the_restored_version_is_the_one_that_counts(eventful: Region) -> None:
    found = eventful.query(
        "select sum(r.reported_amount)::varchar, any_value(d.file_name) from landing.sellout as r "
        "inner join landing.delivery as d on r._delivery_id = d.delivery_id "
        "where d.sender = 'D002' and d.period = '2026-W42'"
    )
    first = "D002/D002_销售流向_2026W42.csv"
    with (eventful.home / "truth" / "files.csv").open(encoding="utf-8", newline="") as handle:
        [amount] = [row["amount"] for row in csv.DictReader(handle) if row["file"] == first]
    assert found == [(amount, first.replace(".csv", "_v3.csv"))]


def test_incremental_tables_equal_a_full_refresh(
    eventful: Region, tmp_path_factory: pytest.TempPathFactory
) -> None:
    refreshed = eventful.copy(tmp_path_factory.mktemp("refreshed"))
    refreshed.build(full_refresh=True)
    assert differences(eventful, refreshed) == {}


def test_a_warehouse_made_again_from_what_was_received_is_the_same(
    eventful: Region, tmp_path_factory: pytest.TempPathFactory
) -> None:
    region = eventful.copy(tmp_path_factory.mktemp("remade"))
    made = rebuild(region.settings, region.contracts, marts=True)
    assert made.different == []
    assert {"landing.sellout", "marts.distribution"} <= {table.table for table in made.tables}
    assert made.is_replaced


def test_a_build_clears_the_marks_it_worked_off(eventful: Region) -> None:
    assert eventful.query("select count(*) from landing.touched_date") == [(0,)]
