"""Reads the ledger where it is freshest: in the warehouse, between two writers."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

import duckdb

from pipelines.errors import ConfigError, DaquError
from pipelines.lock import sole_writer
from pipelines.screens.published import rows
from pipelines.settings import Settings

WAIT_SECONDS = 60.0
DELIVERIES = """
    select
        delivery_id, sender, feed, period, version, status, file_name, file_sha256, received_at,
        rows_read, rows_loaded, rows_quarantined, rows_structural, reason_en, reason_zh,
        hint_en, hint_zh, batch_id
    from landing.delivery
"""
QUARANTINED = """
    select sheet, row_no, reasons, raw_masked
    from landing.quarantined_row
    where delivery_id = $1
    order by sheet nulls first, row_no
"""
LAST_BATCH = "select coalesce(max(batch_id), 0) as batch from landing.delivery"
SHA_PREFIX = re.compile(r"[0-9a-f]{6,64}")


@contextmanager
def ledger(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """The warehouse, read-only, while nobody writes to it.

    Raises:
        DaquError: Nothing has landed yet, or another process goes on writing.
    """
    if not settings.warehouse_file.is_file():
        raise DaquError(
            "Nothing has landed here yet.",
            "尚无任何文件入库。",
            "Run `daqu ingest` or `daqu run`.",
            "请执行 `daqu ingest` 或 `daqu run`。",
        )
    with sole_writer(settings, WAIT_SECONDS):
        con = duckdb.connect(str(settings.warehouse_file), read_only=True)
        try:
            yield con
        finally:
            con.close()


def last_batch(settings: Settings) -> int:
    """Highest batch of the ledger; 0 before the first."""
    if not settings.warehouse_file.is_file():
        return 0
    with ledger(settings) as con:
        return rows(con, "select coalesce(max(batch_id), 0) as batch from landing.delivery")[0][
            "batch"
        ]


def refused_after(settings: Settings, batch: int) -> list[dict[str, Any]]:
    """Files refused in batches after this one."""
    with ledger(settings) as con:
        where = "where batch_id > $1 and status in ('refused', 'held') order by file_name"
        return rows(con, f"{DELIVERIES} {where}", batch)


def find_deliveries(con: duckdb.DuckDBPyConnection, file: str) -> list[dict[str, Any]]:
    """Deliveries of a file, the newest first.

    Args:
        con: The ledger.
        file: Its name, with or without folders, or the first characters of its sha256.

    Raises:
        ConfigError: The ledger has no such file.
    """
    found = rows(con, f"{DELIVERIES} order by received_at desc, delivery_id")
    name = PurePosixPath(file.replace("\\", "/")).name
    named = [row for row in found if row["file_name"] == file] or [
        row for row in found if PurePosixPath(row["file_name"]).name == name
    ]
    if not named and SHA_PREFIX.fullmatch(file.lower()):
        named = [row for row in found if row["file_sha256"].startswith(file.lower())]
    if named:
        return named
    raise ConfigError(
        f"The ledger has no file {file}.",
        f"台账中没有文件 {file}。",
        "Name it as `daqu status` does, or by the first six or more characters of its sha256.",
        "请使用 `daqu status` 中的文件名，或其 sha256 的前六位以上。",
    )


def delivery(con: duckdb.DuckDBPyConnection, delivery_id: int) -> dict[str, Any]:
    """The line of the ledger about one delivery."""
    return rows(con, f"{DELIVERIES} where delivery_id = $1", delivery_id)[0]


def quarantined_rows(con: duckdb.DuckDBPyConnection, delivery_id: int) -> list[dict[str, Any]]:
    """Rows of a delivery that were not loaded, in the order of the file."""
    return rows(con, QUARANTINED, delivery_id)
