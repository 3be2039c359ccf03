"""Runs the daily job in this process, without a daemon and without leaving an instance behind."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dagster import DagsterInstance, InitLoggerContext, LoggerDefinition

from pipelines.definitions import everything
from pipelines.defs.deployment import Deployment

JOB = "daily_job"
LOGGER = "file"
FORMAT = "%(asctime)s %(levelname)s %(message)s"


def run_daily_job(deployment: Deployment, log_file: Path) -> None:
    """Run the daily job to its end.

    The instance is forgotten afterwards: a killed run leaves no place in a pool taken and no run
    that looks alive. What other processes write is kept apart by the writer's lock.

    Args:
        deployment: Which deployment, and who watches.
        log_file: Where Dagster's own log goes.

    Raises:
        Exception: What the first failing step raised.
    """
    with _only_into(log_file), DagsterInstance.ephemeral() as instance:
        job = everything(deployment, {LOGGER: _file_logger(log_file)}).resolve_job_def(JOB)
        # a logger that is not named in the run's configuration is not used
        job.execute_in_process(run_config={"loggers": {LOGGER: {}}}, instance=instance)


def _file_logger(log_file: Path) -> LoggerDefinition:
    def to_file(context: InitLoggerContext) -> logging.Logger:
        log = logging.Logger("daqu.run")
        handler = logging.FileHandler(log_file, encoding="utf-8")
        handler.setFormatter(logging.Formatter(FORMAT))
        log.addHandler(handler)
        return log

    return LoggerDefinition(to_file, description="Writes a run's events to a file.")


@contextmanager
def _only_into(log_file: Path) -> Generator[None]:
    """Keep what Dagster logs outside of runs off the screen."""
    root = logging.getLogger("dagster")
    log_file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log_file, encoding="utf-8")
    handler.setFormatter(logging.Formatter(FORMAT))
    before, root.propagate = root.propagate, False
    root.addHandler(handler)
    try:
        yield
    finally:
        root.propagate = before
        root.removeHandler(handler)
        handler.close()
