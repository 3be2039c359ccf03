"""Sensors: run when the inbox has come to rest, and say when a check failed."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from dagster import (
    AssetCheckEvaluation,
    DagsterEventType,
    DagsterRunStatus,
    DefaultSensorStatus,
    ResourceParam,
    RunRequest,
    RunStatusSensorContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    run_status_sensor,
    sensor,
)

from pipelines.defs.deployment import Deployment
from pipelines.defs.jobs import daily_job
from pipelines.landing.receipts import files_below

INBOX_SECONDS = 60


@dataclass(frozen=True)
class InboxCursor:
    """What the sensor remembers from one look at the inbox to the next.

    Attributes:
        seen: Fingerprint of the inbox at the last look; empty for an empty inbox.
        asked: Fingerprint a run was last asked for.
    """

    seen: str = ""
    asked: str = ""

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Cursor as stored; a first look starts with an empty one."""
        return cls(**json.loads(text)) if text else cls()

    def text(self) -> str:
        """Cursor to store."""
        return json.dumps(asdict(self))


def fingerprint(inbox: Path) -> str:
    """Names, sizes and times of the files waiting; empty when there are none."""
    files = files_below(inbox) if inbox.is_dir() else []
    lines = [f"{f.relative_to(inbox)}\x1f{s.st_size}\x1f{s.st_mtime_ns}" for f, s in _stated(files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""


def look(before: InboxCursor, now: str) -> tuple[InboxCursor, str | None]:
    """Decide on one look at the inbox.

    A file still being written changes between two looks, so a run is asked for only when the
    whole inbox is as it was at the last look, and once for each state of it.

    Args:
        before: What was remembered.
        now: Fingerprint of the inbox now.

    Returns:
        What to remember, and why no run is asked for; None asks for one.
    """
    if not now:
        return InboxCursor(), "The inbox is empty."
    if now != before.seen:
        return InboxCursor(seen=now, asked=before.asked), "Files are still arriving."
    if now == before.asked:
        return before, "A run was already asked for these files."
    return InboxCursor(seen=now, asked=now), None


@sensor(
    name="inbox",
    job=daily_job,
    minimum_interval_seconds=INBOX_SECONDS,
    default_status=DefaultSensorStatus.RUNNING,
    description="Runs the daily job once the files in the inbox no longer change.",
)
def inbox_sensor(
    context: SensorEvaluationContext, deployment: ResourceParam[Deployment]
) -> SensorResult:
    """Ask for a run when files wait and none of them is still being written."""
    inbox = deployment.settings().inbox
    cursor, reason = look(InboxCursor.read(context.cursor), fingerprint(inbox))
    if reason:
        return SensorResult(skip_reason=reason, cursor=cursor.text())
    return SensorResult(run_requests=[RunRequest()], cursor=cursor.text())


def failed_checks(context: RunStatusSensorContext) -> list[AssetCheckEvaluation]:
    """Checks that did not pass in the run a sensor was called for."""
    entries = context.instance.all_logs(
        context.dagster_run.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION
    )
    events = [entry.dagster_event for entry in entries if entry.dagster_event]
    evaluations = [event.asset_check_evaluation_data for event in events]
    return [evaluation for evaluation in evaluations if not evaluation.passed]


def _failed_check_sensor(name: str, status: DagsterRunStatus) -> SensorDefinition:
    @run_status_sensor(
        name=name,
        run_status=status,
        default_status=DefaultSensorStatus.RUNNING,
        description="Logs every check that failed; a failed check alone does not fail a run.",
    )
    def failed_check_sensor(context: RunStatusSensorContext) -> None:
        for check in failed_checks(context):
            context.log.warning(
                f"Check {check.check_name} on {check.asset_key.to_user_string()} failed "
                f"({check.severity.value}) in run {context.dagster_run.run_id}."
            )

    return failed_check_sensor


# Dagster watches one run status per sensor; a failed check is news after either outcome.
failed_check_sensors = [
    _failed_check_sensor("failed_checks_of_finished_runs", DagsterRunStatus.SUCCESS),
    _failed_check_sensor("failed_checks_of_failed_runs", DagsterRunStatus.FAILURE),
]


def _stated(files: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """Files with what the system says about them; one taken away meanwhile is left out."""
    for file in files:
        try:
            yield file, file.stat()
        except FileNotFoundError:
            continue
