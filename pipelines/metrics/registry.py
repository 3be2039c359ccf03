"""The registry of metrics: what all models' `.yml` say of them, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.errors import ConfigError
from pipelines.metrics.model import WORD, Kpi, Metric, SharedMetric

SCHEMAS = ("marts", "quality", "meta")
"""Folders of models readers see; a folder is the schema."""

KPI_ENDINGS = ("_num", "_den", "_ratio", "_points", "_score", "_weeks", "_effect_amount")
"""A column that ends so is a figure people are judged by."""

JOINED = frozenset({"coverage_ratio", "finality"})
"""Columns that publishing adds to models with coverage."""

NO_METRIC = "not_a_metric"
"""Key in a column's `config.meta` with the reason why it is none."""


@dataclass(frozen=True)
class UnitTest:
    """A dbt unit test, as far as it is an example on paper.

    Attributes:
        name: Its name.
        model: Model it is about.
        description: The sum in words.
        given: Rows of each input, by its name.
        expected: Rows that come out.
    """

    name: str
    model: str
    description: str
    given: Mapping[str, Sequence[Mapping[str, Any]]]
    expected: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class MetricModel:
    """A model with metrics.

    Attributes:
        name: The model.
        schema: Schema of its table.
        metrics: What it defines or shows, in the order of its file.
        kpi: How its rows become rows of `kpi_value`.
        columns: All its columns.
        has_coverage: Whether its published rows have `coverage_ratio` and `finality`.
    """

    name: str
    schema: str
    metrics: tuple[Metric | SharedMetric, ...]
    kpi: Kpi
    columns: frozenset[str]
    has_coverage: bool


@dataclass(frozen=True)
class Registry:
    """All metrics.

    Attributes:
        models: Models with metrics, by schema and name.
        examples: Unit tests by name.
    """

    models: tuple[MetricModel, ...]
    examples: Mapping[str, UnitTest] = field(default_factory=dict)

    @property
    def metrics(self) -> list[tuple[MetricModel, Metric]]:
        """Every definition with its model, by name."""
        found = [(m, d) for m in self.models for d in m.metrics if isinstance(d, Metric)]
        return sorted(found, key=lambda pair: pair[1].metric_id)


@dataclass(frozen=True)
class _Source:
    """A model as its file has it."""

    file: Path
    schema: str
    raw: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.raw["name"])

    @property
    def meta(self) -> Mapping[str, Any]:
        return (self.raw.get("config") or {}).get("meta") or {}

    @property
    def columns(self) -> dict[str, Mapping[str, Any]]:
        """`config.meta` of each column."""
        columns = self.raw.get("columns") or []
        return {c["name"]: (c.get("config") or {}).get("meta") or {} for c in columns}

    @property
    def grain(self) -> tuple[str, ...]:
        """Columns that name a row: stated, or of the test that says so."""
        if self.meta.get("grain"):
            return tuple(self.meta["grain"])
        for test in self.raw.get("data_tests") or []:
            if isinstance(test, dict) and "unique_combination_of_columns" in test:
                arguments = test["unique_combination_of_columns"]["arguments"]
                return tuple(arguments["combination_of_columns"])
        return ()

    def fault(self, english: str, chinese: str) -> ConfigError:
        return ConfigError(
            f"{self.file}: {self.name}: {english}",
            f"{self.file}：{self.name}：{chinese}",
            "See docs/how-to/add-a-kpi.md.",
            "请参阅 docs/how-to/add-a-kpi.md。",
        )


def load_registry(dbt_project: Path) -> Registry:
    """Read the metrics of all models.

    Args:
        dbt_project: Folder of the dbt project.

    Raises:
        ConfigError: A definition cannot be read, names what is not there, or a column that is a
            figure by its name belongs to no metric.
    """
    sources, examples = [], {}
    for schema in SCHEMAS:
        for file in sorted((dbt_project / "models" / schema).rglob("*.yml")):
            content = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) or {}
            sources += [_Source(file, schema, raw) for raw in content.get("models") or []]
            examples |= {test.name: test for test in map(_unit_test, content.get("unit_tests", []))}
    registry = Registry(tuple(found for s in sources if (found := _model(s))), examples)
    for source in sources:
        _check_columns(source)
    _check_names(registry, {source.name: source for source in sources})
    return registry


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _unit_test(raw: Mapping[str, Any]) -> UnitTest:
    return UnitTest(
        name=raw["name"],
        model=raw["model"],
        description=" ".join(str(raw.get("description") or "").split()),
        given={str(part["input"]): part.get("rows") or [] for part in raw.get("given") or []},
        expected=raw["expect"].get("rows") or [],
    )


def _model(source: _Source) -> MetricModel | None:
    raw = source.meta.get("metrics")
    if not raw:
        return None
    try:
        metrics = tuple(_metric(metric) for metric in raw)
        kpi = Kpi.model_validate(source.meta.get("kpi") or {})
    except ValidationError as error:
        said = f"{error.title}: " + "; ".join(_words(e["loc"], e["msg"]) for e in error.errors())
        raise source.fault(f"it cannot be read: {said}", f"无法读取：{said}") from error
    coverage = source.meta.get("coverage") or {}
    model = MetricModel(
        source.name, source.schema, metrics, kpi, frozenset(source.columns), bool(coverage)
    )
    _check_metrics(source, model)
    _check_key(source, model)
    return model


def _metric(raw: Mapping[str, Any]) -> Metric | SharedMetric:
    kind = SharedMetric if "defined_in" in raw else Metric
    return kind.model_validate(raw)


def _words(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, location))}: {message}"


def _check_metrics(source: _Source, model: MetricModel) -> None:
    for metric in model.metrics:
        for column in sorted(set(metric.columns) - model.columns):
            raise source.fault(
                f"{metric.metric_id} names a column that is not there: {column}",
                f"{metric.metric_id} 引用了不存在的列：{column}",
            )
        if model.kpi.summed and isinstance(metric, Metric) and metric.additivity != "A":
            raise source.fault(
                f"{metric.metric_id} is summed and does not add up",
                f"{metric.metric_id} 不可加，却设置了 summed",
            )


def _check_key(source: _Source, model: MetricModel) -> None:
    """Every row of `kpi_value` stands once: nothing of the model's key may be left out."""
    coverage = source.meta.get("coverage") or {}
    wanted = set(source.grain)
    if model.kpi.summed:
        wanted = {coverage[part] for part in ("period", "node") if part in coverage}
    for metric in model.metrics:
        used = model.kpi.words | set(WORD.findall(metric.where or ""))
        for column in sorted(wanted - used):
            raise source.fault(
                f"{metric.metric_id}: {column} is of the key and stands neither in kpi nor in "
                "where; say which rows count, or that they are summed",
                f"{metric.metric_id}：主键列 {column} 未出现在 kpi 或 where 中；"
                "请指明取哪些行，或设置 summed",
            )


def _check_columns(source: _Source) -> None:
    """No figure goes without a definition."""
    if source.name.startswith(("dim_", "fct_")):
        return
    raw = source.meta.get("metrics") or []
    named = {metric.get(part) for metric in raw for part in ("numerator", "denominator", "value")}
    for column, meta in source.columns.items():
        is_figure = column.endswith(KPI_ENDINGS) and column not in JOINED
        if is_figure and column not in named and not meta.get(NO_METRIC):
            raise source.fault(
                f"{column} belongs to no metric: define one, or say in the column's "
                f"`config: {{meta: {{{NO_METRIC}: why}}}}` why it is none",
                f"列 {column} 不属于任何指标：请定义指标，或在该列 "
                f"`config: {{meta: {{{NO_METRIC}: 原因}}}}` 中说明原因",
            )


def _check_names(registry: Registry, sources: Mapping[str, _Source]) -> None:
    homes: dict[str, str] = {}
    for model, metric in registry.metrics:
        source = sources[model.name]
        if metric.metric_id in homes:
            raise source.fault(
                f"{metric.metric_id} is defined in {homes[metric.metric_id]} too; "
                "name that one with `defined_in`",
                f"{metric.metric_id} 已在 {homes[metric.metric_id]} 中定义，请用 defined_in 引用",
            )
        _check_example(source, metric, registry.examples.get(metric.example))
        homes[metric.metric_id] = model.name
    for model, metric in _shared(registry):
        if homes.get(metric.metric_id) != metric.defined_in:
            raise sources[model.name].fault(
                f"{metric.defined_in} does not define {metric.metric_id}",
                f"{metric.defined_in} 未定义 {metric.metric_id}",
            )


def _check_example(source: _Source, metric: Metric, example: UnitTest | None) -> None:
    if example is None or example.model != source.name:
        raise source.fault(
            f"{metric.metric_id}: it has no unit test {metric.example}",
            f"{metric.metric_id}：没有单元测试 {metric.example}",
        )
    shown = {column for row in example.expected for column in row}
    for column in sorted(set(metric.columns) - shown):
        raise source.fault(
            f"{metric.metric_id}: {metric.example} does not work out {column}",
            f"{metric.metric_id}：{metric.example} 未给出 {column} 的结果",
        )


def _shared(registry: Registry) -> Iterator[tuple[MetricModel, SharedMetric]]:
    for model in registry.models:
        for metric in model.metrics:
            if isinstance(metric, SharedMetric):
                yield model, metric
