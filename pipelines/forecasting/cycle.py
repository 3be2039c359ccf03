"""Closing a forecast cycle: what was promised is kept as a delivery of the sender `self`.

The archive is what readers saw: the forecast of the published snapshot. It is written into the
inbox and landed like any other report, so a rebuild replays it and nothing can change it later.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from pipelines.errors import ConfigError
from pipelines.own_deliveries import own_delivery, put_own_delivery
from pipelines.publishing import current
from pipelines.settings import Settings

FEED = "forecast_cycle"
CLOSES_AFTER = timedelta(days=3)
"""A cycle is open from its Monday to the Wednesday on which overrides are due."""
PROMISED = """
    select
        cycle_week_start_date,
        week_start_date,
        distributor_code,
        sku_code,
        naive_pieces,
        statistical_pieces,
        override_pieces,
        final_pieces,
        low_pieces,
        high_pieces
    from marts.forecast
    where final_pieces is not null
    order by week_start_date, distributor_code, sku_code"""


def close_cycle(settings: Settings) -> Path:
    """Keep the forecast readers see as what was promised in its cycle.

    Args:
        settings: The deployment.

    Returns:
        The delivery, which waits in the inbox for the next landing.

    Raises:
        ConfigError: Nothing is published, the snapshot has no forecast, or its cycle is closed.
    """
    promised = _promised(settings)
    if promised is None or promised.is_empty():
        raise ConfigError(
            "The published snapshot holds no forecast that could be closed.",
            "已发布的快照中没有可关闭的预测。",
            "Run `daqu run` first.",
            "请先运行 `daqu run`。",
        )
    cycle = promised["cycle_week_start_date"][0]
    if is_closed(settings, cycle):
        raise ConfigError(
            f"The cycle of {cycle} is closed: what was promised does not change.",
            f"{cycle} 的预测周期已关闭：已承诺的预测不再更改。",
        )
    return put_own_delivery(settings, FEED, _name(cycle), promised.write_csv)


def close_due_cycle(settings: Settings) -> Path | None:
    """Close the running cycle once overrides are past due; what `daqu run` does by itself.

    Returns:
        The delivery; None where no cycle is due, or it is closed already.
    """
    promised = _promised(settings)
    if promised is None or promised.is_empty():
        return None
    cycle = promised["cycle_week_start_date"][0]
    if settings.as_of < cycle + CLOSES_AFTER or is_closed(settings, cycle):
        return None
    return close_cycle(settings)


def is_closed(settings: Settings, cycle: date) -> bool:
    """Whether a cycle was closed, landed or still waiting in the inbox."""
    if own_delivery(settings, FEED, _name(cycle)).is_file():
        return True
    if not settings.warehouse_file.is_file():
        return False
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        found = con.execute(
            "select count(*) from landing.forecast_cycle where cycle_week_start_date = $cycle",
            {"cycle": cycle},
        ).fetchall()
    return found != [(0,)]


def _promised(settings: Settings) -> pl.DataFrame | None:
    shown = current(settings)
    if shown is None:
        return None
    with duckdb.connect(str(shown.database), read_only=True) as con:
        known = con.execute(
            "select count(*) from duckdb_tables() "
            "where schema_name = 'marts' and table_name = 'forecast'"
        ).fetchall()
        # a snapshot older than the forecast has nothing to close
        return con.sql(PROMISED).pl() if known == [(1,)] else None


def _name(cycle: date) -> str:
    return f"{FEED}_{cycle:%Y%m%d}.csv"
