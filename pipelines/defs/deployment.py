"""What every step is given: which deployment it works on and who watches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from pipelines.settings import Settings

POOL = "duckdb_writer"
"""Every step that opens the warehouse file runs in this pool; dagster.yaml limits it to one."""

Step = Literal["landing", "build", "publish"]


class Watcher(Protocol):
    """Told how a run goes on, so that a screen can show it."""

    def started(self, step: Step) -> None:
        """A step begins."""

    def advanced(self, step: Step, done: int, total: int) -> None:
        """So many of so many files or models are done."""

    def finished(self, step: Step, result: object) -> None:
        """A step ended with what its function returned."""


class Unwatched:
    """Nobody looks: runs of the Dagster daemon and of the UI."""

    def started(self, step: Step) -> None:
        """Say nothing."""

    def advanced(self, step: Step, done: int, total: int) -> None:
        """Say nothing."""

    def finished(self, step: Step, result: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Deployment:
    """The deployment a process works on; its settings are read again by every step.

    Attributes:
        home: Its folder; None for `DAQU_HOME`, then the sample in `data/`.
        as_of: Overrides the day figures are told as of; None for the file's, then today.
        watch: Who is told about progress.
    """

    home: Path | None = None
    as_of: date | None = None
    watch: Watcher = field(default_factory=Unwatched)

    def settings(self) -> Settings:
        """Settings as they are now: a daemon that runs for months sees each new day."""
        return Settings.load(self.home, self.as_of)
