"""One landing run: receive what came, read it, judge every row, keep the ledger true.

A batch of files is one transaction: rows, ledger and touched dates appear together or not at all.
What was received but not yet in the ledger is work still to do, so a run that died is finished by
the next one.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.contracts import Contract
from pipelines.errors import DaquError
from pipelines.failpoints import failpoint
from pipelines.landing import expressions, ledger, lookups
from pipelines.landing.identify import Identity, identify
from pipelines.landing.mapping import Mappings, load_mappings
from pipelines.landing.onepass import (
    Layout,
    Lookups,
    all_table,
    dates_statement,
    insert_statement,
)
from pipelines.landing.periods import ALL, Period, period_of, span
from pipelines.landing.readers import Reader, TableFile
from pipelines.landing.receipts import (
    Receipt,
    all_receipts,
    raw_path,
    receive_inbox,
    receive_reference,
)
from pipelines.landing.refused import RefusedError
from pipelines.landing.tables import create_tables
from pipelines.settings import Settings

FILES_PER_BATCH = 400
BYTES_PER_BATCH = 512 << 20
MASTERS_FIRST = ("sku", "outlet", "distributor", "map_sku", "map_outlet", "map_uom")
MEANT_PERIOD_SHARE = 0.8
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class LandingResult:
    """What one landing run did.

    Attributes:
        received: Files newly received.
        statuses: Number of files by status: loaded, superseded, duplicate, refused.
        replayed: Deliveries landed again because codes got another meaning.
        rows_by_feed: feed → rows_read, rows_loaded, rows_quarantined, rows_structural of this run.
    """

    received: int
    statuses: dict[str, int]
    replayed: int
    rows_by_feed: dict[str, dict[str, int]]

    @property
    def changed(self) -> bool:
        """Whether the warehouse is another one than before."""
        return bool(self.statuses) or self.replayed > 0


@dataclass(frozen=True)
class Work:
    """A receipt on its way into the warehouse; `identity` None means it is refused already."""

    receipt: Receipt
    identity: Identity | None
    refusal: str | None = None


@dataclass
class Run:
    """What the steps of one landing run share."""

    settings: Settings
    contracts: dict[str, Contract]
    mappings: Mappings
    con: duckdb.DuckDBPyConnection
    reader: Reader
    lookups: Lookups
    batch_id: int
    receipts: dict[int, Receipt]
    as_rows: set[int] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)
    replayed: int = 0


class MiscountError(Exception):
    """DuckDB found other rows in these files than were counted before."""

    def __init__(self, delivery_ids: list[int]) -> None:
        super().__init__(f"rows of deliveries {delivery_ids} do not add up")
        self.delivery_ids = delivery_ids


def land(
    settings: Settings, contracts: dict[str, Contract], on_progress: Progress | None = None
) -> LandingResult:
    """Land everything received and not yet in the ledger.

    Args:
        settings: The deployment.
        contracts: All feeds by name.
        on_progress: Called with files done, files in all, and the feed at work.

    Raises:
        ConfigError: Deployment, contracts or mappings cannot be used as they are.
    """
    mappings = load_mappings(settings.mappings, contracts)
    received = len(receive_inbox(settings))
    with warehouse(settings, contracts) as con, _work_folder(settings) as work:
        received += len(receive_reference(settings, ledger.known_reference(con)))
        receipts = {receipt.delivery_id: receipt for receipt in all_receipts(settings)}
        reader = Reader(work)
        try:
            run = Run(
                settings=settings,
                contracts=contracts,
                mappings=mappings,
                con=con,
                reader=reader,
                lookups=lookups.refresh(con, settings.feeds),
                batch_id=_next_batch(con),
                receipts=receipts,
            )
            first_batch = run.batch_id
            _land_pending(run, on_progress or (lambda done, total, feed: None))
        finally:
            reader.close()
        rows = _rows_by_feed(con, first_batch)
        if run.statuses or run.replayed:
            con.execute("checkpoint")
    return LandingResult(received, dict(run.statuses), run.replayed, rows)


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


def _next_batch(con: duckdb.DuckDBPyConnection) -> int:
    """A number greater than that of every batch before: the clock, unless the clock went back."""
    last = con.execute("select coalesce(max(batch_id), 0) from landing.delivery").fetchone()
    return max(time.time_ns() // 1000, (last[0] if last else 0) + 1)


def _land_pending(run: Run, on_progress: Progress) -> None:
    _forget_changed(run)
    known = ledger.known_ids(run.con)
    pending = [_identified(run, r) for r in run.receipts.values() if r.delivery_id not in known]
    pending.sort(key=_turn)
    done = 0
    replayed = False
    for feed, works in groupby(pending, key=lambda w: w.identity.feed if w.identity else ""):
        if feed not in MASTERS_FIRST and not replayed:
            replayed = _replay(run)
        for batch in _batches(list(works)):
            on_progress(done, len(pending), feed)
            _land_batch(run, batch)
            done += len(batch)
    if not replayed:
        _replay(run)
    on_progress(done, len(pending), "")


def _identified(run: Run, receipt: Receipt) -> Work:
    try:
        identity = identify(receipt, run.contracts, run.mappings)
    except RefusedError as error:
        return Work(receipt, None, error.reason)
    subscribed = identity.feed in run.settings.feeds
    return Work(receipt, identity, None if subscribed else "not_subscribed")


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


def _replay(run: Run) -> bool:
    """Land deliveries again whose codes mean something else now that a master or map changed."""
    run.lookups = lookups.refresh(run.con, run.settings.feeds)
    changed = lookups.changed(run.con)
    for contract in run.contracts.values():
        columns = {column.name for column in contract.columns}
        columns |= {f"their_{c.name}" for c in contract.columns if c.code_of}
        if not any(c.code_of for c in contract.columns):
            continue
        ids = lookups.concerned(run.con, contract.feed, columns, changed)
        works = [_identified(run, run.receipts[i]) for i in ids if i in run.receipts]
        for batch in _batches(works):
            _land_batch(run, batch, again=True)
            run.replayed += len(batch)
    lookups.settled(run.con, changed)
    return True


def _land_batch(run: Run, batch: list[Work], again: bool = False) -> None:
    """Land a batch in one transaction; files DuckDB reads otherwise than counted go slowly."""
    while True:
        run.batch_id = max(run.batch_id + 1, _next_batch(run.con))
        run.con.execute("begin")
        try:
            statuses = _land_in_transaction(run, batch, again)
            failpoint("landing.before_commit")
            run.con.execute("commit")
            failpoint("landing.after_commit")
        except MiscountError as error:
            run.con.execute("rollback")
            if set(error.delivery_ids) <= run.as_rows:
                raise
            run.as_rows |= set(error.delivery_ids)
            continue
        except BaseException:
            run.con.execute("rollback")
            raise
        if not again:
            run.statuses += statuses
        return


def _land_in_transaction(run: Run, batch: list[Work], again: bool) -> Counter[str]:
    contract = next((run.contracts[w.identity.feed] for w in batch if w.identity), None)
    entries = [_admit(run, work) for work in batch]
    tables = {e.receipt.delivery_id: e.table for e in entries if e.table}
    ids = [entry.receipt.delivery_id for entry in entries]
    if not again:
        ledger.add(run.con, entries, run.batch_id)
    if contract and again:
        _remove(run, contract, ids)
        _land_tables(run, contract, tables)
        _settle_all(run, contract, ids)
    elif contract:
        groups = {entry.group for entry in entries if entry.table}
        _apply(run, contract, ledger.rank_periods(run.con, sorted(groups)), tables)
    return _statuses(run, ids)


def _admit(run: Run, work: Work) -> ledger.Entry:
    """Read a file, or say why it is refused."""
    receipt, identity = work.receipt, work.identity
    period = identity.period if identity else None
    refused = ledger.Entry(receipt, identity, period, _agreement(run, identity))
    if work.refusal or identity is None:
        return replace(refused, refusal=work.refusal or "unknown_sender")
    try:
        table = _read(run, receipt, identity)
        found = period or _period_inside(run, table, identity)
    except RefusedError as error:
        return replace(refused, refusal=error.reason)
    return replace(refused, period=found, table=table)


def _read(run: Run, receipt: Receipt, identity: Identity) -> TableFile:
    contract = run.contracts[identity.feed]
    raw = raw_path(run.settings, receipt.file_sha256)
    table = run.reader.read(raw, contract, identity.mapping)
    if receipt.delivery_id in run.as_rows:
        table = run.reader.as_rows(table)
    if table.rows <= table.header_row:
        raise RefusedError("empty_file")
    return table


def _agreement(run: Run, identity: Identity | None) -> str:
    """Fingerprint of what a file is judged by: it is judged again when that changes."""
    if identity is None:
        parts = run.mappings.fingerprint
    else:
        contract = run.contracts[identity.feed]
        parts = repr(contract) + identity.mapping.model_dump_json()
        parts += str(identity.feed in run.settings.feeds)
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _forget_changed(run: Run) -> None:
    """Take out deliveries whose contract or mapping changed, so that they are landed anew."""
    rows = run.con.execute("select delivery_id, agreement, feed from landing.delivery").fetchall()
    stale: dict[str | None, list[int]] = {}
    for delivery_id, agreement, feed in rows:
        receipt = run.receipts.get(delivery_id)
        if receipt and _agreement(run, _identified(run, receipt).identity) != agreement:
            stale.setdefault(feed, []).append(delivery_id)
    for feed, ids in stale.items():
        run.con.execute("begin")
        groups = ledger.groups_of(run.con, ids)
        if feed in run.contracts:
            _remove(run, run.contracts[feed], ids)
        run.con.execute("delete from landing.delivery where delivery_id = any($ids)", {"ids": ids})
        if feed in run.contracts:
            _apply(run, run.contracts[feed], ledger.rank_periods(run.con, groups), {})
        run.con.execute("commit")


def _period_inside(run: Run, table: TableFile, identity: Identity) -> Period:
    """The period most dates of the file fall in; from the first to the last when none is it."""
    contract = run.contracts[identity.feed]
    unit = identity.mapping.period or contract.period
    if unit == "none" or contract.business_date is None:
        return ALL
    layout = Layout(contract, identity.mapping, table)
    statement = dates_statement(layout, contract.column(contract.business_date))
    days = run.con.execute(statement, {"files": [str(table.source)]}).fetchall()
    if not days:
        raise RefusedError("period_unclear")
    counts: Counter[Period] = Counter()
    for day, rows in days:
        counts[period_of(day, unit)] += rows
    period, rows = max(counts.items(), key=lambda item: (item[1], item[0].label))
    if rows >= MEANT_PERIOD_SHARE * counts.total():
        return period
    return span(min(day for day, _ in days), max(day for day, _ in days))


def _apply(
    run: Run, contract: Contract, changes: list[ledger.Change], tables: dict[int, TableFile]
) -> None:
    """Land deliveries that became versions, take out those that became duplicates."""
    gone = [change.delivery_id for change in changes if change.status == "duplicate"]
    come = [change.delivery_id for change in changes if change.status != "duplicate"]
    _remove(run, contract, gone)
    for delivery_id in set(come) - set(tables):
        work = _identified(run, run.receipts[delivery_id])
        assert work.identity
        tables[delivery_id] = _read(run, work.receipt, work.identity)
    landed = {delivery_id: tables[delivery_id] for delivery_id in come}
    _land_tables(run, contract, landed)
    _settle_all(run, contract, [*come, *gone])


def _remove(run: Run, contract: Contract, ids: list[int]) -> None:
    if not ids:
        return
    ledger.touch(run.con, contract, ids, run.batch_id)
    run.con.execute(
        f"delete from {all_table(contract.feed)} where _delivery_id = any($ids)", {"ids": ids}
    )
    run.con.execute(
        """update landing.delivery set rows_loaded = null, rows_quarantined = null,
            rows_structural = null, rows_warned = null, quantity_loaded = null,
            quantity_quarantined = null, amount_loaded = null, amount_quarantined = null,
            control_quantity = null, control_amount = null, rows_read = null
        where delivery_id = any($ids) and status = 'duplicate'""",
        {"ids": ids},
    )


def _settle_all(run: Run, contract: Contract, ids: list[int]) -> None:
    by_rule: dict[str, list[int]] = {}
    for delivery_id in ids:
        identity = _identified(run, run.receipts[delivery_id]).identity
        assert identity
        by_rule.setdefault(identity.mapping.replaces or contract.replaces, []).append(delivery_id)
    for replaces, deliveries in by_rule.items():
        ledger.settle(run.con, contract, replaces, deliveries)
    if ids:
        ledger.touch(run.con, contract, ids, run.batch_id)


def _land_tables(run: Run, contract: Contract, tables: dict[int, TableFile]) -> None:
    """Insert the rows of these files, one statement per layout, and account for each of them."""
    layouts: dict[tuple[object, ...], list[tuple[int, Layout]]] = {}
    for delivery_id, table in tables.items():
        identity = _identified(run, run.receipts[delivery_id]).identity
        assert identity
        layout = Layout(contract, identity.mapping, table)
        layouts.setdefault(layout.key, []).append((delivery_id, layout))
    for members in layouts.values():
        _insert(run, members)
    if tables:
        _drop_repeats(run, contract, tables)
        ledger.count_rows(run.con, contract, run.batch_id)


def _insert(run: Run, members: list[tuple[int, Layout]]) -> None:
    ids = [delivery_id for delivery_id, _ in members]
    files = [str(layout.table.source) for _, layout in members]
    _fill_batch_file(run, members)
    statement = insert_statement(members[0][1], run.lookups)
    try:
        run.con.execute(statement, {"files": files, "batch_id": run.batch_id})
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        if members[0][1].table.form == "rows":
            raise
        raise MiscountError(ids) from error
    found = run.con.execute(
        f"""select _delivery_id, count(*), max(_row_no)
        from {all_table(members[0][1].contract.feed)} where _batch_id = ? group by 1""",
        [run.batch_id],
    ).fetchall()
    counted = {row[0]: (row[1], row[2]) for row in found}
    wrong = [
        i
        for i, la in members
        if counted.get(i) != (la.table.rows - la.table.header_row, la.table.rows)
    ]
    if wrong:
        raise MiscountError(wrong)


def _fill_batch_file(run: Run, members: list[tuple[int, Layout]]) -> None:
    sizes = [layout.table.rows - layout.table.header_row for _, layout in members]
    files = pa.table(
        {
            "file_index": range(len(members)),
            "delivery_id": [delivery_id for delivery_id, _ in members],
            "row_offset": [0, *accumulate(sizes)][:-1],
            "header_row": [layout.table.header_row for _, layout in members],
        }
    )
    run.con.register("member", files)
    run.con.execute("""
        create or replace temp table batch_file as
        select m.file_index, m.delivery_id, d.sender, d.sheet, d.received_at::date as received_on,
            d.period_start, d.period_end, m.row_offset, m.header_row
        from member as m
        inner join landing.delivery as d on m.delivery_id = d.delivery_id""")
    run.con.unregister("member")


def _drop_repeats(run: Run, contract: Contract, tables: dict[int, TableFile]) -> None:
    """Exact repeats of a row are structural; other rows with the key of a row are held back.

    Where lines of equal key are told apart by their order, only senders whose exact repeats are
    accidents (`exact_repeats: drop`) are looked at, and only exact repeats are.
    """
    ids = list(tables)
    if contract.line_is_unique:
        ids = [i for i in ids if _drops_repeats(run, i)]
    if not ids or not contract.key:
        return
    table = all_table(contract.feed)
    values = ", ".join(column.name for column in contract.columns)
    key = ", ".join(column.name for column in contract.key)
    run.con.execute(
        f"""
        update {table} as r set _outcome = 'structural', _reasons = ['repeated_row']
        from (
            select rowid as id, row_number() over (partition by _delivery_id, {values}
                order by _row_no) as nth
            from {table} where _batch_id = $batch and _delivery_id = any($ids)
                and _outcome = 'loaded'
        ) as n where r.rowid = n.id and n.nth > 1""",
        {"batch": run.batch_id, "ids": ids},
    )
    if contract.line_is_unique:
        return
    raw = (
        "json_object(" + ", ".join(f"'{c.name}', {c.name}::varchar" for c in contract.columns) + ")"
    )
    run.con.execute(
        f"""
        update {table} as r
        set _outcome = 'quarantined', _reasons = ['duplicate_key'], _raw = {raw},
            _raw_masked = {raw}
        from (
            select rowid as id, count(*) over (partition by _delivery_id, {key}) as alike
            from {table} where _batch_id = $batch and _delivery_id = any($ids)
                and _outcome = 'loaded'
        ) as n where r.rowid = n.id and n.alike > 1""",
        {"batch": run.batch_id, "ids": ids},
    )


def _drops_repeats(run: Run, delivery_id: int) -> bool:
    identity = _identified(run, run.receipts[delivery_id]).identity
    return bool(identity and identity.mapping.exact_repeats == "drop")


def _statuses(run: Run, ids: list[int]) -> Counter[str]:
    rows = run.con.execute(
        "select status, count(*) from landing.delivery where delivery_id = any($ids) group by 1",
        {"ids": ids},
    ).fetchall()
    return Counter(dict(rows))


def _rows_by_feed(con: duckdb.DuckDBPyConnection, first_batch: int) -> dict[str, dict[str, int]]:
    names = ("rows_read", "rows_loaded", "rows_quarantined", "rows_structural")
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)
    rows = con.execute(
        f"""select feed, {sums} from landing.delivery
        where batch_id > ? and status in ('loaded', 'superseded') group by 1""",
        [first_batch],
    ).fetchall()
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
