"""A campaign shared out among processes: each does its part by a seed of its own.

The figures of all parts are added up. Ctrl-C or SIGTERM ends every part after the step or round it
is at, and what was found until then is shown; a second signal ends at once. `WORKERS` says how
many processes there are, by default one for each core.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 2 << 30
SECONDS_BETWEEN_LINES = 15.0
SECONDS_OF_A_WISH = 3.0
_asked_to_stop = False


class StoppedError(BaseException):
    """Somebody asked the campaign to stop; no `Exception`, so that no test takes it for a fault."""


@dataclass
class Part:
    """What one process does of a campaign.

    Attributes:
        number: Which part, from 0.
        parts: How many there are.
        folder: Where its regions lie.
        tell: Told the figures of this part so far.
    """

    number: int
    parts: int
    folder: Path
    tell: Callable[[Counter[str]], None] = lambda _: None

    def share(self, whole: int) -> int:
        """How many of so many things fall to this part."""
        return whole * (self.number + 1) // self.parts - whole * self.number // self.parts


Work = Callable[[Part, str], Counter[str]]


def is_asked_to_stop() -> bool:
    return _asked_to_stop


def stop_if_asked() -> None:
    """Leave what is under way, to be called where nothing is lost by it.

    Raises:
        StoppedError: Somebody asked the campaign to stop.
    """
    if _asked_to_stop:
        raise StoppedError


def shared_out(work: Work, size: str, folder: Path) -> Counter[str]:
    """Do a campaign in several processes and add up their figures.

    Args:
        work: Does one part of a campaign of a size; a function of a module.
        size: Passed on to it.
        folder: Where all regions lie.

    Returns:
        The figures; `stopped` is 1 when not all was done.

    Raises:
        RuntimeError: A part ended by an error; its text is on stderr.
    """
    context = multiprocessing.get_context("spawn")
    number = int(os.environ.get("WORKERS") or os.cpu_count() or 1)
    processes: dict[Connection, BaseProcess] = {}
    for index in range(number):
        ours, theirs = context.Pipe(duplex=False)
        own = folder / f"part {index}"
        own.mkdir()
        process = context.Process(target=_do, args=(work, size, index, number, own, theirs))
        process.start()
        theirs.close()
        processes[ours] = process
    with _passing_signals_on(processes.values()):
        told = _gathered(list(processes))
        for process in processes.values():
            process.join()
    if broken := [process.name for process in processes.values() if process.exitcode]:
        raise RuntimeError(f"ended by an error: {', '.join(broken)}; figures so far: {dict(told)}")
    told["stopped"] = int(_asked_to_stop)
    return told


def _gathered(pipes: list[Connection]) -> Counter[str]:
    """Figures added up, said now and then, until every part has ended."""
    latest: dict[Connection, Counter[str]] = {pipe: Counter() for pipe in pipes}
    open_pipes, said_at = set(pipes), time.monotonic()
    while open_pipes:
        for pipe in wait(list(open_pipes)):
            assert isinstance(pipe, Connection)
            try:
                latest[pipe] = pipe.recv()
            except EOFError:
                open_pipes.remove(pipe)
        if time.monotonic() - said_at > SECONDS_BETWEEN_LINES:
            said_at = time.monotonic()
            print(dict(_sum(latest)), file=sys.stderr, flush=True)
    return _sum(latest)


def _sum(parts: dict[Connection, Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for told in parts.values():
        total.update(told)
    return total


def _do(work: Work, size: str, number: int, parts: int, folder: Path, pipe: Connection) -> None:
    """The process of one part; out of reach of what is sent to the group, such as Ctrl-C.

    Else the steps it runs would die with the server that forks them and look like faults.
    """
    os.setsid()
    signal.signal(signal.SIGTERM, _stop)
    pipe.send(work(Part(number, parts, folder, pipe.send), size))


def _stop(*_: object) -> None:
    global _asked_to_stop  # noqa: PLW0603 - a signal handler can say it in no other way
    _asked_to_stop = True


@contextmanager
def _passing_signals_on(processes: Iterable[BaseProcess]) -> Generator[None]:
    """Take the first signal as a wish to stop, the second as an order."""

    asked_at = float("inf")

    def stop(*_: object) -> None:
        nonlocal asked_at
        # one wish may come twice: to the process and to its group
        is_order = time.monotonic() > asked_at + SECONDS_OF_A_WISH
        asked_at = min(asked_at, time.monotonic())
        for process in processes:
            process.kill() if is_order else process.terminate()
        _stop()

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def scratch(name: str) -> Path:
    """A new folder in memory where there is room, else where temporary files lie."""
    return Path(tempfile.mkdtemp(prefix=f"daqu-{name}-", dir=_memory()))


def _memory() -> Path | None:
    if "TMPDIR" in os.environ or not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free > MEMORY_NEEDED else None
