"""Whatever came in whatever order: incremental tables equal those built anew from all rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from pipelines.failpoints import KILLED
from tests.integration.conftest import Done
from tests.integration.region import Region, differences

LATE_WEEK = "D001/sellout/D001_sellout_2026W43.csv"
OUTLET_CLASSES = {"A": "B", "B": "C"}


@pytest.fixture(scope="module")
def eventful(
    published: Region, daqu: Callable[..., Done], tmp_path_factory: pytest.TempPathFactory
) -> Region:
    """The tiny region after everything that can happen to it, built twice on the way."""
    region = published.copy(tmp_path_factory.mktemp("eventful"))
    late_and_restated(region)
    restored_and_remapped(region)
    region.land()
    region.build()
    out_of_order(region)
    region.land()
    killed = daqu("build", "--home", region.home, failpoint="build.before_clear", quickly=True)
    assert killed.returncode == KILLED, killed.stderr
    region.build()
    return region


def late_and_restated(region: Region) -> None:
    """A week three weeks late, a week without its last day, a month of claims, and its first."""
    region.put(
        LATE_WEEK,
        week_before(region.sent("D001/sellout/D001_sellout_2026W44.csv")),
        "2026-11-19 09:00:00",
    )
    week = region.sent("D004/sellout/D004_sellout_2026-W46.csv").decode()
    kept = [
        line for line in week.splitlines() if "14/11/2026" not in line and "15/11/2026" not in line
    ]
    assert 100 < len(kept) < len(week.splitlines())
    region.put(
        "D004/sellout/D004_sellout_2026-W46_v2.csv", text_of(kept[:-7]), "2026-11-19 10:00:00"
    )
    claims = region.sent("D001/claim/D001_claim_202610.csv").decode("utf-8-sig").splitlines()
    region.put("D001/claim/D001_claim_202610_v2.csv", text_of(claims[:12]), "2026-11-19 11:00:00")
    first = region.sent("D004/claim/D004_claim_20260901_20260930.csv").decode()
    october = first.replace("2026-09", "2026-10").replace("202609", "202610")
    assert october != first
    region.put("D004/claim/D004_claim_2026-10.csv", october.encode(), "2026-11-19 12:00:00")


def restored_and_remapped(region: Region) -> None:
    """The bytes of an old version again; masters and maps that say something else from now on."""
    old = region.sent("D002/D002_销售流向_2026W42.csv")
    region.put("D002/D002_销售流向_2026W42_v3.csv", old, "2026-11-20 09:00:00")
    outlets = master(region, "outlet")
    for outlet in outlets[::5]:
        outlet["outlet_class"] = OUTLET_CLASSES.get(outlet["outlet_class"], "A")
    region.put("self/outlet/outlet_20261120.csv", csv_of(outlets), "2026-11-20 09:10:00")
    products = master(region, "sku")
    for product in products[:8]:
        product["vat_ratio"] = "0.09"
        product["pieces_per_case"] = str(2 * int(product["pieces_per_case"]))
    region.put("self/sku/sku_20261120.csv", csv_of(products), "2026-11-20 09:20:00")
    codes = master(region, "map_sku")
    codes[0]["sku_code"], codes[1]["sku_code"] = codes[1]["sku_code"], codes[0]["sku_code"]
    region.put("self/map_sku/map_sku_20261120.csv", csv_of(codes), "2026-11-20 09:30:00")


def out_of_order(region: Region) -> None:
    """Files that came long ago and are only read now, and one that is there already."""
    first = "D001/sellout/D001_sellout_2026W42_v2.csv"
    region.put(
        first,
        week_before(week_before(region.sent("D001/sellout/D001_sellout_2026W44.csv"))),
        "2026-10-19 12:00:00",
    )
    between = region.sent("D004/sellout/D004_sellout_2026-W46.csv").splitlines()[:40]
    region.put(
        "D004/sellout/D004_sellout_2026-W46_b.csv",
        b"\n".join(between) + b"\n",
        "2026-11-18 08:00:00",
    )
    stock = region.sent("D001/stock/D001_stock_2026W45.csv").splitlines()[:10]
    region.put(
        "D001/stock/D001_stock_2026W45_v2.csv", b"\n".join(stock) + b"\n", "2026-11-10 08:00:00"
    )
    region.put(
        "D001/sellout/D001_sellout_2026W43_copy.csv", region.sent(LATE_WEEK), "2026-11-21 08:00:00"
    )


def week_before(data: bytes) -> bytes:
    """A CSV of weeks ago: its dates and document numbers moved by seven days."""
    text = data.decode("utf-8-sig")
    for day in range(40):
        then = date(2026, 10, 5) + timedelta(days=day)
        to = then - timedelta(days=7)
        text = text.replace(f"{then}", f"{to}").replace(f"{then:%Y%m%d}", f"{to:%Y%m%d}")
    return text.encode()


def text_of(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def master(region: Region, feed: str) -> list[dict[str, str]]:
    """The current master as texts by our column names."""
    columns = [column.name for column in region.contracts[feed].columns]
    texts = ", ".join(f"coalesce({name}::varchar, '')" for name in columns)
    rows = region.query(f"select {texts} from landing.{feed} order by _row_no")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def csv_of(rows: list[dict[str, str]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def statuses(region: Region, pattern: str) -> dict[str, tuple[str, int]]:
    rows = region.query(
        "select file_name, status, version from landing.delivery where file_name like ?", [pattern]
    )
    return {name.rpartition("/")[2]: (status, version) for name, status, version in rows}


def test_the_events_took_place(eventful: Region, published: Region) -> None:
    """Else the comparisons below compare a region with itself."""
    assert statuses(eventful, "%2026W43%.csv")["D001_sellout_2026W43.csv"] == ("loaded", 1)
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
    changed = differences(published, eventful)
    assert {
        "marts.fct_sellout_line",
        "marts.fct_claim_line",
        "marts.fct_stock_snapshot",
        "marts.dim_outlet",
        "marts.dim_sku",
        "marts.sales_week",
        "marts.distribution",
        "marts.trade_spend",
    } <= changed.keys()


def test_the_restored_version_is_the_one_that_counts(eventful: Region) -> None:
    found = eventful.query(
        "select sum(r.reported_amount)::varchar, any_value(d.file_name) from landing.sellout as r "
        "inner join landing.delivery as d on r._delivery_id = d.delivery_id "
        "where d.sender = 'D002' and d.period = '2026-W42'"
    )
    assert found == [("20045.08", "D002/D002_销售流向_2026W42_v3.csv")]


def test_incremental_tables_equal_a_full_refresh(
    eventful: Region, tmp_path_factory: pytest.TempPathFactory
) -> None:
    refreshed = eventful.copy(tmp_path_factory.mktemp("refreshed"))
    refreshed.build(full_refresh=True)
    assert differences(eventful, refreshed) == {}


def test_a_warehouse_made_again_from_what_was_received_is_the_same(
    eventful: Region, tmp_path_factory: pytest.TempPathFactory
) -> None:
    remade = eventful.without_warehouse(tmp_path_factory.mktemp("remade"))
    remade.land()
    assert remade.landed() == eventful.landed()
    assert remade.ledger() == eventful.ledger()
    remade.build()
    assert differences(eventful, remade) == {}


def test_a_build_clears_the_marks_it_worked_off(eventful: Region) -> None:
    assert eventful.query("select count(*) from landing.touched_date") == [(0,)]
