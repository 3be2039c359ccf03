"""Builds the file a snapshot may become: the tables readers see, described and counted.

Nothing here reads the clock: two builds from equal warehouses hold equal tables, row by row.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import DaquError
from pipelines.metrics import Registry, kpi_value
from pipelines.publishing.catalogue import SCHEMAS, TableInfo, literal, quoted, tables
from pipelines.publishing.manifest import CoverageKey, Model
from pipelines.settings import Settings

WAREHOUSE = "daqu"
"""Name the warehouse has for dbt, kept so that its views go on working."""

CANDIDATE = "candidate"
PREVIOUS = "previous"
STORAGE_VERSION = "v1.2.0"
"""Oldest DuckDB that can open what is published."""

KPI_VALUE = "marts.kpi_value"
OWNED = {"meta.snapshot", "meta.mart", "meta.metric", "quality.check_result", KPI_VALUE}
"""Tables written here; whatever the warehouse has under these names is not copied."""

JOINED_COLUMNS = {
    "coverage_ratio": "Share of the expected reports behind this row | 本行所依据的数据到达比例",
    "finality": "Whether reports behind this row may still come or change: provisional, final or "
    "restated | 本行数据的定稿状态：暂定、定稿或已重报",
}


@dataclass(frozen=True)
class SnapshotKey:
    """What names a snapshot.

    Attributes:
        snapshot_id: Sortable name, `<as_of>-<12 hex of the fingerprint>`.
        fingerprint: Hash of everything it is made from.
        built_at: When it was built, local time of the deployment.
        run_id: Run that built it; the snapshot's name when no run is known.
    """

    snapshot_id: str
    fingerprint: str
    built_at: datetime
    run_id: str


@contextmanager
def attached(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection with the warehouse attached read-only under its own name.

    Raises:
        DaquError: There is no warehouse yet, or another process is writing to it.
    """
    if not settings.warehouse_file.is_file():
        raise DaquError(
            "There is no warehouse yet, so there is nothing to publish.",
            "尚无数仓，没有可发布的内容。",
            "Run `daqu run`.",
            "请执行 `daqu run`。",
        )
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(settings.warehouse_file.parent / "tmp"),
    }
    con = duckdb.connect(":memory:", config=config)
    try:
        _attach_warehouse(con, settings)
        yield con
    finally:
        con.close()


def _attach_warehouse(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    try:
        attach(con, settings.warehouse_file, WAREHOUSE)
    except duckdb.Error as error:
        raise DaquError(
            f"The warehouse cannot be opened for reading: {error}",
            f"无法读取数仓文件：{error}",
            "Wait for the other `daqu` command to end, then try again.",
            "请等待另一条 `daqu` 命令结束后重试。",
        ) from error


def attach(con: duckdb.DuckDBPyConnection, file: Path, name: str) -> None:
    """Attach a file for reading."""
    con.execute(f"attach {literal(str(file))} as {name} (read_only)")


def create(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Create the candidate's file, in the storage version older clients read, and attach it."""
    con.execute(
        f"attach {literal(str(file))} as {CANDIDATE} (storage_version {literal(STORAGE_VERSION)})"
    )


def storage_version(con: duckdb.DuckDBPyConnection, database: str) -> str:
    """Storage version of an attached database, such as `v1.2.0+`."""
    row = con.execute(
        "select tags['storage_version'] from duckdb_databases() where database_name = $1",
        [database],
    ).fetchone()
    return str(row[0]) if row else ""


def copy_tables(con: duckdb.DuckDBPyConnection, models: Mapping[str, Model]) -> None:
    """Copy what readers see, sorted, with types and descriptions.

    Args:
        con: Connection with the warehouse and the candidate attached.
        models: dbt models by `schema.name`; a mart with coverage gets its two columns.
    """
    for schema in SCHEMAS:
        con.execute(f"create schema {CANDIDATE}.{schema}")
    for table in tables(con, WAREHOUSE):
        path = f"{table.schema}.{table.name}"
        if path not in OWNED:
            _copy(con, table, models.get(path))


def view_metrics(con: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Make `marts.kpi_value` a view over the tables copied: rows of its own would be millions.

    Its text names no database, so it holds under whatever name the file is opened.
    """
    views = [t for t in tables(con, WAREHOUSE, ["marts"]) if t.name == kpi_value.NAME]
    for table in views:
        sql = kpi_value.union_sql(
            registry.models, lambda m: f"{quoted(m.schema)}.{quoted(m.name)}", covered=True
        )
        con.execute(f"create view {CANDIDATE}.{table.path} as {sql}")
        _describe(con, table, JOINED_COLUMNS, "view")


def _copy(con: duckdb.DuckDBPyConnection, table: TableInfo, model: Model | None) -> None:
    coverage = model.coverage if model else None
    query = _covered(table, coverage) if coverage else f"from {WAREHOUSE}.{table.path}"
    order = _order(table, model.sort if model else ())
    con.execute(f"create table {CANDIDATE}.{table.path} as from ({query}) order by {order}")
    _describe(con, table, JOINED_COLUMNS if coverage else {})


def _order(table: TableInfo, first: Iterable[str]) -> str:
    # by every column, so that a rebuilt table has its rows in the same order
    names = [*first, *(column.name for column in table.columns if column.name not in first)]
    return ", ".join(f"{quoted(name)} nulls last" for name in names)


def _covered(table: TableInfo, key: CoverageKey) -> str:
    names = {column.name for column in table.columns}

    def told(word: str) -> str:
        """A column of the mart, or what the word says of all its rows."""
        return f"mart.{quoted(word)}" if word in names else literal(word)

    return f"""
        select mart.*, coverage.coverage_ratio, coverage.finality
        from {WAREHOUSE}.{table.path} as mart
        left join {WAREHOUSE}.meta.coverage as coverage
            on coverage.feed = {literal(key.feed)}
            and coverage.node_type = {told(key.node_type)}
            and coverage.node = {told(key.node or "all")}
            and coverage.period_type = {told(key.unit)}
            and coverage.period_start = mart.{quoted(key.period)}
    """


def _describe(
    con: duckdb.DuckDBPyConnection, table: TableInfo, added: Mapping[str, str], kind: str = "table"
) -> None:
    comments = {c.name: c.comment for c in table.columns if c.comment} | dict(added)
    path = f"{CANDIDATE}.{table.path}"
    if table.comment:
        con.execute(f"comment on {kind} {path} is {literal(table.comment)}")
    for column, comment in comments.items():
        con.execute(f"comment on column {path}.{quoted(column)} is {literal(comment)}")


def write_table(
    con: duckdb.DuckDBPyConnection,
    path: str,
    comment: str,
    columns: Mapping[str, tuple[str, str]],
    rows: Iterable[tuple[Any, ...]] = (),
) -> None:
    """Create a described table in the candidate and fill it.

    Args:
        con: Connection with the candidate attached.
        path: `schema.name`.
        comment: Description of the table.
        columns: Type and description of each column, by name.
        rows: Rows in the order of the columns.
    """
    target = f"{CANDIDATE}.{path}"
    con.execute(f"create table {target} ({', '.join(f'{n} {t}' for n, (t, _) in columns.items())})")
    con.execute(f"comment on table {target} is {literal(comment)}")
    for name, (_, text) in columns.items():
        con.execute(f"comment on column {target}.{name} is {literal(text)}")
    insert_rows(con, target, list(rows))


def insert_rows(con: duckdb.DuckDBPyConnection, target: str, rows: list[tuple[Any, ...]]) -> None:
    """Append a few rows to a table."""
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        con.executemany(f"insert into {target} values ({marks})", rows)


def row_counts(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, int]:
    """Rows of every table readers see, by `schema.name`."""
    found = tables(con, database)
    counts = {}
    for table in found:
        row = con.execute(f"select count(*) from {quoted(database)}.{table.path}").fetchone()
        counts[f"{table.schema}.{table.name}"] = int(row[0]) if row else 0
    return counts
