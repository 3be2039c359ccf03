"""Work done in a process of its own, so that its memory is its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")


def apart(call: Callable[..., Result], *arguments: Any) -> tuple[Result, float]:
    """What a call returns, made in a process of its own, and the most MB that process took."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_with_peak, call, *arguments).result()


def _with_peak(call: Callable[..., Result], *arguments: Any) -> tuple[Any, float]:
    result = call(*arguments)
    # `ru_maxrss` would tell the peak of the parent where it was more
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return result, int(status.split("VmHWM:")[1].split()[0]) / 1024
