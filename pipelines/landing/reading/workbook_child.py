"""The guarded child that opens workbooks; it alone touches their bytes.

It lives under limits of memory, of CPU time for each file, and of the size of what it writes. Where
it dies, `workbooks.WorkbookReader` refuses the file and starts another.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.landing.reading.compound import compound_facts
from pipelines.landing.reading.facts import BookFacts, SheetFacts
from pipelines.landing.reading.headers import SEARCHED_ROWS
from pipelines.landing.reading.zipped import mended, zip_facts
from pipelines.landing.refused import RefusedError
from pipelines.landing.rows.garbled import MARKS

if TYPE_CHECKING:
    import polars as pl

MEMORY_BYTES = 2 << 30
WRITTEN_BYTES = 2 << 30
SHEETS_READ = 8
MOST_COLUMNS = 2_000
HEAD_CHARACTERS = 1_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def serve() -> None:
    """Read requests until the parent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_BYTES, WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        request = json.loads(line)
        _allow_seconds(request["seconds"])
        try:
            answer = extract(request)
        except RefusedError as error:
            answer = {"refused": error.reason}
        except Exception:  # whatever a hostile file raises is an answer, not a crash
            answer = {"refused": "unreadable"}
        print(json.dumps(answer), flush=True)


def _allow_seconds(seconds: int) -> None:
    """CPU time for the next file, on top of what the files before it took."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def extract(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request: `path`, `sheet`, `out`, `unpacked_bytes`."""
    path, out = Path(request["path"]), Path(request["out"])
    with path.open("rb") as handle:
        is_compound = handle.read(8) == OLE
    if is_compound:
        facts = compound_facts(path.read_bytes())
    else:
        facts = zip_facts(path, request["unpacked_bytes"])
    sheets, is_garbled = _sheets(path, out, request["sheet"], facts)
    return {
        "kind": facts.kind,
        "date_system": facts.date_system,
        "sheets": sheets,
        "is_garbled": is_garbled,
    }


def _sheets(
    path: Path, out: Path, wanted: str | None, facts: BookFacts
) -> tuple[list[dict[str, Any]], bool]:
    import fastexcel

    data = mended(path, facts, out) if facts.must_mend else path.read_bytes()
    book = fastexcel.read_excel(data)
    del data
    names, sheets, is_garbled = book.sheet_names, [], False
    for number, name in enumerate(names):
        known = facts.sheet(number, name, len(names))
        if (wanted is not None and name != wanted) or len(sheets) >= SHEETS_READ:
            sheets.append(_unread(name, known))
            continue
        sheet = book.load_sheet(number, header_row=None, skip_rows=0, dtypes="string")
        frame = sheet.to_polars()
        if frame.width > MOST_COLUMNS:
            raise RefusedError("unreadable")
        frame.columns = [f"c{i}" for i in range(frame.width)]
        frame = _with_errors(frame, known)
        is_garbled = is_garbled or _is_garbled(frame)
        is_hidden = known.is_hidden or sheet.visible != "visible"
        target = out / f"{path.name}.{number}.parquet"
        sheets.append(_written(frame, target, name, known) | {"is_hidden": is_hidden})
    return sheets, is_garbled


def _unread(name: str, known: SheetFacts) -> dict[str, Any]:
    values = {"name": name, "path": None, "rows": 0, "head": [], "merges": []}
    return values | {"is_hidden": known.is_hidden, "hidden_rows": 0}


def _written(frame: pl.DataFrame, target: Path, name: str, known: SheetFacts) -> dict[str, Any]:
    import polars as pl

    head = [
        [cell[:HEAD_CHARACTERS] if cell else cell for cell in row]
        for row in frame.head(SEARCHED_ROWS).rows()
    ]
    frame = frame.with_columns(pl.lit(None, pl.String).alias("_extra"))
    frame.with_row_index("_row_no", offset=1).write_parquet(target)
    return {
        "name": name,
        "path": str(target),
        "rows": frame.height,
        "head": head,
        "hidden_rows": known.hidden_rows,
        "merges": known.merges_within(frame.height, frame.width - 1),
    }


def _with_errors(frame: pl.DataFrame, known: SheetFacts) -> pl.DataFrame:
    """The cells with the errors that a binary workbook has and its reader leaves out."""
    by_column: dict[int, dict[int, str]] = {}
    for (row, column), text in known.errors.items():
        place = column - (known.first_column or 0)
        if row < frame.height and 0 <= place < frame.width:
            by_column.setdefault(place, {})[row] = text
    columns = [
        frame[f"c{place}"].scatter(list(cells), list(cells.values()))
        for place, cells in by_column.items()
    ]
    return frame.with_columns(columns)


def _is_garbled(frame: pl.DataFrame) -> bool:
    import polars as pl

    if not frame.height or not frame.width:
        return False
    found = [pl.col(name).str.contains_any(list(MARKS)).any() for name in frame.columns]
    return bool(frame.select(pl.any_horizontal(found)).item())


if __name__ == "__main__":
    serve()
