"""What happens to the tiny region after its first run: files as senders send them afterwards."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta

from tests.integration.region import Region

LATE_WEEK = "D001/sellout/D001_sellout_2026W43.csv"
WEEK_44 = "D001/sellout/D001_sellout_2026W44.csv"
WEEK_46 = "D004/sellout/D004_sellout_2026-W46.csv"
DAY_FORMS = ("%Y-%m-%d", "%Y%m%d")
MOVED_DAYS = [date(2026, 10, 5) + timedelta(days=number) for number in range(40)]
OUTLET_CLASSES = {"A": "B", "B": "C"}


@dataclass(frozen=True)
class Delivery:
    """A file, what stands in it, and when it came."""

    name: str
    data: bytes
    received_at: str

    def arrive(self, region: Region) -> None:
        region.put(self.name, self.data, self.received_at)


def late_and_restated(region: Region) -> list[Delivery]:
    """A week four weeks late, a week without its last days, a month of claims, and its first."""
    week = region.sent(WEEK_46).decode().splitlines()
    kept = [line for line in week if "14/11/2026" not in line and "15/11/2026" not in line]
    assert 20 < len(kept) < len(week)
    claims = region.sent("D001/claim/D001_claim_202610.csv").decode("utf-8-sig").splitlines()
    header, *past = region.sent("D004/claim/D004_claim_20250901_20260930.csv").decode().splitlines()
    september = [line for line in past if ",2026-09," in line]
    assert len(september) > 10
    october = text_of([header, *september]).decode().replace("2026-09", "2026-10")
    october = october.replace("202609", "202610")
    return [
        Delivery(LATE_WEEK, moved(region.sent(WEEK_44), weeks=-1), "2026-11-19 09:00:00"),
        Delivery(beside(WEEK_46, "_v2"), text_of(kept[:-7]), "2026-11-19 10:00:00"),
        Delivery(
            "D001/claim/D001_claim_202610_v2.csv", text_of(claims[:12]), "2026-11-19 11:00:00"
        ),
        Delivery("D004/claim/D004_claim_2026-10.csv", october.encode(), "2026-11-19 12:00:00"),
    ]


def restored_and_remapped(region: Region) -> list[Delivery]:
    """The bytes of an old version again; masters and maps that say something else from now on."""
    outlets = master(region, "outlet")
    for outlet in outlets[::5]:
        outlet["outlet_class"] = OUTLET_CLASSES.get(outlet["outlet_class"], "A")
    products = master(region, "sku")
    for product in products[:8]:
        product["vat_ratio"] = "0.09"
        product["pieces_per_case"] = str(2 * int(product["pieces_per_case"]))
    codes = master(region, "map_sku")
    codes[0]["sku_code"], codes[1]["sku_code"] = codes[1]["sku_code"], codes[0]["sku_code"]
    old = "D002/D002_销售流向_2026W42.csv"
    return [
        Delivery(beside(old, "_v3"), region.sent(old), "2026-11-20 09:00:00"),
        Delivery("self/outlet/outlet_20261120.csv", csv_of(outlets), "2026-11-20 09:10:00"),
        Delivery("self/sku/sku_20261120.csv", csv_of(products), "2026-11-20 09:20:00"),
        Delivery("self/map_sku/map_sku_20261120.csv", csv_of(codes), "2026-11-20 09:30:00"),
    ]


def out_of_order(region: Region) -> list[Delivery]:
    """Files that came long ago and are only read now, and one that is there already."""
    week_42 = "D001/sellout/D001_sellout_2026W42_v2.csv"
    week = region.sent(WEEK_46).decode().splitlines()
    between = text_of(week[: len(week) // 3])
    stock = "D001/stock/D001_stock_2026W45.csv"
    less = text_of(region.sent(stock).decode("utf-8-sig").splitlines()[:10])
    again = moved(region.sent(WEEK_44), weeks=-1)
    return [
        Delivery(week_42, moved(region.sent(WEEK_44), weeks=-2), "2026-10-19 12:00:00"),
        Delivery(beside(WEEK_46, "_b"), between, "2026-11-18 08:00:00"),
        Delivery(beside(stock, "_v2"), less, "2026-11-10 08:00:00"),
        Delivery(beside(LATE_WEEK, "_copy"), again, "2026-11-21 08:00:00"),
    ]


def all_events(region: Region) -> list[Delivery]:
    """Every file of every wave."""
    return [*late_and_restated(region), *restored_and_remapped(region), *out_of_order(region)]


def beside(name: str, ending: str) -> str:
    """A name like another, with an ending before `.csv`."""
    return name.replace(".csv", f"{ending}.csv")


def moved(data: bytes, weeks: int) -> bytes:
    """A CSV of another week: its dates and document numbers moved by so many weeks, once each."""
    days = {
        f"{day:{form}}": f"{day + timedelta(weeks=weeks):{form}}"
        for form in DAY_FORMS
        for day in MOVED_DAYS
    }
    return re.sub("|".join(days), lambda found: days[found[0]], data.decode("utf-8-sig")).encode()


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
