"""Reading what senders send: any file becomes a table of texts with its row numbers.

A CSV that is plain UTF-8 is read by DuckDB where it lies. Everything else (other encodings, quoted
line breaks, ragged rows, workbooks) is first brought into one of two plain forms in a working
folder: UTF-8 CSV, or Parquet with a text column per cell and `_row_no`.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipelines.contracts import Contract
from pipelines.landing.headers import SEARCHED_ROWS, Header, find_header
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.refused import RefusedError
from pipelines.landing.remarks import Note
from pipelines.landing.scan import Scan, is_utf8, scan
from pipelines.landing.workbooks import Sheet, WorkbookReader

DELIMITERS = (",", "\t", ";", "|")
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
TOTALS = ("合计", "小计", "总计", "合計", "總計", "total", "subtotal", "grand total")
HEAD_BYTES = 1 << 18
CUSTOM_PROPERTIES = "docProps/custom.xml"
CUSTOM_PROPERTIES_BYTES = 1 << 16
ANSWER_MARK = b"daqu_answer_to"
"""Name of the custom property an answer to a file carries."""


@dataclass(frozen=True)
class TableFile:
    """A sender's table, ready for one SQL pass.

    Attributes:
        source: File DuckDB reads.
        form: `csv` (rows after `header_row` lines) or `rows` (Parquet with `_row_no`, c0, c1, …).
        header: Its header and the columns found in it.
        header_row: Row number of the header, from 1.
        rows: Rows in the file, title, header and blank ones included, counted without DuckDB.
        encoding: Encoding or format it was read as.
        sheet: Sheet of the workbook; None for CSV.
        delimiter: Field separator of the `csv` form.
        notes: What is to be said of the file though it can be read.
    """

    source: Path
    form: Literal["csv", "rows"]
    header: Header
    header_row: int
    rows: int
    encoding: str
    sheet: str | None = None
    delimiter: str = ","
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Text:
    """A decoded CSV: its text as UTF-8 bytes and where they lie."""

    data: bytes
    path: Path
    encoding: str


class Reader:
    """Reads the files of one landing run, with one guarded child for all workbooks."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self._workbooks = WorkbookReader(work)

    def close(self) -> None:
        """End the child process."""
        self._workbooks.close()

    def read(self, raw: Path, contract: Contract, mapping: FeedMapping) -> TableFile:
        """Read one file.

        Args:
            raw: The bytes as received, under their sha256.
            contract: The feed it should be.
            mapping: The sender's way of writing it.

        Raises:
            RefusedError: The file is empty, binary, broken, protected, or has another header.
        """
        with raw.open("rb") as handle:
            start = handle.read(8)
        if start.startswith(ZIP) or start == OLE:
            return self._workbook(raw, start, contract, mapping)
        return read_csv(raw, self.work, contract, mapping)

    def as_rows(self, table: TableFile) -> TableFile:
        """The same table in the `rows` form, each record read by Python: slow and forgiving."""
        if table.form == "rows":
            return table
        return _csv_as_rows(table, self.work)

    def _workbook(
        self, raw: Path, start: bytes, contract: Contract, mapping: FeedMapping
    ) -> TableFile:
        if start == OLE:
            protected = ENCRYPTED in raw.read_bytes()
            raise RefusedError("password_protected" if protected else "unreadable")
        if not zipfile.is_zipfile(raw):
            raise RefusedError("half_written")
        if is_answer(raw):
            raise RefusedError("answer_sent_back")
        sheets = self._workbooks.read(raw, mapping.sheet)
        found = [(sheet, find_header(sheet.head, contract, mapping)) for sheet in sheets]
        named = [(sheet, header) for sheet, header in found if header]
        if not named:
            is_empty = bool(sheets) and not any(sheet.rows for sheet in sheets)
            raise RefusedError("empty_file" if is_empty else "unknown_header")
        sheet, header = min(named, key=lambda pair: len(pair[1].missing))
        return _workbook_table(sheet, _complete(header))


def is_answer(raw: Path) -> bool:
    """Whether a workbook says of itself that Daqu wrote it as the answer to a file."""
    try:
        with zipfile.ZipFile(raw) as archive, archive.open(CUSTOM_PROPERTIES) as part:
            return ANSWER_MARK in part.read(CUSTOM_PROPERTIES_BYTES)
    except (KeyError, OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return False


def read_csv(raw: Path, work: Path, contract: Contract, mapping: FeedMapping) -> TableFile:
    """Read a file that is no workbook as CSV; see `Reader.read`."""
    text = _decode(raw, work, mapping.encoding)
    if not text.data[:HEAD_BYTES].strip() and not text.data.strip():
        raise RefusedError("empty_file")
    head = text.data[:HEAD_BYTES].decode("utf-8", errors="ignore")
    delimiter, header = _sniff(head, contract, mapping)
    seen = scan(text.data)
    table = TableFile(
        source=text.path,
        form="csv",
        header=_complete(header),
        header_row=header.index + 1,
        rows=seen.lines,
        encoding=text.encoding,
        delimiter=delimiter,
    )
    if _is_cut_off(text.data, table, seen):
        raise RefusedError("half_written")
    return table if seen.is_plain else _csv_as_rows(table, work)


def is_total(cells: Sequence[str | None]) -> bool:
    """Whether a row is a total: its first text that is no number is 合计, Total or the like."""
    first = next((cell.strip() for cell in cells if cell and cell.strip()), "")
    return first.rstrip(":：").replace(" ", "").casefold() in {t.replace(" ", "") for t in TOTALS}


def _complete(header: Header) -> Header:
    if header.missing:
        few = len(header.columns) < 2
        raise RefusedError("unknown_header" if few else f"missing_column:{header.missing[0]}")
    return header


def _decode(raw: Path, work: Path, declared: str | None) -> Text:
    data = raw.read_bytes()
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not is_utf16 and b"\x00" in data[:HEAD_BYTES]:
        raise RefusedError("binary_file")
    for encoding in ("utf-16",) if is_utf16 else ("utf-8", declared or "gb18030"):
        try:
            return _text(data, encoding, raw, work)
        except UnicodeDecodeError as error:
            if error.end == len(data) and not data[: error.start].isascii():
                raise RefusedError("half_written") from error  # all but the last character is text
    raise RefusedError("binary_file" if _looks_binary(data) else "unreadable")


def _text(data: bytes, encoding: str, raw: Path, work: Path) -> Text:
    if encoding != "utf-8":
        return _transcoded(data, encoding, raw, work)
    if not is_utf8(data):
        data.decode("utf-8")  # says where it is not
    marked = data.startswith(b"\xef\xbb\xbf")
    return Text(data, raw, "utf-8-sig" if marked else "utf-8")


def _transcoded(data: bytes, encoding: str, raw: Path, work: Path) -> Text:
    plain = data.decode(encoding).encode("utf-8")
    path = work / f"{raw.name}.csv"
    path.write_bytes(plain)
    return Text(plain, path, encoding)


def _looks_binary(data: bytes) -> bool:
    control = sum(byte < 9 or 13 < byte < 32 for byte in data[:4096])
    return control > len(data[:4096]) * 0.02


def _sniff(head: str, contract: Contract, mapping: FeedMapping) -> tuple[str, Header]:
    tried = (mapping.delimiter,) if mapping.delimiter else DELIMITERS
    found = [(d, find_header(_records(head, d), contract, mapping)) for d in tried]
    named = [(delimiter, header) for delimiter, header in found if header]
    if not named:
        raise RefusedError("binary_file" if _looks_binary(head.encode()) else "unknown_header")
    return max(named, key=lambda pair: len(pair[1].columns))


def _records(head: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(1 << 30)
    reader = csv.reader(io.StringIO(head.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    records = []
    try:
        for record in reader:
            records.append(record)
            if len(records) >= SEARCHED_ROWS:
                break
    except csv.Error:
        pass  # what was read until then may hold the header; the whole file is judged later
    return records


def _is_cut_off(data: bytes, table: TableFile, seen: Scan) -> bool:
    """Whether a file stops inside quotes, or inside its last row: it was not written to its end."""
    if seen.quotes % 2 and _ends_in_quotes(data, table.delimiter):
        return True
    if data.endswith((b"\n", b"\r")):
        return False
    last = _last_record(data[data.rfind(b"\n") + 1 :] if seen.is_plain else data, table.delimiter)
    return len(last) < len(table.header.texts) and not is_total(last)


def _ends_in_quotes(data: bytes, delimiter: str) -> bool:
    return _last_record(data + b"\n-", delimiter) != ["-"]


def _last_record(data: bytes, delimiter: str) -> list[str]:
    text = io.StringIO(data.decode("utf-8", errors="ignore"), newline="")
    records = deque(csv.reader(text, delimiter=delimiter), maxlen=1)
    return records.pop() if records else []


def _csv_as_rows(table: TableFile, work: Path) -> TableFile:
    import polars as pl

    text = table.source.read_bytes().decode("utf-8-sig").replace("\x00", "")
    width = len(table.header.texts)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter)
    cells: list[list[str | None]] = []
    for record in reader:
        extra = any(cell.strip() for cell in record[width:])
        row = [cell or None for cell in record[:width]] + [None] * (width - len(record))
        cells.append([*row, "1" if extra else None])
    path = work / f"{table.source.stem}.rows.parquet"
    names = [*(f"c{i}" for i in range(width)), "_extra"]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    frame.with_row_index("_row_no", offset=1).write_parquet(path)
    return replace(table, source=path, form="rows", rows=len(cells))


def _workbook_table(sheet: Sheet, header: Header) -> TableFile:
    return TableFile(
        source=sheet.path,
        form="rows",
        header=header,
        header_row=header.index + 1,
        rows=sheet.rows,
        encoding="xlsx",
        sheet=sheet.name,
    )
