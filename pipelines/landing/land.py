"""One landing run: receive what came, read it, judge every row, keep the ledger true.

A batch of files is one transaction: rows, ledger and touched dates appear together or not at all.
What was received but not yet in the ledger is work still to do, so a run that died is finished by
the next one.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.errors import DaquError
from pipelines.failpoints import failpoint
from pipelines.landing import history, ledger, retention, standing
from pipelines.landing.batch import (
    Run,
    Work,
    agreement,
    identified,
    in_transaction,
    is_there,
    land_batch,
    next_batch,
    remove,
    settle_groups,
)
from pipelines.landing.damage import set_damaged_aside
from pipelines.landing.mapping import load_mappings
from pipelines.landing.reading.readers import Reader
from pipelines.landing.receipts import (
    all_receipts,
    receive_inbox,
    receive_reference,
)
from pipelines.landing.rows import expressions, lookups
from pipelines.landing.rows.corrections import load_corrections
from pipelines.landing.schema import create_tables
from pipelines.landing.settle import settle
from pipelines.landing.thresholds import row_limits
from pipelines.settings import Settings

FILES_PER_BATCH = 400
BYTES_PER_BATCH = 512 << 20
MASTERS_FIRST = (
    "decision",
    "period_close",
    "threshold",
    "sku",
    "outlet",
    "distributor",
    "map_sku",
    "map_outlet",
    "map_uom",
)
Progress = Callable[[int, int, str], None]


class LostFilesError(DaquError):
    """Files that were received are not there any more, though no policy removed them."""


@dataclass(frozen=True)
class LandingResult:
    """What one landing run did.

    Attributes:
        received: Files newly received.
        statuses: Number of files by status: loaded, superseded, duplicate, refused.
        replayed: Deliveries landed again because codes got another meaning.
        rows_by_feed: feed → rows_read, rows_loaded, rows_quarantined, rows_structural of this run.
        damaged: Where a warehouse file lies now that could not be read; everything received has
            landed again in a new one. None as a rule.
    """

    received: int
    statuses: dict[str, int]
    replayed: int
    rows_by_feed: dict[str, dict[str, int]]
    damaged: Path | None = None


def land(
    settings: Settings,
    contracts: dict[str, Contract],
    on_progress: Progress | None = None,
    receiving: bool = True,
) -> LandingResult:
    """Land everything received and not yet in the ledger.

    Args:
        settings: The deployment.
        contracts: All feeds by name.
        on_progress: Called with files done, files in all, and the feed at work.
        receiving: Whether to take in the inbox and changed reference tables first.

    Raises:
        ConfigError: Deployment, contracts or mappings cannot be used as they are.
        LostFilesError: Raw files are gone; everything else has landed.
    """
    mappings = load_mappings(settings.mappings, contracts)
    received = len(receive_inbox(settings)) if receiving else 0
    damaged = set_damaged_aside(settings)
    with warehouse(settings, contracts) as con, _work_folder(settings) as work:
        receipts = {receipt.delivery_id: receipt for receipt in all_receipts(settings)}
        changed = receive_reference(settings, receipts.values()) if receiving else []
        receipts |= {receipt.delivery_id: receipt for receipt in changed}
        received += len(changed)
        reader = Reader(work)
        try:
            run = Run(
                settings=settings,
                contracts=contracts,
                mappings=mappings,
                corrections=load_corrections(settings.corrections, contracts),
                con=con,
                reader=reader,
                lookups=lookups.refresh(con, settings.feeds),
                limits=row_limits(con),
                batch_id=next_batch(con),
                receipts=receipts,
            )
            first_batch = run.batch_id
            _land_pending(run, on_progress or (lambda done, total, feed: None))
            retention.apply_retention(run)
        finally:
            reader.close()
        history.judge(con, contracts, settings.feeds)
        rows = _rows_by_feed(con, first_batch)
        if run.statuses or run.replayed:
            failpoint("landing.before_checkpoint")
            con.execute("checkpoint")
    _say_what_is_lost(run)
    return LandingResult(received, dict(run.statuses), run.replayed, rows, damaged)


@contextmanager
def warehouse(
    settings: Settings, contracts: dict[str, Contract]
) -> Generator[duckdb.DuckDBPyConnection]:
    """The warehouse, opened to write, with every landing table in it.

    Raises:
        DaquError: Another process has it open.
    """
    settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(
            str(settings.warehouse_file),
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "preserve_insertion_order": "true",
            },
        )
    except duckdb.IOException as error:
        raise DaquError(
            f"The warehouse cannot be opened: {error}".splitlines()[0],
            f"无法打开仓库：{settings.warehouse_file}",
            "Another run may be at work: wait for it, or end it.",
            "可能有另一个任务正在运行：请等待其结束。",
        ) from error
    try:
        con.execute("set threads = 2")
        expressions.install(con)
        create_tables(con, contracts, settings.feeds)
        yield con
    finally:
        con.close()


@contextmanager
def _work_folder(settings: Settings) -> Generator[Path]:
    """A folder for files in a plain form; on the deployment's disk, gone after the run."""
    base = settings.home / "landing" / "work"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    folder = Path(tempfile.mkdtemp(dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _land_pending(run: Run, on_progress: Progress) -> None:
    retention.restore_lines(run)
    _forget_changed(run)
    known = ledger.known_ids(run.con)
    new = [r for r in run.receipts.values() if r.delivery_id not in known]
    pending = [identified(run, receipt) for receipt in new if is_there(run, receipt.delivery_id)]
    pending.sort(key=_turn)
    done = 0
    is_ready = False
    for feed, works in groupby(pending, key=lambda w: w.identity.feed if w.identity else ""):
        if feed not in MASTERS_FIRST and not is_ready:
            if _limits_changed(run):
                return _land_pending(run, on_progress)
            is_ready = _masters_changed(run)
        for batch in _batches(list(works)):
            on_progress(done, len(pending), feed)
            land_batch(run, batch)
            done += len(batch)
    if not is_ready:
        if _limits_changed(run):
            return _land_pending(run, on_progress)
        _masters_changed(run)
    return on_progress(done, len(pending), "")


def _limits_changed(run: Run) -> bool:
    """Whether files are to be judged by other limits than when the run began; then take these."""
    before, run.limits = run.limits, row_limits(run.con)
    return run.limits != before


def _say_what_is_lost(run: Run) -> None:
    lost = [r for r in run.receipts.values() if r.is_kept and not is_there(run, r.delivery_id)]
    if lost:
        names = ", ".join(sorted({receipt.file_name for receipt in lost})[:3])
        raise LostFilesError(
            f"{len(lost)} raw files are gone ({names}); everything else has landed.",
            f"缺少 {len(lost)} 个原始文件（{names}）；其余文件均已入库。",
            "Restore HOME/landing/raw from a backup, or hand the files in again with their old "
            "`--received-at`.",
            "请从备份恢复 HOME/landing/raw，或以原来的 `--received-at` 重新提交这些文件。",
        )


def _turn(work: Work) -> tuple[int, str, str, str]:
    """Masters before facts, so that rows meet the codes they name; then a stable order."""
    feed = work.identity.feed if work.identity else ""
    turn = MASTERS_FIRST.index(feed) if feed in MASTERS_FIRST else len(MASTERS_FIRST)
    return turn, feed, work.receipt.received_at.isoformat(), work.receipt.file_name


def _batches(works: list[Work]) -> Iterator[list[Work]]:
    batch: list[Work] = []
    size = 0
    for work in works:
        if batch and (len(batch) >= FILES_PER_BATCH or size > BYTES_PER_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(work)
        size += work.receipt.file_size_bytes
    if batch:
        yield batch


def _masters_changed(run: Run) -> bool:
    """What follows, for what landed before, from masters, maps, closings and decisions."""
    _decide(run)
    _replay(run)
    return True


def _decide(run: Run) -> None:
    """Rank deliveries again of which people or the closing of a period now say something else."""
    in_transaction(run, lambda: _rank_again(run))


def _rank_again(run: Run) -> None:
    groups = standing.refresh(run.con)
    for feed, those in groupby(sorted(groups, key=lambda group: group[1]), lambda group: group[1]):
        settle_groups(run, run.contracts[feed], list(those))


def _replay(run: Run) -> None:
    """Land deliveries again whose codes mean something else now that a master or map changed."""
    run.lookups = lookups.refresh(run.con, run.settings.feeds)
    changed = lookups.changed(run.con)
    for contract in run.contracts.values():
        columns = {column.name for column in contract.columns}
        columns |= {f"their_{c.name}" for c in contract.columns if c.code_of}
        if not any(c.code_of for c in contract.columns):
            continue
        ids = lookups.concerned(run.con, contract.feed, columns, changed)
        works = [
            identified(run, run.receipts[i]) for i in ids if i in run.receipts and is_there(run, i)
        ]
        for batch in _batches(works):
            land_batch(run, batch, again=True)
            run.replayed += len(batch)
    lookups.settled(run.con, changed)


def _forget_changed(run: Run) -> None:
    """Take out deliveries whose contract or mapping changed, so that they are landed anew."""
    rows = run.con.execute("select delivery_id, agreement, feed from landing.delivery").fetchall()
    stale: dict[str | None, list[int]] = {}
    for delivery_id, judged_by, feed in rows:
        receipt = run.receipts.get(delivery_id)
        if (
            receipt
            and is_there(run, delivery_id)
            and agreement(run, identified(run, receipt).identity) != judged_by
        ):
            stale.setdefault(feed, []).append(delivery_id)
    for feed, ids in stale.items():
        in_transaction(run, partial(_forget, run, run.contracts.get(feed or ""), ids))


def _forget(run: Run, contract: Contract | None, ids: list[int]) -> None:
    groups = ledger.groups_of(run.con, ids)
    if contract:
        remove(run, contract, ids)
    for table in ("delivery", "delivery_finding"):
        run.con.execute(f"delete from landing.{table} where delivery_id = any($ids)", {"ids": ids})
    if contract:
        settle(run.con, contract, ids)
        settle_groups(run, contract, groups)


def _rows_by_feed(con: duckdb.DuckDBPyConnection, first_batch: int) -> dict[str, dict[str, int]]:
    names = ("rows_read", "rows_loaded", "rows_quarantined", "rows_structural")
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)
    rows = con.execute(
        f"""select feed, {sums} from landing.delivery
        where batch_id > ? and status in ('loaded', 'superseded') group by 1""",
        [first_batch],
    ).fetchall()
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
