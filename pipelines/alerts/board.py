"""The alert board readers see, and its log: one delivery of `self` for each day it was shown.

Since when an alert has stood on the board, and which alerts went away by themselves, cannot be
told from today's data. So the board of a day is kept before anything of a later day lands.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import ConfigError
from pipelines.landing.receipts import all_receipts
from pipelines.own_deliveries import own_delivery, put_own_delivery
from pipelines.publishing import current
from pipelines.publishing.store import is_whole
from pipelines.settings import Settings

FEED = "alert_board"
HAS_A_BOARD = """
    select count(*) from duckdb_columns()
    where schema_name = 'marts' and table_name = 'alert' and column_name = 'last_seen_date'"""
FOUND = """
    select
        as_of_date,
        alert_key,
        alert_type,
        area,
        severity,
        entity_type,
        entity_code,
        entity_name,
        sku_code,
        batch_no,
        period,
        title_en,
        title_zh,
        action_en,
        action_zh,
        quantity_pieces,
        value_at_risk_amount,
        arithmetic,
        owner_role,
        due_date
    from marts.alert
    where last_seen_date = as_of_date
    order by alert_key"""
LISTED = """
    select * from marts.alert
    where ($everything or state in ('open', 'ack')) and ($area is null or area = $area)
    order by alert_rank nulls last, last_seen_date desc, alert_key"""
NAMED = """
    select * from marts.alert
    where starts_with(alert_key, $key)
    order by alert_key"""
SHORT = 8
"""Digits of a key that people are shown."""


def keep_board(settings: Settings) -> Path | None:
    """Keep the published board once the day is another; what precedes every landing.

    On the day of the board nothing is kept: a run after the first has nothing new.

    Args:
        settings: The deployment.

    Returns:
        The delivery, which the landing takes in; None where the board is of today, is kept
        already, has no alert, or cannot be read.
    """
    shown = current(settings)
    if shown is None or shown.as_of >= settings.as_of or not is_whole(shown):
        return None
    name = f"{FEED}_{shown.as_of:%Y%m%d}.csv"
    file = own_delivery(settings, FEED, name)
    received = file.relative_to(settings.inbox).as_posix()
    if file.is_file() or any(r.file_name == received for r in all_receipts(settings)):
        return None
    with duckdb.connect(str(shown.database), read_only=True) as con:
        # a snapshot older than the board's life cycle has nothing to keep
        if con.execute(HAS_A_BOARD).fetchall() == [(0,)]:
            return None
        board: pl.DataFrame = con.sql(FOUND).pl()
    return None if board.is_empty() else put_own_delivery(settings, FEED, name, board.write_csv)


def listed_alerts(
    settings: Settings, area: str | None = None, everything: bool = False
) -> list[dict[str, Any]]:
    """Alerts of the published board, the most money first.

    Args:
        settings: The deployment.
        area: Of this area only.
        everything: Also what is done, expired or suppressed.

    Raises:
        ConfigError: No board is published, or it knows no such area.
    """
    with _board(settings) as con:
        areas = [
            name
            for (name,) in con.execute(
                "select distinct area from marts.alert order by area"
            ).fetchall()
        ]
        if area is not None and area not in areas:
            raise ConfigError(
                f"No alert on the board is of the area {area}.",
                f"预警清单中没有领域为 {area} 的预警。",
                f"Areas on it: {', '.join(areas)}.",
                f"现有领域：{'、'.join(areas)}。",
            )
        return con.sql(LISTED, params={"everything": everything, "area": area}).pl().to_dicts()


def named_alert(settings: Settings, key: str) -> Mapping[str, Any]:
    """The alert of the published board with a key, or the only one whose key begins so.

    Raises:
        ConfigError: No board is published, or no alert or several have such a key.
    """
    with _board(settings) as con:
        found = con.sql(NAMED, params={"key": key.strip().lower()}).pl().to_dicts()
    if len(found) == 1:
        return found[0]
    if not key.strip() or not found:
        raise ConfigError(
            f"No alert on the board has a key that begins with {key!r}.",
            f"预警清单中没有编号以 {key!r} 开头的预警。",
            "Keys are in `daqu alert list --all`.",
            "编号见 `daqu alert list --all`。",
        )
    several = ", ".join(
        f"{row['alert_key'][: len(key) + 4]} {row['title_en']}" for row in found[:3]
    )
    chinese = "、".join(
        f"{row['alert_key'][: len(key) + 4]} {row['title_zh']}" for row in found[:3]
    )
    raise ConfigError(
        f"{len(found)} alerts have a key that begins with {key!r}: {several}.",
        f"有 {len(found)} 项预警的编号以 {key!r} 开头：{chinese}。",
        "Write more of the key.",
        "请写出更长的编号。",
    )


@contextmanager
def _board(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    shown = current(settings)
    if shown is None:
        raise ConfigError("Nothing is published yet: daqu run", "尚未发布：daqu run")
    with duckdb.connect(str(shown.database), read_only=True) as con:
        if con.execute(HAS_A_BOARD).fetchall() == [(0,)]:
            raise ConfigError(
                "The published snapshot is older than the life cycle of alerts: daqu run",
                "已发布的快照早于预警处理功能：daqu run",
            )
        yield con
