"""Steps of Daqu in processes of their own that may be killed at any moment.

Each step is forked from a server that has imported everything and opened nothing, so that a kill
falls into the work and not into imports. It leads a process group: a kill takes the child that
reads workbooks too.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from pipelines.failpoints import VARIABLE
from pipelines.settings import Settings

READY, DONE = "ready", "done"
CHECKPOINT = "landing.before_checkpoint"
LONGEST_SECONDS = 300.0
FOR_LANDING = ["pipelines.landing", "tests.campaigns.processes"]
FOR_ALL = [
    *FOR_LANDING,
    "pipelines.transform",
    "pipelines.publishing",
    "pipelines.rescue.rebuild",
    "dbt.cli.main",
    "dbt.adapters.duckdb.connections",
    "great_expectations",
]


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: Exit code; -9 when it was killed.
        seconds: From the mark it was timed from to its end.
    """

    code: int
    seconds: float

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL


def land_all(settings: Settings) -> None:
    from pipelines.contracts import load_contracts
    from pipelines.landing import land

    land(settings, load_contracts(settings.contracts))


def build(settings: Settings) -> None:
    from pipelines import transform

    assert transform.build(settings).success


def publish(settings: Settings) -> None:
    from pipelines import publishing

    assert publishing.publish(settings).status != "refused"


def roll_back(settings: Settings) -> None:
    from pipelines import publishing

    publishing.rollback(settings)


def make_again(settings: Settings) -> None:
    from pipelines.contracts import load_contracts
    from pipelines.rescue.rebuild import rebuild

    rebuild(settings, load_contracts(settings.contracts), replace_live=True)


STEPS: dict[str, Callable[[Settings], None]] = {
    "landing": land_all,
    "build": build,
    "publish": publish,
    "rollback": roll_back,
    "rebuild": make_again,
}


def import_first(names: list[str]) -> None:
    """What the server imports before it forks the first process; to be called before that."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(names)


def run(
    step: str,
    home: Path,
    *,
    kill_after: float | None = None,
    mark: str = READY,
    failpoint: str = "",
) -> Ended:
    """Run a step in a process of its own, and kill it that many seconds after a mark.

    Args:
        step: Name in `STEPS`.
        home: The deployment.
        kill_after: Seconds; None to let it finish.
        mark: `READY`, or the name of a failpoint it passes.
        failpoint: Where it ends itself at once, as if killed.
    """
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(step, home, theirs, mark, failpoint))
    process.start()
    theirs.close()
    began = _wait_for(ours, mark)
    assert process.pid
    if kill_after is not None and not _is_over(ours, kill_after):
        _kill(process.pid)
    elif not _is_over(ours, LONGEST_SECONDS):
        _kill(process.pid)
        raise TimeoutError(f"{step} took more than {LONGEST_SECONDS} s")
    seconds = time.monotonic() - began
    process.join()
    assert process.exitcode is not None
    return Ended(process.exitcode, seconds)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):  # it may have ended just now
        os.killpg(group, signal.SIGKILL)


def _wait_for(pipe: Connection, mark: str) -> float:
    try:
        while pipe.poll(LONGEST_SECONDS) and pipe.recv() not in (mark, DONE):
            continue
    except EOFError:
        pass
    return time.monotonic()


def _is_over(pipe: Connection, seconds: float) -> bool:
    """Whether the step ends within that time: it says so, or its end of the pipe closes."""
    end = time.monotonic() + seconds
    try:
        while pipe.poll(max(0.0, end - time.monotonic())):
            if pipe.recv() == DONE:
                return True
    except EOFError:
        return True
    return False


def _work(step: str, home: Path, pipe: Connection, mark: str, failpoint: str) -> None:
    """The process: sets itself up, says that it is ready, does the step."""
    os.setsid()
    os.environ[VARIABLE] = failpoint
    log = os.open(home / "process.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    settings = Settings.load(home)
    if mark == CHECKPOINT:
        _tell_of_checkpoint(pipe)
    pipe.send(READY)
    STEPS[step](settings)
    pipe.send(DONE)


def _tell_of_checkpoint(pipe: Connection) -> None:
    sys.modules["pipelines.landing.land"].__dict__["failpoint"] = pipe.send
