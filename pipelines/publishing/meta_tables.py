"""Writes the tables that describe a snapshot: `meta.snapshot`, `meta.mart` and `meta.metric`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import duckdb

from pipelines.contracts import Contract
from pipelines.metrics import Metric, MetricModel, Registry
from pipelines.publishing.candidate import CANDIDATE, SnapshotKey, row_counts, write_table
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
    "numerator": "Column on top; alone where it is no ratio | 分子列；非比率指标即其值",
    "denominator": "Column below; null where it is no ratio | 分母列；非比率指标为空",
    "value": "Column with the result, where the table has one | 结果列（表中有时）",
    "condition": "Rows of the table that hold it; null for all | 取数条件；空为全部行",
    "unit": "Unit of the result | 单位",
    "direction": "Which way is better: up, down, target or none | 越高越好、越低越好、趋近目标或无",
    "additivity": "A adds up, S not over time, N does not | A 可加，S 不可跨时间，N 不可加",
    "additivity_en": "What that means for this metric | 可加性说明（英文）",
    "additivity_zh": "The same in Chinese | 可加性说明（中文）",
    "variant_en": "Which of several definitions this is, or null | 采用的口径（英文）",
    "variant_zh": "The same in Chinese | 采用的口径（中文）",
    "owner_role": "Role that answers for the definition | 口径负责角色",
    "source": "Where the definition comes from; house is our own | 口径来源；house 为自定",
    "example": "Unit test that works it out by hand | 手工算例所在的单元测试",
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
    either = model.requires_any if model else ()
    absent = [feed for feed in required if feed not in feeds]
    if absent:
        en, zh = _titles(absent, contracts)
        english = f"The deployment does not subscribe to: {en}."
        return name, "unsubscribed", english, f"本部署未订阅：{zh}。", count
    if either and not set(either) & set(feeds):
        en, zh = _titles(either, contracts)
        english = f"The deployment does not subscribe to any of: {en}."
        return name, "unsubscribed", english, f"以下报表本部署均未订阅：{zh}。", count
    if count:
        return name, "ready", None, None, count
    en, zh = _titles((*required, *either), contracts)
    english = f"No rows have come out of: {en or 'its sources'}."
    return name, "empty", english, f"尚无数据来自：{zh or '其上游'}。", count


def _titles(feeds: Iterable[str], contracts: Mapping[str, Contract]) -> tuple[str, str]:
    named = [(f, contracts.get(f)) for f in feeds]
    english = ", ".join(f"{c.title_en} ({f})" if c else f for f, c in named)
    return english, "、".join(f"{c.title_zh}（{f}）" if c else f for f, c in named)


def write_metrics(con: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Write `meta.metric`: the definition of every figure, from the models' own files."""
    rows = [_metric_row(model, metric) for model, metric in registry.metrics]
    columns = {name: ("varchar", text) for name, text in METRIC_COLUMNS.items()}
    write_table(con, "meta.metric", "One row is a metric | 一行是一个指标", columns, rows)


def _metric_row(model: MetricModel, metric: Metric) -> tuple[str | None, ...]:
    english, chinese = metric.additivity_words
    mart = model.name if model.schema == "marts" else f"{model.schema}.{model.name}"
    told = {"mart": mart, "condition": metric.where}
    told |= {"additivity_en": english, "additivity_zh": chinese}
    values = metric.model_dump() | told
    return tuple(values[name] for name in METRIC_COLUMNS)


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
