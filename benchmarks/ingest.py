"""Validated, accounted ingest against bare typed `read_csv` and dlt's Arrow path, in one run.

    make bench-ingest [SIZE=small|full|huge]

The same sell-out lines are loaded three ways, each in a process of its own, in turn, several
times. What counts is CPU seconds of the load itself: user and system, without imports and without
making the files. Bare loads the typed columns and checks nothing; dlt reads the files with pyarrow
and appends the Arrow tables; Daqu maps headers, types, resolves codes against a SKU and an outlet
master, judges, keeps bad rows with reasons, and accounts for every row.

`huge` is 20 million rows, bare and validated once each: its figure is the peak memory.

Beside that, GBK files are landed and compared with the same files in UTF-8, and a workbook is read
to Parquet and compared with what openpyxl takes to read its cells.

What is compared, so that nobody has to guess:

- Bare ends with a checkpoint, as Daqu's landing does; both files are compressed as DuckDB does by
  itself. Bare writes the seven columns of the file. Accounting needs three more (delivery, row
  number, verdict), and codes two for what was sent where it differs from ours.
- dlt gets Arrow tables that pyarrow read with the types given, its cheapest way in, and infers
  nothing. Its fixed cost weighs at 400,000 rows and hardly at 4 million, where bare alone is more
  than 0.35 of it: there that goal is out of reach for whoever writes through DuckDB.
- Receiving (the copy under its sha256, flushed to disk) comes before all ways to load and is
  measured beside them; masters are landed before the clock starts.
- CPU seconds of two cores that others use too are more than those of idle ones. Compare ratios of
  one run, never seconds of two.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.report import show

ROWS = {"small": 400_000, "full": 4_000_000, "huge": 20_000_000}
FILES = 8
SKUS, OUTLETS, BAD_EVERY = 5_000, 9_000, 1_000
ROUNDS = {"small": 1, "full": 3}
GOALS = {
    "validated_to_bare_ratio": 1.35,
    "validated_to_dlt_ratio": 0.35,
    "gbk_to_utf8_ratio": 1.4,
    "xlsx_to_openpyxl_min": 8,
}
HUGE_GOALS = {"validated_to_bare_ratio": 1.35, "validated_peak_mb": 1_000}
WORKBOOK_ROWS = {"small": 60_000, "full": 200_000}
COLUMNS = {
    "document_no": "varchar",
    "sold_date": "date",
    "outlet_code": "varchar",
    "sku_code": "varchar",
    "quantity": "decimal(18,3)",
    "uom": "varchar",
    "reported_amount": "decimal(18,2)",
}


def make_files(folder: Path, rows: int) -> None:
    """Write masters and FILES sell-out files; one row in BAD_EVERY is a sale below zero.

    Every sender sells what it sells: none repeats the lines of another.
    """
    con = duckdb.connect()
    (folder / "inbox" / "self").mkdir(parents=True)
    for kind, count in (("sku", SKUS), ("outlet", OUTLETS)):
        target = folder / "inbox" / "self" / f"{kind}.csv"
        con.execute(
            f"copy (select '{kind[0].upper()}' || lpad(i::varchar, 5, '0') as {kind}_code "
            f"from range({count}) t(i)) to '{target}' (header)"
        )
    (folder / "csv").mkdir()
    per_file = rows // FILES
    for number in range(FILES):
        con.execute(
            f"""copy (
            select 'INV-' || lpad((i // 4 + {number * per_file})::varchar, 11, '0') as 单据号,
                date '2026-11-16' + (i % 6)::integer as 单据日期,
                'O' || lpad((hash(i, 1, {number}) % {OUTLETS})::varchar, 5, '0') as 客户编码,
                'S' || lpad((hash(i, 2, {number}) % {SKUS})::varchar, 5, '0') as 商品编码,
                case when i % {BAD_EVERY} = 7 then -q else q end as 数量, '瓶' as 单位,
                round((hash(i, 4, {number}) % 100000) / 100, 2)::decimal(18, 2) as 金额
            from (
                select i, (1 + hash(i, 3, {number}) % 48)::integer as q from range({per_file}) t(i)
            )
            ) to '{folder}/csv/D{number:03d}_sellout_2026W47.csv' (header)"""
        )
    feeds = "[sku, outlet, sellout]"
    (folder / "deployment.yaml").write_text(f"name: benchmark\nas_of: 2026-11-22\nfeeds: {feeds}\n")
    (folder / "mappings").mkdir()
    senders = ", ".join(f"D{number:03d}" for number in range(FILES))
    (folder / "mappings" / "all.yaml").write_text(
        f"senders: [{senders}]\nfeeds:\n  sellout:\n    codes: ours\n    units: {{瓶: piece}}\n"
        '    match: "{sender}_sellout_{period}.csv"\n'
    )


def bare(folder: Path) -> int:
    """Typed columns straight into a table; nothing checked, nothing accounted for."""
    con = duckdb.connect(str(folder / "bare.duckdb"))
    con.execute("set threads = 2")
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    files = [str(file) for file in sorted((folder / "csv").glob("*.csv"))]
    con.execute(
        f"create table line as from read_csv($files, columns = {{{columns}}}, header = true, "
        "auto_detect = false, delim = ',', quote = '\"')",
        {"files": files},
    )
    con.execute("checkpoint")
    return con.execute("select count(*) from line").fetchall()[0][0]


def validated(folder: Path) -> int:
    """Daqu's landing of the same files, masters landed before."""
    from pipelines.contracts.load import load_contracts
    from pipelines.landing import land, receive
    from pipelines.settings import Settings

    settings = Settings.load(folder)
    contracts = load_contracts(settings.contracts)
    land(settings, contracts)
    started = cpu_seconds()
    receive(settings, [folder / "csv"], received_at=datetime(2026, 11, 22, 20))
    validated.receiving = cpu_seconds() - started  # type: ignore[attr-defined]
    started = cpu_seconds()
    result = land(settings, contracts)
    validated.spent = cpu_seconds() - started  # type: ignore[attr-defined]
    rows = result.rows_by_feed["sellout"]
    return rows["rows_loaded"] + rows["rows_quarantined"]


def dlt_arrow(folder: Path) -> int:
    """dlt, Arrow tables from pyarrow's CSV reader into DuckDB, no validation."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt
    import pyarrow as pa
    from pyarrow import csv

    decimals = {"quantity": pa.decimal128(18, 3), "reported_amount": pa.decimal128(18, 2)}
    read = csv.ReadOptions(column_names=list(COLUMNS), skip_rows=1)
    typed = csv.ConvertOptions(column_types={**decimals, "sold_date": pa.date32()})

    @dlt.resource(name="line", write_disposition="append")
    def lines():
        for file in sorted((folder / "csv").glob("*.csv")):
            yield csv.read_csv(file, read, convert_options=typed)

    pipeline = dlt.pipeline(
        "benchmark",
        pipelines_dir=str(folder / "dlt"),
        destination=dlt.destinations.duckdb(str(folder / "dlt.duckdb")),
        dataset_name="raw",
    )
    pipeline.run(lines())
    con = duckdb.connect(str(folder / "dlt.duckdb"))
    return con.execute("select count(*) from raw.line").fetchall()[0][0]


def gbk(folder: Path) -> int:
    """Daqu's landing of the same files in GBK."""
    for file in (folder / "csv").glob("*.csv"):
        file.write_bytes(file.read_bytes().decode("utf-8").encode("gbk"))
    rows = validated(folder)
    gbk.spent = validated.spent  # type: ignore[attr-defined]
    return rows


def make_workbook(file: Path, rows: int) -> None:
    """The first of the CSVs as a workbook: texts, dates as dates, numbers as numbers."""
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(
            0, 0, ["单据号", "单据日期", "客户编码", "商品编码", "数量", "单位", "金额"]
        )
        for row in range(1, rows + 1):
            cells = [f"INV-{row // 4:011d}", "", f"O{row % OUTLETS:05d}", f"S{row % SKUS:05d}"]
            sheet.write_row(row, 0, [*cells, 1 + row % 48, "瓶", row % 99_999 / 100])
            sheet.write_datetime(row, 1, datetime(2026, 11, 16 + row % 6), day)


def xlsx(folder: Path) -> int:
    """The guarded child's reading of a workbook to Parquet; one child serves all files of a run."""
    make_workbook(folder / "small.xlsx", 1)
    _, alone = _by_child(folder, ["small.xlsx"])
    rows, both = _by_child(folder, ["small.xlsx", "book.xlsx"])
    xlsx.spent = both - alone  # type: ignore[attr-defined]
    return rows


def _by_child(folder: Path, names: list[str]) -> tuple[int, float]:
    """Rows of the last of these workbooks, and CPU seconds from start to end of the child."""
    from pipelines.landing.reading.workbooks import WorkbookReader

    started, reader = cpu_seconds(), WorkbookReader(folder)
    books = [reader.read(folder / name, None) for name in names]
    reader.close()
    return books[-1].sheets[0].rows - 1, cpu_seconds() - started


def openpyxl_xlsx(folder: Path) -> int:
    """openpyxl's own way through the same workbook, read-only, every cell to text, no file made."""
    from openpyxl import load_workbook

    sheet = load_workbook(folder / "book.xlsx", read_only=True).worksheets[0]
    rows = [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    return len(rows) - 1


WORKBOOK_WAYS = {"xlsx": xlsx, "openpyxl": openpyxl_xlsx}
WAYS = {"bare": bare, "validated": validated, "dlt": dlt_arrow, "gbk": gbk}


def cpu_seconds() -> float:
    """User and system seconds of this process and of its children that ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(part.ru_utime + part.ru_stime for part in used)


def measure(way: str, folder: Path) -> dict[str, float]:
    """Run one way in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ingest", way, str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def run_way(way: str, folder: Path) -> None:
    """Body of the child process: load, print seconds, rows and peak memory."""
    if way == "dlt":
        import dlt  # noqa: F401
        from pyarrow import csv  # noqa: F401
    started, clock = cpu_seconds(), time.monotonic()
    load = (WAYS | WORKBOOK_WAYS)[way]
    rows = load(folder)
    spent = getattr(load, "spent", cpu_seconds() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall = time.monotonic() - clock
    measured = {"cpu": spent, "wall": wall, "rows": rows, "peak_mb": peak}
    measured["receiving_cpu"] = getattr(load, "receiving", 0.0)
    print(json.dumps(measured))


def main(size: str) -> None:
    """Measure all ways in turn and print the ratios of their medians."""
    with tempfile.TemporaryDirectory() as name:
        workbook = Path(name) / "workbook"
        workbook.mkdir()
        make_workbook(workbook / "book.xlsx", WORKBOOK_ROWS[size])
        books = {way: measure(way, workbook) for way in WORKBOOK_WAYS}
        results = _in_turn(Path(name), list(WAYS), ROWS[size], ROUNDS[size])
    cpu = {way: statistics.median(r["cpu"] for r in runs) for way, runs in results.items()}
    peak = {way: max(r["peak_mb"] for r in runs) for way, runs in results.items()}
    counted = {way: runs[0]["rows"] for way, runs in results.items()}
    assert len(set(counted.values())) == 1, counted
    assert books["xlsx"]["rows"] == books["openpyxl"]["rows"] == WORKBOOK_ROWS[size], books
    figures = {
        "rows": counted["bare"],
        "validated_to_bare_ratio": round(cpu["validated"] / cpu["bare"], 3),
        "validated_to_dlt_ratio": round(cpu["validated"] / cpu["dlt"], 3),
        "validated_cpu_seconds": round(cpu["validated"], 2),
        "validated_peak_mb": round(peak["validated"]),
        "gbk_to_utf8_ratio": round(cpu["gbk"] / cpu["validated"], 3),
        "xlsx_to_openpyxl": round(books["openpyxl"]["cpu"] / books["xlsx"]["cpu"], 1),
        "receiving_cpu_seconds": round(
            statistics.median(run["receiving_cpu"] for run in results["validated"]), 2
        ),
    }
    _show("ingest", cpu, peak, figures, GOALS)


def huge() -> None:
    """Load 20 million rows bare and validated, once each."""
    with tempfile.TemporaryDirectory() as name:
        results = _in_turn(Path(name), ["bare", "validated"], ROWS["huge"], 1)
    cpu = {way: runs[0]["cpu"] for way, runs in results.items()}
    peak = {way: runs[0]["peak_mb"] for way, runs in results.items()}
    counted = {way: runs[0]["rows"] for way, runs in results.items()}
    assert set(counted.values()) == {ROWS["huge"]}, counted
    figures = {
        "rows": ROWS["huge"],
        "validated_to_bare_ratio": round(cpu["validated"] / cpu["bare"], 3),
        "validated_peak_mb": round(peak["validated"]),
    }
    _show("ingest-huge", cpu, peak, figures, HUGE_GOALS)


def _in_turn(
    base: Path, ways: list[str], rows: int, rounds: int
) -> dict[str, list[dict[str, float]]]:
    """Measure these ways in turn, each on its own copy of the same files."""
    results: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    made = base / "made"
    made.mkdir()
    make_files(made, rows)
    for _ in range(rounds):
        for way in ways:
            folder = base / way
            shutil.copytree(made, folder)
            results[way].append(measure(way, folder))
            shutil.rmtree(folder)
    return results


def _show(
    name: str,
    cpu: dict[str, float],
    peak: dict[str, float],
    figures: dict[str, float],
    goals: dict[str, float],
) -> None:
    rows = [
        [way, f"{cpu[way]:.2f}", f"{cpu[way] / cpu['bare']:.2f}", f"{peak[way]:,.0f}"]
        for way in cpu
    ]
    show(name, ["way", "CPU s (median)", "to bare", "peak MB"], rows, figures, goals)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        run_way(sys.argv[1], Path(sys.argv[2]))
    elif os.environ.get("SIZE") == "huge":
        huge()
    else:
        main(os.environ.get("SIZE", "small"))
