"""One batch of files in one transaction: read, judged, accounted for, versions settled."""

from __future__ import annotations

import csv
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import accumulate
from typing import TypeVar

import duckdb
import pyarrow as pa

from pipelines.contracts import FILE_REASONS, Contract
from pipelines.failpoints import failpoint
from pipelines.landing import ledger, standing
from pipelines.landing.identify import Identity, identify
from pipelines.landing.judge import judge
from pipelines.landing.layout import Layout, stated_in
from pipelines.landing.mapping import Mappings
from pipelines.landing.periods import ALL, Period, period_of, span
from pipelines.landing.reading.readers import Reader, TableFile
from pipelines.landing.receipts import Receipt, raw_path
from pipelines.landing.refused import RefusedError
from pipelines.landing.remarks import Remark, remark
from pipelines.landing.rows.corrections import Corrections
from pipelines.landing.rows.lookups import Lookups
from pipelines.landing.rows.onepass import (
    count_statement,
    dates_statement,
    insert_statement,
    kept_columns,
)
from pipelines.landing.schema import add_columns
from pipelines.landing.settle import settle, touch
from pipelines.landing.standing import Group
from pipelines.landing.tables import all_table, columns_made, key_value, outcome
from pipelines.landing.totals import check_controls, find_totals
from pipelines.settings import Settings

MEANT_PERIOD_SHARE = 0.8
PRODUCT_VERSION = version("daqu")  # asked once: it reads and parses a file
MISREAD = (duckdb.InvalidInputException, duckdb.ConversionException)
Done = TypeVar("Done")
logger = logging.getLogger(__name__)


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
    corrections: Corrections
    con: duckdb.DuckDBPyConnection
    reader: Reader
    lookups: Lookups
    limits: dict[str, float]
    batch_id: int
    receipts: dict[int, Receipt]
    as_rows: set[int] = field(default_factory=set)
    layouts: dict[int, Layout] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    replayed: int = 0


class MiscountError(Exception):
    """DuckDB found other rows in these files than were counted before."""

    def __init__(self, delivery_ids: list[int]) -> None:
        super().__init__(f"rows of deliveries {delivery_ids} do not add up")
        self.delivery_ids = delivery_ids


def identified(run: Run, receipt: Receipt) -> Work:
    """Say whose and which report a receipt is, or why nobody can tell."""
    try:
        identity = identify(receipt, run.contracts, run.mappings, run.settings.feeds)
    except RefusedError as error:
        return Work(receipt, None, error.reason)
    taken = identity.feed in run.settings.feeds or run.contracts[identity.feed].is_always_taken
    return Work(receipt, identity, None if taken else "not_subscribed")


def is_there(run: Run, delivery_id: int) -> bool:
    """Whether the bytes of a delivery can be read: neither removed by the policy nor lost."""
    receipt = run.receipts[delivery_id]
    return receipt.is_kept and raw_path(run.settings, receipt.file_sha256).is_file()


def land_batch(run: Run, batch: list[Work], again: bool = False) -> None:
    """Land a batch in one transaction."""
    statuses = in_transaction(run, lambda: _land_in_transaction(run, batch, again))
    if not again:
        run.statuses += statuses


def in_transaction(run: Run, work: Callable[[], Done]) -> Done:
    """Do some work whole or not at all; files DuckDB reads otherwise than counted go slowly."""
    while True:
        run.batch_id = max(run.batch_id + 1, next_batch(run.con))
        run.layouts.clear()
        run.con.execute("begin")
        try:
            done = work()
            failpoint("landing.before_commit")
            run.con.execute("commit")
            failpoint("landing.after_commit")
            return done
        except MiscountError as error:
            _roll_back(run)
            slow = set(error.delivery_ids) | _misread(run)
            if slow <= run.as_rows:
                raise
            run.as_rows |= slow
        except BaseException:
            # where the disk is full DuckDB has ended the transaction, and that is what is told
            with suppress(duckdb.Error):
                _roll_back(run)
            raise


def _roll_back(run: Run) -> None:
    run.con.execute("rollback")
    run.con.execute("reset disabled_optimizers")


def _misread(run: Run) -> set[int]:
    """Files read so far in which DuckDB finds other rows than were counted: all, at one go."""
    found = set()
    for delivery_id, layout in run.layouts.items():
        if layout.table.form == "csv":
            files = {"files": [str(layout.table.source)]}
            try:
                counted = run.con.execute(count_statement(layout), files).fetchall()[0][0]
            except MISREAD:
                counted = None
            if counted != layout.table.rows - layout.table.header_row:
                found.add(delivery_id)
    return found


def _land_in_transaction(run: Run, batch: list[Work], again: bool) -> Counter[str]:
    contract = next((run.contracts[w.identity.feed] for w in batch if w.identity), None)
    entries = [_admit(run, work) for work in batch]
    tables = {e.receipt.delivery_id: e.table for e in entries if e.table}
    ids = [entry.receipt.delivery_id for entry in entries]
    if not again:
        ledger.add(run.con, entries, run.batch_id)
    groups = sorted({entry.group for entry in entries if entry.table})
    if contract and again:
        remove(run, contract, list(tables))
        _land_tables(run, contract, tables)
        _settle_all(run, contract, list(tables))
        groups = _judged(run, contract, list(tables))
    if contract:
        settle_groups(run, contract, groups, tables)
    return _statuses(run, ids)


def settle_groups(
    run: Run, contract: Contract, groups: list[Group], tables: dict[int, TableFile] | None = None
) -> None:
    """Rank the deliveries of these periods, land what now counts, judge it, until nothing changes.

    A file found to be wrong as a whole once it is landed is refused or held back; the version
    before it then counts again.

    Args:
        run: The landing run, inside a transaction.
        contract: The feed.
        groups: Sender, feed and period of the deliveries that came or changed.
        tables: Files read already, by delivery.
    """
    read = dict(tables or {})
    while groups:
        standing.refresh(run.con, [*read])
        changes = ledger.rank_periods(run.con, groups)
        landed = apply(run, contract, changes, read)
        groups = _judged(run, contract, landed)


def _judged(run: Run, contract: Contract, landed: list[int]) -> list[Group]:
    """Judge these deliveries as a whole; the periods whose versions that changes."""
    refused = judge(run.con, contract, landed, _nil_reports(run, landed))
    ids = [delivery_id for those in refused.values() for delivery_id in those]
    groups = ledger.groups_of(run.con, ids)
    for code, those in refused.items():
        remove(run, contract, those)
        ledger.refuse(run.con, those, code)
    settle(run.con, contract, ids)
    return sorted({*groups, *standing.refresh(run.con, landed)})


def _nil_reports(run: Run, ids: list[int]) -> set[int]:
    """Deliveries that may have no rows, as agreed with their senders."""
    identities = {i: identified(run, run.receipts[i]).identity for i in ids}
    return {i for i, identity in identities.items() if identity and identity.mapping.nil_report}


def _admit(run: Run, work: Work) -> ledger.Entry:
    """Read a file, or say why it is refused."""
    receipt, identity = work.receipt, work.identity
    period = identity.period if identity else None
    refused = ledger.Entry(receipt, identity, period, agreement(run, identity))
    if identity:
        replaces = identity.mapping.replaces or run.contracts[identity.feed].replaces
        refused = replace(refused, replaces=replaces)
    if work.refusal or identity is None:
        return replace(refused, refusal=work.refusal or "unknown_sender")
    try:
        table = _read(run, receipt, identity)
        found = period or _period_inside(run, table, identity)
    except MISREAD as error:
        raise MiscountError([receipt.delivery_id]) from error
    except RefusedError as error:
        return replace(refused, refusal=error.reason)
    except (ValueError, csv.Error, EOFError) as error:  # no file may stop the others
        logger.warning("%s cannot be read: %r", receipt.file_name, error)
        return replace(refused, refusal="unreadable")
    return replace(refused, period=found, table=table)


def _read(run: Run, receipt: Receipt, identity: Identity) -> TableFile:
    contract = run.contracts[identity.feed]
    raw = raw_path(run.settings, receipt.file_sha256)
    table = run.reader.read(raw, contract, identity.mapping)
    if receipt.delivery_id in run.as_rows:
        table = run.reader.as_rows(table)
    if table.rows <= table.header_row and not identity.mapping.nil_report:
        raise RefusedError("empty_file")
    run.layouts[receipt.delivery_id] = _layout(run, identity, table)
    return table


def _layout(run: Run, identity: Identity, table: TableFile) -> Layout:
    asked = run.corrections.of(identity)
    return Layout(run.contracts[identity.feed], identity.mapping, table, asked)


def agreement(run: Run, identity: Identity | None) -> str:
    """Fingerprint of what a file is judged by: it is judged again when that changes."""
    if identity is None:
        parts = run.mappings.fingerprint + repr(run.settings.feeds)
    else:
        contract = run.contracts[identity.feed]
        parts = repr(contract) + identity.mapping.model_dump_json()
        parts += str(identity.feed in run.settings.feeds)
        parts += "".join(c.model_dump_json() for c in run.corrections.of(identity))
        parts += repr(run.limits) if contract.money else ""
    parts += PRODUCT_VERSION
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _period_inside(run: Run, table: TableFile, identity: Identity) -> Period:
    """The period most dates of the file fall in; from the first to the last when none is it."""
    contract = run.contracts[identity.feed]
    unit = identity.mapping.period or contract.period
    if unit == "none" or contract.business_date is None:
        return ALL
    layout = _layout(run, identity, table)
    column = contract.column(contract.business_date)
    if not stated_in(layout, column):
        raise RefusedError("period_unclear")
    statement = dates_statement(layout, column)
    days = run.con.execute(statement, {"files": [str(table.source)]}).fetchall()
    if not days:
        raise RefusedError("period_unclear")
    counts: Counter[Period] = Counter()
    for day, rows in days:
        counts[period_of(day, unit)] += rows
    period, rows = max(counts.items(), key=lambda item: (item[1], item[0].label))
    if rows >= MEANT_PERIOD_SHARE * counts.total():
        return period
    first, last = min(day for day, _ in days), max(day for day, _ in days)
    if column.format:  # the day stands for its whole week or month
        last = period_of(last, unit).end or last
    return span(first, last)


def apply(
    run: Run, contract: Contract, changes: list[ledger.Change], tables: dict[int, TableFile]
) -> list[int]:
    """Land deliveries that became versions, take out duplicates, settle what replaces what.

    Args:
        run: The landing run, inside a transaction.
        contract: The feed.
        changes: Deliveries whose status changed.
        tables: Files read already, by delivery; those read here are added.

    Returns:
        Deliveries that were landed.
    """
    come = [c.delivery_id for c in changes if c.comes and is_there(run, c.delivery_id)]
    gone = [change.delivery_id for change in changes if change.goes]
    stay = [change.delivery_id for change in changes if change.stays]
    remove(run, contract, gone)
    touch(run.con, contract, stay, run.batch_id)
    for delivery_id in set(come) - set(tables):
        work = identified(run, run.receipts[delivery_id])
        assert work.identity
        tables[delivery_id] = _read(run, work.receipt, work.identity)
    _land_tables(run, contract, {delivery_id: tables[delivery_id] for delivery_id in come})
    ledger.count_rows(run.con, contract, stay)
    _settle_all(run, contract, [change.delivery_id for change in changes])
    return come


def remove(run: Run, contract: Contract, ids: list[int]) -> None:
    """Take the rows of these deliveries out, their dates noted as touched."""
    if not ids:
        return
    touch(run.con, contract, ids, run.batch_id)
    run.con.execute(
        f"delete from {all_table(contract.feed)} where _delivery_id = any($ids)", {"ids": ids}
    )
    ledger.forget_counts(run.con, ids)


def _settle_all(run: Run, contract: Contract, ids: list[int]) -> None:
    settle(run.con, contract, ids)
    touch(run.con, contract, ids, run.batch_id)


def _land_tables(run: Run, contract: Contract, tables: dict[int, TableFile]) -> None:
    """Insert the rows of these files, one statement per layout, and account for each of them."""
    layouts: dict[tuple[object, ...], list[tuple[int, Layout]]] = {}
    for delivery_id, table in tables.items():
        identity = identified(run, run.receipts[delivery_id]).identity
        assert identity
        layout = _layout(run, identity, table)
        layouts.setdefault(layout.key, []).append((delivery_id, layout))
    for members in layouts.values():
        _insert(run, members)
    if tables:
        _hold_duplicates(run, contract, tables)
        find_totals(run.con, contract, run.batch_id)
        ledger.count_rows(run.con, contract, list(tables))
        _note(run, contract, tables)
        check_controls(run.con, contract, list(tables))


def _note(run: Run, contract: Contract, tables: dict[int, TableFile]) -> None:
    """Keep what the reader had to say of the files, and which edits no longer fit."""
    said = [
        Remark(delivery_id, note.rule_id, note.observed)
        for delivery_id, table in tables.items()
        for note in table.notes
    ]
    edited = [i for i in tables if run.layouts[i].corrections]
    rules = {name for name, reason in FILE_REASONS.items() if reason.severity == "warning"}
    remark(run.con, [*said, *_outdated(run, contract, edited)], tables, rules)


def _outdated(run: Run, contract: Contract, ids: list[int]) -> list[Remark]:
    """Rows on which an edit found something else than it expects."""
    if not ids:
        return []
    rows = run.con.execute(
        f"""select _delivery_id, _row_no from {all_table(contract.feed)}
        where _delivery_id = any($ids) and contains(_verdict, '"correction_outdated"')
        order by all""",
        {"ids": ids},
    ).fetchall()
    return [Remark(i, "correction_is_outdated", row_no=row_no) for i, row_no in rows]


def _insert(run: Run, members: list[tuple[int, Layout]]) -> None:
    ids = [delivery_id for delivery_id, _ in members]
    files = [str(layout.table.source) for _, layout in members]
    _list_files(run, members)
    add_columns(run.con, members[0][1].contract, kept_columns(members[0][1], run.lookups))
    statement = insert_statement(members[0][1], run.lookups, run.limits)
    try:
        # DuckDB takes a CSV for a few dozen rows and would build its hash tables on it
        run.con.execute("set disabled_optimizers = 'build_side_probe_side,join_order'")
        run.con.execute(statement, {"files": files, "batch_id": run.batch_id})
        run.con.execute("reset disabled_optimizers")
    except MISREAD as error:
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
        if counted.get(i, (0, la.table.header_row))
        != (la.table.rows - la.table.header_row, la.table.rows)
    ]
    if wrong:
        raise MiscountError(wrong)


def _list_files(run: Run, members: list[tuple[int, Layout]]) -> None:
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


def _hold_duplicates(run: Run, contract: Contract, tables: dict[int, TableFile]) -> None:
    """Rows with the key of another row of their file are held back, exact repeats aside."""
    if contract.line_is_unique or not contract.key:
        return
    table = all_table(contract.feed)
    made = columns_made(run.con, contract)
    key = ", ".join(key_value(column) for column in contract.key if column.name in made)
    run.con.execute(
        f"""
        update {table} as r
        set _verdict = json_object('kind', null, 'errors', ['duplicate_key'],
            'raw', {_typed_row(contract, made, masked=False)},
            'masked', {_typed_row(contract, made, masked=True)})
        from (
            select rowid as id, count(*) over (partition by _delivery_id, {key}) as alike
            from {table} where _batch_id = $batch and _delivery_id = any($ids)
                and {outcome("loaded")}
        ) as n where r.rowid = n.id and n.alike > 1""",
        {"batch": run.batch_id, "ids": list(tables)},
    )


def _typed_row(contract: Contract, made: list[str], *, masked: bool) -> str:
    """A row as JSON by our column names, for rows whose sent texts are no longer at hand."""
    pairs = []
    for column in (column for column in contract.columns if column.name in made):
        hidden = masked and column.personal
        pairs.append(f"'{column.name}', " + ("'***'" if hidden else f"r.{column.name}::varchar"))
    return f"json_object({', '.join(pairs)})"


def _statuses(run: Run, ids: list[int]) -> Counter[str]:
    rows = run.con.execute(
        "select status, count(*) from landing.delivery where delivery_id = any($ids) group by 1",
        {"ids": ids},
    ).fetchall()
    return Counter(dict(rows))


def next_batch(con: duckdb.DuckDBPyConnection) -> int:
    """A number greater than that of every batch before: the clock, unless the clock went back."""
    last = con.execute(
        """select greatest(coalesce((select max(batch_id) from landing.delivery), 0),
            coalesce((select max(batch_id) from landing.judged), 0))"""
    ).fetchone()
    return max(time.time_ns() // 1000, (last[0] if last else 0) + 1)
