"""Rows of a received file as its sender wrote them."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.errors import DaquError
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.reading.readers import Reader, TableFile
from pipelines.landing.receipts import raw_path
from pipelines.settings import Settings

MASK = "***"
Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class Sent:
    """Some rows of a file, under its own headers.

    Attributes:
        headers: Header cells as sent, one per column of the file.
        columns: Place of a cell → our column; cells of unknown meaning are absent.
        rows: Row number → its cells, as many as there are headers; None for an empty one.
    """

    headers: tuple[str, ...]
    columns: dict[int, str]
    rows: dict[int, Cells]


def sent_rows(
    settings: Settings,
    sha256: str,
    contract: Contract,
    mapping: FeedMapping,
    wanted: Collection[int],
    *,
    masked: bool,
) -> Sent:
    """Read rows of a file again from the bytes that were received.

    Args:
        settings: The deployment.
        sha256: Of the file.
        contract: The feed it is of.
        mapping: How its sender writes it.
        wanted: Row numbers.
        masked: Whether cells that name a person are hidden.

    Raises:
        DaquError: The bytes are not kept any more.
    """
    raw = raw_path(settings, sha256)
    if not raw.is_file():
        raise DaquError(
            f"The file itself is not kept any more: {raw}",
            f"原始文件已不存在：{raw}",
            "Restore it from a backup (`daqu doctor`); `quality.quarantined_row` has the reasons.",
            "请从备份恢复（`daqu doctor`）；原因见 `quality.quarantined_row`。",
        )
    numbers = frozenset(wanted)
    with tempfile.TemporaryDirectory() as work:
        reader = Reader(Path(work))
        try:
            table = reader.as_rows(reader.read(raw, contract, mapping))
            columns = _columns(table)
            hidden = _personal(columns, contract) if masked else frozenset()
            rows = {number: _hide(cells, hidden) for number, cells in _rows(table, numbers)}
        finally:
            reader.close()
    return Sent(table.header.texts, columns, rows)


def _columns(table: TableFile) -> dict[int, str]:
    """Place of each cell → the column it is, or is a part of."""
    parts = ((place, name) for name, places in table.header.joined.items() for place in places)
    return {**table.header.columns, **dict(parts)}


def _personal(columns: dict[int, str], contract: Contract) -> frozenset[int]:
    names = {column.name for column in contract.columns if column.personal}
    return frozenset(place for place, name in columns.items() if name in names)


def _hide(cells: Cells, hidden: frozenset[int]) -> Cells:
    return tuple(MASK if place in hidden and cell else cell for place, cell in enumerate(cells))


def _rows(table: TableFile, numbers: frozenset[int]) -> Iterator[tuple[int, Cells]]:
    import polars as pl

    wanted = pl.col("_row_no").is_in(list(numbers))
    names = ["_row_no", *(f"c{place}" for place in range(len(table.header.texts)))]
    frame = pl.scan_parquet(table.source).filter(wanted).select(names).collect()
    for number, *cells in frame.rows():
        yield number, tuple(cells)
