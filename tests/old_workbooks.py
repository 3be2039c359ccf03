"""Small .xls and .xlsb workbooks, byte by byte: what no library we have can write.

One sheet, texts, numbers and errors in cells; enough for Excel, and for whoever reads its formats.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """A cell with an error, by the number Excel has for it, typed in or come to by a formula."""

    number: int
    is_formula: bool = False


Cell = str | float | Wrong | None
Rows = Sequence[Sequence[Cell]]
Range = tuple[int, int, int, int]
SECTOR = 512


def xls(
    rows: Rows,
    name: str = "Sheet1",
    date_1904: bool = False,
    merges: Sequence[Range] = (),
    hidden: Sequence[int] = (),
    password: bool = False,
) -> bytes:
    """A workbook of Excel 97 to 2003 (BIFF8 in an OLE file).

    Args:
        rows: Cells from A1 on.
        name: Name of the sheet.
        date_1904: Whether its days count from 1904.
        merges: First row, first column, last row, last column of merged ranges, from 0.
        hidden: Hidden rows, from 0.
        password: Whether to mark it as encrypted (its cells are not).
    """
    sheet = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for row, cells in enumerate(rows):
        state = 0x20 if row in hidden else 0
        sheet += _biff(0x208, struct.pack("<HHHHHHHH", row, 0, len(cells), 255, 0, 0, state, 0))
    for row, cells in enumerate(rows):
        sheet += b"".join(_biff_cell(row, column, cell) for column, cell in enumerate(cells))
    ranges = [(top, bottom, left, right) for top, left, bottom, right in merges]
    if ranges:
        packed = b"".join(struct.pack("<4H", *r) for r in ranges)
        sheet += _biff(0xE5, struct.pack("<H", len(ranges)) + packed)
    sheet += _biff(0x0A, b"")
    head = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 0))
    head += _biff(0x2F, b"\0" * 6) if password else b""
    head += _biff(0x42, struct.pack("<H", 1200)) + _biff(0x22, struct.pack("<H", date_1904))
    title = name.encode("utf-16-le")
    bound = struct.pack("<BBBB", 0, 0, len(name), 1) + title
    start = len(head) + 4 + 4 + len(bound) + 4
    head += _biff(0x85, struct.pack("<I", start) + bound) + _biff(0x0A, b"")
    return _ole(head + sheet)


def _biff(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _biff_cell(row: int, column: int, cell: Cell) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if cell is None:
        return b""
    if isinstance(cell, str):
        text = cell.encode("utf-16-le")
        return _biff(0x204, place + struct.pack("<HB", len(text) // 2, 1) + text)
    if isinstance(cell, Wrong) and cell.is_formula:
        result = struct.pack("<BxBxxxH", 2, cell.number, 0xFFFF)
        # the formula itself is the error too: one token
        return _biff(0x06, place + result + struct.pack("<HIHBB", 0, 0, 2, 0x1C, cell.number))
    if isinstance(cell, Wrong):
        return _biff(0x205, place + bytes([cell.number, 1]))
    return _biff(0x203, place + struct.pack("<d", cell))


def _ole(stream: bytes) -> bytes:
    """An OLE file with one stream, `Workbook`, long enough for sectors of its own."""
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    count = len(stream) // SECTOR
    tables = -(-(count + 3) // 126)
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE]
    chain += [*range(tables + 2, tables + 1 + count), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(tables * SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *range(tables), *[0xFFFFFFFF] * (109 - tables))
    folder = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
    folder += _entry("Workbook", 2, 0xFFFFFFFF, tables + 1, len(stream))
    return head + table + folder.ljust(SECTOR, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    entry += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + b"\0" * 36
    return entry + struct.pack("<IQ", start, size)


def xlsb(
    rows: Rows,
    name: str = "Sheet1",
    date_1904: bool = False,
    merges: Sequence[Range] = (),
    hidden: Sequence[int] = (),
) -> bytes:
    """A workbook of binary parts; see `xls` for what it takes."""
    book = _part(131) + _part(153, struct.pack("<II", int(date_1904), 0) + _wide(""))
    book += _part(143) + _part(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name))
    book += _part(144) + _part(132)
    width = max(map(len, rows), default=1)
    sheet = _part(129) + _part(148, struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, width - 1))
    sheet += _part(145)
    for row, cells in enumerate(rows):
        state = 0x10 if row in hidden else 0
        sheet += _part(0, struct.pack("<IIHBBBI", row, 0, 300, 0, state, 0, 0))
        sheet += b"".join(_part_cell(column, cell) for column, cell in enumerate(cells))
    sheet += _part(146)
    ranges = [(top, bottom, left, right) for top, left, bottom, right in merges]
    if ranges:
        sheet += _part(177, struct.pack("<I", len(ranges)))
        sheet += b"".join(_part(176, struct.pack("<4I", *r)) for r in ranges) + _part(178)
    sheet += _part(130)
    return _zip_of_parts(book, sheet)


def _zip_of_parts(book: bytes, sheet: bytes) -> bytes:
    scheme = "http://schemas.openxmlformats.org"
    office = f"{scheme}/officeDocument/2006/relationships"
    kind = "application/vnd.ms-excel"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{scheme}/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="bin" ContentType="{kind}.sheet.binary.macroEnabled.main"/>'
        f'<Override PartName="/xl/worksheets/sheet1.bin" ContentType="{kind}.worksheet"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{scheme}/package/2006/relationships"><Relationship '
        f'Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{scheme}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.bin"/>'
        "</Relationships>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(zipfile.ZipInfo(part), text)
        archive.writestr(zipfile.ZipInfo("xl/workbook.bin"), book)
        archive.writestr(zipfile.ZipInfo("xl/worksheets/sheet1.bin"), sheet)
    return buffer.getvalue()


def _part(kind: int, body: bytes = b"") -> bytes:
    return _varied(kind) + _varied(len(body)) + body


def _varied(number: int) -> bytes:
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _wide(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def _part_cell(column: int, cell: Cell) -> bytes:
    place = struct.pack("<II", column, 0)
    if cell is None:
        return b""
    if isinstance(cell, str):
        return _part(6, place + _wide(cell))
    if isinstance(cell, Wrong) and cell.is_formula:
        formula = struct.pack("<HIBBI", 0, 2, 0x1C, cell.number, 0)
        return _part(11, place + bytes([cell.number]) + formula)
    if isinstance(cell, Wrong):
        return _part(3, place + bytes([cell.number]))
    return _part(5, place + struct.pack("<d", cell))
