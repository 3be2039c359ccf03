"""What a workbook says of itself beside the values of its cells."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""Number of an error in a binary cell → what Excel shows; readers leave such cells empty."""
ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass
class SheetFacts:
    """What the bytes of a sheet say that its values do not.

    Attributes:
        is_hidden: Whether the workbook hides it.
        hidden_rows: Rows with cells that are hidden.
        merges: Merged ranges of the sheet, counted from 0; see `workbooks.Sheet`.
        errors: Cells of a binary workbook with an error, as row and column from 0 → its text.
        first_column: First column with a value, from 0: the values read begin there.
        must_mend: Whether it has errors or formulas without a value, which readers leave out.
    """

    is_hidden: bool = False
    hidden_rows: int = 0
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    first_column: int | None = None
    must_mend: bool = False

    def add_error(self, row: int, column: int, number: int) -> None:
        """Note a cell with an error; a number Excel does not have says nothing."""
        if number in ERRORS:
            self.errors[row, column] = ERRORS[number]

    def merges_within(self, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """The merged ranges in columns counted from the first with a value, cut to the sheet."""
        first = self.first_column or 0
        moved = (
            (top, max(left - first, 0), min(bottom, height - 1), min(right - first, width - 1))
            for top, left, bottom, right in self.merges
        )
        return [r for r in moved if r[0] <= r[2] and r[1] <= r[3] and r[:2] != r[2:]]


@dataclass
class BookFacts:
    """What a workbook says of itself.

    Attributes:
        kind: `xlsx`, `xlsb`, `xls` or `ods`.
        date_system: 1900 or 1904.
        sheets: Name → facts, in the order of the workbook.
        parts: Name of the sheet → its part of the archive.
    """

    kind: str
    date_system: int = 1900
    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def must_mend(self) -> bool:
        """Whether a sheet has cells that readers leave out."""
        return any(sheet.must_mend for sheet in self.sheets.values())

    def sheet(self, number: int, name: str, count: int) -> SheetFacts:
        """Facts of a sheet by its place, or its name where the places cannot be relied on."""
        if len(self.sheets) == count:
            return list(self.sheets.values())[number]
        return self.sheets.get(name, SheetFacts())


def elements(text: str, name: str) -> Iterator[dict[str, str]]:
    """Attributes of every element of that name."""
    for found in re.finditer(rf"""<(?:\w+:)?{name}\s((?:[^>"']|"[^"]*"|'[^']*')*)>""", text):
        yield {key: double or single for key, double, single in ATTRIBUTE.findall(found[1])}


def targets(archive: zipfile.ZipFile, names: dict[str, str], relations: str) -> dict[str, str]:
    """Id of a relationship of the workbook → name of the part."""
    part = names.get(relations)
    if part is None:
        return {}
    text = archive.read(part).decode("utf-8", errors="replace")
    found = {}
    for element in elements(text, "Relationship"):
        target = element.get("Target", "")
        whole = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        found[element.get("Id", "")] = whole
    return found
