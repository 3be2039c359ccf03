"""Records of a file of separated values, also where a quote stands that nobody meant as one."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator

from pipelines.landing.reading.dialect import Dialect

csv.field_size_limit(1 << 30)


class Records:
    """The records of a text, in order.

    A quote that is opened and never rightly closed costs its own line only: the line is then split
    as it stands, if that gives as many cells as the table is wide.
    """

    def __init__(self, text: str, dialect: Dialect, width: int | None = None) -> None:
        """Read a text.

        Args:
            text: The whole file or its beginning.
            dialect: How its cells are told apart.
            width: Number of cells of a whole record, None where nobody knows yet.
        """
        self._dialect = dialect
        self._width = width
        self._lines = _Lines(text)
        self._regular = _regular_record(dialect)
        self._last: list[str] = []

    def __iter__(self) -> Iterator[list[str]]:
        """Read on; `csv.Error` is raised where a cell is beyond all bounds."""
        reader = self._dialect.read(self._lines)
        while (record := next(reader, None)) is not None:
            self._last = self._lines.taken()
            raw = "".join(self._last)
            is_regular = self._dialect.quote not in raw or self._regular.fullmatch(raw)
            split = None if is_regular else self._split_alone(record)
            if split is not None:
                reader = self._dialect.read(self._lines)
            yield record if split is None else split

    def ends_inside(self) -> bool:
        """Whether the last record read is still inside quotes where the text ends."""
        if not any(self._dialect.quote in line for line in self._last):
            return False
        whole = "".join(self._last).rstrip("\r\n")
        again = list(self._dialect.read([f"{whole}\n", "-"]))
        return again[-1] != ["-"]

    def _split_alone(self, record: list[str]) -> list[str] | None:
        """The cells of its first line alone, where they are as many as they should be."""
        first, *others = self._last
        if not others and self._lines.is_at_end:
            return None
        split = split_line(first.rstrip("\r\n"), self._dialect)
        width = self._width or len(record)
        if len(split) != width and (others or len(record) == width):
            return None
        self._lines.put_back(others)
        self._last = [first]
        return split


def usual_width(records: Iterable[list[str]]) -> int | None:
    """Number of cells most records have, the greater of equals; None where all are blank."""
    widths = Counter(len(record) for record in records if any(record))
    return max(widths, key=lambda width: (widths[width], width), default=None)


class _Lines:
    """Lines of a text, some of which may be put back; remembers those taken."""

    def __init__(self, text: str) -> None:
        self._source = io.StringIO(text, newline="")
        self._back: deque[str] = deque()
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._source)
        self._taken.append(line)
        return line

    @property
    def is_at_end(self) -> bool:
        if not self._back:
            line = self._source.readline()
            if line:
                self._back.append(line)
        return not self._back

    def taken(self) -> list[str]:
        taken, self._taken = self._taken, []
        return taken

    def put_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))


def split_line(line: str, dialect: Dialect) -> list[str]:
    """Cells of one line in which quotes do not add up.

    A quote opens a cell only where one closes it before the next cell opens; any other is a
    character like all.
    """
    quote, delimiter = dialect.quote, dialect.delimiter
    cells, at = [], 0
    while True:
        end = _closing(line, at, dialect) if line.startswith(quote, at) else None
        if end is None:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            cells.append(line[at:end])
        else:
            inside = line[at + 1 : end - 1]
            cells.append(inside.replace(dialect.escape + quote, quote))
        if end >= len(line):
            return cells
        at = end + len(delimiter)


def _closing(line: str, start: int, dialect: Dialect) -> int | None:
    """Place after the quote that closes the cell; None where another cell opens before."""
    quote, delimiter = dialect.quote, dialect.delimiter
    at = line.find(quote, start + 1)
    while at >= 0:
        after = at + 1
        escaped = dialect.escape == quote and line.startswith(quote, after)
        if line.startswith(delimiter, after) or after == len(line):
            inside = line[start + 1 : at]
            opened = inside.find(delimiter + quote)
            doubled = inside.startswith(quote * 2, opened + len(delimiter))
            return None if opened >= 0 and not doubled else after
        at = line.find(quote, at + (2 if escaped else 1))
    return None


def _regular_record(dialect: Dialect) -> re.Pattern[str]:
    """Records in which every quote is where it belongs."""
    d, q = re.escape(dialect.delimiter), re.escape(dialect.quote)
    e = re.escape(dialect.escape)
    inner = f"[^{q}]|{q}{q}" if dialect.escape == dialect.quote else f"{e}.|[^{q}{e}]|{q}{q}"
    cell = f"(?:{q}(?:{inner})*+{q}|(?!{q})[^{d}\\r\\n]*+)"
    return re.compile(f"{cell}(?:{d}{cell})*+(?:\\r\\n|\\r|\\n)?", re.DOTALL)
