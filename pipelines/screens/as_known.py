"""Answers queries over the feeds as they were known at an earlier moment."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb

from pipelines.contracts import Contract, load_contracts
from pipelines.landing.as_of import as_of_select
from pipelines.landing.rows.expressions import literal
from pipelines.landing.tables import columns_made
from pipelines.lock import sole_writer
from pipelines.screens.ledger import WAIT_SECONDS, ledger
from pipelines.screens.published import ask
from pipelines.settings import Settings

WAREHOUSE = "warehouse"


def answer_as_of(
    settings: Settings, sql: str, moment: datetime
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run a query of a person in which `landing.<feed>` has the rows known at a moment.

    Args:
        settings: The deployment.
        sql: One statement over `landing.<feed>`; names of persons are masked.
        moment: Local time; what was received later is not looked at.

    Returns:
        Column names and rows.

    Raises:
        ConfigError: DuckDB does not accept the statement.
        DaquError: Nothing has landed, or another process goes on writing.
    """
    contracts = load_contracts(settings.contracts)
    with ledger(settings) as con:
        made = {feed: columns_made(con, contract) for feed, contract in contracts.items()}
    with sole_writer(settings, WAIT_SECONDS), _then(settings, contracts, made, moment) as con:
        return ask(con, sql)


@contextmanager
def _then(
    settings: Settings,
    contracts: dict[str, Contract],
    made: dict[str, list[str]],
    moment: datetime,
) -> Generator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    try:
        con.execute(f"attach {literal(str(settings.warehouse_file))} as {WAREHOUSE} (read_only)")
        con.execute("create schema landing")
        # the maps first: what other feeds say rests on them
        for feed, contract in sorted(
            contracts.items(), key=lambda one: not one[0].startswith("map_")
        ):
            when = f"timestamp '{moment.isoformat(sep=' ')}'"
            body = as_of_select(contract, made[feed], when, f"{WAREHOUSE}.", "memory.landing")
            con.execute(f"create view landing.{feed} as select {_masked(contract)} from ({body})")
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        yield con
    finally:
        con.close()


def _masked(contract: Contract) -> str:
    hidden = [
        f"case when {column.name} is not null then '***' end as {column.name}"
        for column in contract.columns
        if column.personal
    ]
    return f"* replace ({', '.join(hidden)})" if hidden else "*"
