"""One writer at a time per deployment, across processes; a killed one leaves no lock behind."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from pipelines.errors import DaquError
from pipelines.settings import Settings

WAIT_SECONDS = 3600.0
POLL_SECONDS = 0.5


@contextmanager
def sole_writer(
    settings: Settings,
    wait_seconds: float = WAIT_SECONDS,
    on_wait: Callable[[str], None] | None = None,
) -> Generator[None]:
    """Hold the right to write to a deployment; the system gives it back when a process dies.

    Args:
        settings: The deployment.
        wait_seconds: How long to wait for another process before giving up.
        on_wait: Told once the process id that is being waited for.

    Raises:
        DaquError: Another process still writes after that time.
    """
    path = settings.warehouse_file.parent / "writer.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        if not _locked(file.fileno()):
            file.seek(0)
            holder = file.read().strip() or "?"
            if on_wait:
                on_wait(holder)
            _wait(file.fileno(), wait_seconds, holder)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(descriptor: int, seconds: float, holder: str) -> None:
    end = time.monotonic() + seconds
    while not _locked(descriptor):
        if time.monotonic() >= end:
            raise DaquError(
                f"Another process (id {holder}) is writing to this deployment.",
                f"另一个进程（进程号 {holder}）正在写入该部署。",
                "Wait until it has finished, then run the command again.",
                "请等待其完成后再执行本命令。",
            )
        time.sleep(POLL_SECONDS)
