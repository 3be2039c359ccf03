"""Pollock's simple score of our reader and of DuckDB, on the polluted files at hand, in one run.

    make bench-messy        (skips when DAQU_REAL_DATA does not name the folder of real data)

Each file is one table spoilt in one way. A reader gets, for each file, 1 for reading it at all, and
precision, recall and F1 of header, records and cells against the clean table: ten figures, each
averaged over the files, summed to at most 10 (Pollock, HPI, PVLDB 2023, "simple score"). DuckDB is
run as its authors ran it there. Ours has no contract here: dialect and records come from landing's
reader; where the table begins and ends is told by the widths of the records alone.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from itertools import zip_longest
from pathlib import Path

import duckdb
from dateutil import parser as dates

from benchmarks.report import show
from pipelines.landing.reading.dialect import Dialect, sniff
from pipelines.landing.reading.records import Records, usual_width

Row = list[str]
MEASURES = ("success", *(f"{part}_{what}" for part in ("header", "record", "cell")
                         for what in ("precision", "recall", "f1")))  # fmt: skip
# `parallel` is not in the published runs; without it DuckDB 2 gives up on quoted line breaks
FORGIVING = {
    "strict_mode": False,
    "ignore_errors": True,
    "null_padding": True,
    "parallel": False,
}
TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
PRICE = re.compile(r"\s*([$€£¥])\s*(\d[\d,]*(?:\.\d+)?)\s*")
SNIFFED_LINES = 200
LISTED_BELOW = 9.9


def ours_declared(file: Path, told: dict) -> list[Row]:
    """Our records in the dialect the file's parameters state."""
    dialect = Dialect(
        (told["delimiter"] or ",")[0],
        told["quotechar"] or '"',
        told["escapechar"] or told["quotechar"] or '"',
        has_blanks=told["delimiter"].endswith(", "),
    )
    width = max(told["n_columns"], len(told["column_names"]))
    records = list(Records(_text(file), dialect, width or None))
    kept = records[told["preamble_lines"] :]
    return _table(kept, width or max(map(len, kept), default=0), told["header_lines"])


def ours_sniffed(file: Path, _: dict) -> list[Row]:
    """Our records in the dialect we find, the table being where most records are equally wide."""
    text = _text(file)
    lines = text.splitlines(keepends=True)[:SNIFFED_LINES]
    dialect = sniff(lines)
    width = usual_width(Records("".join(lines), dialect))
    if width is None:
        return []
    records = list(Records(text, dialect, width))
    start = next((i for i, r in enumerate(records) if _is_full(r, width)), 0)
    return _table(records[start:], width, 1)


def _is_full(record: Row, width: int) -> bool:
    """Whether a record can be a header: as wide as the table, and mostly filled."""
    return len(record) >= width and 2 * sum(bool(cell.strip()) for cell in record) > width


def _table(records: list[Row], width: int, header_lines: int) -> list[Row]:
    """Rows of one width; a header of several lines is one, and a second table is left out."""
    rows = [(row + [""] * width)[:width] for row in records if any(row)]
    while (
        header_lines and len(rows) > header_lines and _is_header_again(rows[header_lines], rows[0])
    ):
        header_lines += 1
    if header_lines > 1:
        head = [" ".join(parts) for parts in zip_longest(*rows[:header_lines], fillvalue="")]
        rows = [head, *rows[header_lines:]]
    if not rows or not header_lines:
        return rows
    again = (i for i, row in enumerate(rows) if i and _is_header_again(row, rows[0]))
    return rows[: next(again, len(rows))]


def _is_header_again(row: Row, header: Row) -> bool:
    texts = {cell.strip() for cell in header if cell.strip()}
    same = texts & {cell.strip() for cell in row}
    return len(texts) > 1 and 2 * len(same) > len(texts)


def duckdb_declared(file: Path, told: dict) -> list[Row]:
    """DuckDB with the parameters stated, as in `sut/duckdbparse` of the benchmark."""
    names = [name.strip() for name in told["column_names"]]
    names = names or [f"col_{i}" for i in range(max(told["n_columns"], 1))]
    return _by_duckdb(
        file,
        delimiter=told["delimiter"] or ",",
        quotechar=told["quotechar"] or '"',
        escapechar=told["escapechar"] or '"',
        skiprows=told["preamble_lines"] + told["header_lines"],
        header=False,
        columns=dict.fromkeys(names, "VARCHAR"),
        auto_detect=False,
    )


def duckdb_auto(file: Path, _: dict) -> list[Row]:
    """DuckDB left to itself, as in `sut/duckdbauto` of the benchmark."""
    return _by_duckdb(file)


def _by_duckdb(file: Path, **options: object) -> list[Row]:
    read = duckdb.connect().read_csv(str(file), **options, **FORGIVING)  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(read.df().to_csv(index=False))))


READERS: dict[str, Callable[[Path, dict], list[Row]]] = {
    "ours_declared": ours_declared,
    "duckdb_declared": duckdb_declared,
    "ours_sniffed": ours_sniffed,
    "duckdb_auto": duckdb_auto,
}


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig").replace("\x00", "")


def measures(clean: list[Row], read: list[Row] | None) -> dict[str, float]:
    """The ten figures of one file; None where the reader failed."""
    if read is None:
        return dict.fromkeys(MEASURES, 0.0)
    if not clean:
        return dict.fromkeys(MEASURES, 1.0)
    header = [list(map(normal, rows[0])) if rows else [] for rows in (clean, read)]
    records = [["".join(map(normal, row)) for row in rows[1:]] for rows in (clean, read)]
    cells = [[cell for row in rows for cell in row] for rows in (clean, read)]
    found = {"success": 1.0}
    for name, (asked, got) in (("header", header), ("record", records), ("cell", cells)):
        found |= dict(zip((f"{name}_{w}" for w in ("precision", "recall", "f1")),
                          _overlap(asked, got), strict=True))  # fmt: skip
    return found


def _overlap(asked: list[str], got: list[str]) -> tuple[float, float, float]:
    if not asked:
        return 1.0, 1.0, 1.0
    common = sum((Counter(asked) & Counter(got)).values())
    if not common:
        return 0.0, 0.0, 0.0
    precision, recall = common / len(asked), common / len(got)
    return precision, recall, 2 * precision * recall / (precision + recall)


@cache
def normal(cell: str) -> str:
    """A cell in the form values are compared in: numbers, times, dates and prices by value."""
    if not cell.strip():
        return cell
    for read in (_number, _time, _date, _price):
        value = read(cell)
        if value is not None:
            return value
    return cell.lower()


def _number(cell: str) -> str | None:
    if cell in ("True", "true", "False", "false"):
        return str(int(cell.lower() == "true"))
    for kind in (int, float):
        try:
            return str(kind(cell))
        except ValueError:
            continue
    return None


def _time(cell: str) -> str | None:
    return f"{cell}:00"[:8] if TIME.fullmatch(cell) else None


def _date(cell: str) -> str | None:
    try:
        return str(dates.parse(cell, default=datetime(2000, 1, 1)))
    except (ValueError, OverflowError, TypeError):
        return None


def _price(cell: str) -> str | None:
    found = PRICE.fullmatch(cell)
    return f"{found[1]}{float(found[2].replace(',', ''))}" if found else None


def kind_of(name: str) -> str:
    """What was done to the file, without where: `row_extra_quote12_col3.csv` → row_extra_quote."""
    return re.sub(r"(?<=[a-z])\d+_col\d+$|_row\d+_col\d+$|_\d+_0x\w+$|_0x\w+$|_\d+$", "", name[:-4])


def scored(folder: Path, names: Iterable[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Reader → file → its ten figures."""
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for name in names:
        told = json.loads((folder / "parameters" / f"{name}_parameters.json").read_text())
        with (folder / "clean" / name).open(encoding="utf-8-sig", newline="") as handle:
            clean = list(csv.reader(handle))
        for reader, read in READERS.items():
            found[reader][name] = measures(clean, _tried(read, folder / "csv" / name, told))
    return found


def _tried(read: Callable[[Path, dict], list[Row]], file: Path, told: dict) -> list[Row] | None:
    try:
        return read(file, told)
    except (duckdb.Error, csv.Error, UnicodeDecodeError):
        return None


def main() -> int:
    """Print scores by reader and by kind of spoilt file, and the files that were not all right."""
    root = os.environ.get("DAQU_REAL_DATA")
    folder = Path(root or ".") / "messy" / "pollock"
    if not root or not folder.is_dir():
        print("skipped: DAQU_REAL_DATA names no folder with messy/pollock")
        return 0
    names = sorted(file.name for file in (folder / "csv").glob("*.csv"))
    found = scored(folder, names)
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_kind[kind_of(name)].append(name)
    rows = [
        [kind, f"{len(members)}", *(f"{_score(found[r], members):.3f}" for r in READERS)]
        for kind, members in sorted(by_kind.items())
    ]
    total = {reader: round(_score(found[reader], names), 4) for reader in READERS}
    rows.append(["all", f"{len(names)}", *(f"{total[reader]:.3f}" for reader in READERS)])
    for reader in ("ours_declared", "ours_sniffed"):
        for name in names:
            score = sum(found[reader][name].values())
            if score < LISTED_BELOW:
                print(f"{reader}: {name} {score:.3f}")
    figures = {"files": len(names), **{f"{reader}_score": total[reader] for reader in READERS}}
    goals = {
        "ours_declared_score_min": round(total["duckdb_declared"] - 0.05, 4),
        "ours_sniffed_score_min": total["duckdb_auto"],
    }
    show("messy", ["kind", "files", *READERS], rows, figures, goals)
    return int(any(figures[g.removesuffix("_min")] < limit for g, limit in goals.items()))


def _score(found: dict[str, dict[str, float]], names: list[str]) -> float:
    return sum(sum(found[name][m] for name in names) / len(names) for m in MEASURES)


if __name__ == "__main__":
    sys.exit(main())
