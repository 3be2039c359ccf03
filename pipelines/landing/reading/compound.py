"""What an old workbook (.xls, BIFF inside an OLE file) says of itself.

Only the chain of sectors and the heads of the records are followed; values are read by others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pipelines.landing.reading.facts import BookFacts, SheetFacts
from pipelines.landing.refused import RefusedError

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LAST_SECTOR = 0xFFFFFFFA
FILE_PASS, DATE_MODE, BOUND_SHEET, MERGED, ROW = 0x2F, 0x22, 0x85, 0xE5, 0x208
END_OF_STREAM = 0x0A
VALUES = (0x06, 0xBD, 0xD6, 0xFD, 0x203, 0x204, 0x205, 0x27E)
FORMULA, ERROR = 0x06, 0x205
IS_ERROR = (2, 0xFFFF)
"""Where the result of a formula is an error: its first byte and its last two."""
HIDDEN_ROW = 0x20


def compound_facts(data: bytes) -> BookFacts:
    """Read what an OLE file says of itself; what cannot be followed is left unsaid.

    Raises:
        RefusedError: `password_protected`, or `half_written` where sectors are missing.
    """
    if ENCRYPTED in data:
        raise RefusedError("password_protected")
    facts = BookFacts("xls")
    try:
        book = _book_stream(data)
        for sheet, start in _globals(book, facts):
            _look(book, start, sheet)
    except (struct.error, IndexError, ValueError):
        pass  # a broken chain: the reader of values says whether it can do with it
    return facts


def _book_stream(data: bytes) -> bytes:
    """The bytes of the stream `Workbook`, or `Book` before Excel 97."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    count, root, small, mini_table = struct.unpack_from("<44xII4xII", data)[:4]
    heads = struct.unpack_from("<109I", data, 76)[:count]
    table = b"".join(_sector(data, head, size) for head in heads)
    chain = struct.unpack(f"<{len(table) // 4}I", table)
    folder = _stream(data, root, chain, size)
    store = b""
    for at in range(0, len(folder) - 127, 128):
        length, start, extent = struct.unpack_from("<64xH50xII", folder, at)
        name = folder[at : at + max(length - 2, 0)].decode("utf-16-le", errors="replace")
        if at == 0:
            store = _stream(data, start, chain, size)
        elif name.casefold() in ("workbook", "book"):
            if extent >= small:
                return _whole(_stream(data, start, chain, size), extent)
            links = _stream(data, mini_table, chain, size)
            mini = struct.unpack(f"<{len(links) // 4}I", links)
            return _whole(_stream(b"\0" * 64 + store, start, mini, 64), extent)
    raise ValueError("no workbook in it")


def _whole(stream: bytes, extent: int) -> bytes:
    if len(stream) < extent:
        raise RefusedError("half_written")
    return stream[:extent]


def _sector(data: bytes, number: int, size: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]


def _stream(data: bytes, start: int, chain: tuple[int, ...], size: int) -> bytes:
    parts, sector = [], start
    while sector < LAST_SECTOR:
        if len(parts) > len(chain):
            raise ValueError("goes round in circles")
        parts.append(_sector(data, sector, size))
        sector = chain[sector]
    return b"".join(parts)


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + length]
        if kind == END_OF_STREAM:
            return
        at += 4 + length


def _globals(book: bytes, facts: BookFacts) -> Iterator[tuple[SheetFacts, int]]:
    """Read the part about the whole workbook; yield its sheets and where they start."""
    starts = []
    for kind, body in _records(book, 0):
        if kind == FILE_PASS:
            raise RefusedError("password_protected")
        if kind == DATE_MODE and body[:1] == b"\x01":
            facts.date_system = 1904
        if kind == BOUND_SHEET:
            start, state = struct.unpack_from("<IB", body)
            sheet = SheetFacts(is_hidden=bool(state & 3))
            facts.sheets[f"{len(starts)}"] = sheet
            starts.append((sheet, start))
    yield from starts


def _look(book: bytes, start: int, sheet: SheetFacts) -> None:
    for kind, body in _records(book, start):
        if kind in VALUES:
            column = struct.unpack_from("<2xH", body)[0]
            if sheet.first_column is None or column < sheet.first_column:
                sheet.first_column = column
            _note_error(kind, body, sheet)
        elif kind == ROW:
            first, last, state = struct.unpack_from("<2xHH6xH", body)
            sheet.hidden_rows += bool(state & HIDDEN_ROW and last > first)
        elif kind == MERGED:
            numbers = struct.unpack_from(f"<{len(body) // 2}H", body)[1:]
            for top, bottom, left, right in zip(*[iter(numbers)] * 4, strict=False):
                sheet.merges.append((top, left, bottom, right))


def _note_error(kind: int, body: bytes, sheet: SheetFacts) -> None:
    if kind == ERROR:
        row, column, number, is_error = struct.unpack_from("<HH2xBB", body)
        if is_error:
            sheet.add_error(row, column, number)
    elif kind == FORMULA:
        row, column, first, number, mark = struct.unpack_from("<HH2xBxB3xH", body)
        if (first, mark) == IS_ERROR:
            sheet.add_error(row, column, number)
