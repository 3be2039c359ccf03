"""Makes the warehouse a second time from raw files, receipts and configuration, and compares."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from pipelines import transform
from pipelines.contracts import Contract
from pipelines.durable import sync
from pipelines.errors import DaquError
from pipelines.failpoints import failpoint
from pipelines.landing import land
from pipelines.landing.damage import is_damage
from pipelines.landing.land import LostFilesError, Progress
from pipelines.rescue.compare import Compared, built_tables, compare, landing_tables
from pipelines.settings import Retention, Settings

BESIDE = "rebuild"
"""Folder in that of the warehouse; one left behind by a killed rebuild is of no use to anybody."""


@dataclass(frozen=True)
class Rebuilt:
    """What came of making the warehouse a second time.

    Attributes:
        tables: Every table of both; empty when there is no live one, or none that can be read.
        unreadable: What DuckDB says of the live one when it cannot be read; else None.
        is_replaced: Whether the new one is the live one now.
        has_marts: Whether the new one was built too.
        lost: What is said of raw files that are gone; None when all are there.
    """

    tables: list[Compared]
    unreadable: str | None
    is_replaced: bool
    has_marts: bool
    lost: LostFilesError | None = None

    @property
    def different(self) -> list[Compared]:
        """Tables that are not equal."""
        return [table for table in self.tables if not table.is_equal]

    @property
    def is_sound(self) -> bool:
        """Whether the live warehouse is now what the files say."""
        return self.is_replaced or not (self.different or self.unreadable)


def rebuild(
    settings: Settings,
    contracts: dict[str, Contract],
    *,
    replace_live: bool = False,
    marts: bool = False,
    on_progress: Progress | None = None,
) -> Rebuilt:
    """Make the warehouse again beside the live one; nothing is received meanwhile.

    It takes the place of the live one when that is gone, when both are equal and nothing built
    would be lost, or when asked to.

    Args:
        settings: The deployment; the caller holds the writer's lock.
        contracts: All feeds by name.
        replace_live: Whether to take the new one though it is different.
        marts: Whether to build the models in it and compare these too.
        on_progress: Told of files landed.

    Raises:
        DaquError: The models could not be built.
    """
    live = settings.warehouse_file
    beside = _beside(settings)
    shutil.rmtree(beside.warehouse_file.parent, ignore_errors=True)
    try:
        unreadable = _fault(live) if live.is_file() else None
        is_comparable = live.is_file() and not unreadable
        kept = _kept_like(beside, live) if is_comparable else beside
        lost = _land(kept, contracts, on_progress)
        if marts:
            _build(beside)
        tables = []
        if is_comparable:
            try:
                tables = _compared(live, beside.warehouse_file, contracts, marts)
            except duckdb.Error as error:
                if not is_damage(error):
                    raise
                # it opens, and a table of it cannot be read
                unreadable, is_comparable = str(error).splitlines()[0], False
        is_equal = is_comparable and all(table.is_equal for table in tables)
        loses_none = marts or not (is_comparable and built_tables(live))
        is_replaced = replace_live or not live.is_file() or (is_equal and loses_none)
        if is_replaced:
            _swap(beside.warehouse_file, live)
        return Rebuilt(tables, unreadable, is_replaced, marts, lost)
    finally:
        shutil.rmtree(beside.warehouse_file.parent, ignore_errors=True)


def leftovers(settings: Settings) -> Path | None:
    """What a killed rebuild left behind."""
    folder = _beside(settings).warehouse_file.parent
    return folder if folder.is_dir() else None


def _beside(settings: Settings) -> Settings:
    return replace(settings, warehouse=f"{settings.warehouse}/{BESIDE}")


def _fault(live: Path) -> str | None:
    try:
        with duckdb.connect(str(live), read_only=True) as con:
            con.execute("select count(*) from landing.delivery").fetchone()
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None


def _kept_like(beside: Settings, live: Path) -> Settings:
    """The policy as it was last applied to the live one: what came of age since is still there."""
    with duckdb.connect(str(live), read_only=True) as con:
        try:
            found = con.execute("select max(removed_on) from landing.removal").fetchone()
        except duckdb.CatalogException:
            found = None
    last: date | None = found[0] if found else None
    if last is None:
        return replace(beside, retention=Retention())
    return replace(beside, as_of=last)


def _land(
    beside: Settings, contracts: dict[str, Contract], on_progress: Progress | None
) -> LostFilesError | None:
    try:
        land(beside, contracts, on_progress, receiving=False)
    except LostFilesError as error:
        return error
    return None


def _build(beside: Settings) -> None:
    result = transform.build(beside)
    if not result.success:
        names = ", ".join(node.name for node in result.broken[:5])
        raise DaquError(
            f"The models cannot be built over the warehouse made again: {names}.",
            f"在重建的仓库上无法构建模型：{names}。",
            "Run `daqu rebuild` without --marts to compare what landed.",
            "请不带 --marts 执行 `daqu rebuild`，仅比较入库数据。",
        )


def _compared(
    live: Path, beside: Path, contracts: dict[str, Contract], marts: bool
) -> list[Compared]:
    tables = landing_tables(contracts)
    if marts:
        tables += sorted({*built_tables(live), *built_tables(beside)})
    return compare(live, beside, tables)


def _swap(new: Path, live: Path) -> None:
    """Put the new file in the place of the live one; killed in between, the next run heals.

    The old write-ahead log goes first: it belongs to the old file, and without it that file is
    only older, which the next landing run makes good from the receipts.
    """
    with duckdb.connect(str(new)) as con:
        con.execute("checkpoint")
    live.parent.mkdir(parents=True, exist_ok=True)
    live.with_name(f"{live.name}.wal").unlink(missing_ok=True)
    failpoint("rebuild.before_swap")
    new.replace(live)
    sync(live.parent)
