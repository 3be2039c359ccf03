"""Writes the SQL of frames that look at every table alike.

Three databases are attached when a frame is queried: `daqu` (the warehouse), `candidate` (what
may be published) and, unless this is the first snapshot, `previous` (what readers see now).
`gate_grain(mart, grain)` holds the key columns of each mart; the variable `as_of` the as-of day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import duckdb

TABLES = """
    select table_name from duckdb_tables()
    where database_name = 'candidate' and schema_name = 'marts'
"""
"""Names of the marts that hold rows of their own: a view has those of its tables."""

NOTHING = "select null::varchar as item, 0::double as value where false"


def columns(con: duckdb.DuckDBPyConnection, condition: str) -> list[tuple[str, str, str]]:
    """Schema, table and column of the candidate's columns that meet a condition.

    A view shows what its tables hold, and is judged there.
    """
    return con.execute(
        f"""
        select schema_name, table_name, column_name from duckdb_columns()
        where database_name = 'candidate' and (schema_name, table_name) in (
            select (schema_name, table_name) from duckdb_tables()
            where database_name = 'candidate'
        ) and {condition}
        order by schema_name, table_name, column_index
        """
    ).fetchall()


def union(parts: Iterable[str]) -> str:
    """One frame from many selects; an empty one when there are none."""
    return "\nunion all\n".join(parts) or NOTHING


def rows_where(condition: str, of_columns: str) -> Callable[[duckdb.DuckDBPyConnection], str]:
    """Rows of each column that meet a condition.

    Args:
        condition: SQL with `{column}` for the quoted column and `{stem}` for its name up to the
            last underscore.
        of_columns: Which columns, as a condition on `duckdb_columns()`.
    """

    def frame(con: duckdb.DuckDBPyConnection) -> str:
        return union(
            f"""
            select '{table}.{column}' as item, count(*)::double as value
            from candidate."{schema}"."{table}"
            where {condition.format(column=f'"{column}"', stem=column.rpartition("_")[0])}
            """
            for schema, table, column in columns(con, of_columns)
        )

    return frame


def duplicate_keys(con: duckdb.DuckDBPyConnection) -> str:
    """Rows of each mart that share their key with another row."""
    grains = con.execute(
        f"select mart, grain from gate_grain where mart in ({TABLES}) order by mart"
    ).fetchall()
    return union(
        f"""
        select '{mart}' as item, coalesce(sum(row_count), 0)::double as value
        from (
            select count(*) as row_count from candidate.marts."{mart}"
            group by {", ".join(f'"{column}"' for column in grain)} having count(*) > 1
        )
        """
        for mart, grain in grains
    )


def copied_rows(con: duckdb.DuckDBPyConnection) -> str:
    """Rows of each mart that the warehouse has and the candidate lacks, or the other way."""
    marts = con.execute(
        f"select name from candidate.meta.mart where name in ({TABLES}) order by name"
    ).fetchall()
    return union(
        f"""
        select '{mart}' as item, (
            (select count(*) from candidate.marts."{mart}")
            - (select count(*) from daqu.marts."{mart}")
        )::double as value
        """
        for (mart,) in marts
    )


def landed_rows(con: duckdb.DuckDBPyConnection) -> str:
    """Rows in the two landing tables of each feed, less the rows its deliveries loaded.

    Rows the retention policy removed count as landed.
    """
    feeds = con.execute("select feed from daqu.landing.contract order by feed").fetchall()
    return union(
        f"""
        select '{feed}' as item, (
            (select count(*) from daqu.landing."{feed}")
            + (select count(*) from daqu.landing."{feed}_history")
            + (
                select coalesce(sum(rows_removed), 0)
                from daqu.landing.removal inner join daqu.landing.delivery using (delivery_id)
                where feed = '{feed}' and kind in ('history', 'raw')
            )
            - (
                select coalesce(sum(rows_loaded), 0) from daqu.landing.delivery
                where feed = '{feed}'
            )
        )::double as value
        """
        for (feed,) in feeds
    )


def difference(**sums: str) -> str:
    """One row for each pair of neighbours: the first query's figure less the second's.

    Args:
        sums: A query with one figure, by the name of the place it is taken from.
    """
    places = list(sums.items())
    return union(
        f"""
        select '{left} - {right}' as item,
            (coalesce(({left_sql}), 0) - coalesce(({right_sql}), 0))::double as value
        """
        for (left, left_sql), (right, right_sql) in pairwise(places)
    )


def part_exists() -> str:
    """Condition on `duckdb_columns()`: a ratio whose numerator and denominator are beside it."""
    return """ends_with(column_name, '_ratio') and 2 = (
        select count(*) from duckdb_columns() as part
        where part.database_name = duckdb_columns.database_name
            and part.schema_name = duckdb_columns.schema_name
            and part.table_name = duckdb_columns.table_name
            and part.column_name in (
                regexp_replace(duckdb_columns.column_name, '_ratio$', '_num'),
                regexp_replace(duckdb_columns.column_name, '_ratio$', '_den')
            )
    )"""


def metrics_of_both(con: duckdb.DuckDBPyConnection) -> str:
    """Metrics that have rows in their mart and not in `kpi_value`, or the other way."""
    metrics = con.execute(
        "select metric_id, mart, condition from candidate.meta.metric order by metric_id"
    ).fetchall()
    known = ", ".join(f"'{metric_id}'" for metric_id, _, _ in metrics) or "''"
    unknown = f"""
        select distinct metric_id as item, 1::double as value
        from candidate.marts.kpi_value where metric_id not in ({known})
    """
    return union(
        [
            *(
                f"""
                select '{metric_id}' as item, (
                    exists (from candidate.{_path(mart)} where {condition or "true"})
                    <> exists (from candidate.marts.kpi_value where metric_id = '{metric_id}')
                )::double as value
                """
                for metric_id, mart, condition in metrics
            ),
            unknown,
        ]
    )


def _path(mart: str) -> str:
    return mart if "." in mart else f"marts.{mart}"


MISSING_DESCRIPTIONS = """
    with described as (
        select schema_name, table_name, comment from duckdb_columns()
        where database_name = 'candidate'
        union all
        select schema_name, table_name, comment from duckdb_tables()
        where database_name = 'candidate'
        union all
        select schema_name, view_name, comment from duckdb_views()
        where database_name = 'candidate' and not internal
    )
    select schema_name || '.' || table_name as item,
        count(*) filter (not contains(coalesce(comment, ''), ' | '))::double as value
    from described
    group by all
    order by all
"""
"""Columns of each table, and the table itself, without a text in both languages."""
