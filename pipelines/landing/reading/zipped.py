"""What a zipped workbook says of itself, read from its parts before anything opens it.

The directory of the archive is checked first. Sheets are then searched as bytes, piece by piece:
no entity is expanded, no tree is built, and what costs time is looked for only where it is.
"""

from __future__ import annotations

import html
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from pipelines.landing.reading.binary_parts import binary_facts
from pipelines.landing.reading.facts import BookFacts, SheetFacts, elements, targets
from pipelines.landing.refused import RefusedError

MOST_PARTS = 10_000
DIRECTORY_BYTES = 4 << 20
PIECE_BYTES = 4 << 20
PROLOG_BYTES = 1 << 16
MOST_MERGES = 100_000
NO_VALUE = b"#NOVALUE!"
END_OF_DIRECTORY = b"PK\x05\x06"
DOCTYPE = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y|E\x00?N\x00?T\x00?I)", re.I)
REFERENCE = rb"([A-Z]{1,3})(\d{1,7})"
TRUE = ("1", "true")
CUSTOM_PROPERTIES = "docprops/custom.xml"
ANSWER_MARK = b"daqu_answer_to"
"""Name of the custom property an answer to a file carries."""
ENDS = (b"row>", b"c>", b">")


def zip_facts(path: Path, unpacked_bytes: int) -> BookFacts:
    """Check the directory of an archive and read what its sheets say of themselves.

    Args:
        path: The file.
        unpacked_bytes: What all its parts may come to.

    Raises:
        RefusedError: `half_written` when the archive has no end, `answer_sent_back` when it is one
            of our own, `unreadable` when it is no workbook, or one nobody could have made by
            honest means.
    """
    _check_size_of_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = _checked_parts(archive, unpacked_bytes)
            _refuse_answer(archive, names)
            if "xl/workbook.xml" in names:
                return _xlsx_facts(archive, names)
            if "xl/workbook.bin" in names:
                return binary_facts(archive, names)
    except (zipfile.BadZipFile, EOFError) as error:
        raise RefusedError("unreadable") from error
    if "content.xml" in names:
        return BookFacts("ods")
    raise RefusedError("password_protected" if "encryptedpackage" in names else "unreadable")


def mended(path: Path, facts: BookFacts, out: Path) -> bytes:
    """The workbook with errors as texts, and `#NOVALUE!` where a formula has no value."""
    parts = {facts.parts[name] for name, sheet in facts.sheets.items() if sheet.must_mend}
    target = out / f"{path.name}.mended"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w") as copy:
        for part in archive.infolist():
            with archive.open(part) as source, copy.open(part.filename, "w") as sink:
                words = _words(archive, part.filename) if part.filename in parts else None
                for piece in _pieces(source):
                    sink.write(words.mend(piece) if words else piece)
    data = target.read_bytes()
    target.unlink()
    return data


def _check_size_of_directory(path: Path) -> None:
    """Refuse what has no directory, or one too large to be looked through."""
    with path.open("rb") as handle:
        size = handle.seek(0, 2)
        handle.seek(max(size - (1 << 16) - 22, 0))
        tail = handle.read()
    found = tail.rfind(END_OF_DIRECTORY)
    if found < 0 or len(tail) - found < 22:
        raise RefusedError("half_written")
    parts, length = struct.unpack_from("<10xHI", tail, found)
    if parts > MOST_PARTS or length > DIRECTORY_BYTES:
        raise RefusedError("unreadable")


def _checked_parts(archive: zipfile.ZipFile, unpacked_bytes: int) -> dict[str, str]:
    """Parts by their name in small letters; no reader may see others than we do."""
    infos = archive.infolist()
    names = {info.filename.replace("\\", "/").casefold(): info.filename for info in infos}
    leads_out = any(".." in PurePosixPath(name).parts for name in names)
    is_locked = any(info.flag_bits & 1 for info in infos)
    if is_locked:
        raise RefusedError("password_protected")
    unpacked = sum(info.file_size for info in infos)
    begins_later = min((info.header_offset for info in infos), default=0) > 0
    if len(names) < len(infos) or leads_out or begins_later or unpacked > unpacked_bytes:
        raise RefusedError("unreadable")
    for info in infos:
        if info.filename.casefold().endswith((".xml", ".rels")):
            with archive.open(info) as part:
                if DOCTYPE.search(part.read(PROLOG_BYTES)):
                    raise RefusedError("unreadable")
    return names


def _refuse_answer(archive: zipfile.ZipFile, names: dict[str, str]) -> None:
    """Refuse what Daqu wrote itself as the answer to a file."""
    if CUSTOM_PROPERTIES in names:
        with archive.open(names[CUSTOM_PROPERTIES]) as part:
            if ANSWER_MARK in part.read(PROLOG_BYTES):
                raise RefusedError("answer_sent_back")


def _xlsx_facts(archive: zipfile.ZipFile, names: dict[str, str]) -> BookFacts:
    book = archive.read(names["xl/workbook.xml"]).decode("utf-8", errors="replace")
    properties = elements(book, "workbookPr")
    is_1904 = any(found.get("date1904") in TRUE for found in properties)
    facts = BookFacts("xlsx", 1904 if is_1904 else 1900)
    parts = targets(archive, names, "xl/_rels/workbook.xml.rels")
    for element in elements(book, "sheet"):
        name = html.unescape(element.get("name", ""))
        identity = next((v for k, v in element.items() if k.endswith(":id")), "")
        part = names.get(parts.get(identity, "").casefold())
        if part is None:  # another reader may still find one, of which nothing would be known
            raise RefusedError("unreadable")
        sheet = _scan(archive, part)
        sheet.is_hidden = element.get("state", "visible") != "visible"
        facts.sheets[name] = sheet
        facts.parts[name] = part
    return facts


def _scan(archive: zipfile.ZipFile, part: str) -> SheetFacts:
    words, facts = _words(archive, part), SheetFacts()
    with archive.open(part) as source:
        for piece in _pieces(source):
            words.look(piece, facts)
    if facts.merges:
        facts.first_column = _first_column(archive, part, words)
    return facts


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    """A sheet in pieces that end where a row does, or at least between two tags."""
    rest = b""
    while data := source.read(PIECE_BYTES):
        data = rest + data
        end = next((at + len(tag) for tag in ENDS if (at := data.rfind(tag)) >= 0), 0)
        yield data[:end]
        rest = data[end:]
    yield rest


def _first_column(archive: zipfile.ZipFile, part: str, words: _Words) -> int:
    first = 1 << 14
    with archive.open(part) as source:
        for piece in _pieces(source):
            for found in words.value.finditer(piece):
                first = min(first, column_number(found[1]))
                if first == 0:
                    return 0
    return first


def column_number(letters: bytes) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _words(archive: zipfile.ZipFile, part: str) -> _Words:
    """The tags of a sheet as its program writes them: with a prefix or without."""
    with archive.open(part) as source:
        found = re.search(rb"<(\w+:)?worksheet[\s>]", source.read(PROLOG_BYTES))
    return _Words(re.escape(found[1] or b"") if found else b"")


class _Words:
    """What is looked for in the bytes of a sheet."""

    def __init__(self, prefix: bytes) -> None:
        def of(pattern: bytes) -> re.Pattern[bytes]:
            return re.compile(pattern.replace(b"@", prefix))

        formula = rb"<@f\b(?:[^>]*/>|[^>]*>[^<]*</@f>)"
        self.formula_tag = b"<" + prefix.replace(b"\\", b"") + b"f"
        self.merge_tag = b"mergeCell"
        self.hidden = of(rb"""<@row\b[^>]*\bhidden=["'](?:1|true)["'](?:[^>]*[^/>])?>""")
        self.merge = of(rb"""<@mergeCell\s[^>]*ref=["']#:#["']""".replace(b"#", REFERENCE))
        self.error = of(
            rb"""<@c\b(?=[^>]*\st=["']e["'])([^>]*)>\s*(?:"""
            + formula
            + rb")?\s*<@v>([^<]*)</@v>\s*</@c>"
        )
        self.formula = of(
            rb"<@c\b([^>]*)>\s*" + formula + rb"\s*(?:<@v\s*/>|<@v>\s*</@v>)?\s*</@c>"
        )
        self.value = of(rb"""<@c\b[^>]*?\sr=["']([A-Z]{1,3})\d+["'][^>]*[^/>]>(?!</)""")
        self._prefix = prefix.replace(b"\\", b"")

    def look(self, piece: bytes, facts: SheetFacts) -> None:
        """Add what a piece of the sheet says to the facts of the sheet."""
        if b"hidden=" in piece:
            facts.hidden_rows += sum(1 for _ in self.hidden.finditer(piece))
        if self.merge_tag in piece:
            facts.merges += [_range(found.groups()) for found in self.merge.finditer(piece)]
            if len(facts.merges) > MOST_MERGES:
                raise RefusedError("unreadable")
        facts.must_mend = facts.must_mend or self._leaves_out(piece)

    def _leaves_out(self, piece: bytes) -> bool:
        if (b't="e"' in piece or b"t='e'" in piece) and self.error.search(piece):
            return True
        return self.formula_tag in piece and any(
            not _is_text(found) for found in self.formula.finditer(piece)
        )

    def mend(self, piece: bytes) -> bytes:
        """The piece with errors and missing values as texts."""
        piece = self.error.sub(lambda found: self._text(found[1], found[2]), piece)
        return self.formula.sub(
            lambda found: found[0] if _is_text(found) else self._text(found[1], NO_VALUE), piece
        )

    def _text(self, attributes: bytes, text: bytes) -> bytes:
        place = re.search(rb"""\br=["'][A-Z]+\d+["']""", attributes)
        tag, at = self._prefix, place[0] if place else b""
        return b'<%bc %b t="str"><%bv>%b</%bv></%bc>' % (tag, at, tag, text, tag, tag)


def _is_text(found: re.Match[bytes]) -> bool:
    """Whether a formula came to an empty text, which is a value."""
    return b't="str"' in found[1] or b"t='str'" in found[1]


def _range(groups: tuple[bytes, ...]) -> tuple[int, int, int, int]:
    left, top, right, bottom = groups
    return int(top) - 1, column_number(left), int(bottom) - 1, column_number(right)
