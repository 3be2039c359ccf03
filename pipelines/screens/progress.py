"""Progress of a run: bars on a terminal, one line a step elsewhere."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from pipelines.screens.text import both

if TYPE_CHECKING:
    from pipelines.landing import LandingResult
    from pipelines.publishing import PublishResult
    from pipelines.transform import BuildResult

TITLES = {
    "sample": ("making the sample region", "生成样例大区"),
    "prepare": ("reading the project", "读取项目"),
    "landing": ("landing files", "文件入库"),
    "build": ("building tables", "构建数据表"),
    "rebuild": ("making the warehouse again", "重建仓库"),
    "backup": ("backing up", "备份"),
    "verify": ("reading the backup", "核对备份"),
    "publish": ("auditing and publishing", "审核与发布"),
}


@dataclass
class Results:
    """What the steps returned; None for a step that did not get to its end."""

    landing: LandingResult | None = None
    build: BuildResult | None = None
    publish: PublishResult | None = None

    @property
    def is_unchanged(self) -> bool:
        """Whether the run found nothing new, so that the snapshot stays as it is."""
        if self.publish:
            return self.publish.status == "unchanged"
        return self.landing is not None and self.build is None

    @property
    def is_published(self) -> bool:
        """Whether readers see what has landed."""
        return self.is_unchanged or (
            self.publish is not None and self.publish.status == "published"
        )


@dataclass
class Screen:
    """Shows the steps of a run as they go on, and keeps what they returned.

    Attributes:
        language: `zh` or `en`.
        out: Where progress is shown.
        bars: Bars on a terminal; None where there is none.
        results: What the steps returned.
    """

    language: str
    out: Console
    bars: Progress | None = None
    results: Results = field(default_factory=Results)
    _tasks: dict[str, TaskID] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)

    def started(self, step: str) -> None:
        """Show that a step begins."""
        self._since[step] = monotonic()
        if self.bars:
            title = both(self.language, *TITLES[step])
            self._tasks[step] = self.bars.add_task(title, total=None)

    def advanced(self, step: str, done: int, total: int) -> None:
        """Show how far a step is."""
        if self.bars:
            self.bars.update(self._tasks[step], completed=done, total=total)

    def finished(self, step: str, result: object = None) -> None:
        """Show that a step ended and keep its result."""
        if hasattr(self.results, step):
            setattr(self.results, step, result)
        if self.bars:
            task = self.bars.tasks[self._tasks[step]]
            self.bars.update(task.id, total=task.total or 1, completed=task.total or 1)
        else:
            seconds = monotonic() - self._since[step]
            self.out.print(f"{both(self.language, *TITLES[step])}: {seconds:.1f} s")

    def waiting(self, process: str) -> None:
        """Say that another process is writing."""
        en, zh = f"waiting for process {process}", f"等待进程 {process}"
        self.out.print(both(self.language, en, zh))


@contextmanager
def progress(language: str, out: Console) -> Generator[Screen]:
    """A screen for the steps of one command.

    Args:
        language: `zh` or `en`.
        out: Where progress is shown; bars only on a terminal.
    """
    if not out.is_terminal:
        yield Screen(language, out)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out) as bars:
        yield Screen(language, out, bars)
