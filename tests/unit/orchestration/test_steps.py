"""What Dagster is told about landing, building and publishing."""

from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetKey,
    MaterializeResult,
)

from pipelines.defs.landing import ACCOUNTED, rows_of
from pipelines.defs.publishing import SNAPSHOT, check_result, refusal
from pipelines.defs.warehouse import Graph, Translator, broken_text, events, unit_test_counts
from pipelines.landing import LandingResult
from pipelines.publishing import PublishResult
from pipelines.transform import BuildResult, NodeResult
from quality.expectations.result import CheckResult

SALES = AssetKey(["marts", "sales_week"])


def _model(schema: str, name: str) -> dict[str, Any]:
    return {
        "unique_id": f"model.daqu.{name}",
        "resource_type": "model",
        "schema": schema,
        "name": name,
        "description": "",
        "depends_on": {"nodes": []},
        "config": {"materialized": "table"},
        "fqn": ["daqu", name],
        "package_name": "daqu",
        "columns": {},
        "checksum": {"checksum": "0"},
        "original_file_path": "",
        "relation_name": name,
        "raw_code": "",
        "tags": [],
        "meta": {},
    }


@pytest.fixture
def graph() -> Graph:
    test = {
        "unique_id": "test.daqu.sold.1",
        "resource_type": "test",
        "name": "sold",
        "attached_node": "model.daqu.sales_week",
        "depends_on": {"nodes": ["model.daqu.sales_week"]},
        "config": {"severity": "error"},
        "meta": {},
    }
    model = _model("marts", "sales_week")
    manifest = {
        "nodes": {model["unique_id"]: model, test["unique_id"]: test},
        "sources": {},
        "metadata": {"project_name": "daqu", "adapter_type": "duckdb"},
    }
    return Graph(manifest, Translator())


def _node(unique_id: str, kind: str, status: str, failures: int | None = None) -> NodeResult:
    return NodeResult(unique_id, unique_id.split(".")[2], kind, status, status, failures, 0.1)


MODEL = _node("model.daqu.sales_week", "model", "success")
UNIT = _node("unit_test.daqu.sales_week.returns_lower_it", "unit_test", "pass")
OTHER_UNIT = _node("unit_test.daqu.dim_sku.it_is_not_sales", "unit_test", "pass")
TOLD = ([SALES], [AssetCheckKey(SALES, "sold")])


def _told(graph: Graph, *nodes: NodeResult) -> list[MaterializeResult | AssetCheckResult]:
    return list(events(graph, BuildResult(True, list(nodes), 0), *TOLD))


def test_a_model_is_told_as_schema_and_name_with_its_own_unit_tests(graph: Graph) -> None:
    [made] = _told(graph, UNIT, OTHER_UNIT, MODEL)
    assert isinstance(made, MaterializeResult)
    assert made.asset_key == SALES
    assert (made.metadata or {})["unit_tests_passed"] == 1


@pytest.mark.parametrize(
    ("status", "passed", "severity"),
    [
        ("pass", True, AssetCheckSeverity.ERROR),
        ("warn", False, AssetCheckSeverity.WARN),
        ("fail", False, AssetCheckSeverity.ERROR),
        ("error", False, AssetCheckSeverity.ERROR),
    ],
)
def test_a_data_test_is_told_as_a_check(
    graph: Graph, status: str, passed: bool, severity: AssetCheckSeverity
) -> None:
    [check] = _told(graph, _node("test.daqu.sold.1", "test", status, 3))
    assert isinstance(check, AssetCheckResult)
    assert (check.check_name, check.passed, check.severity) == ("sold", passed, severity)
    assert check.metadata["failed_rows"].value == 3


def test_what_was_skipped_or_failed_is_not_told_as_made(graph: Graph) -> None:
    failed = _node("model.daqu.sales_week", "model", "error")
    assert _told(graph, failed, _node("test.daqu.sold.1", "test", "skipped")) == []


def test_failed_unit_tests_are_counted() -> None:
    failed = _node("unit_test.daqu.dim_sku.x", "unit_test", "fail")
    assert unit_test_counts([UNIT, failed, MODEL]) == {
        "unit_tests_passed": 1,
        "unit_tests_failed": 1,
    }
    assert "1 models or tests failed" in broken_text(BuildResult(False, [failed, MODEL], 0))


def test_a_feed_nothing_came_for_has_zero_rows() -> None:
    found = {"rows_read": 5, "rows_loaded": 3, "rows_quarantined": 1, "rows_structural": 1}
    result = LandingResult(1, {"loaded": 1}, 0, {"stock": found})
    assert rows_of("stock", result) == found
    assert set(rows_of("sellout", result).values()) == {0}
    assert ACCOUNTED == "every_row_accounted"


def test_a_critical_rule_is_an_error_and_named_when_the_gate_closes() -> None:
    critical = CheckResult("L5", "sellout_total", "critical", passed=False, hint_en="Look.")
    warning = CheckResult("L5", "restatement_size", "warning", passed=False)
    told = [check_result(check) for check in (critical, warning)]
    assert [check.severity for check in told] == [AssetCheckSeverity.ERROR, AssetCheckSeverity.WARN]
    assert {check.asset_key for check in told} == {SNAPSHOT}
    text = refusal(PublishResult("refused", "x", Path(), (critical, warning)))
    assert "sellout_total" in text
    assert "restatement_size" not in text
