"""Reading what senders send: any file becomes a table of texts with its row numbers.

A CSV that is plain UTF-8 is read by DuckDB where it lies. Everything else (other encodings, quoted
line breaks, ragged rows, workbooks) is first brought into one of two plain forms in a working
folder: UTF-8 CSV, or Parquet with a text column per cell and `_row_no`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from pipelines.contracts import Contract, is_note
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.reading.dialect import DELIMITERS, Dialect, quoting, sniff
from pipelines.landing.reading.headers import SEARCHED_ROWS, Header, find_header
from pipelines.landing.reading.merges import fill_head, fill_merges
from pipelines.landing.reading.records import Records, split_line, usual_width
from pipelines.landing.reading.scan import Scan, is_utf8, scan
from pipelines.landing.reading.workbooks import Sheet, Workbook, WorkbookReader
from pipelines.landing.refused import RefusedError
from pipelines.landing.remarks import Note
from pipelines.landing.rows.garbled import has_marks, is_misread
from pipelines.landing.rows.words import total_kind

ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
USUAL = Dialect()
HEAD_BYTES = 1 << 18
MOST_COLUMNS = 2_000
SNIFFED_LINES = 200
ROWS_PER_PART = 50_000
BINARY_SHARE = 0.02


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
        dialect: How cells of the `csv` form are told apart.
        date_system: Year the day numbers of a workbook count from, 1900 or 1904; None for CSV,
            where a number is no date.
        notes: What is to be said of the file though it can be read.
    """

    source: Path
    form: Literal["csv", "rows"]
    header: Header
    header_row: int
    rows: int
    encoding: str
    sheet: str | None = None
    dialect: Dialect = USUAL
    date_system: int | None = None
    notes: tuple[Note, ...] = ()

    @property
    def delimiter(self) -> str:
        """Field separator of the `csv` form."""
        return self.dialect.delimiter


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
        if start.startswith((ZIP, EMPTY_ZIP)) or start == OLE:
            return self._workbook(raw, contract, mapping)
        return read_csv(raw, self.work, contract, mapping)

    def as_rows(self, table: TableFile) -> TableFile:
        """The same table in the `rows` form, each record read by Python: slow and forgiving."""
        if table.form == "rows":
            return table
        return _csv_as_rows(table, self.work)

    def _workbook(self, raw: Path, contract: Contract, mapping: FeedMapping) -> TableFile:
        book = self._workbooks.read(raw, mapping.sheet)
        if book.is_garbled:
            raise RefusedError("garbled_text")
        sheets = [s for s in book.sheets if s.path and (mapping.sheet or not s.is_hidden)]
        heads = [fill_head(sheet) for sheet in sheets]
        found = [
            (sheet, find_header(head, contract, mapping))
            for sheet, head in zip(sheets, heads, strict=True)
        ]
        named = [(sheet, header) for sheet, header in found if header]
        if not named:
            if any(is_misread(_joined(head)) for head in heads):
                raise RefusedError("garbled_text")
            is_empty = bool(sheets) and not any(sheet.rows for sheet in sheets)
            raise RefusedError("empty_file" if is_empty else "unknown_header")
        sheet, header = min(named, key=lambda pair: len(pair[1].missing))
        return _workbook_table(book, sheet, _complete(header), contract, mapping)


def read_csv(raw: Path, work: Path, contract: Contract, mapping: FeedMapping) -> TableFile:
    """Read a file that is no workbook as CSV; see `Reader.read`."""
    text = _decode(raw, work, mapping.encoding)
    if not text.data[:HEAD_BYTES].strip() and not text.data.strip():
        raise RefusedError("empty_file")
    head = text.data[:HEAD_BYTES].decode("utf-8", errors="ignore")
    _refuse_garbled(text, head)
    dialect, header = _sniff(head, contract, mapping)
    seen = scan(text.data)
    table = TableFile(
        source=text.path,
        form="csv",
        header=_complete(header),
        header_row=header.index + 1,
        rows=seen.lines,
        encoding=text.encoding,
        dialect=dialect,
        notes=_unknown_columns(header),
    )
    if _is_cut_off(text.data, table, seen):
        raise RefusedError("half_written")
    is_plain = dialect.is_usual and seen.is_plain
    return table if is_plain else _csv_as_rows(table, work)


def is_total(cells: Sequence[str | None]) -> bool:
    """Whether a row is a total: its first text that is no number is 合计, Total or the like."""
    first = next((cell.strip() for cell in cells if cell and cell.strip()), "")
    return total_kind(first) is not None


def _complete(header: Header) -> Header:
    if header.missing:
        few = len(header.columns) < 2
        raise RefusedError("unknown_header" if few else f"missing_column:{header.missing[0]}")
    if len(header.texts) > MOST_COLUMNS:
        raise RefusedError("unreadable")
    return header


def _unknown_columns(header: Header) -> tuple[Note, ...]:
    return (Note("unknown_columns", ", ".join(header.unknown)),) if header.unknown else ()


def _joined(rows: Sequence[Sequence[str | None]]) -> str:
    return "\n".join(cell or "" for row in rows for cell in row)


def _refuse_garbled(text: Text, head: str) -> None:
    if not head.isascii() and is_misread(head):
        raise RefusedError("garbled_text")
    if not text.data.isascii() and has_marks(text.data):
        raise RefusedError("garbled_text")


def _decode(raw: Path, work: Path, declared: str | None) -> Text:
    data = raw.read_bytes()
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not is_utf16 and b"\x00" in data[:HEAD_BYTES] and _looks_binary(data):
        raise RefusedError("binary_file")
    for encoding in ("utf-16",) if is_utf16 else ("utf-8", declared or "gb18030"):
        try:
            return _text(data, encoding, raw, work)
        except UnicodeDecodeError as error:
            if error.end == len(data) and not data[: error.start].isascii():
                raise RefusedError("half_written") from error  # all but the last character is text
    raise RefusedError("binary_file" if _looks_binary(data) else "garbled_text")


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
    return control > len(data[:4096]) * BINARY_SHARE


def _sniff(head: str, contract: Contract, mapping: FeedMapping) -> tuple[Dialect, Header]:
    """The dialect in which most columns of the contract are named."""
    head = head.lstrip("\ufeff").replace("\x00", "")
    lines = list(islice(io.StringIO(head, newline=""), SNIFFED_LINES))
    tried = (mapping.delimiter,) if mapping.delimiter else DELIMITERS
    dialects = [_declared(quoting(lines, delimiter), mapping) for delimiter in tried]
    named = _named(lines, dialects, contract, mapping)
    if not named and not mapping.delimiter:
        named = _named(lines, [sniff(lines)], contract, mapping)
    if not named:
        raise RefusedError("binary_file" if _looks_binary(head.encode()) else "unknown_header")
    return max(named, key=lambda pair: len(pair[1].columns))


def _named(
    lines: list[str], dialects: list[Dialect], contract: Contract, mapping: FeedMapping
) -> list[tuple[Dialect, Header]]:
    """The dialects in which a row names columns of the contract, with that row."""
    head, found = "".join(lines), []
    for dialect in dialects:
        quoted = dialect.quote in head  # only then may a line be split in two ways
        alone = (split_line(line.rstrip("\r\n"), dialect) for line in lines)
        width = usual_width(alone) if quoted else None
        records = list(islice(Records(head, dialect, width), SEARCHED_ROWS))
        header = find_header(records, contract, mapping)
        if header:
            found.append((dialect, header))
    return found


def _declared(found: Dialect, mapping: FeedMapping) -> Dialect:
    quote = mapping.quote or found.quote
    found_escape = found.escape if quote == found.quote else quote
    return Dialect(found.delimiter, quote, mapping.escape or found_escape)


def _is_cut_off(data: bytes, table: TableFile, seen: Scan) -> bool:
    """Whether a file stops inside quotes, or inside its last row: it was not written to its end."""
    is_odd = seen.quotes % 2 or not table.dialect.is_usual
    is_ended = data.endswith((b"\n", b"\r"))
    if is_ended and not is_odd:
        return False
    is_plain = seen.is_plain and table.dialect.is_usual
    end = data[data.rfind(b"\n") + 1 :] if is_plain else data
    text = end.decode("utf-8", errors="ignore").replace("\x00", "")
    records, last = Records(text, table.dialect, len(table.header.texts)), list[str]()
    for record in records:
        last = record
    if is_odd and records.ends_inside():
        return True
    return not is_ended and len(last) < len(table.header.texts) and not is_total(last)


def _csv_as_rows(table: TableFile, work: Path) -> TableFile:
    import polars as pl
    import pyarrow.parquet as pq

    text = table.source.read_bytes().decode("utf-8-sig").replace("\x00", "")
    width = len(table.header.texts)
    names = [*(f"c{i}" for i in range(width)), "_extra"]
    rows = (_cells(record, width) for record in Records(text, table.dialect, width))
    path, count, writer = work / f"{table.source.stem}.rows.parquet", 0, None
    try:
        while part := list(islice(rows, ROWS_PER_PART)):
            frame = pl.DataFrame(part, schema=dict.fromkeys(names, pl.String), orient="row")
            arrow = frame.with_row_index("_row_no", offset=count + 1).to_arrow()
            writer = writer or pq.ParquetWriter(path, arrow.schema)
            writer.write_table(arrow)
            count += len(part)
    finally:
        if writer:
            writer.close()
    return replace(table, source=path, form="rows", rows=count)


def _cells(record: list[str], width: int) -> list[str | None]:
    extra = any(cell.strip() for cell in record[width:])
    row = [cell or None for cell in record[:width]] + [None] * (width - len(record))
    return [*row, "1" if extra else None]


def _workbook_table(
    book: Workbook, sheet: Sheet, header: Header, contract: Contract, mapping: FeedMapping
) -> TableFile:
    path, filled = fill_merges(sheet, header, contract)
    others = [other.name for other in book.sheets if other is not sheet and _may_matter(other)]
    notes = [
        *_unknown_columns(header),
        *([Note("merged_cells_filled", str(filled))] if filled else []),
        *([Note("hidden_rows", str(sheet.hidden_rows))] if sheet.hidden_rows else []),
        *([Note("other_sheets", ", ".join(others))] if others and not mapping.sheet else []),
    ]
    return TableFile(
        source=path,
        form="rows",
        header=header,
        header_row=header.index + 1,
        rows=sheet.rows,
        encoding=book.kind,
        sheet=sheet.name,
        date_system=book.date_system,
        notes=tuple(notes),
    )


def _may_matter(sheet: Sheet) -> bool:
    """Whether a sheet that is not the table, nor a note, has cells or was not even looked at."""
    return not is_note(sheet.name) and (sheet.rows > 0 or sheet.path is None)
