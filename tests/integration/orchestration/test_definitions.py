"""The whole graph as Dagster loads it: nothing hangs in the air, every writer is in the pool."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import AssetKey, AssetsDefinition, Definitions

from pipelines.definitions import everything
from pipelines.defs.deployment import POOL, Deployment
from pipelines.defs.landing import LEDGER
from pipelines.defs.publishing import SNAPSHOT
from pipelines.defs.warehouse import cached_manifest
from pipelines.settings import PROJECT, Settings


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    home = tmp_path_factory.mktemp("home")
    (home / "deployment.yaml").write_text("timezone: Asia/Urumqi\nfeeds: [sellout]\n")
    return Deployment(home)


@pytest.fixture(scope="module")
def found(deployment: Deployment) -> Definitions:
    return everything(deployment)


@pytest.fixture(scope="module")
def steps(found: Definitions) -> list[AssetsDefinition]:
    return [a for a in found.assets or () if isinstance(a, AssetsDefinition)]


def test_every_dependency_is_a_defined_asset(steps: list[AssetsDefinition]) -> None:
    defined = {key for step in steps for key in step.keys}
    wanted = {dep.asset_key for step in steps for spec in step.specs for dep in spec.deps}
    assert wanted - defined == set()


def test_every_check_is_on_a_defined_asset_and_depends_on_defined_ones(
    steps: list[AssetsDefinition],
) -> None:
    defined = {key for step in steps for key in step.keys}
    checks = [check for step in steps for check in step.check_specs]
    assert {check.asset_key for check in checks} - defined == set()
    deps = {dep.asset_key for check in checks for dep in check.additional_deps}
    assert deps - defined == set()


def test_dagster_knows_of_no_asset_from_elsewhere(found: Definitions) -> None:
    graph = found.resolve_asset_graph()
    assert graph.external_asset_keys == set()


def test_every_step_is_in_the_writers_pool(steps: list[AssetsDefinition]) -> None:
    names = {step.node_def.name for step in steps}
    assert names == {"landing", "warehouse", "publish", "close_forecast_cycle"}
    assert {step.op.pool for step in steps} == {POOL}


def test_each_contract_is_an_asset_and_the_ledger_beside_them(
    steps: list[AssetsDefinition],
) -> None:
    contracts = {file.name.split(".")[0] for file in (PROJECT / "quality/contracts").glob("*.yaml")}
    landing = {key.path[1] for step in steps for key in step.keys if key.path[0] == "landing"}
    assert landing == contracts | set(LEDGER)


def test_models_are_named_schema_and_name(steps: list[AssetsDefinition]) -> None:
    keys = {key for step in steps for key in step.keys}
    names = ("marts/sales_week", "marts/alert", "staging/stg_sellout", "quality/file_ledger")
    assert {AssetKey(name.split("/")) for name in names} <= keys
    assert {key.path[0] for key in keys} == {
        *("landing", "staging", "intermediate", "marts", "quality", "meta", "published")
    }


def test_the_snapshot_comes_after_every_table_people_read(steps: list[AssetsDefinition]) -> None:
    [publish] = [step for step in steps if SNAPSHOT in step.keys]
    read = {
        key for step in steps for key in step.keys if key.path[0] in ("marts", "quality", "meta")
    }
    assert publish.asset_deps[SNAPSHOT] == read
    assert any(check.blocking for check in publish.check_specs)


def test_the_daily_job_covers_everything(found: Definitions) -> None:
    graph = found.resolve_asset_graph()
    for name in ("daily_job", "weekly_job"):
        selected = found.resolve_job_def(name).asset_layer.selected_asset_keys
        assert set(selected) == graph.materializable_asset_keys


def test_schedules_run_in_the_deployments_zone(found: Definitions) -> None:
    schedules = [found.resolve_schedule_def(name) for name in ("daily", "weekly")]
    zones = {schedule.execution_timezone for schedule in schedules}
    assert zones == {"Asia/Urumqi"}


def test_the_manifest_is_read_again_only_when_the_project_changed(
    deployment: Deployment, found: Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(settings: Settings) -> Path:
        raise AssertionError("parsed again")

    monkeypatch.setattr("pipelines.transform.parse", parse)
    cached_manifest(deployment.settings())
    stamp = deployment.settings().warehouse_file.parent / "dbt" / "manifest.sha256"
    stamp.write_text("another project")
    with pytest.raises(AssertionError, match="parsed again"):
        cached_manifest(deployment.settings())


def test_dg_loads_the_definitions(deployment: Deployment, found: Definitions) -> None:
    command = [str(Path(sys.executable).with_name("dg")), "check", "defs"]
    env = {"DAQU_HOME": str(deployment.home), "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(
        command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(autouse=True)
def _home(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DAQU_HOME", str(deployment.home))
    yield
