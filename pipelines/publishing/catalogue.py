"""What tables a DuckDB file holds, with their types and descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

SCHEMAS = ("marts", "quality", "meta")
"""Schemas readers see, in the order they are copied."""


@dataclass(frozen=True)
class ColumnInfo:
    """A column as the database knows it; the comment reads `English | 中文` or is empty."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True)
class TableInfo:
    """A table or view as the database knows it."""

    schema: str
    name: str
    comment: str
    columns: tuple[ColumnInfo, ...]
    is_view: bool = False

    @property
    def path(self) -> str:
        """`schema.name`, quoted for SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def quoted(identifier: str) -> str:
    """An identifier for SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string literal for SQL, where a parameter is not allowed."""
    return "'" + text.replace("'", "''") + "'"


def tables(
    con: duckdb.DuckDBPyConnection, database: str, schemas: Iterable[str] = SCHEMAS
) -> list[TableInfo]:
    """Tables and views of an attached database, sorted by schema and name.

    Args:
        con: Connection the database is attached to.
        database: Name it is attached under.
        schemas: Schemas to list.
    """
    wanted = list(schemas)
    found = con.execute(
        """
        select schema_name, table_name, coalesce(comment, ''), false from duckdb_tables()
        where database_name = $1 and list_contains($2, schema_name)
        union all
        select schema_name, view_name, coalesce(comment, ''), true from duckdb_views()
        where database_name = $1 and list_contains($2, schema_name) and not internal
        order by all
        """,
        [database, wanted],
    ).fetchall()
    columns = _columns(con, database, wanted)
    return [
        TableInfo(schema, name, comment, tuple(columns.get((schema, name), ())), is_view)
        for schema, name, comment, is_view in found
    ]


def _columns(
    con: duckdb.DuckDBPyConnection, database: str, schemas: list[str]
) -> dict[tuple[str, str], list[ColumnInfo]]:
    rows = con.execute(
        """
        select schema_name, table_name, column_name, data_type, coalesce(comment, '')
        from duckdb_columns()
        where database_name = $1 and list_contains($2, schema_name)
        order by schema_name, table_name, column_index
        """,
        [database, schemas],
    ).fetchall()
    columns: dict[tuple[str, str], list[ColumnInfo]] = {}
    for schema, table, name, kind, comment in rows:
        columns.setdefault((schema, table), []).append(ColumnInfo(name, kind, comment))
    return columns


def both_languages(comment: str) -> tuple[str, str]:
    """Split `English | 中文`; a text without the bar stands for both."""
    english, bar, chinese = comment.partition(" | ")
    return (english.strip(), chinese.strip()) if bar else (comment.strip(), comment.strip())
