"""Finding the header row of a sender's table and the contract's columns in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from pipelines.contracts import Contract, accepted_headers, header_key, is_note, simplified
from pipelines.landing.mapping import FeedMapping

SEARCHED_ROWS = 15
HEADER_HEIGHTS = (1, 2, 3)


@dataclass(frozen=True)
class Header:
    """The header row and what its cells mean.

    Attributes:
        index: Place of the row among the rows searched, from 0.
        texts: Its cells as sent, trimmed; the length is the width of the table.
        columns: Place of the cell → our column; cells of unknown meaning are absent.
        missing: Required columns no cell stands for, in contract order.
        joined: Our column → places of the cells it is joined from; these may mean columns of their
            own as well.
    """

    index: int
    texts: tuple[str, ...]
    columns: dict[int, str]
    missing: tuple[str, ...]
    joined: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headers nobody knows, and those of a column that another cell stands for already."""
        meant = {*self.columns, *(place for places in self.joined.values() for place in places)}
        told = ((place, text) for place, text in enumerate(self.texts) if not is_note(text))
        return tuple(text for place, text in told if text and place not in meant)


def find_header(
    rows: Sequence[Sequence[str | None]], contract: Contract, mapping: FeedMapping
) -> Header | None:
    """The row that names most columns of the contract, the first of equals.

    Where two or three rows name more together than each alone, they are one header: a group with
    the parts of it below, merged or not.

    Args:
        rows: First rows of the table, at least the header among them.
        contract: The feed it should be.
        mapping: The sender's own headers.

    Returns:
        None when no row names a column.
    """
    aliases = _aliases(contract, mapping)
    best = _best(rows, contract, mapping, aliases)
    if best and not any(_is_foreign(text, aliases) for text in best.texts):
        return best
    # only now: reading the dictionaries of characters takes longer than most files
    plain = {simplified(key): name for key, name in aliases.items()} | aliases
    folded = [[simplified(cell) if cell else cell for cell in row] for row in rows[:SEARCHED_ROWS]]
    again = _best(folded, contract, mapping, plain)
    if again is None or (best and len(again.columns) <= len(best.columns)):
        return best
    as_sent = _trimmed([(cell or "").strip().lstrip("\ufeff") for cell in rows[again.index]])
    return replace(again, texts=as_sent) if len(as_sent) == len(again.texts) else again


def _is_foreign(text: str, aliases: dict[str, str]) -> bool:
    """Whether a header is unknown and may be written in other characters."""
    return not text.isascii() and header_key(text) not in aliases


def _best(
    rows: Sequence[Sequence[str | None]],
    contract: Contract,
    mapping: FeedMapping,
    aliases: dict[str, str],
) -> Header | None:
    best: Header | None = None
    for height in HEADER_HEIGHTS:
        for last in range(height - 1, min(len(rows), SEARCHED_ROWS)):
            row = [_stacked(parts) for parts in zip_longest(*rows[last - height + 1 : last + 1])]
            texts = [" ".join(cell) for cell in row]
            joined = _joined(texts, mapping)
            columns = {p: name for p, name in _columns(row, aliases).items() if name not in joined}
            named = {*columns.values(), *joined}
            if named and (best is None or len(named) > len(best.columns) + len(best.joined)):
                missing = _missing(contract, named)
                best = Header(last, _trimmed(texts), columns, missing, joined)
        if best and not best.unknown:
            break
    return best


def _stacked(cells: Sequence[str | None]) -> list[str]:
    """Texts of a header above each other, one that is repeated below itself once."""
    parts: list[str] = []
    for cell in cells:
        text = (cell or "").strip().lstrip("\ufeff")
        if text and parts[-1:] != [text]:
            parts.append(text)
    return parts


def _aliases(contract: Contract, mapping: FeedMapping) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for column in contract.columns:
        for alias in accepted_headers(column):
            aliases.setdefault(header_key(alias), column.name)
    for name, headers in mapping.columns.items():
        aliases |= {header_key(header): name for header in headers}
    return aliases


def _columns(row: Sequence[Sequence[str]], aliases: dict[str, str]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for place, parts in enumerate(row):
        name = _meaning(parts, aliases)
        if name and name not in columns.values():
            columns[place] = name
    return columns


def _meaning(parts: Sequence[str], aliases: dict[str, str]) -> str | None:
    """What a cell of the header stands for: all its texts together, else the lowest alone."""
    if not parts:
        return None
    return aliases.get(header_key("".join(parts))) or aliases.get(header_key(parts[-1]))


def _joined(row: Sequence[str | None], mapping: FeedMapping) -> dict[str, tuple[int, ...]]:
    """Places of the cells that together are one of our columns; of none unless all are there."""
    keys = [header_key(cell or "") for cell in row]
    found = {}
    for name, headers in mapping.joined.items():
        wanted = [header_key(header) for header in headers]
        if set(wanted) <= set(keys):
            found[name] = tuple(keys.index(key) for key in wanted)
    return found


def _trimmed(row: Sequence[str]) -> tuple[str, ...]:
    texts = list(row)
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _missing(contract: Contract, named: set[str]) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in contract.columns
        if (column.required or column.day_of)
        and not {column.name, column.day_of} & named
        and not (column.fill or column.default)
    )
