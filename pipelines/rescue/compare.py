"""Two warehouses made from the same files hold the same rows: counted, hashed, and told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

OF_THE_RUN = ("batch_id", "_batch_id", "agreement")
"""Columns that say which run wrote a row and by what it was judged, not what the row says."""
LEDGERS = ("delivery", "delivery_finding", "quarantined_row")
BUILT = ("intermediate", "marts", "quality", "meta")
SIDES = ("one", "other")


@dataclass(frozen=True)
class Compared:
    """One table of two warehouses.

    Attributes:
        table: Schema and name.
        rows: Rows in the one and in the other; None where there is no such table.
        only: Rows only the one has and only the other, repeats counted; 0 and 0 when equal.
    """

    table: str
    rows: tuple[int | None, int | None]
    only: tuple[int, int]

    @property
    def is_equal(self) -> bool:
        """Whether both have the same rows, whatever their order."""
        return self.only == (0, 0) and self.rows[0] == self.rows[1]


def landing_tables(feeds: Iterable[str]) -> list[str]:
    """What landing tells: current and superseded rows of every feed, and the ledger's tables."""
    views = [f"{feed}{kind}" for feed in feeds for kind in ("", "_history")]
    return [f"landing.{name}" for name in (*LEDGERS, *views)]


def built_tables(file: Path) -> list[str]:
    """What dbt keeps: facts, dimensions, marts and what stands between, by full names."""
    with duckdb.connect(str(file), read_only=True) as con:
        rows = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name = any($schemas) order by all",
            {"schemas": list(BUILT)},
        ).fetchall()
    return [row[0] for row in rows]


def compare(one: Path, other: Path, tables: Iterable[str]) -> list[Compared]:
    """Compare tables of two warehouses nobody writes to.

    Args:
        one: A warehouse file.
        other: Another one.
        tables: Full names of tables or views.
    """
    with duckdb.connect() as con:
        for side, file in zip(SIDES, (one, other), strict=True):
            path = str(file).replace("'", "''")
            con.execute(f"attach '{path}' as {side} (read_only)")
        return [_compared(con, table) for table in tables]


def _compared(con: duckdb.DuckDBPyConnection, table: str) -> Compared:
    one, other = (_columns(con, f"{side}.{table}") for side in SIDES)
    shared = [name for name in one if name in other]
    if not shared:
        rows = tuple(
            _count(con, f"{side}.{table}") if there else None
            for side, there in zip(SIDES, (one, other), strict=True)
        )
        return Compared(table, (rows[0], rows[1]), (rows[0] or 0, rows[1] or 0))
    said = ", ".join(f'"{name}"' for name in shared)
    left, right = (_hashed(con, f"{side}.{table}", said) for side in SIDES)
    rows = (left[0], right[0])
    if left == right and one == other:
        return Compared(table, rows, (0, 0))
    selects = [f"select {said} from {side}.{table}" for side in SIDES]
    only = [_count(con, f"({a} except all {b})") for a, b in (selects, selects[::-1])]
    return Compared(table, rows, (only[0], only[1]))


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Names of what a table says; none when there is no such table."""
    try:
        found = con.execute(f"describe {table}").fetchall()
    except duckdb.CatalogException:
        return []
    return [row[0] for row in found if row[0] not in OF_THE_RUN]


def _hashed(con: duckdb.DuckDBPyConnection, table: str, columns: str) -> tuple[int, int | None]:
    """Number of rows, and the sum of their hashes: the same in whatever order they stand."""
    found = con.execute(f"select count(*), sum(hash({columns})::hugeint) from {table}").fetchone()
    assert found
    return found


def _count(con: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = con.execute(f"select count(*) from {rows}").fetchone()
    assert found
    return found[0]
