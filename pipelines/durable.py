"""Files that are wholly there or not at all, and still there after the power has failed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

PART = ".part"
"""Ending of a file that is being written; one left behind is of no use to anybody."""


def copy(source: Path, target: Path) -> None:
    """Copy a file; the target has its name only once all bytes are on the disk."""
    part = _part(target)
    with source.open("rb") as reader, part.open("wb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())
    _settle(part, target)


def write_json(target: Path, values: Any, indent: int | None = None) -> None:
    """Write JSON; the target has its name only once all bytes are on the disk."""
    part = _part(target)
    with part.open("w", encoding="utf-8") as writer:
        json.dump(values, writer, ensure_ascii=False, indent=indent)
        writer.flush()
        os.fsync(writer.fileno())
    _settle(part, target)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _part(target: Path) -> Path:
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        sync(target.parent.parent)
    return target.with_name(target.name + PART)


def _settle(part: Path, target: Path) -> None:
    part.replace(target)
    sync(target.parent)
