"""The long form: what its SQL makes of the rows of a mart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.metrics import load_registry
from pipelines.metrics.kpi_value import made_from, model_files, union_sql
from tests.unit.metrics.conftest import change

MART = """
create table return_week as
    select * from (values
        (date '2026-11-16', 'D1', 'GT', 2, 10, 0.2::double, 'ok', 0.5::double, 'provisional'),
        (date '2026-11-16', 'D1', 'MT', 1, 2, 0.5, 'ok', 0.5, 'provisional'),
        (date '2026-11-16', 'D2', 'GT', 1, 0, null, 'no_base', 1.0, 'final'),
        (date '2026-11-16', 'D3', 'GT', null, 5, null, 'not_told', 1.0, 'final')
    ) as t(
        week_start_date, distributor_code, channel, return_num, return_den, return_ratio, status,
        coverage_ratio, finality
    )
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(MART)
        yield con


def rows(con: duckdb.DuckDBPyConnection, dbt_project: Path, columns: str) -> list[tuple]:
    models = load_registry(dbt_project).models
    sql = union_sql(models, lambda model: model.name, covered=True)
    return con.execute(f"select {columns} from ({sql}) order by all").fetchall()


def test_a_row_of_a_mart_is_a_row_of_each_of_its_metrics(
    con: duckdb.DuckDBPyConnection, dbt_project: Path
) -> None:
    con.execute("delete from return_week where channel = 'MT'")
    assert rows(con, dbt_project, "node_code, numerator, denominator, value, status") == [
        ("D1", 2, 10, 0.2, "ok"),
        ("D2", 1, 0, None, "no_base"),
        ("D3", None, 5, None, "not_told"),
    ]
    found = rows(con, dbt_project, "* exclude (numerator, denominator, value, status)")
    period = ("week", con.execute("select date '2026-11-16'").fetchall()[0][0])
    assert found[0] == (
        *("returns", *period, "distributor", "D1", "all", "all"),
        *(0.5, "provisional"),
    )


def test_rows_that_make_up_one_are_summed_before_they_are_divided(
    con: duckdb.DuckDBPyConnection, dbt_project: Path
) -> None:
    code = "          node_code: distributor_code\n"
    change(dbt_project, code, f"{code}          summed: true\n")
    columns = "node_code, numerator, denominator, value, status, coverage_ratio, finality"
    assert rows(con, dbt_project, columns) == [
        ("D1", 3, 12, 0.25, "ok", 0.5, "provisional"),
        ("D2", 1, 0, None, "no_base", 1, "final"),
        ("D3", None, 5, None, "no_base", 1, "final"),
    ]


def test_a_metric_that_is_no_ratio_is_its_numerator(
    con: duckdb.DuckDBPyConnection, dbt_project: Path
) -> None:
    change(dbt_project, "            denominator: return_den\n", "")
    change(dbt_project, "            value: return_ratio\n", "            where: channel = 'MT'\n")
    change(dbt_project, "- name: return_den", "- name: return_pieces")
    change(dbt_project, "- name: return_ratio", "- name: return_amount")
    assert rows(con, dbt_project, "node_code, numerator, denominator, value") == [
        ("D1", 1, None, 1)
    ]


def test_a_mart_without_coverage_has_none_in_the_long_form(
    con: duckdb.DuckDBPyConnection, dbt_project: Path
) -> None:
    key = "{feed: sellout, period: week_start_date, unit: week, node: distributor_code}"
    line = f"        coverage: {key}\n"
    change(dbt_project, line, "")
    con.execute("alter table return_week drop coverage_ratio")
    assert {row[0] for row in rows(con, dbt_project, "coverage_ratio")} == {None}


def test_the_dbt_model_leaves_out_what_is_made_from_it(dbt_project: Path) -> None:
    folder = dbt_project / "models" / "marts"
    sql = model_files(dbt_project, load_registry(dbt_project), "Generated")["kpi_value.sql"]
    assert sql.startswith("-- Generated\n{{ config(materialized='view') }}\n")
    assert "from {{ ref('return_week') }}" in sql
    (folder / "int_goal.sql").write_text("from {{ ref('kpi_value') }}")
    (folder / "return_week.sql").write_text("from {{ ref('int_goal') }}")
    assert made_from("kpi_value", dbt_project) == {"kpi_value", "int_goal", "return_week"}
    assert model_files(dbt_project, load_registry(dbt_project), "Generated") == {}
