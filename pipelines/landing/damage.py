"""A warehouse file that cannot be read any more, and how landing goes on without it.

DuckDB writes the blocks of its catalog over themselves. A process that is killed in the middle of
such a write leaves a block whose checksum is wrong, and the file does not open again; a bad disk
does the same. Nothing is lost by it: the file follows from receipts, raw files and configuration,
so a landing run over none lands everything received.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.settings import Settings

SAYS = ("Corrupt database file", "Corrupt WAL file", "not a valid DuckDB database file")
"""What DuckDB says of a damaged file; of a file of another version, or of a locked one, it says
something else."""

DAMAGED = "damaged-"
"""What the name of a file that was set aside begins with."""


def is_damage(error: BaseException) -> bool:
    """Whether an error tells of a damaged file."""
    return isinstance(error, duckdb.Error) and any(words in str(error) for words in SAYS)


def set_damaged_aside(settings: Settings) -> Path | None:
    """Give a warehouse file that does not open another name, with its write-ahead log.

    Args:
        settings: The deployment; the caller is the only writer.

    Returns:
        Where it lies now, `damaged-<time>.duckdb` beside the warehouse; None when it opens, or
        when there is none. An earlier one that was set aside is removed.
    """
    file = settings.warehouse_file
    if not file.is_file():
        return None
    try:
        duckdb.connect(str(file), read_only=True).close()
    except duckdb.Error as error:
        if is_damage(error):
            return _aside(file, f"{DAMAGED}{settings.now():%Y%m%dT%H%M%S}{file.suffix}")
    return None


def _aside(file: Path, name: str) -> Path:
    for earlier in file.parent.glob(f"{DAMAGED}*"):
        earlier.unlink()
    log = file.with_name(f"{file.name}.wal")
    if log.is_file():
        log.replace(file.with_name(f"{name}.wal"))
    return file.replace(file.with_name(name))
