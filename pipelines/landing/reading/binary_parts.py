"""What a workbook of binary parts (.xlsb) says of itself: the heads of its records alone."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from pipelines.landing.reading.facts import BookFacts, SheetFacts, targets

PROPERTIES, SHEET, ROW, MERGED = 153, 156, 0, 176
VALUES = range(2, 12)
ERRORS = (3, 11)
"""A cell with an error, and a formula that came to one."""
HIDDEN_ROW = 0x10


def binary_facts(archive: zipfile.ZipFile, names: dict[str, str]) -> BookFacts:
    """Read what the parts say; what cannot be followed is left unsaid."""
    facts = BookFacts("xlsb")
    parts = targets(archive, names, "xl/_rels/workbook.bin.rels")
    for kind, body in _records(archive.read(names["xl/workbook.bin"])):
        if kind == PROPERTIES and body[:1] and body[0] & 1:
            facts.date_system = 1904
        if kind == SHEET and len(body) >= 12:
            state = struct.unpack_from("<I", body)[0]
            identity, at = _text(body, 8)
            name, _ = _text(body, at)
            part = names.get(parts.get(identity, "").casefold())
            sheet = _look(archive.read(part)) if part else SheetFacts()
            sheet.is_hidden = state != 0
            facts.sheets[name] = sheet
    return facts


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and body of each record; both numbers are written seven bits at a time."""
    at = 0
    while at < len(data):
        kind, at = _varied(data, at, 2)
        length, at = _varied(data, at, 4)
        yield kind, data[at : at + length]
        at += length


def _varied(data: bytes, at: int, most: int) -> tuple[int, int]:
    number = 0
    for place in range(most):
        byte = data[at] if at < len(data) else 0
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return number, at


def _text(body: bytes, at: int) -> tuple[str, int]:
    length = int.from_bytes(body[at : at + 4], "little")
    end = at + 4 + 2 * length
    return body[at + 4 : end].decode("utf-16-le", errors="replace"), end


def _look(data: bytes) -> SheetFacts:
    sheet = SheetFacts()
    is_hidden, row = False, 0
    for kind, body in _records(data):
        if kind == ROW and len(body) >= 12:
            row = struct.unpack_from("<I", body)[0]
            is_hidden = bool(body[11] & HIDDEN_ROW)
        elif kind in VALUES and len(body) >= 4:
            column = struct.unpack_from("<I", body)[0]
            first = sheet.first_column
            sheet.first_column = column if first is None else min(column, first)
            sheet.hidden_rows += is_hidden
            is_hidden = False
            if kind in ERRORS and len(body) >= 9:
                sheet.add_error(row, column, body[8])
        elif kind == MERGED and len(body) >= 16:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            sheet.merges.append((top, left, bottom, right))
    return sheet
