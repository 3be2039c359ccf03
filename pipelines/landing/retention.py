"""What is no longer needed goes after the time `retention` in `deployment.yaml` gives it.

Current rows, the ledger and every code table stay whatever the policy says. A file goes only when
no kept row rests on it, so that a warehouse made again from what is kept has the same current
rows. Its receipt stays, with the delivery's line of the ledger, and `landing.removal` says what
went, how much of it and when.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.contracts import Contract
from pipelines.failpoints import failpoint
from pipelines.landing.batch import Run
from pipelines.landing.ledger import known_ids
from pipelines.landing.receipts import Receipt, all_receipts, raw_path, write_receipt
from pipelines.landing.tables import all_table, outcome
from pipelines.settings import Settings

IS_BLANK = "json_extract(_verdict, '$.raw')::varchar = '{}'"
OVER = ("superseded", "duplicate", "refused")
"""Statuses nobody decides about again; what was ever held may be, and stays."""


@dataclass(frozen=True)
class _Line:
    """What of a delivery decides whether its file may go."""

    delivery_id: int
    file_sha256: str
    sender: str | None
    feed: str | None
    period: str | None
    status: str
    received_at: datetime
    superseded_at: datetime | None
    hold_rule: str | None
    start: date | None
    end: date | None
    has_rows: bool


def apply_retention(run: Run) -> None:
    """Remove what the policy no longer keeps, as of today or the as-of day if that is earlier.

    What a killed run leaves half done is done again: first the rows and the note of it, then the
    receipts, the files last.
    """
    keep = run.settings.retention
    if keep.quarantine_months is None and keep.history_months is None and keep.raw_months is None:
        return
    today = min(run.settings.as_of, run.settings.now().date())
    dated = [contract for contract in run.contracts.values() if contract.business_date]
    run.con.execute("begin")
    for contract in dated:
        if keep.quarantine_months is not None:
            before = months_before(today, keep.quarantine_months)
            _blank_quarantine(run.con, contract, before, today)
        if keep.history_months is not None:
            _remove_history(run.con, contract, months_before(today, keep.history_months), today)
    gone: list[Receipt] = []
    if keep.raw_months is not None:
        gone = _remove_deliveries(run, dated, months_before(today, keep.raw_months), today)
    failpoint("retention.before_receipts")
    for receipt in gone:
        write_receipt(run.settings, receipt)
        run.receipts[receipt.delivery_id] = receipt
    run.con.execute("commit")
    failpoint("retention.before_files")
    remove_files(run.settings)


def months_before(day: date, months: int) -> date:
    """The same day that many months ago, or the last day of that month where it has fewer."""
    month = day.year * 12 + day.month - 1 - months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def remove_files(settings: Settings) -> int:
    """Remove raw files of which every receipt says so; finishes what a killed run left."""
    removed, kept = set(), set()
    for receipt in all_receipts(settings):
        (kept if receipt.is_kept else removed).add(receipt.file_sha256)
    files = [raw_path(settings, sha256) for sha256 in removed - kept]
    there = [file for file in files if file.is_file()]
    for file in there:
        file.unlink()
    return len(there)


def restore_lines(run: Run) -> None:
    """Put deliveries whose files are removed into a ledger that does not have them yet."""
    known = known_ids(run.con)
    columns = {row[0] for row in run.con.execute("describe landing.delivery").fetchall()}
    for receipt in run.receipts.values():
        if receipt.is_kept or receipt.delivery_id in known:
            continue
        line = {"batch_id": run.batch_id, **(receipt.ledger or {})}
        texts = {n: None if v is None else str(v) for n, v in line.items() if n in columns}
        run.con.register("line", pa.Table.from_pylist([texts]))
        run.con.execute("insert into landing.delivery by name select * from line")
        run.con.unregister("line")
        note = [receipt.delivery_id, "raw", line.get("rows_loaded"), receipt.raw_removed_on]
        run.con.execute("insert into landing.removal values (?, ?, ?, ?)", note)


def _blank_quarantine(
    con: duckdb.DuckDBPyConnection, contract: Contract, before: date, today: date
) -> None:
    """The row, its reasons and its quantity stay, so that it is still counted and replayed."""
    old = """_delivery_id in (
        select delivery_id from landing.delivery where received_at < $before)"""
    table, quarantined = all_table(contract.feed), outcome("quarantined")
    con.execute(
        f"""
        update {table} set _verdict = json_object(
            'kind', null, 'errors', json_extract(_verdict, '$.errors'),
            'warnings', json_extract(_verdict, '$.warnings'), 'raw', json('{{}}'))
        where {quarantined} and {old} and {IS_BLANK} is distinct from true""",
        {"before": before},
    )
    _note(
        con,
        "quarantine",
        f"""select _delivery_id as delivery_id, count(*) as row_count from {table}
        where {quarantined} and {IS_BLANK} group by all""",
        today,
    )


def _remove_history(
    con: duckdb.DuckDBPyConnection, contract: Contract, before: date, today: date
) -> None:
    table = all_table(contract.feed)
    con.execute(
        f"""
        delete from {table} where {outcome("loaded")} and _superseded_by in (
            select delivery_id from landing.delivery where received_at < $before)""",
        {"before": before},
    )
    _note(
        con,
        "history",
        f"""select d.delivery_id, d.rows_loaded - count(r._delivery_id) as row_count
        from landing.delivery as d
        left join {table} as r on d.delivery_id = r._delivery_id and {outcome("loaded", "r")}
        where d.feed = '{contract.feed}' and d.status in ('loaded', 'superseded')
            and d.delivery_id not in (select delivery_id from landing.removal where kind = 'raw')
        group by d.delivery_id, d.rows_loaded having row_count > 0""",
        today,
    )


def _note(con: duckdb.DuckDBPyConnection, kind: str, rows: str, today: date) -> None:
    """Note how many rows of each delivery are gone by now; the day is that of the last change."""
    con.execute(
        f"""
        create or replace temp table gone as
        select n.*, '{kind}' as kind from ({rows}) as n
        where not exists (select 1 from landing.removal as r where r.kind = '{kind}'
            and r.delivery_id = n.delivery_id and r.rows_removed = n.row_count)"""
    )
    con.execute(
        f"""delete from landing.removal
        where kind = '{kind}' and delivery_id in (select delivery_id from gone)"""
    )
    con.execute(
        "insert into landing.removal select delivery_id, kind, row_count, $today from gone",
        {"today": today},
    )


def _remove_deliveries(
    run: Run, dated: Iterable[Contract], before: date, today: date
) -> list[Receipt]:
    """Take out what is left of deliveries on which nothing rests, and say so in their receipts."""
    feeds = {contract.feed: contract for contract in dated}
    lines = _lines(run.con, feeds)
    over = {
        line.delivery_id for line in lines if _is_over(run.settings, line, feeds, before, today)
    }
    gone = sorted(_free_of_others(lines, over, feeds, run.receipts))
    ledger = _ledger_lines(run.con, gone)
    for feed in feeds:
        run.con.execute(
            f"delete from {all_table(feed)} where _delivery_id = any($ids)", {"ids": gone}
        )
    for table in ("removal", "delivery_finding"):
        run.con.execute(f"delete from landing.{table} where delivery_id = any($ids)", {"ids": gone})
    run.con.execute(
        """insert into landing.removal
        select delivery_id, 'raw', rows_loaded, $today from landing.delivery
        where delivery_id = any($ids)""",
        {"ids": gone, "today": today},
    )
    return [replace(run.receipts[i], raw_removed_on=today, ledger=ledger[i]) for i in gone]


def _lines(con: duckdb.DuckDBPyConnection, feeds: Iterable[str]) -> list[_Line]:
    rows = " union all ".join(
        f"select distinct _delivery_id as id from {all_table(feed)} where {outcome('loaded')}"
        for feed in feeds
    )
    found = con.execute(f"""
        select d.delivery_id, d.file_sha256, d.sender, d.feed, d.period, d.status, d.received_at,
            d.superseded_at, d.hold_rule, d.period_start, d.period_end,
            d.delivery_id in (select id from ({rows}))
        from landing.delivery as d order by d.received_at, d.file_sha256""").fetchall()
    return [_Line(*row) for row in found]


def _is_over(
    settings: Settings, line: _Line, feeds: Mapping[str, Contract], before: date, today: date
) -> bool:
    """Whether a delivery is past the policy and has no kept row of its own."""
    unread = line.status in ("refused", "duplicate")
    if line.has_rows or line.hold_rule or not (unread or line.feed in feeds):
        return False
    if line.received_at.date() >= before:
        return False
    if line.status != "superseded":
        return line.status in OVER
    months = settings.retention.history_months
    if months is None or line.superseded_at is None:
        return False
    return line.superseded_at.date() < months_before(today, months)


def _free_of_others(
    lines: list[_Line],
    over: set[int],
    feeds: Mapping[str, Contract],
    receipts: Mapping[int, Receipt],
) -> set[int]:
    """Those over of which no delivery that stays has the bytes or rows replaced by them.

    An older delivery may be current in other days: were the one that replaced some of its days
    not landed again, those days would come back.
    """
    away = {line.delivery_id for line in lines if not receipts[line.delivery_id].is_kept}
    gone = over | away
    while True:
        staying = [line for line in lines if line.delivery_id not in gone]
        needed = {line.file_sha256 for line in staying}
        freed = {
            line.delivery_id
            for line in lines
            if line.delivery_id in gone
            and (
                line.delivery_id in away
                or (line.file_sha256 not in needed and not _replaces_some(line, staying, feeds))
            )
        }
        if freed == gone:
            return gone - away
        gone = freed


def _replaces_some(line: _Line, staying: list[_Line], feeds: Mapping[str, Contract]) -> bool:
    if line.status != "superseded":
        return False
    return any(_may_replace(line, old, feeds) for old in staying)


def _may_replace(new: _Line, old: _Line, feeds: Mapping[str, Contract]) -> bool:
    if (new.sender, new.feed) != (old.sender, old.feed) or old.status not in (
        "loaded",
        "superseded",
    ):
        return False
    if (old.received_at, old.file_sha256) >= (new.received_at, new.file_sha256):
        return False
    if not (new.start and new.end and old.start and old.end and new.feed):
        return True
    grace = timedelta(days=feeds[new.feed].period_grace_days)
    return old.start - grace <= new.end and old.end >= new.start


def _ledger_lines(con: duckdb.DuckDBPyConnection, ids: list[int]) -> dict[int, dict[str, Any]]:
    """Lines of the ledger as JSON can hold them, without what names the run."""
    result = con.execute(
        "select * exclude (batch_id) from landing.delivery where delivery_id = any($ids)",
        {"ids": ids},
    )
    names = [column[0] for column in result.description or ()]
    plain = (bool, int, str, type(None))
    return {
        row[names.index("delivery_id")]: {
            name: value if isinstance(value, plain) else str(value)
            for name, value in zip(names, row, strict=True)
        }
        for row in result.fetchall()
    }
