"""Opens what is published the way any reader may: read-only, locked down."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import duckdb

from pipelines.errors import ConfigError, DaquError
from pipelines.settings import Settings

LOCKED_DOWN: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}


def is_published(settings: Settings) -> bool:
    """Whether a snapshot can be read."""
    return (settings.published / "daqu.duckdb").is_file()


@contextmanager
def published(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """The current snapshot, read-only, with no way to other files.

    Raises:
        DaquError: Nothing is published yet.
    """
    if not is_published(settings):
        raise DaquError(
            "Nothing is published yet.",
            "尚未发布任何快照。",
            "Run `daqu run`.",
            "请执行 `daqu run`。",
        )
    # the resolved path: a snapshot published meanwhile does not pull the file away
    file = (settings.published / "daqu.duckdb").resolve()
    con = duckdb.connect(str(file), read_only=True, config=LOCKED_DOWN)
    try:
        yield con
    finally:
        con.close()


def rows(con: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict[str, Any]]:
    """Rows of a query as dictionaries."""
    result = con.execute(sql, list(values))
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def answer(settings: Settings, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run a query of a person over the published tables.

    Args:
        settings: The deployment.
        sql: One statement.

    Returns:
        Column names and rows.

    Raises:
        ConfigError: DuckDB does not accept the statement; the message is DuckDB's.
    """
    with published(settings) as con:
        return ask(con, sql)


def ask(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a person's query.

    Raises:
        ConfigError: DuckDB does not accept the statement; the message is DuckDB's.
    """
    try:
        result = con.execute(sql)
        return [column[0] for column in result.description or ()], result.fetchall()
    except duckdb.Error as error:
        raise ConfigError(
            f"The query cannot be answered: {error}",
            f"查询无法执行：{error}",
            '`daqu query "show all tables"` lists the tables.',
            '`daqu query "show all tables"` 可列出全部表。',
        ) from error
