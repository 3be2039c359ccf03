"""Counting the rows of a file without any code of the reader: what must be accounted for."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from xml.parsers import expat

LAST_ROW = 1_048_576
CODECS = {"utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "gb18030": "gb18030", "utf-16": "utf-16"}
CELL = re.compile(rb'<c [^>]*r="[A-Z]+(\d+)"[^>]*>(?:<v>[^<]|<is>|<f)')
LETTERS = re.compile(r"([A-Z]+)(\d+)$")


def csv_rows(data: bytes, encoding: str, delimiter: str, width: int) -> int:
    """Records of a CSV, read character by character.

    A quote at the start of a cell opens it; two in it are one; one before a delimiter or the end of
    a line closes it. A cell that is opened and never rightly closed is no quoted cell when its line
    has `width` cells without that.
    """
    text = data.decode(CODECS[encoding]).replace("\x00", "")
    lines = _physical_lines(text)
    count, at = 0, 0
    while at < len(lines):
        taken = _lines_of_record(lines, at, delimiter)
        if taken is None or (
            taken > 1 and not _is_clean("".join(lines[at : at + taken]), delimiter)
        ):
            alone = _cells_of_line(lines[at].rstrip("\r\n"), delimiter) == width
            more = at + 1 < len(lines)
            taken = 1 if alone and more else (taken or len(lines) - at)
        at += taken
        count += 1
    return count


def _physical_lines(text: str) -> list[str]:
    lines, start, at = [], 0, 0
    while at < len(text):
        if text[at] in "\r\n":
            at += 2 if text[at : at + 2] == "\r\n" else 1
            lines.append(text[start:at])
            start = at
        else:
            at += 1
    if start < len(text):
        lines.append(text[start:])
    return lines


def _lines_of_record(lines: list[str], first: int, delimiter: str) -> int | None:
    """How many lines the record takes; None when the text ends inside quotes."""
    state = "start"
    for number in range(first, len(lines)):
        for character in lines[number]:
            state = _next(state, character, delimiter)
        if state != "quoted":
            return number - first + 1
    return None


def _next(state: str, character: str, delimiter: str) -> str:
    if state == "quoted":
        return "maybe" if character == '"' else "quoted"
    if state == "maybe" and character == '"':
        return "quoted"
    if character == '"' and state == "start":
        return "quoted"
    return "start" if character == delimiter or character in "\r\n" else "plain"


def _is_clean(record: str, delimiter: str) -> bool:
    """Whether every closing quote is followed by a delimiter or the end of the record."""
    state = "start"
    for character in record.rstrip("\r\n"):
        if state == "maybe" and character not in (delimiter, '"'):
            return False
        state = _next(state, character, delimiter)
    return True


def _cells_of_line(line: str, delimiter: str) -> int:
    """Cells of a line in which a quote that opens nothing is a character like all."""
    count, at = 1, 0
    while True:
        end = _end_of_quoted(line, at, delimiter) if line[at : at + 1] == '"' else None
        at = line.find(delimiter, at) if end is None else end
        if at < 0 or at >= len(line):
            return count
        count += 1
        at += 1


def _end_of_quoted(line: str, start: int, delimiter: str) -> int | None:
    at = start + 1
    while at < len(line):
        if line[at] == '"' and line[at + 1 : at + 2] in ("", delimiter):
            opens = re.search(re.escape(delimiter) + '"(?!")', line[start + 1 : at])
            return None if opens else at + 1
        at += 2 if line[at : at + 2] == '""' else 1
    return None


def xlsx_rows(data: bytes, sheet: str) -> int | None:
    """Last row with a value of a sheet: by expat, or by the look of its cells where it is no XML.

    None where there is no such cell.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            part = _part_of(archive, sheet)
        except (expat.ExpatError, LookupError, ValueError):
            part = None
        part = part or next((name for name in archive.namelist() if "sheet1.xml" in name), None)
        data = archive.read(part) if part else b""
        try:
            return _last_row(data)
        except (expat.ExpatError, ValueError):
            return max((int(found[1]) for found in CELL.finditer(data)), default=None)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    identities: dict[str, str] = {}
    targets: dict[str, str] = {}

    def of_book(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            identities[attributes.get("name", "")] = attributes.get("r:id", "")

    def of_relations(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive.read("xl/workbook.xml"), of_book)
    _parse(archive.read("xl/_rels/workbook.xml.rels"), of_relations)
    target = targets.get(identities.get(sheet, ""))
    return f"xl/{target}" if target else None


def _parse(data: bytes, start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate("UTF-8")
    parser.StartElementHandler = start
    parser.Parse(data, True)


class _Sheet:
    """Follows a sheet: which row it is in, whether the cell it is in has something."""

    def __init__(self) -> None:
        self.last = self.row = 0
        self.kind = ""
        self.inside = ""
        self.has_formula = self.has_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self.row = int(attributes.get("r", self.row + 1))
        if name == "c":
            found = LETTERS.match(attributes.get("r", ""))
            self.row = int(found[2]) if found else self.row
            self.kind = attributes.get("t", "")
            self.has_formula = self.has_text = False
        self.has_formula |= name == "f"
        self.inside = name if name in ("v", "t") else ""

    def text(self, data: str) -> None:
        self.has_text |= bool(self.inside and data)

    def end(self, name: str) -> None:
        self.inside = ""
        if name == "c" and (self.has_text or (self.has_formula and self.kind != "str")):
            self.last = max(self.last, self.row)


def _last_row(data: bytes) -> int:
    sheet, parser = _Sheet(), expat.ParserCreate("UTF-8")
    parser.StartElementHandler = sheet.start
    parser.CharacterDataHandler = sheet.text
    parser.EndElementHandler = sheet.end
    parser.Parse(data, True)
    return sheet.last
