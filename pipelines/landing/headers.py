"""Finding the header row of a sender's table and the contract's columns in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.contracts import Contract, accepted_headers, header_key, simplified
from pipelines.landing.mapping import FeedMapping

SEARCHED_ROWS = 15


@dataclass(frozen=True)
class Header:
    """The header row and what its cells mean.

    Attributes:
        index: Place of the row among the rows searched, from 0.
        texts: Its cells as sent, trimmed; the length is the width of the table.
        columns: Place of the cell → our column; cells of unknown meaning are absent.
        missing: Required columns no cell stands for, in contract order.
    """

    index: int
    texts: tuple[str, ...]
    columns: dict[int, str]
    missing: tuple[str, ...]


def find_header(
    rows: Sequence[Sequence[str | None]], contract: Contract, mapping: FeedMapping
) -> Header | None:
    """The row that names most columns of the contract, the first of equals.

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
    return replace(again, texts=_trimmed(rows[again.index]))


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
    for index, row in enumerate(rows[:SEARCHED_ROWS]):
        columns = _columns(row, aliases) | _joined(row, mapping)
        if columns and (best is None or len(columns) > len(best.columns)):
            texts = _trimmed(row)
            best = Header(index, texts, columns, _missing(contract, columns))
    return best


def _aliases(contract: Contract, mapping: FeedMapping) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for column in contract.columns:
        for alias in accepted_headers(column):
            aliases.setdefault(header_key(alias), column.name)
    for name, headers in mapping.columns.items():
        aliases |= {header_key(header): name for header in headers}
    return aliases


def _columns(row: Sequence[str | None], aliases: dict[str, str]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for place, cell in enumerate(row):
        name = aliases.get(header_key(cell)) if cell else None
        if name and name not in columns.values():
            columns[place] = name
    return columns


def _joined(row: Sequence[str | None], mapping: FeedMapping) -> dict[int, str]:
    """Places of the cells that together are one of our columns; of none unless all are there."""
    found: dict[int, str] = {}
    for name, headers in mapping.joined.items():
        places = joined_places(row, headers)
        if None not in places:
            found |= dict.fromkeys((place for place in places if place is not None), name)
    return found


def joined_places(row: Sequence[str | None], headers: Sequence[str]) -> list[int | None]:
    """Place of each of these headers among the cells of a header row; None where it is not."""
    keys = [header_key(cell or "") for cell in row]
    wanted = [header_key(header) for header in headers]
    return [keys.index(key) if key in keys else None for key in wanted]


def _trimmed(row: Sequence[str | None]) -> tuple[str, ...]:
    texts = [(cell or "").strip().lstrip("\ufeff") for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _missing(contract: Contract, columns: dict[int, str]) -> tuple[str, ...]:
    named = set(columns.values())
    return tuple(
        column.name
        for column in contract.columns
        if (column.required or column.day_of)
        and not {column.name, column.day_of} & named
        and not (column.fill or column.default)
    )
