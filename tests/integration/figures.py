"""Figures of the long form beside those of the marts they come from."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.metrics import Metric, MetricModel, SharedMetric, load_registry
from pipelines.settings import PROJECT

FIGURES: dict[str, list[tuple[MetricModel, Metric | SharedMetric]]] = {}
for _model in load_registry(PROJECT / "dbt_project").models:
    for _metric in _model.metrics:
        FIGURES.setdefault(_metric.metric_id, []).append((_model, _metric))
OF_CLOSED_CYCLES = [
    metric_id
    for metric_id, shown in FIGURES.items()
    if all("basis = 'archive'" in (metric.where or "") for _, metric in shown)
]
"""There are none before a forecast cycle is closed and its fourth week is over."""
OF_DONE_ALERTS = [
    metric_id
    for metric_id, shown in FIGURES.items()
    if all(model.name == "alert_precision" for model, _ in shown)
]
"""There are none before somebody says that an alert is done."""


def assert_figures_are_those_of_the_marts(file: Path, metric_id: str) -> None:
    """That a metric has figures, and the same sums in the long form as in its marts."""
    of_marts = " union all ".join(
        f"""select {metric.numerator}::decimal(38, 6) as numerator,
            ({metric.denominator or "null"})::decimal(38, 6) as denominator
        from {model.schema}.{model.name} where {metric.where or "true"}"""
        for model, metric in FIGURES[metric_id]
    )
    of_long_form = f"""
        select numerator::decimal(38, 6) as numerator, denominator::decimal(38, 6) as denominator
        from marts.kpi_value where metric_id = '{metric_id}'"""
    sums = "select sum(numerator), sum(denominator), count(*) > 0 from ({})"
    with duckdb.connect(str(file), read_only=True) as con:
        expected = con.execute(sums.format(of_marts)).fetchall()
        found = con.execute(sums.format(of_long_form)).fetchall()
    assert expected[0][2]
    assert found == expected
