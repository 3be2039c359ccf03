"""Writes the reference page of metrics: definitions, and examples to recompute on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipelines.metrics.model import DIRECTIONS, UNITS, Metric
from pipelines.metrics.registry import MetricModel, Registry, UnitTest

INTRO = """\
Every figure people are judged by, by the table it is in. A ratio is its numerator over its
denominator: add the parts, then divide. The same definitions are in `meta.metric`, all figures in
one long table in `marts.kpi_value`.

所有考核指标，按所在的表排列。比率为分子除以分母：先加总，再相除。
口径同时存于 `meta.metric`，全部指标值以长表存于 `marts.kpi_value`。"""

HOUSE = ("our own", "自定口径")


def kpi_page(registry: Registry, mark: str) -> dict[str, str]:
    """The page `kpi.md`; nothing where there is no metric.

    Args:
        registry: All metrics.
        mark: Sentence of the first line.
    """
    if not registry.metrics:
        return {}
    blocks = [f"<!-- {mark} -->", "# Metrics | 指标", INTRO, _index(registry)]
    for model in registry.models:
        blocks += _model(model, registry.examples)
    return {"kpi.md": "\n\n".join(blocks) + "\n"}


def _index(registry: Registry) -> str:
    rows = (
        (f"`{metric.metric_id}`", metric.name_en, metric.name_zh, f"[`{_path(m)}`](#{_anchor(m)})")
        for m, metric in registry.metrics
    )
    return _table(("Metric 指标", "Name", "名称", "Table 表"), rows)


def _path(model: MetricModel) -> str:
    return f"{model.schema}.{model.name}"


def _anchor(model: MetricModel) -> str:
    return _path(model).replace(".", "")


def _model(model: MetricModel, examples: Mapping[str, UnitTest]) -> Iterator[str]:
    yield f"## {_path(model)}"
    metrics = [metric for metric in model.metrics if isinstance(metric, Metric)]
    for metric in metrics:
        yield f"### {metric.name_en} | {metric.name_zh}"
        yield _table(("", "English", "中文"), _facts(metric))
    shared = [m.metric_id for m in model.metrics if not isinstance(m, Metric)]
    if shared:
        names = ", ".join(f"`{name}`" for name in shared)
        yield f"Also here, defined elsewhere | 另含他处定义的指标: {names}"
    for name in dict.fromkeys(metric.example for metric in metrics):
        yield from _example(examples[name], [m for m in metrics if m.example == name])


def _facts(metric: Metric) -> Iterator[tuple[str, str, str]]:
    yield "Metric 指标", f"`{metric.metric_id}`", f"`{metric.metric_id}`"
    yield "Formula 公式", metric.formula_en, metric.formula_zh
    yield _columns(metric)
    if metric.where:
        yield "Rows 取数条件", f"`{metric.where}`", f"`{metric.where}`"
    yield "Unit 单位", *UNITS[metric.unit]
    yield "Direction 方向", *DIRECTIONS[metric.direction]
    english, chinese = metric.additivity_words
    yield f"Additivity 可加性 ({metric.additivity})", english, chinese
    if metric.variant_en and metric.variant_zh:
        yield "Variant 口径", metric.variant_en, metric.variant_zh
    yield "Owner 负责角色", f"`{metric.owner_role}`", f"`{metric.owner_role}`"
    yield "Source 来源", *(HOUSE if metric.source == "house" else (metric.source, metric.source))


def _columns(metric: Metric) -> tuple[str, str, str]:
    if metric.denominator:
        parts = f"`{metric.numerator}` / `{metric.denominator}`"
        return "Numerator / denominator 分子 / 分母", parts, parts
    return "Figure 数值", f"`{metric.numerator}`", f"`{metric.numerator}`"


def _example(example: UnitTest, metrics: Sequence[Metric]) -> Iterator[str]:
    names = ", ".join(f"`{metric.metric_id}`" for metric in metrics)
    yield f"**Worked example | 手工算例** ({names}): `{example.name}`"
    yield example.description
    for name, rows in example.given.items():
        if rows:
            yield f"From | 取自 `{_input(name)}`:"
            yield _rows(rows)
    yield "Comes out | 结果:"
    yield _rows(example.expected)


def _input(name: str) -> str:
    return ".".join(re.findall(r"'(\w+)'", name))


def _rows(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return _table(columns, (tuple(_value(row, column) for column in columns) for row in rows))


def _value(row: Mapping[str, Any], column: str) -> str:
    if column not in row:
        return ""
    value = row[column]
    return str(value).lower() if isinstance(value, bool) else "–" if value is None else str(value)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
