"""How a file of separated values is written: found from its first lines, without a contract."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

DELIMITERS = (",", "\t", ";", "|")
RARE_DELIMITERS = ("^", "~", ":", " ")
QUOTES = ('"', "'")
SNIFFED_RECORDS = 100
SHORT_TEXT = 40
TYPED = re.compile(r"[-+]?[$¥€]?\d[\d,.]*%?|\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{1,2}:\d\d(:\d\d)?|")


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart.

    Attributes:
        delimiter: What stands between two cells.
        quote: What stands around a cell with a delimiter or a line break in it.
        escape: What stands before a quote inside such a cell: the quote itself, or a backslash.
        has_blanks: Whether a blank follows every delimiter and belongs to no cell.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    has_blanks: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether cells are quoted as every spreadsheet does it."""
        return self.quote == self.escape == '"' and not self.has_blanks

    def read(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Records of these lines; a doubled quote is understood beside an escaped one."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=None if self.escape == self.quote else self.escape,
            skipinitialspace=self.has_blanks,
        )


def sniff(lines: list[str]) -> Dialect:
    """The dialect in which the lines make the best table.

    Best is where most records are of one width, the table is wide, and its cells are numbers, dates
    or short texts rather than halves of sentences. Usual delimiters win over rare ones.

    Args:
        lines: First physical lines of the file, with their ends.
    """
    tried = [_judged(lines, delimiter) for delimiter in DELIMITERS]
    best, score = max(tried, key=lambda pair: pair[1])
    if score > 0.5:
        return best
    rare = [_judged(lines, delimiter) for delimiter in RARE_DELIMITERS]
    return max([(best, score), *rare], key=lambda pair: pair[1])[0]


def quoting(lines: list[str], delimiter: str) -> Dialect:
    """How cells are quoted and quotes inside them escaped, given what separates cells."""
    text = "".join(lines)
    counted = {quote: _quoted_cells(text, delimiter, quote) for quote in QUOTES}
    quote = max(QUOTES, key=lambda candidate: counted[candidate])
    apart = re.escape(delimiter)
    q = re.escape(quote)
    escaped = len(re.findall(rf"\\{q}(?!\s*(?:{apart}|[\r\n]|$))", text))
    doubled = len(re.findall(rf"(?<![\\{apart}\s]){q}{q}", text))
    has_blanks = (
        delimiter != " " and f"{delimiter} {quote}" in text and f"{delimiter}{quote}" not in text
    )
    return Dialect(delimiter, quote, "\\" if escaped > doubled else quote, has_blanks)


def _quoted_cells(text: str, delimiter: str, quote: str) -> int:
    apart, q = re.escape(delimiter), re.escape(quote)
    opened = len(re.findall(rf"(?:^|{apart}) ?{q}(?=[^\r\n])", text, re.MULTILINE))
    closed = len(re.findall(rf"{q}(?={apart}|\r?$)", text, re.MULTILINE))
    return min(opened, closed)


def _judged(lines: list[str], delimiter: str) -> tuple[Dialect, float]:
    dialect = quoting(lines, delimiter)
    records = list(islice(_safely(dialect.read(lines)), SNIFFED_RECORDS))
    records = [record for record in records if any(cell.strip() for cell in record)]
    widths = Counter(len(record) for record in records if len(record) > 1)
    if not widths:
        return dialect, 0.0
    width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    cells = list(chain.from_iterable(record for record in records if len(record) == width))
    likely = sum(map(_is_likely, cells)) / len(cells)
    return dialect, count / len(records) * (1 - 1 / width) ** 0.5 * likely


def _safely(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:
        return


def _is_likely(cell: str) -> float:
    text = cell.strip()
    if TYPED.fullmatch(text):
        return 1.0
    return 0.9 if len(text) <= SHORT_TEXT else 0.7
