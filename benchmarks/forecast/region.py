"""A warehouse that holds nothing but demand, so that the forecast's own models can run over it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import yaml

from pipelines import transform
from pipelines.contracts import load_contracts
from pipelines.landing import land
from pipelines.settings import PROJECT, Settings

LAST = "int_forecast_range"
"""The model with everything a benchmark reads; those before it are built with it."""
SAMPLE = PROJECT / "data"
MODELS = "int_forecast_*"
"""The forecast's own; what they are built on is put in place."""
WEEKS = """
    select
        week_start_date,
        week_start_date + 6 as week_end_date,
        week_start_date - 364 as last_year_week_start_date,
        week_start_date - 364 as last_year_festival_week_start_date,
        null::varchar as festival,
        null::bigint as festival_week_offset,
        week_start_date + 6 <= $as_of as is_complete
    from (
        select unnest(generate_series($first, $as_of + 400, interval 7 day))::date
            as week_start_date
    )"""
SKUS = """
    select
        sku_code,
        any_value(category) as category,
        any_value(category) as brand,
        null::date as launch_date,
        null::date as delist_date,
        true as is_current
    from intermediate.int_demand_week
    group by sku_code"""
DEMAND = """
    select
        distributor_code,
        category,
        sku_code,
        week_start_date,
        cast(pieces as decimal(18, 3)) as sold_pieces,
        cast(null as varchar) as mark,
        cast(greatest(pieces, 0) as decimal(18, 3)) as demand_pieces,
        cast(0 as decimal(18, 3)) as promotion_pieces
    from ({source})
    where week_start_date + 6 <= $as_of"""


@dataclass(frozen=True)
class Cost:
    """What a build of the forecast took.

    Attributes:
        cpu_seconds: Of the process, dbt's start included.
        model_seconds: Time on the clock of each model, by name.
    """

    cpu_seconds: float
    model_seconds: dict[str, float]


@dataclass(frozen=True)
class Region:
    """A deployment whose demand is put in place by hand.

    Attributes:
        home: Its folder.
    """

    home: Path

    @classmethod
    def new(
        cls,
        home: Path,
        as_of: date,
        feeds: tuple[str, ...] = ("sellout",),
        challengers: tuple[str, ...] = (),
        models: str = f"+{LAST}",
    ) -> Region:
        """A deployment without a single report, its models built once, empty.

        Args:
            home: A folder that is not there yet.
            as_of: Day figures are told as of.
            feeds: What it subscribes to.
            challengers: Methods in Python that are tried too.
            models: What is built, as dbt selects it.
        """
        home.mkdir(parents=True)
        shutil.copytree(SAMPLE / "mappings", home / "mappings")
        (home / "reference").mkdir()
        settings = {"name": home.name, "timezone": "UTC", "currency": "USD", "language": "en"}
        lists = {"feeds": list(feeds), "forecast_challengers": list(challengers)}
        text = yaml.safe_dump(settings | lists)
        (home / "deployment.yaml").write_text(text, encoding="utf-8")
        region = cls(home)
        land(region.settings(as_of), load_contracts(region.settings(as_of).contracts))
        region.run(as_of, [models])
        return region

    def settings(self, as_of: date) -> Settings:
        """The deployment as of a day."""
        return Settings.load(self.home, as_of)

    def forecast(self, source: str, as_of: date) -> Cost:
        """Put demand in place and build the forecast of the week after a day.

        Args:
            source: SQL with distributor_code, category, sku_code, week_start_date and pieces, one
                row for each; it may read files.
            as_of: The last Sunday that is known; later weeks are left out.

        Returns:
            What it took, without putting the demand in place.
        """
        self.put(source, as_of)
        return self.build(as_of)

    def put(self, source: str, as_of: date) -> None:
        """Put demand in place, and the weeks and SKUs that belong to it; as for `forecast`."""
        demand = "intermediate.int_demand_week"
        with self.open(as_of) as con:
            place(con, demand, DEMAND.format(source=source), as_of=as_of)
            first = con.sql(f"select min(week_start_date) from {demand}").fetchall()[0][0]
            place(con, "marts.dim_week", WEEKS, first=first, as_of=as_of)
            place(con, "marts.dim_sku", SKUS)

    def build(self, as_of: date, last: str = LAST) -> Cost:
        """Build the forecast's models up to one, on the demand that is in place."""
        return self.run(as_of, [f"+{last},{MODELS}"])

    def open(self, as_of: date, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        """The warehouse; close it before the next build."""
        file = self.settings(as_of).warehouse_file
        return duckdb.connect(str(file), read_only=read_only)

    def run(self, as_of: date, select: list[str]) -> Cost:
        """Build models, as dbt selects them, on what is in place."""
        # unit tests look at no row of the demand
        os.environ["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"
        began = time.process_time()
        result = transform.build(self.settings(as_of), select=select)
        if result.broken:
            sys.exit("\n".join(f"{node.name}: {node.message}" for node in result.broken))
        seconds = {n.name: n.seconds for n in result.results if n.resource_type == "model"}
        return Cost(time.process_time() - began, seconds)


def place(con: duckdb.DuckDBPyConnection, table: str, rows: str, **values: object) -> None:
    """Put rows in place of a table's own; columns they do not name are null, no constraint holds.

    Args:
        con: The warehouse.
        table: With its schema.
        rows: SQL of the rows, with the table's names of columns.
        values: Of the names in the SQL.
    """
    con.execute(f"create or replace table {table} as from {table} limit 0")
    con.execute(f"insert into {table} by name {rows}", values)
