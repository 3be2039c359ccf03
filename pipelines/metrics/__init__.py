"""The registry of metrics, and what follows from it. Pure: reads the models' `.yml` alone."""

from pipelines.metrics.model import Kpi, Metric, MetricColumns, SharedMetric
from pipelines.metrics.registry import MetricModel, Registry, UnitTest, load_registry

__all__ = [
    "Kpi",
    "Metric",
    "MetricColumns",
    "MetricModel",
    "Registry",
    "SharedMetric",
    "UnitTest",
    "load_registry",
]
