"""What publishing reads: dbt's manifest, the things a snapshot is made from, failpoints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import DaquError
from pipelines.failpoints import KILLED, VARIABLE, failpoint
from pipelines.publishing.catalogue import both_languages
from pipelines.publishing.fingerprint import fingerprint
from pipelines.publishing.manifest import CoverageKey, dbt_results, load_models
from pipelines.publishing.packaging import field_type
from pipelines.settings import PROJECT, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        name="Test",
        timezone="Asia/Shanghai",
        currency="CNY",
        language="en",
        feeds=("sellout",),
        as_of=date(2026, 11, 22),
        project=tmp_path,
    )


def write_dbt(settings: Settings, nodes: dict[str, object], results: list[object]) -> None:
    target = settings.warehouse_file.parent / "dbt"
    target.mkdir(parents=True)
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    (target / "run_results.json").write_text(json.dumps({"results": results}))


def key_test(columns: list[str], **config: str) -> dict[str, object]:
    return {
        "resource_type": "test",
        "attached_node": "model.daqu.week",
        "test_metadata": {
            "name": "unique_combination_of_columns",
            "kwargs": {"combination_of_columns": columns},
        },
        "config": config,
    }


def week(**meta: object) -> dict[str, object]:
    config = {"meta": meta}
    return {"resource_type": "model", "name": "week", "schema": "marts", "config": config}


def test_a_model_says_what_it_needs(settings: Settings) -> None:
    coverage = {"feed": "sellout", "period": "week_start_date", "unit": "week"}
    nodes: dict[str, object] = {
        "model.daqu.week": week(requires=["sellout"], coverage=coverage, sort=["week"])
    }
    write_dbt(settings, nodes, [])
    model = load_models(settings)["marts.week"]
    assert (model.requires, model.sort) == (("sellout",), ("week",))
    assert model.coverage == CoverageKey("sellout", "week_start_date", "week", None, "region")


@pytest.mark.parametrize(
    ("config", "grain"),
    [
        ({}, ("week", "sku")),
        ({"where": "week in (__touched_dates__)"}, ("week", "sku")),
        ({"where": "is_current"}, ()),
        ({"severity": "warn"}, ()),
    ],
)
def test_a_uniqueness_test_states_the_key(
    settings: Settings, config: dict[str, str], grain: tuple[str, ...]
) -> None:
    nodes: dict[str, object] = {
        "model.daqu.week": week(),
        "test.daqu.key": key_test(["week", "sku"], **config),
    }
    write_dbt(settings, nodes, [])
    assert load_models(settings)["marts.week"].grain == grain


def test_tests_and_failed_models_are_results(settings: Settings) -> None:
    nodes: dict[str, object] = {
        "test.daqu.soft.1": {
            "name": "soft",
            "config": {"severity": "warn"},
            "description": "a | 甲",
        }
    }
    results: list[object] = [
        {"unique_id": "model.daqu.good", "status": "success"},
        {"unique_id": "model.daqu.bad", "status": "error", "message": "no such column"},
        {"unique_id": "test.daqu.soft.1", "status": "warn", "failures": 3},
        {"unique_id": "unit_test.daqu.week.case", "status": "pass"},
    ]
    write_dbt(settings, nodes, results)
    found = [(c.rule_id, c.severity, c.passed, c.broken) for c in dbt_results(settings)]
    assert found == [
        ("model.bad", "critical", False, True),
        ("test.soft", "warning", False, False),
        ("unit_test.week.case", "critical", True, False),
    ]


def test_without_a_build_it_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(DaquError) as caught:
        load_models(settings)
    assert "daqu build" in caught.value.hint_en


@pytest.fixture
def ledger() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema landing")
    con.execute("""
        create table landing.delivery as select 1 as delivery_id, 1 as version,
        'loaded' as status, true as is_current, 3 as rows_read, 2 as rows_loaded,
        1 as rows_quarantined
    """)
    return con


def test_the_fingerprint_changes_with_what_a_snapshot_is_made_from(
    settings: Settings, ledger: duckdb.DuckDBPyConnection
) -> None:
    def now(changed: Settings = settings) -> str:
        return fingerprint(changed, ledger, "memory")

    first = now()
    seen = {first, now(replace(settings, as_of=date(2026, 11, 23)))}
    for path in ("mappings/D001.yaml", "dbt_project/models/week.sql", "reference/calendar.csv"):
        file = settings.home / path
        file.parent.mkdir(parents=True)
        file.write_text("one")
        seen.add(now())
    ledger.execute("update landing.delivery set rows_loaded = 3")
    assert len(seen | {now()}) == 6


def test_the_fingerprint_does_not_see_what_dbt_leaves_behind(
    settings: Settings, ledger: duckdb.DuckDBPyConnection
) -> None:
    first = fingerprint(settings, ledger, "memory")
    for name in ("target/manifest.json", "logs/dbt.log", ".user.yml"):
        file = settings.dbt_project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("anything")
    assert fingerprint(settings, ledger, "memory") == first


def test_comments_split_into_languages() -> None:
    assert both_languages("Week | 周") == ("Week", "周")
    assert both_languages("Week") == ("Week", "Week")


@pytest.mark.parametrize(
    ("duckdb_type", "expected"),
    [
        ("BIGINT", "integer"),
        ("UINTEGER", "integer"),
        ("DECIMAL(18,2)", "number"),
        ("TIMESTAMP", "datetime"),
        ("VARCHAR[]", "array"),
        ("STRUCT(a INTEGER)", "object"),
        ("BLOB", "any"),
    ],
)
def test_field_types(duckdb_type: str, expected: str) -> None:
    assert field_type(duckdb_type) == expected


def test_a_failpoint_is_nothing_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "elsewhere")
    failpoint("here")


def test_a_named_failpoint_ends_the_process() -> None:
    code = "from pipelines.failpoints import failpoint; failpoint('here'); print('alive')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {VARIABLE: "here"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (KILLED, "")
