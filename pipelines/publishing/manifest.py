"""What the dbt project says about its models and how its last run ended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import DaquError
from pipelines.settings import Settings
from quality.expectations.result import CheckResult

UNIQUE_TESTS = ("unique_combination_of_columns", "unique")
"""Generic tests whose arguments name the grain of a model that does not state it."""


@dataclass(frozen=True)
class CoverageKey:
    """How rows of a mart find their line in `meta.coverage`.

    Attributes:
        feed: Feed whose coverage counts.
        period: Column of the mart with the first day of the period.
        unit: `day`, `week`, `month`, `quarter` or `year`, or the column of the mart that says it.
        node: Column of the mart with the node; None for the whole region (`all`).
        node_type: Column of the mart that says what the node is, or the one kind it always is.
    """

    feed: str
    period: str
    unit: str
    node: str | None = None
    node_type: str = "region"


@dataclass(frozen=True)
class Model:
    """A dbt model as far as publishing needs it.

    Attributes:
        name: Table it becomes.
        schema: Schema of the table.
        requires: Feeds without which it is empty.
        requires_any: Feeds of which one is enough; without any of them it is empty.
        grain: Columns that name a row.
        sort: Columns its published rows are sorted by first.
        coverage: How its rows find their coverage; None when they have none.
    """

    name: str
    schema: str
    requires: tuple[str, ...] = ()
    requires_any: tuple[str, ...] = ()
    grain: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    coverage: CoverageKey | None = None


def dbt_target(settings: Settings) -> Path:
    """Folder dbt writes its manifest and run results to."""
    return settings.warehouse_file.parent / "dbt"


def load_models(settings: Settings) -> dict[str, Model]:
    """Published models by `schema.name`, from dbt's manifest.

    Raises:
        DaquError: There is no manifest: nothing was built yet.
    """
    file = dbt_target(settings) / "manifest.json"
    if not file.is_file():
        raise DaquError(
            "The warehouse has not been built yet, so there is nothing to publish.",
            "数仓尚未构建，没有可发布的内容。",
            "Run `daqu build` first, or `daqu run` for the whole way.",
            "请先执行 `daqu build`，或用 `daqu run` 走完全程。",
        )
    nodes = json.loads(file.read_text(encoding="utf-8"))["nodes"]
    grains = _tested_grains(nodes.values())
    models = (
        _model(node, grains.get(key, ()))
        for key, node in nodes.items()
        if node["resource_type"] == "model"
    )
    return {f"{model.schema}.{model.name}": model for model in models}


def _model(node: Mapping[str, Any], tested_grain: tuple[str, ...]) -> Model:
    meta = (node.get("config") or {}).get("meta") or {}
    coverage = meta.get("coverage")
    return Model(
        name=node.get("alias") or node["name"],
        schema=node["schema"],
        requires=tuple(meta.get("requires") or ()),
        requires_any=tuple(meta.get("requires_any") or ()),
        grain=tuple(meta.get("grain") or tested_grain),
        sort=tuple(meta.get("sort") or ()),
        coverage=CoverageKey(**coverage) if coverage else None,
    )


def _tested_grains(nodes: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    grains: dict[str, tuple[str, ...]] = {}
    tests = [n for n in nodes if (n.get("test_metadata") or {}).get("name") in UNIQUE_TESTS]
    for test in sorted(tests, key=lambda n: UNIQUE_TESTS.index(n["test_metadata"]["name"])):
        arguments = test["test_metadata"].get("kwargs") or {}
        columns = arguments.get("columns") or arguments.get("combination_of_columns")
        columns = columns or [arguments.get("column_name")]
        model = str(test.get("attached_node") or "")
        if model and all(columns) and not _is_partial(test):
            grains.setdefault(model, tuple(str(column) for column in columns))
    return grains


def _is_partial(test: Mapping[str, Any]) -> bool:
    config = test.get("config") or {}
    where = str(config.get("where") or "")
    # a test of the dates just built is about the whole key; one that only warns is not a key
    is_filtered = bool(where) and "__touched_dates__" not in where
    return is_filtered or str(config.get("severity") or "").lower() == "warn"


def dbt_results(settings: Settings) -> list[CheckResult]:
    """Outcome of every dbt test, and of every model that failed, in the last dbt run (L4)."""
    target = dbt_target(settings)
    file = target / "run_results.json"
    if not file.is_file():
        return []
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    nodes = {**manifest["nodes"], **manifest.get("unit_tests", {})}
    results = json.loads(file.read_text(encoding="utf-8"))["results"]
    checks = [_result(result, nodes.get(result["unique_id"], {})) for result in results]
    return sorted((c for c in checks if c), key=lambda c: c.rule_id)


def _result(result: Mapping[str, Any], node: Mapping[str, Any]) -> CheckResult | None:
    kind = result["unique_id"].split(".")[0]
    status = result["status"]
    is_test = kind in ("test", "unit_test")
    if not is_test and status not in ("error", "fail", "skipped", "partial success"):
        return None
    config = node.get("config") or {}
    severity = str(config.get("severity") or "error").lower()
    description = str(node.get("description") or "")
    english, _, chinese = description.partition(" | ")
    return CheckResult(
        layer="L4",
        rule_id=_rule_id(result["unique_id"]),
        severity="warning" if severity == "warn" and is_test else "critical",
        passed=status in ("pass", "success"),
        broken=status in ("error", "skipped", "runtime error"),
        observed=str(result.get("message") or status)[:500],
        expected="0 rows" if kind == "test" else "success",
        failed_rows=int(result.get("failures") or 0),
        owner_role=str((config.get("meta") or {}).get("owner_role") or "data_engineer"),
        title_en=english or str(node.get("name") or ""),
        title_zh=chinese or english or str(node.get("name") or ""),
        hint_en="See the rows with `dbt test --select <rule>`; correct the model or the data.",
        hint_zh="用 `dbt test --select <rule>` 查看问题行，并修正模型或数据。",
    )


def _rule_id(unique_id: str) -> str:
    # the end of a data test's id is a hash; a unit test has its model before its name
    kind, _, *names = unique_id.split(".")
    return ".".join([kind, *(names if kind == "unit_test" else names[:1])])
