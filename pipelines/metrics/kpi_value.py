"""Writes the SQL of `marts.kpi_value`: one row is a metric of a node and item in a period.

It exists twice with the same text: as a dbt model over the built marts, for models that need any
metric, and as a view in the published file over the published marts, which have coverage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import indent

from pipelines.metrics.model import Kpi, Metric, SharedMetric
from pipelines.metrics.registry import MetricModel, Registry

NAME = "kpi_value"
JOINED = ("coverage_ratio", "finality")
REF = re.compile(r"ref\('(\w+)'\)")

Relation = Callable[[MetricModel], str]
"""Gives SQL the name of a model's table."""


def model_files(dbt_project: Path, registry: Registry, mark: str) -> dict[str, str]:
    """The dbt model. Models made from it are left out: nothing can be made from itself.

    Args:
        dbt_project: Folder of the dbt project.
        registry: All metrics.
        mark: Sentence of the first line.
    """
    later = made_from(NAME, dbt_project)
    models = [model for model in registry.models if model.name not in later]
    if not models:
        return {}
    sql = union_sql(models, lambda model: f"{{{{ ref('{model.name}') }}}}", covered=False)
    return {f"{NAME}.sql": f"-- {mark}\n{{{{ config(materialized='view') }}}}\n\n{sql}\n"}


def metric_files(registry: Registry, mark: str) -> dict[str, str]:
    """The dbt model of the metrics' own properties, for models that set figures against a goal.

    Args:
        registry: All metrics.
        mark: Sentence of the first line.
    """
    rows = ",\n".join(
        f"    ('{metric.metric_id}', '{metric.unit}', '{metric.direction}', '{metric.additivity}')"
        for _, metric in registry.metrics
    )
    if not rows:
        return {}
    names = ("metric_id", "unit", "direction", "additivity")
    listed = ",\n    ".join(f"metric.{name}" for name in names)
    sql = f"select\n    {listed}\nfrom (\n    values\n{rows}\n) as metric ({', '.join(names)})\n"
    return {"int_metric.sql": f"-- {mark}\n{sql}"}


def made_from(name: str, dbt_project: Path) -> frozenset[str]:
    """Models that read a model, or one that reads it, and so on; the model itself among them."""
    refs = {
        file.stem: set(REF.findall(file.read_text(encoding="utf-8")))
        for file in (dbt_project / "models").rglob("*.sql")
        if file.stem != name
    }
    found = {name}
    while more := {model for model, read in refs.items() if read & found} - found:
        found |= more
    return frozenset(found)


def union_sql(models: Iterable[MetricModel], relation: Relation, covered: bool) -> str:
    """All metrics of all models, one select each.

    Args:
        models: Models with metrics.
        relation: Names the table of each.
        covered: Whether the tables have `coverage_ratio` and `finality`, which are then shown.
    """
    parts = [
        _select(model, metric, relation(model), covered)
        for model in models
        for metric in model.metrics
    ]
    figures = "\n\n    union all\n\n".join(indent(part, "    ") for part in parts)
    joined = "".join(f",\n    {column}" for column in JOINED) if covered else ""
    return HEAD.format(figures=figures, no_value=NO_VALUE) + joined + "\nfrom figure"


HEAD = """with

figure as (

{figures}

)

select
    metric_id,
    period_type,
    period_start_date,
    node_type,
    node_code,
    item_level,
    item_code,
    numerator,
    denominator,
    value,
    case when value is null then {no_value} else 'ok' end as status"""

NO_VALUE = "coalesce(nullif(reason, 'ok'), 'no_base')"


def _select(model: MetricModel, metric: Metric | SharedMetric, table: str, covered: bool) -> str:
    columns = {"metric_id": f"'{metric.metric_id}'", **model.kpi.key, **_figures(model, metric)}
    if covered:
        columns |= _coverage(model)
    lines = ",\n".join(
        f"    {sql}" if sql == name else f"    {sql} as {name}" for name, sql in columns.items()
    )
    where = f"\nwhere {metric.where}" if metric.where else ""
    by = "\ngroup by all" if model.kpi.summed else ""
    return f"select\n{lines}\nfrom {table}{where}{by}"


def _figures(model: MetricModel, metric: Metric | SharedMetric) -> dict[str, str]:
    """Numerator, denominator, value, and what the model says where there is no value."""
    numerator = _figure(metric.numerator, model.kpi)
    denominator = _figure(metric.denominator, model.kpi) if metric.denominator else None
    if metric.value and not model.kpi.summed:
        value = _figure(metric.value, model.kpi)
    elif denominator:
        value = f"case\n        when {denominator} > 0\n            "
        value += f"then {numerator} / {denominator}\n    end"
    else:
        value = numerator
    says = "status" in model.columns and not model.kpi.summed
    return {
        "numerator": numerator,
        "denominator": denominator or "cast(null as double)",
        "value": value,
        "reason": "status" if says else "cast(null as varchar)",
    }


def _figure(column: str, kpi: Kpi) -> str:
    return f"cast({f'sum({column})' if kpi.summed else column} as double)"


def _coverage(model: MetricModel) -> dict[str, str]:
    if not model.has_coverage:
        return {"coverage_ratio": "cast(null as double)", "finality": "cast(null as varchar)"}
    # where rows are summed it is the same in all of them: its period and node are of the key
    return {name: f"any_value({name})" if model.kpi.summed else name for name in JOINED}
