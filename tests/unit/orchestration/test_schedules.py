"""When the jobs run, and the limit that makes the writer's pool real."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterInstance

from pipelines.defs.jobs import schedules
from pipelines.defs.sensors import inbox_sensor
from pipelines.settings import PROJECT


@pytest.fixture
def instance_settings() -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))


def test_daily_at_seven_and_mondays_at_half_past_in_the_deployments_zone() -> None:
    found = {s.name: (s.cron_schedule, s.execution_timezone) for s in schedules("Asia/Urumqi")}
    assert found == {
        "daily": ("0 7 * * *", "Asia/Urumqi"),
        "weekly": ("30 7 * * 1", "Asia/Urumqi"),
    }


def test_the_inbox_is_looked_at_once_a_minute_at_most() -> None:
    assert inbox_sensor.minimum_interval_seconds == 60


def test_a_pool_takes_one_step_at_a_time(instance_settings: dict[str, Any]) -> None:
    assert instance_settings["concurrency"]["pools"] == {"default_limit": 1, "granularity": "op"}


def test_nothing_is_told_to_anybody(instance_settings: dict[str, Any]) -> None:
    assert instance_settings["telemetry"] == {"enabled": False}


def test_dagster_accepts_the_instance_settings(
    instance_settings: dict[str, Any], tmp_path: Path
) -> None:
    with DagsterInstance.local_temp(str(tmp_path), overrides=instance_settings) as instance:
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1
