"""A deployment a test works on: what arrives, what is landed, built and published of it."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipelines import transform
from pipelines.contracts import Contract, load_contracts
from pipelines.landing import LandingResult, land
from pipelines.landing.receipts import raw_path
from pipelines.rescue.compare import built_tables, compare
from pipelines.settings import Settings

Row = tuple[Any, ...]
# what says which run, not which data: differs between equal warehouses
RUN_COLUMNS = {
    "batch_id",
    "_batch_id",
    "_delivery_id",
    "delivery_id",
    "known_from",
    "_superseded_by",
}
LEDGER = """
    select sender, feed, period, version, status, is_current, file_name, file_sha256,
        if(starts_with(file_name, 'reference/'), null, received_at) as received_at,
        superseded_at, encoding, sheet, header_row, rows_read, rows_loaded, rows_quarantined,
        rows_structural, rows_warned, quantity_loaded, quantity_quarantined, amount_loaded,
        amount_quarantined, control_quantity, control_amount, reason_code
    from landing.delivery"""


class Region:
    """A deployment by its folder. Nothing is kept open between calls."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @cached_property
    def settings(self) -> Settings:
        return Settings.load(self.home)

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        return load_contracts(self.settings.contracts)

    def copy(self, folder: Path) -> Region:
        """The same deployment in another folder, for a test to spoil."""
        target = folder / "home"
        shutil.copytree(self.home, target, symlinks=True)
        return Region(target)

    def put(self, name: str, data: bytes, received_at: str) -> None:
        """A file arrives in the inbox, stamped as a file server stamps it."""
        file = self.settings.inbox / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        stamps = self.settings.inbox / "received.csv"
        head = [] if stamps.is_file() else [["file", "received_at"]]
        with stamps.open("a", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([*head, [name, received_at]])

    def sent(self, name: str) -> bytes:
        """The bytes that were received under a name."""
        [(sha,)] = self.query(
            "select distinct file_sha256 from landing.delivery where file_name = ?", [name]
        )
        return raw_path(self.settings, sha).read_bytes()

    def land(self) -> LandingResult:
        return land(self.settings, self.contracts)

    def build(self, *, full_refresh: bool = False) -> None:
        result = transform.build(self.settings, full_refresh=full_refresh)
        assert result.broken == [], [f"{n.name}: {n.message}" for n in result.broken]

    def query(self, sql: str, parameters: list[Any] | None = None) -> list[Row]:
        with duckdb.connect(str(self.settings.warehouse_file), read_only=True) as con:
            return con.execute(sql, parameters).fetchall()

    def built_tables(self) -> list[str]:
        """What dbt keeps: facts, dimensions, marts and what stands between, by full names."""
        return built_tables(self.settings.warehouse_file)

    def ledger(self) -> Counter[Row]:
        """Every delivery as the ledger tells of it, without what names a run."""
        return Counter(self.query(LEDGER))

    def findings(self) -> Counter[Row]:
        """What is said of deliveries."""
        return Counter(
            self.query(
                "select d.file_name, d.file_sha256, f.* exclude (delivery_id) "
                "from landing.delivery_finding as f "
                "inner join landing.delivery as d on f.delivery_id = d.delivery_id"
            )
        )

    def landed(self) -> dict[str, Counter[str]]:
        """Rows of every landing view as texts: what they say and the file they stand in."""
        views = [f"{feed}{kind}" for feed in self.contracts for kind in ("", "_history")]
        with duckdb.connect(str(self.settings.warehouse_file), read_only=True) as con:
            return {
                view: Counter(map(repr, con.execute(_rows_sql(con, view)).fetchall()))
                for view in [*views, "quarantined_row"]
            }


def _rows_sql(con: duckdb.DuckDBPyConnection, view: str) -> str:
    names = [row[0] for row in con.execute(f"describe landing.{view}").fetchall()]
    # a reference table is stamped when it is read
    clock = {"_superseded_at"} if view.startswith(("calendar", "roster", "threshold")) else set()
    said = ", ".join(f"v.{name}" for name in names if name not in RUN_COLUMNS | clock)
    key = "delivery_id" if "delivery_id" in names else "_delivery_id"
    return f"""
        select d.file_name, d.file_sha256, {said} from landing.{view} as v
        inner join landing.delivery as d on v.{key} = d.delivery_id"""


def differences(one: Region, other: Region) -> dict[str, tuple[int, int]]:
    """Built tables that differ: rows only in the first, only in the second, repeats counted."""
    names = sorted({*one.built_tables(), *other.built_tables()})
    files = one.settings.warehouse_file, other.settings.warehouse_file
    return {found.table: found.only for found in compare(*files, names) if not found.is_equal}
