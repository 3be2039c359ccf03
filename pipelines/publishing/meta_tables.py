"""Writes the tables that describe a snapshot: `meta.snapshot`, `meta.mart` and `meta.metric`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import duckdb

from pipelines.contracts import Contract
from pipelines.errors import DaquError
from pipelines.publishing.candidate import CANDIDATE, SnapshotKey, row_counts, write_table
from pipelines.publishing.catalogue import SCHEMAS
from pipelines.publishing.fingerprint import package_version
from pipelines.publishing.manifest import Model
from pipelines.settings import Settings

MART_COLUMNS = {
    "name": ("varchar", "Table in the schema marts | marts 中的表名"),
    "status": ("varchar", "ready, empty or unsubscribed | 就绪、为空或未订阅"),
    "reason_en": ("varchar", "Why it is empty; null when ready | 为空的原因（英文）"),
    "reason_zh": ("varchar", "The same in Chinese | 为空的原因（中文）"),
    "row_count": ("bigint", "Rows in this snapshot | 本快照行数"),
}

METRIC_COLUMNS = {
    "metric_id": "Stable name of the metric | 指标标识",
    "mart": "Table the metric is in, with its schema unless that is marts | 所在的表",
    "name_en": "Name in English | 英文名称",
    "name_zh": "Name in Chinese | 中文名称",
    "formula_en": "How it is worked out, in words | 计算公式（英文）",
    "formula_zh": "The same in Chinese | 计算公式（中文）",
    "numerator": "Column or sum on top | 分子",
    "denominator": "Column or sum below | 分母",
    "value": "Column with the result | 结果列",
    "unit": "Unit of the result | 单位",
    "direction": "Which way is better: up, down or target | 越高越好、越低越好或趋近目标",
    "additivity": "A adds up, S not over time, N is worked out again from its parts | 可加性",
    "variant": "Which of several definitions this is | 采用的口径",
    "owner_role": "Role that answers for the definition | 口径负责角色",
    "source": "Where the definition comes from | 口径来源",
}


SNAPSHOT_COLUMNS = {
    "snapshot_id": ("varchar", "Name of the snapshot | 快照标识"),
    "as_of": ("date", "Day every figure is told as of | 数据截止日"),
    "deployment_name": ("varchar", "Deployment it comes from | 部署名称"),
    "currency": ("varchar", "ISO 4217 code of every amount | 金额币种"),
    "built_at": ("timestamp", "When it was built, local time | 生成时间（当地）"),
    "run_id": ("varchar", "Run that built it | 运行标识"),
    "fingerprint": ("varchar", "Hash of everything it is made from | 全部输入的哈希"),
    "daqu_version": ("varchar", "Version of Daqu that built it | 生成所用的 Daqu 版本"),
    "row_counts": ("varchar", "Rows of every table, as JSON | 各表行数（JSON）"),
    "contract_versions": ("varchar", "Version of every contract, as JSON | 合同版本（JSON）"),
}


def write_marts(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    models: Mapping[str, Model],
    contracts: Mapping[str, Contract],
) -> None:
    """Write `meta.mart`: which marts are ready, and why the others are empty."""
    counts = row_counts(con, CANDIDATE)
    rows = [
        _mart_row(path, count, models.get(path), settings.feeds, contracts)
        for path, count in counts.items()
        if path.startswith("marts.")
    ]
    text = "One row is a published mart | 一行是一个已发布的数据集市"
    write_table(con, "meta.mart", text, MART_COLUMNS, rows)


def _mart_row(
    path: str,
    count: int,
    model: Model | None,
    feeds: tuple[str, ...],
    contracts: Mapping[str, Contract],
) -> tuple[str, str, str | None, str | None, int]:
    name = path.removeprefix("marts.")
    required = model.requires if model else ()
    absent = [feed for feed in required if feed not in feeds]
    if absent:
        en, zh = _titles(absent, contracts)
        english = f"The deployment does not subscribe to: {en}."
        return name, "unsubscribed", english, f"本部署未订阅：{zh}。", count
    if count:
        return name, "ready", None, None, count
    en, zh = _titles(required, contracts)
    english = f"No rows have come out of: {en or 'its sources'}."
    return name, "empty", english, f"尚无数据来自：{zh or '其上游'}。", count


def _titles(feeds: Iterable[str], contracts: Mapping[str, Contract]) -> tuple[str, str]:
    named = [(f, contracts.get(f)) for f in feeds]
    english = ", ".join(f"{c.title_en} ({f})" if c else f for f, c in named)
    return english, "、".join(f"{c.title_zh}（{f}）" if c else f for f, c in named)


def write_metrics(con: duckdb.DuckDBPyConnection, models: Mapping[str, Model]) -> None:
    """Write `meta.metric`: the definition of every figure, from the models' own files.

    Raises:
        DaquError: A definition has a key that is not known.
    """
    rows = [
        _metric_row(path, metric)
        for path, model in sorted(models.items())
        if model.schema in SCHEMAS
        for metric in model.metrics
    ]
    columns = {name: ("varchar", text) for name, text in METRIC_COLUMNS.items()}
    write_table(con, "meta.metric", "One row is a metric | 一行是一个指标", columns, rows)


def _metric_row(path: str, metric: Mapping[str, Any]) -> tuple[str | None, ...]:
    unknown = sorted(set(metric) - set(METRIC_COLUMNS))
    if unknown or "metric_id" not in metric:
        fault = f"unknown key {unknown[0]}" if unknown else "metric_id is missing"
        raise DaquError(
            f"{path}: a metric cannot be read: {fault}. Known: {', '.join(METRIC_COLUMNS)}.",
            f"{path}：指标定义无法读取：{fault}。可用的键：{', '.join(METRIC_COLUMNS)}。",
        )
    values = {"mart": path.removeprefix("marts."), **metric}
    return tuple(None if values.get(k) is None else str(values[k]) for k in METRIC_COLUMNS)


def write_snapshot_row(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    key: SnapshotKey,
    contracts: Mapping[str, Contract],
) -> dict[str, int]:
    """Write `meta.snapshot`, last of all tables, and return the row counts it states."""
    counts = row_counts(con, CANDIDATE) | {"meta.snapshot": 1}
    versions = {feed: contracts[feed].version for feed in sorted(contracts)}
    values = asdict(key) | {
        "as_of": settings.as_of,
        "deployment_name": settings.name,
        "currency": settings.currency,
        "daqu_version": package_version(),
        "row_counts": json.dumps(counts, sort_keys=True),
        "contract_versions": json.dumps(versions),
    }
    row = tuple(values[name] for name in SNAPSHOT_COLUMNS)
    text = "One row is this snapshot | 一行是本快照"
    write_table(con, "meta.snapshot", text, SNAPSHOT_COLUMNS, [row])
    return counts
