"""Models run by themselves over rows a test makes up: thousands of cases in one query.

The SQL is what dbt compiles; the tables stand in memory, under the names that SQL reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.settings import PROJECT
from pipelines.transform import WAREHOUSE_VARIABLE

AS_OF = date(2026, 11, 22)
"""The day figures are told on."""
COMPILE = ("compile", "--select", "resource_type:model", "--indirect-selection", "empty")


@dataclass(frozen=True)
class Compiled:
    """The models of the project in SQL.

    Attributes:
        nodes: dbt's nodes of models and sources by unique id; those of models are compiled.
    """

    nodes: Mapping[str, Any]

    def run(self, *models: str, given: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """Rows of the last of some models, each built over those before it.

        Args:
            *models: Short names, in the order they are built in.
            given: Rows of what else they read, by short name. A column left out is null, a table
                left out is empty; those of the ledger, whose columns nobody describes, are not.

        Raises:
            AssertionError: None of the models reads a table that was given.
            duckdb.BinderException: A column that was given is not one of its table's.
        """
        by_name = {node.name: node for node in self.nodes.values()}
        wanted = [by_name[name] for name in models]
        read = {parent for node in wanted for parent in node.depends_on.nodes}
        inputs = [self.nodes[parent] for parent in sorted(read) if parent not in _ids(wanted)]
        assert given.keys() <= {node.name for node in inputs}
        with duckdb.connect() as con:
            con.execute(f"attach ':memory:' as {wanted[-1].database}")
            for node in inputs:
                _create(con, node, given.get(node.name))
            for node in wanted:
                _in_schema(con, node)
                con.execute(f"create table {node.relation_name} as {node.compiled_code}")
            frame = pl.from_arrow(con.table(wanted[-1].relation_name).to_arrow_table())
        assert isinstance(frame, pl.DataFrame)
        return frame


def compile_models(folder: Path) -> Compiled:
    """Every model, compiled over a warehouse with nothing in it.

    Args:
        folder: Empty; dbt writes there.
    """
    from dbt.cli.main import dbtRunner  # a second to import

    project, target = str(PROJECT / "dbt_project"), str(folder)
    options = [
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", target, "--log-path", target, "--log-level", "none", "--quiet"),
        *("--vars", json.dumps({"as_of": AS_OF.isoformat(), "forecast_challengers": []})),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WAREHOUSE_VARIABLE, str(folder / "made_up.duckdb"))
        parsed: Any = dbtRunner().invoke(["parse", *options])
        assert parsed.success, parsed.exception
        done: Any = dbtRunner(manifest=parsed.result).invoke([*COMPILE, *options])
        assert done.success, done.exception
    models = {run.node.unique_id: run.node for run in done.result.results}
    return Compiled(models | parsed.result.sources)


def _ids(nodes: Sequence[Any]) -> set[str]:
    return {node.unique_id for node in nodes}


def _in_schema(con: duckdb.DuckDBPyConnection, node: Any) -> None:
    con.execute(f"create schema if not exists {node.database}.{node.schema}")


def _create(con: duckdb.DuckDBPyConnection, node: Any, rows: pl.DataFrame | None) -> None:
    """The table of an input, with the columns its page describes; the ledger describes none."""
    sent: dict[str, str] = {}
    if rows is not None:
        con.register("given", rows.to_arrow())
        sent = {name: kind for name, kind, *_ in con.sql("describe given").fetchall()}
    # staging leaves types to the contract of its feed
    said = {name: column.data_type for name, column in node.columns.items()} or sent
    types = [f"{name} {said[name] or sent.get(name, 'varchar')}" for name in said]
    _in_schema(con, node)
    con.execute(f"create table {node.relation_name} ({', '.join(types)})")
    if rows is not None:
        con.execute(f"insert into {node.relation_name} by name select * from given")
        con.unregister("given")
