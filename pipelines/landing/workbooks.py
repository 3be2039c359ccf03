"""Workbooks are read in a child process under limits: a file that kills it is only that file.

The child reads many files, one after the other; its requests and answers are lines of JSON.
"""

from __future__ import annotations

import json
import resource
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from pipelines.landing.headers import SEARCHED_ROWS
from pipelines.landing.refused import RefusedError

MEMORY_BYTES = 2 << 30
SECONDS_PER_FILE = 60
UNPACKED_BYTES = 1 << 30
SHEETS_READ = 8


@dataclass(frozen=True)
class Sheet:
    """One sheet as a Parquet file of texts.

    Attributes:
        name: Name of the sheet.
        path: Parquet with `_row_no` (row of the sheet, from 1), c0, c1, … and `_extra`.
        rows: Last used row of the sheet.
        head: Cells of the first rows, from row 1 on.
    """

    name: str
    path: Path
    rows: int
    head: list[list[str | None]]


class WorkbookReader:
    """Keeps the child alive between files and starts a new one when it dies."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._child: subprocess.Popen[str] | None = None

    def read(self, raw: Path, sheet: str | None) -> list[Sheet]:
        """Sheets of a workbook, the named one only where a name is given.

        Raises:
            RefusedError: `unreadable` when it cannot be read within the limits.
        """
        _refuse_bomb(raw)
        child = self._started()
        request = {"path": str(raw), "sheet": sheet, "out": str(self._work)}
        answer = _ask(child, json.dumps(request))
        if answer is None:
            self.close()
            raise RefusedError("unreadable")
        if "error" in answer:
            raise RefusedError("unreadable")
        return [Sheet(s["name"], Path(s["path"]), s["rows"], s["head"]) for s in answer["sheets"]]

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _started(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "pipelines.landing.workbooks"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        return self._child


def _refuse_bomb(raw: Path) -> None:
    try:
        with ZipFile(raw) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            names = archive.namelist()
    except (BadZipFile, OSError, ValueError) as error:
        raise RefusedError("half_written") from error
    if unpacked > UNPACKED_BYTES:
        raise RefusedError("unreadable")
    if "EncryptedPackage" in names:
        raise RefusedError("password_protected")


def _ask(child: subprocess.Popen[str], request: str) -> dict | None:
    """Send a request, wait for its answer; None when the child dies or takes too long."""
    assert child.stdin and child.stdout
    try:
        child.stdin.write(request + "\n")
        child.stdin.flush()
    except BrokenPipeError:
        return None
    ready, _, _ = select.select([child.stdout], [], [], SECONDS_PER_FILE)
    line = child.stdout.readline() if ready else ""
    return json.loads(line) if line else None


def _serve() -> None:
    """The child: read requests until the parent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            sheets = _extract(Path(request["path"]), request["sheet"], Path(request["out"]))
            answer = {"sheets": sheets}
        except Exception as error:  # whatever a hostile file raises is an answer, not a crash
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def _extract(path: Path, wanted: str | None, out: Path) -> list[dict]:
    import fastexcel
    import polars as pl

    book = fastexcel.read_excel(path.read_bytes())
    names = [n for n in book.sheet_names if wanted is None or n == wanted][:SHEETS_READ]
    sheets = []
    for number, name in enumerate(names):
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        frame = sheet.to_polars()
        frame.columns = [f"c{i}" for i in range(frame.width)]
        frame = frame.with_columns(pl.lit(None, pl.String).alias("_extra"))
        target = out / f"{path.name}.{number}.parquet"
        frame.with_row_index("_row_no", offset=1).write_parquet(target)
        head = [list(row[:-1]) for row in frame.head(SEARCHED_ROWS).rows()]
        sheets.append({"name": name, "path": str(target), "rows": frame.height, "head": head})
    return sheets


if __name__ == "__main__":
    _serve()
