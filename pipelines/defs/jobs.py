"""Jobs and when they run."""

from __future__ import annotations

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    RunConfig,
    ScheduleDefinition,
    define_asset_job,
)

from pipelines.defs.warehouse import BuildConfig

DAILY_AT = "0 7 * * *"
WEEKLY_AT = "30 7 * * 1"

daily_job = define_asset_job(
    "daily_job",
    selection=AssetSelection.all(),
    description="Everything: land the inbox, build what it touched, audit, publish.",
)

weekly_job = define_asset_job(
    "weekly_job",
    selection=AssetSelection.all(),
    config=RunConfig(ops={"warehouse": BuildConfig(full_refresh=True)}),
    description="The same, with every table built again from all landed rows.",
)


def schedules(timezone: str) -> list[ScheduleDefinition]:
    """The daily and the weekly schedule in the deployment's zone.

    Args:
        timezone: IANA zone of the deployment.
    """
    return [
        ScheduleDefinition(
            name="daily",
            job=daily_job,
            cron_schedule=DAILY_AT,
            execution_timezone=timezone,
            default_status=DefaultScheduleStatus.RUNNING,
        ),
        ScheduleDefinition(
            name="weekly",
            job=weekly_job,
            cron_schedule=WEEKLY_AT,
            execution_timezone=timezone,
            default_status=DefaultScheduleStatus.RUNNING,
        ),
    ]
