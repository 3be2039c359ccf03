"""The file ledger: one row per receipt, and what follows from a delivery being replaced."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby

import duckdb
import pyarrow as pa

from pipelines.contracts import Contract
from pipelines.contracts.file_reasons import FILE_REASONS
from pipelines.landing.identify import Identity
from pipelines.landing.periods import Period
from pipelines.landing.readers import TableFile
from pipelines.landing.receipts import Receipt
from pipelines.landing.tables import all_table, every_view, outcome
from pipelines.landing.versions import Candidate, Version, rank

TEXT, STAMP, WHOLE = pa.string(), pa.timestamp("us"), pa.int64()
ROW = pa.schema(
    {
        "delivery_id": WHOLE,
        "sender": TEXT,
        "feed": TEXT,
        "period": TEXT,
        "period_start": pa.date32(),
        "period_end": pa.date32(),
        "status": TEXT,
        "is_current": pa.bool_(),
        "file_name": TEXT,
        "file_sha256": TEXT,
        "file_size_bytes": WHOLE,
        "received_at": STAMP,
        "known_from": STAMP,
        "encoding": TEXT,
        "sheet": TEXT,
        "header_row": WHOLE,
        "reason_code": TEXT,
        "reason_en": TEXT,
        "reason_zh": TEXT,
        "hint_en": TEXT,
        "hint_zh": TEXT,
        "batch_id": WHOLE,
        "agreement": TEXT,
    }
)
REASON_TEXTS = {
    "reason_en": "message_en",
    "reason_zh": "message_zh",
    "hint_en": "hint_en",
    "hint_zh": "hint_zh",
}
GROUP = pa.schema({"sender": TEXT, "feed": TEXT, "period": TEXT})
RANKED = pa.schema(
    {"delivery_id": WHOLE, "version": pa.int32(), "status": TEXT, "superseded_at": STAMP}
)


@dataclass(frozen=True)
class Change:
    """A delivery whose rows must be landed or taken out because its status changed."""

    delivery_id: int
    status: str


def known_ids(con: duckdb.DuckDBPyConnection) -> set[int]:
    """Deliveries the ledger has."""
    return {row[0] for row in con.execute("select delivery_id from landing.delivery").fetchall()}


def groups_of(con: duckdb.DuckDBPyConnection, ids: list[int]) -> list[tuple[str, str, str]]:
    """Sender, feed and period of the deliveries among these that were read."""
    return con.execute(
        """select distinct sender, feed, period from landing.delivery
        where delivery_id = any($ids) and status <> 'refused' order by all""",
        {"ids": ids},
    ).fetchall()


@dataclass(frozen=True)
class Entry:
    """A receipt as it enters the ledger, read or refused.

    Attributes:
        receipt: The receipt.
        identity: Whose and which report it is; None when nobody can tell.
        period: What it is about; None when it is refused before that is known.
        agreement: Fingerprint of the contract and mapping it is judged by.
        table: What was read; None when it is refused.
        refusal: Reason it is refused for; None when it is read.
    """

    receipt: Receipt
    identity: Identity | None
    period: Period | None
    agreement: str
    table: TableFile | None = None
    refusal: str | None = None

    @property
    def group(self) -> tuple[str, str, str]:
        """Sender, feed and period: what versions are ranked within."""
        assert self.identity and self.period
        return self.identity.sender, self.identity.feed, self.period.label


def add(con: duckdb.DuckDBPyConnection, entries: list[Entry], batch_id: int) -> None:
    """Write receipts into the ledger; versions and counts of those that were read follow."""
    rows = pa.Table.from_pylist([_row(entry, batch_id) for entry in entries], ROW)
    con.register("entry", rows)
    con.execute("insert into landing.delivery by name select * from entry")
    con.unregister("entry")


def _row(entry: Entry, batch_id: int) -> dict[str, object]:
    receipt, identity, period, table = entry.receipt, entry.identity, entry.period, entry.table
    code, _, detail = (entry.refusal or "").partition(":")
    words = FILE_REASONS.get(code)
    texts = {
        name: getattr(words, text).replace("{detail}", detail) if words else None
        for name, text in REASON_TEXTS.items()
    }
    return texts | {
        "delivery_id": receipt.delivery_id,
        "sender": identity.sender if identity else receipt.sender,
        "feed": identity.feed if identity else receipt.feed,
        "period": period.label if period else None,
        "period_start": period.start if period else None,
        "period_end": period.end if period else None,
        "status": "refused" if entry.refusal else "received",
        "is_current": False,
        "file_name": receipt.file_name,
        "file_sha256": receipt.file_sha256,
        "file_size_bytes": receipt.file_size_bytes,
        "received_at": receipt.received_at,
        "known_from": receipt.received_at,
        "encoding": table.encoding if table else None,
        "sheet": table.sheet if table else None,
        "header_row": table.header_row if table else None,
        "reason_code": entry.refusal,
        "batch_id": batch_id,
        "agreement": entry.agreement,
    }


def rank_periods(
    con: duckdb.DuckDBPyConnection, groups: list[tuple[str, str, str]]
) -> list[Change]:
    """Rank every delivery of these (sender, feed, period) anew.

    Returns:
        Deliveries whose rows must now be landed (`loaded`, `superseded`) or removed (`duplicate`).
    """
    if not groups:
        return []
    wanted = pa.Table.from_pylist([dict(zip(GROUP.names, g, strict=True)) for g in groups], GROUP)
    con.register("wanted", wanted)
    rows = con.execute("""
        select d.sender, d.feed, d.period, d.received_at, d.file_sha256, d.delivery_id, d.status,
            d.version
        from landing.delivery as d
        inner join wanted as w
            on d.sender = w.sender and d.feed = w.feed and d.period = w.period
        where d.status <> 'refused' order by all""").fetchall()
    con.unregister("wanted")
    before = {row[5]: (row[6], row[7]) for row in rows}
    versions = [
        version
        for _, group in groupby(rows, key=lambda row: row[:3])
        for version in rank(Candidate(*row[3:6]) for row in group)
    ]
    _write_versions(con, versions)
    return [
        Change(version.delivery_id, version.status)
        for version in versions
        if _has_rows(before[version.delivery_id][0]) != _has_rows(version.status)
    ]


def _has_rows(status: str) -> bool:
    return status in ("loaded", "superseded")


def _write_versions(con: duckdb.DuckDBPyConnection, versions: list[Version]) -> None:
    if not versions:
        return
    con.register("ranked", pa.Table.from_pylist([asdict(version) for version in versions], RANKED))
    con.execute("""
        update landing.delivery as d set version = r.version, status = r.status,
            is_current = r.status = 'loaded', superseded_at = r.superseded_at
        from ranked as r
        where d.delivery_id = r.delivery_id and (d.version is distinct from r.version
            or d.status <> r.status or d.superseded_at is distinct from r.superseded_at)""")
    con.unregister("ranked")


def count_rows(con: duckdb.DuckDBPyConnection, contract: Contract, batch_id: int) -> None:
    """Write into the ledger what became of the rows landed in this batch.

    Quantity and amount are null where no row of the file states one; where some do, both halves
    are numbers, so that loaded + quarantined is what the file says.
    """
    quantity = next((c.name for c in contract.columns if c.pieces), "null::decimal(18, 3)")
    amount = next(
        (c.name for c in contract.columns if c.control == "amount"), "null::decimal(18, 2)"
    )
    loaded, quarantined, structural = map(outcome, ("loaded", "quarantined", "structural"))
    con.execute(
        f"""
        update landing.delivery as d
        set rows_read = n.loaded + n.quarantined + n.structural + d.header_row,
            rows_loaded = n.loaded, rows_quarantined = n.quarantined,
            rows_structural = n.structural + d.header_row, rows_warned = n.warned,
            quantity_loaded = coalesce(n.quantity_loaded, 0 * n.quantity_quarantined),
            quantity_quarantined = coalesce(n.quantity_quarantined, 0 * n.quantity_loaded),
            amount_loaded = coalesce(n.amount_loaded, 0 * n.amount_quarantined),
            amount_quarantined = coalesce(n.amount_quarantined, 0 * n.amount_loaded),
            control_quantity = n.control_quantity, control_amount = n.control_amount
        from (
            select _delivery_id,
                count(*) filter ({loaded}) as loaded,
                count(*) filter ({quarantined}) as quarantined,
                count(*) filter ({structural}) as structural,
                count(*) filter ({outcome("warned")}) as warned,
                sum({quantity}) filter ({loaded}) as quantity_loaded,
                sum({quantity}) filter ({quarantined}) as quantity_quarantined,
                sum({amount}) filter ({loaded}) as amount_loaded,
                sum({amount}) filter ({quarantined}) as amount_quarantined,
                {_control(quantity)} as control_quantity,
                {_control(amount)} as control_amount
            from {every_view(contract.feed)} where _batch_id = $batch group by 1
        ) as n
        where d.delivery_id = n._delivery_id""",
        {"batch": batch_id},
    )


def _control(value: str) -> str:
    """What the totals of a file say: the last one where it sums up the others, else all of them."""
    is_total = 'starts_with(_verdict, \'{"kind":"total_row"\')'
    last, added = f"arg_max({value}, _row_no)", f"sum({value})"
    count, total = (f"{what} filter ({is_total})" for what in (f"count({value})", added))
    last = f"{last} filter ({is_total})"
    return f"case when {count} = 1 or 2 * {last} = {total} then {last} else {total} end"


def settle(
    con: duckdb.DuckDBPyConnection, contract: Contract, replaces: str, deliveries: list[int]
) -> None:
    """Mark rows that a later delivery of the same sender replaces, and free those none does.

    A later delivery of the same period replaces the whole earlier one; one of another period
    replaces rows dated in its own days (`period`) or in the days it has rows for
    (`dates_in_file`). The earliest such delivery is the one named.

    Args:
        con: Connection, inside the transaction that landed the rows.
        contract: The feed.
        replaces: `period`, `dates_in_file` or `nothing`.
        deliveries: Deliveries whose rows came, went or changed.
    """
    if replaces == "nothing":
        return
    con.execute(
        "create or replace temp table settled as select unnest($ids) as id", {"ids": deliveries}
    )
    con.execute(_pairs_sql(contract), {"feed": contract.feed})
    table = all_table(contract.feed)
    con.execute(f"""
        update {table} set _superseded_by = null
        where _superseded_by is not null and _delivery_id in (select old_id from pair
            union select id from settled)""")
    if con.execute("select 1 from pair limit 1").fetchone() is None:
        return
    con.execute(f"""
        update {table} as r set _superseded_by = s.new_id
        from (
            select r.rowid as id, arg_min(p.new_id, p.new_rank) as new_id
            from {table} as r
            inner join pair as p on r._delivery_id = p.old_id
            where p.is_whole or {_covered(contract, replaces)}
            group by 1
        ) as s
        where r.rowid = s.id""")


def _pairs_sql(contract: Contract) -> str:
    """(old, new) deliveries of one sender where the later one may replace rows of the earlier."""
    overlap = (
        f"old.period_start - {contract.period_grace_days} <= new.period_end "
        "and old.period_end >= new.period_start"
        if contract.business_date
        else "false"
    )
    return f"""
    create or replace temp table pair as
    with landed as (
        select delivery_id as id, sender, period, period_start, period_end,
            row_number() over (order by received_at, file_sha256) as rank
        from landing.delivery
        where feed = $feed and status in ('loaded', 'superseded')
            and sender in (select sender from landing.delivery
                where delivery_id in (select id from settled))
    ),
    touching as (
        select old.id as old_id, new.id as new_id, new.rank as new_rank,
            old.period = new.period as is_whole,
            new.period_start as new_start, new.period_end as new_end
        from landed as old
        inner join landed as new on old.sender = new.sender and old.rank < new.rank
        where old.period = new.period or {overlap}
    )
    select * from touching
    where old_id in (
        select old_id from touching
        where old_id in (select id from settled) or new_id in (select id from settled))"""


def _covered(contract: Contract, replaces: str) -> str:
    if contract.business_date is None:
        return "false"
    day = f"r.{contract.business_date}"
    inside = f"{day} between p.new_start and p.new_end"
    if replaces == "period":
        return inside
    table = all_table(contract.feed)
    return (
        f"({inside} and exists (select 1 from {table} as n where n._delivery_id = p.new_id "
        f"and not {outcome('structural', 'n')} and n.{contract.business_date} = {day}))"
    )


def touch(
    con: duckdb.DuckDBPyConnection, contract: Contract, deliveries: list[int], batch_id: int
) -> None:
    """Note the business dates of these deliveries' rows and of rows they replace or free.

    Called before rows are removed and after new ones are settled, it covers old and new dates.
    """
    if contract.business_date is None:
        return
    con.execute(
        f"""
        insert into landing.touched_date
        select distinct $feed, {contract.business_date}, $batch::bigint
        from {all_table(contract.feed)}
        where {contract.business_date} is not null and {outcome("loaded")}
            and (_delivery_id = any($ids) or _superseded_by = any($ids))""",
        {"feed": contract.feed, "batch": batch_id, "ids": deliveries},
    )
