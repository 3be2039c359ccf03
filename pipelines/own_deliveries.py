"""What Daqu sends itself: small files of the sender `self` in the inbox, landed like any other.

What people decide and what readers saw is kept as a delivery, so that a rebuild replays it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipelines.settings import Settings


def own_delivery(settings: Settings, feed: str, name: str) -> Path:
    """Where a file of `self` waits for the next landing."""
    return settings.inbox / "self" / feed / name


def put_own_delivery(
    settings: Settings, feed: str, name: str, write: Callable[[Path], object]
) -> Path:
    """Put a file of `self` into the inbox; it has its name only once it is whole.

    Args:
        settings: The deployment.
        feed: Report it is.
        name: Name of the file.
        write: Writes it to the path it is given.
    """
    file = own_delivery(settings, feed, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{name}.part")
    write(part)
    part.replace(file)
    return file


def put_own_row(settings: Settings, feed: str, name: str, row: Mapping[str, Any]) -> Path:
    """Put a CSV file of one row into the inbox; None is an empty cell."""

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, row)
            writer.writeheader()
            writer.writerow(row)

    return put_own_delivery(settings, feed, name, write)
