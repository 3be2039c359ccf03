"""Workbooks are read in a child process under limits: a file that kills it is only that file.

The child reads many files, one after the other; its requests and answers are lines of JSON. Nothing
of a workbook is looked at on this side of the pipe (see `workbook_child`).
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.landing.refused import RefusedError

SECONDS_PER_FILE = 25
# many threads would take the child's address space before it has read anything
CHILD_ENVIRONMENT = {"POLARS_MAX_THREADS": "2", "RAYON_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "2"}
UNPACKED_BYTES = 1 << 30
Range = tuple[int, int, int, int]


@dataclass(frozen=True)
class Sheet:
    """One sheet as a Parquet file of texts.

    Attributes:
        name: Name of the sheet.
        path: Parquet with `_row_no` (row of the sheet, from 1), c0, c1, … and `_extra`; None for a
            sheet that was not read.
        rows: Last used row of the sheet.
        head: Cells of the first rows, from row 1 on.
        is_hidden: Whether its sender sees it only by asking for it.
        hidden_rows: Rows with cells that are hidden or filtered out.
        merges: Merged ranges within those columns, as first row, first column, last row, last
            column, counted from 0.
    """

    name: str
    path: Path | None
    rows: int
    head: list[list[str | None]]
    is_hidden: bool = False
    hidden_rows: int = 0
    merges: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Workbook:
    """What the child found in one file.

    Attributes:
        kind: `xlsx`, `xlsb`, `xls` or `ods`.
        date_system: 1900 or 1904: the year its day numbers count from.
        sheets: Its sheets in their order.
        is_garbled: Whether a cell holds the marks of a lost encoding.
    """

    kind: str
    date_system: int
    sheets: list[Sheet]
    is_garbled: bool


class WorkbookReader:
    """Keeps the child alive between files and starts a new one when it dies."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the child; None while there is none."""
        return self._child.pid if self._child else None

    def read(self, raw: Path, sheet: str | None) -> Workbook:
        """A workbook, of its sheets only the named one where a name is given.

        Raises:
            RefusedError: `unreadable` when it cannot be read within the limits, `half_written` or
                `password_protected`.
        """
        request = {
            "path": str(raw),
            "sheet": sheet,
            "out": str(self._work),
            "unpacked_bytes": UNPACKED_BYTES,
            "seconds": max(SECONDS_PER_FILE, 1),
        }
        answer = _ask(self._started(), json.dumps(request))
        if answer is None:
            self.close()
            raise RefusedError("unreadable")
        if "refused" in answer:
            raise RefusedError(answer["refused"])
        sheets = [_sheet(values) for values in answer.pop("sheets")]
        return Workbook(sheets=sheets, **answer)

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "pipelines.landing.reading.workbook_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=os.environ | CHILD_ENVIRONMENT,
            )
        return self._child


def _sheet(values: dict[str, Any]) -> Sheet:
    path = values.pop("path")
    merges = tuple(tuple(part) for part in values.pop("merges"))
    return Sheet(path=Path(path) if path else None, merges=merges, **values)


def _ask(child: subprocess.Popen[bytes], request: str) -> dict[str, Any] | None:
    """Send a request, wait for its answer; None when the child dies or takes too long."""
    assert child.stdin and child.stdout
    try:
        child.stdin.write(request.encode() + b"\n")
    except BrokenPipeError:
        return None
    answer = bytearray()
    ends_at = time.monotonic() + SECONDS_PER_FILE
    while not answer.endswith(b"\n"):
        left = max(ends_at - time.monotonic(), 0)
        if not select.select([child.stdout], [], [], left)[0]:
            return None
        part = child.stdout.read(1 << 16)
        if not part:
            return None
        answer += part
    return json.loads(answer)
