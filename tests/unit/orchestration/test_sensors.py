"""Sensors: wait until the inbox has come to rest, ask once, and tell of failed checks."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    DagsterInstance,
    Definitions,
    MaterializeResult,
    RunStatusSensorContext,
    SensorDefinition,
    SensorResult,
    asset,
    build_run_status_sensor_context,
    build_sensor_context,
    define_asset_job,
)

from pipelines.defs.deployment import Deployment
from pipelines.defs.sensors import (
    InboxCursor,
    failed_check_sensors,
    failed_checks,
    fingerprint,
    inbox_sensor,
    look,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "deployment.yaml").write_text("feeds: [sellout]\n")
    (tmp_path / "inbox" / "D001").mkdir(parents=True)
    return tmp_path


def _tick(home: Path, cursor: str | None) -> tuple[int, str]:
    """Look at the inbox once: number of runs asked for, and the cursor to keep."""
    resources = {"deployment": Deployment(home)}
    with build_sensor_context(cursor=cursor, resources=resources) as context:
        result = inbox_sensor(context)
    assert isinstance(result, SensorResult)
    return len(result.run_requests or []), result.cursor or ""


def test_an_empty_inbox_asks_for_nothing(home: Path) -> None:
    asked, cursor = _tick(home, None)
    assert asked == 0
    assert _tick(home, cursor)[0] == 0


def test_a_file_at_rest_asks_for_one_run_at_the_second_look(home: Path) -> None:
    (home / "inbox" / "D001" / "a.csv").write_text("x")
    runs, cursor = [], None
    for _ in range(4):
        asked, cursor = _tick(home, cursor)
        runs.append(asked)
    assert runs == [0, 1, 0, 0]


def test_a_file_still_being_written_is_waited_for(home: Path) -> None:
    file = home / "inbox" / "D001" / "a.csv"
    runs, cursor = [], None
    for size in (1, 2, 3, 3):
        file.write_text("x" * size)
        os.utime(file, (0, 0))
        asked, cursor = _tick(home, cursor)
        runs.append(asked)
    assert runs == [0, 0, 0, 1]


def test_a_file_a_sender_is_still_uploading_under_another_name_does_not_count(home: Path) -> None:
    (home / "inbox" / "D001" / "a.csv.part").write_text("x")
    assert fingerprint(home / "inbox") == ""


def test_the_same_file_sent_again_after_it_was_taken_is_news(home: Path) -> None:
    file = home / "inbox" / "D001" / "a.csv"
    cursor = None
    for present, expected in ((True, 0), (True, 1), (False, 0), (True, 0), (True, 1)):
        if present:
            file.write_text("x")
            os.utime(file, (0, 0))
        else:
            file.unlink()
        asked, cursor = _tick(home, cursor)
        assert asked == expected


def test_the_cursor_survives_being_stored() -> None:
    cursor, _ = look(InboxCursor("a", "b"), "c")
    assert InboxCursor.read(cursor.text()) == cursor


@asset(check_specs=[AssetCheckSpec("holds", asset="table"), AssetCheckSpec("fails", asset="table")])
def table() -> Iterator[MaterializeResult | AssetCheckResult]:
    yield MaterializeResult()
    yield AssetCheckResult(check_name="holds", passed=True)
    yield AssetCheckResult(check_name="fails", passed=False, severity=AssetCheckSeverity.WARN)


@pytest.fixture
def after_a_run() -> Iterator[RunStatusSensorContext]:
    job = Definitions([table], jobs=[define_asset_job("job")]).resolve_job_def("job")
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance)
        assert result.success
        yield build_run_status_sensor_context(
            "any", result.get_run_success_event(), instance, result.dagster_run
        )


def test_a_failed_check_of_a_run_that_succeeded_is_found(
    after_a_run: RunStatusSensorContext,
) -> None:
    found = failed_checks(after_a_run)
    assert [(check.asset_key, check.check_name) for check in found] == [
        (AssetKey("table"), "fails")
    ]


@pytest.mark.parametrize("sensor", failed_check_sensors, ids=lambda sensor: sensor.name)
def test_a_failed_check_is_logged(
    sensor: SensorDefinition,
    after_a_run: RunStatusSensorContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(after_a_run.log, "warning", logged.append)
    sensor(after_a_run)
    assert len(logged) == 1
    assert "fails on table" in logged[0]
