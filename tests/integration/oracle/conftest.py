"""What the recomputations start from: facts, dimensions and assignments of the tiny region."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.integration.oracle import growth, promotions
from tests.integration.oracle.frames import read
from tests.integration.oracle.nodes import organisation
from tests.integration.oracle.sales import sunday_of
from tests.integration.region import Region

Tables = Callable[[str], pl.DataFrame]
OTHER_HOME = os.environ.get("DAQU_ORACLE_HOME", "")
"""A deployment that has been built, to recompute in place of the tiny region."""


if OTHER_HOME:

    @pytest.fixture(scope="session")
    def published() -> Region:
        return Region(Path(OTHER_HOME))


@pytest.fixture(scope="session")
def table(published: Region) -> Tables:
    """A table of the tiny region by its full name, read once."""
    return functools.cache(functools.partial(read, published.settings.warehouse_file))


@pytest.fixture(scope="session")
def today(published: Region) -> date:
    """The day figures are told on."""
    return published.settings.as_of


@pytest.fixture(scope="session")
def limits(table: Tables) -> dict[str, Any]:
    """Thresholds in force."""
    return table("intermediate.int_threshold_applied").to_dicts()[0]


@pytest.fixture(scope="session")
def lines(table: Tables) -> pl.DataFrame:
    return table("marts.fct_sellout_line")


@pytest.fixture(scope="session")
def skus(table: Tables) -> pl.DataFrame:
    return table("marts.dim_sku")


@pytest.fixture(scope="session")
def belongs(table: Tables, lines: pl.DataFrame, today: date) -> pl.DataFrame:
    """Whom every outlet belonged to, on every day the recomputations ask for."""
    days = [
        lines.select(day="sold_date"),
        sunday_of(lines).select("day"),
        lines.select(day=pl.col("sold_date").dt.month_end()),
        table("marts.dim_promotion").select(day="start_date"),
        *(
            table(f"marts.fct_check_{kind}").select(day="visit_date")
            for kind in ("sku", "category", "posm", "question")
        ),
        pl.DataFrame({"day": [today]}),
    ]
    outlets = table("marts.dim_outlet")
    asked = outlets.select("outlet_code").unique().join(pl.concat(days).unique(), how="cross")
    assignments = table("staging.stg_assignment")
    return organisation(outlets, assignments, table("marts.dim_geo"), asked)


@pytest.fixture(scope="session")
def sold(lines: pl.DataFrame, belongs: pl.DataFrame) -> pl.DataFrame:
    return growth.outlet_weeks(lines, belongs)


@pytest.fixture(scope="session")
def compared(table: Tables, sold: pl.DataFrame) -> pl.DataFrame:
    return growth.comparisons(sold, table("marts.dim_week"))


@pytest.fixture(scope="session")
def active(sold: pl.DataFrame, skus: pl.DataFrame, compared: pl.DataFrame) -> pl.DataFrame:
    return growth.active_outlets(sold, skus, compared)


@pytest.fixture(scope="session")
def promoted(
    table: Tables, sold: pl.DataFrame, belongs: pl.DataFrame, limits: dict[str, Any]
) -> pl.DataFrame:
    """Every week of an outlet's promoted SKU, beside its baseline."""
    weeks = int(limits["promotion_baseline_weeks"]), int(limits["promotion_post_weeks"])
    planned = promotions.events(table("marts.dim_promotion"), *weeks)
    told = promotions.reached(planned, sold, belongs)
    least = int(limits["promotion_baseline_min_weeks"])
    return promotions.promotion_weeks(told, promotions.promoted_weeks(told, sold), sold, least)
