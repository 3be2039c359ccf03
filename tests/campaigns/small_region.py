"""A deployment small enough to be landed thousands of times, and the files it receives."""

from __future__ import annotations

import io
import random
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from pipelines.contracts import Contract, load_contracts
from pipelines.rescue.compare import Compared, compare, landing_tables
from pipelines.settings import PROJECT, Settings
from tests.integration.region import Region

FEEDS = ("sku", "map_sku", "sellout", "stock")
DEPLOYMENT = f"""name: Small region | 小区域
feeds: [{", ".join(FEEDS)}]
as_of: 2026-11-22
"""
MAPPINGS = {
    "D001": "sender: D001\nfeeds:\n  sellout: {codes: ours}\n  stock: {codes: ours}\n",
    "D002": "sender: D002\nfeeds:\n  sellout: {}\n  stock: {codes: ours}\n",
    # daily exports of a moving window: a newer one replaces the days it has rows for
    "D004": "sender: D004\nfeeds:\n  sellout: {codes: ours, replaces: keys}\n",
    "D003": "sender: D003\nfeeds:\n  sellout: {codes: ours, replaces: dates_in_file}\n",
}
FIRST_MONDAY = date(2026, 9, 14)
BEGINNING = datetime(2026, 11, 16, 8, 0)
SKUS = ("S1", "S2", "S3", "S4")


@dataclass(frozen=True)
class Arrival:
    """A file, what stands in it, and when it came."""

    name: str
    data: bytes
    received_at: datetime

    def arrive(self, region: Region) -> None:
        region.put(self.name, self.data, f"{self.received_at}")


@lru_cache(maxsize=1)
def all_contracts() -> dict[str, Contract]:
    return load_contracts(PROJECT / "quality" / "contracts")


class SmallRegion(Region):
    """A region that shares its contracts with all others."""

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        return all_contracts()


def new_region(home: Path) -> SmallRegion:
    """A deployment with mappings, nothing received, and a warehouse without a row."""
    _configure(home)
    (home / "warehouse").mkdir()
    (home / "warehouse" / "daqu.duckdb").write_bytes(_empty_warehouse())
    return SmallRegion(home)


def _configure(home: Path) -> None:
    (home / "mappings").mkdir(parents=True)
    (home / "deployment.yaml").write_text(DEPLOYMENT, encoding="utf-8")
    for name, text in MAPPINGS.items():
        (home / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")


@lru_cache(maxsize=1)
def _empty_warehouse() -> bytes:
    """A warehouse with its tables: making them costs more than landing a few files."""
    with tempfile.TemporaryDirectory() as folder:
        region = SmallRegion(Path(folder) / "home")
        _configure(region.home)
        region.land()
        return region.settings.warehouse_file.read_bytes()


def different(one: Settings, other: Settings) -> list[Compared]:
    """Landing tables of two deployments that received the same files, where they differ."""
    files = one.warehouse_file, other.warehouse_file
    return [found for found in compare(*files, landing_tables(FEEDS)) if not found.is_equal]


def products(number: int) -> bytes:
    """The master of the first so many products."""
    lines = [f"{code},{code} 商品,{6 + place}" for place, code in enumerate(SKUS[:number])]
    return csv_bytes("sku_code,sku_name_zh,pieces_per_case", lines)


def code_map(pairs: dict[str, str]) -> bytes:
    """D002's codes for ours."""
    lines = [f"D002,{theirs},{ours}" for theirs, ours in pairs.items()]
    return csv_bytes("distributor_code,their_code,sku_code", lines)


def sellout(
    seed: int,
    week: int,
    rows: int,
    codes: tuple[str, ...],
    days: int = 7,
    bad_share: float = 0.04,
) -> bytes:
    """Lines of a week, or of more days: sales, returns, an impossible line now and then."""
    chance = random.Random(seed)
    lines = []
    for number in range(rows):
        day = monday(week) + timedelta(days=chance.randrange(days))
        quantity = chance.randrange(1, 40)
        kind = chance.choice(["sale", "sale", "sale", "return"])
        written = "2026-02-30" if chance.random() < bad_share else day.isoformat()
        code = chance.choice(codes)
        price = 5 + codes.index(code) + chance.randrange(100) / 100
        document = f"{seed % 997:03d}-{number}"
        lines.append(f"{document},{written},{code},{kind},{quantity},{quantity * price:.2f}")
    return csv_bytes("document_no,sold_date,sku_code,doc_type,quantity,reported_amount", lines)


def stock(seed: int, week: int, rows: int) -> bytes:
    """Stock of a week's Sunday."""
    chance = random.Random(seed)
    day = monday(week) + timedelta(days=6)
    lines = [
        f"{day},{code},B{chance.randrange(3)},{chance.randrange(500)}"
        for code in chance.sample(SKUS, min(rows, len(SKUS)))
    ]
    return csv_bytes("snapshot_date,sku_code,batch_no,quantity", lines)


def as_workbook(data: bytes) -> bytes:
    """The same rows as a workbook, which a guarded child reads."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": datetime(2026, 1, 1)})
    sheet = book.add_worksheet("sellout")
    for number, line in enumerate(data.decode().splitlines()):
        sheet.write_row(number, 0, line.split(","))
    book.close()
    return buffer.getvalue()


def monday(week: int) -> date:
    return FIRST_MONDAY + timedelta(weeks=week)


def week_name(week: int) -> str:
    year, number, _ = monday(week).isocalendar()
    return f"{year}-W{number:02d}"


def csv_bytes(header: str, lines: list[str]) -> bytes:
    return ("\n".join([header, *lines]) + "\n").encode()
