"""The file ledger: one row per receipt, its version, and what became of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.contracts import Contract
from pipelines.contracts.file_reasons import FILE_REASONS
from pipelines.landing.identify import Identity
from pipelines.landing.periods import Period
from pipelines.landing.reading.readers import TableFile
from pipelines.landing.receipts import Receipt
from pipelines.landing.standing import STATE, Group
from pipelines.landing.tables import counted, every_view, outcome
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
        "replaces": TEXT,
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
IS_OUT = "(d.status in ('held', 'rejected'))"
WITHOUT_ROWS = ("received", "duplicate", "refused")
GROUP = pa.schema({"sender": TEXT, "feed": TEXT, "period": TEXT})
RANKED = pa.schema(
    {"delivery_id": WHOLE, "version": pa.int32(), "status": TEXT, "superseded_at": STAMP}
)


COUNTS = (
    "rows_read",
    "rows_loaded",
    "rows_quarantined",
    "rows_structural",
    "rows_warned",
    "quantity_loaded",
    "quantity_quarantined",
    "amount_loaded",
    "amount_quarantined",
    "control_quantity",
    "control_amount",
)


@dataclass(frozen=True)
class Change:
    """A delivery whose status changed.

    Attributes:
        delivery_id: Which delivery.
        before: Its status until now.
        status: Its status from now on.
    """

    delivery_id: int
    before: str
    status: str

    @property
    def comes(self) -> bool:
        """Whether its rows must be landed."""
        return self.before in WITHOUT_ROWS and self.status not in WITHOUT_ROWS

    @property
    def stays(self) -> bool:
        """Whether its rows are there, before and after."""
        return self.before not in WITHOUT_ROWS and self.status not in WITHOUT_ROWS

    @property
    def goes(self) -> bool:
        """Whether its rows must be taken out."""
        return self.before not in WITHOUT_ROWS and self.status in WITHOUT_ROWS


def known_ids(con: duckdb.DuckDBPyConnection) -> set[int]:
    """Deliveries the ledger has."""
    return {row[0] for row in con.execute("select delivery_id from landing.delivery").fetchall()}


def groups_of(con: duckdb.DuckDBPyConnection, ids: list[int]) -> list[Group]:
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
        replaces: What it replaces, by its contract and mapping.
        table: What was read; None when it is refused.
        refusal: Reason it is refused for; None when it is read.
    """

    receipt: Receipt
    identity: Identity | None
    period: Period | None
    agreement: str
    replaces: str | None = None
    table: TableFile | None = None
    refusal: str | None = None

    @property
    def group(self) -> Group:
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
    return _texts(entry.refusal) | {
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
        "replaces": entry.replaces,
        "encoding": table.encoding if table else None,
        "sheet": table.sheet if table else None,
        "header_row": table.header_row if table else None,
        "reason_code": entry.refusal,
        "batch_id": batch_id,
        "agreement": entry.agreement,
    }


def _texts(refusal: str | None) -> dict[str, str | None]:
    code, _, detail = (refusal or "").partition(":")
    words = FILE_REASONS.get(code)
    return {
        name: getattr(words, text).replace("{detail}", detail) if words else None
        for name, text in REASON_TEXTS.items()
    }


def forget_counts(con: duckdb.DuckDBPyConnection, ids: list[int]) -> None:
    """Deliveries without rows have nothing to count."""
    con.execute(
        f"update landing.delivery set {_empty(COUNTS)} where delivery_id = any($ids)", {"ids": ids}
    )


def _empty(names: Iterable[str]) -> str:
    return ", ".join(f"{name} = null" for name in names)


def refuse(con: duckdb.DuckDBPyConnection, ids: list[int], refusal: str) -> None:
    """Refuse deliveries that turned out to be wrong once they were read; their rows are gone."""
    texts = _texts(refusal)
    stated = ", ".join(f"{name} = ${name}" for name in texts)
    con.execute(
        f"""update landing.delivery set status = 'refused', is_current = false,
            reason_code = $code, {stated},
            {_empty((*COUNTS, "version", "superseded_at"))}
        where delivery_id = any($ids)""",
        {"ids": ids, "code": refusal, **texts},
    )


def rank_periods(con: duckdb.DuckDBPyConnection, groups: list[Group]) -> list[Change]:
    """Rank every delivery of these (sender, feed, period) anew.

    Returns:
        Deliveries whose status changed; their rows must be landed, removed, or settled again.
    """
    if not groups:
        return []
    wanted = pa.Table.from_pylist([dict(zip(GROUP.names, g, strict=True)) for g in groups], GROUP)
    con.register("wanted", wanted)
    rows = con.execute(f"""
        select d.sender, d.feed, d.period, d.received_at, d.file_sha256, d.delivery_id,
            d.replaces in ('keys', 'nothing'), {STATE.format(d="d")}, d.status
        from landing.delivery as d
        inner join wanted as w
            on d.sender = w.sender and d.feed = w.feed and d.period = w.period
        where d.status <> 'refused' order by all""").fetchall()
    con.unregister("wanted")
    before = {row[5]: row[8] for row in rows}
    ranked = [asdict(version) for version in _versions(row for row in rows if row[7] is None)]
    ranked += [{"delivery_id": row[5], "status": row[7]} for row in rows if row[7] is not None]
    _write_versions(con, ranked)
    statuses = {version["delivery_id"]: version["status"] for version in ranked}
    return [
        Change(delivery_id, before[delivery_id], status)
        for delivery_id, status in statuses.items()
        if before[delivery_id] != status
    ]


def _versions(rows: Iterable[tuple]) -> list[Version]:
    """Versions of the deliveries that count, group by group."""
    return [
        version
        for _, group in groupby(rows, key=lambda row: row[:3])
        for version in rank(Candidate(*row[3:7]) for row in group)
    ]


def _write_versions(con: duckdb.DuckDBPyConnection, versions: list[dict[str, Any]]) -> None:
    """Write statuses; a delivery that does not count has no version."""
    if not versions:
        return
    con.register("ranked", pa.Table.from_pylist(versions, RANKED))
    con.execute("""
        update landing.delivery as d set version = r.version, status = r.status,
            is_current = r.status = 'loaded', superseded_at = r.superseded_at
        from ranked as r
        where d.delivery_id = r.delivery_id and (d.version is distinct from r.version
            or d.status <> r.status or d.superseded_at is distinct from r.superseded_at)""")
    con.unregister("ranked")


def _control(value: str) -> str:
    """What the totals of a file say: the last one where it sums up the others, else all of them."""
    is_total = 'starts_with(_verdict, \'{"kind":"total_row"\')'
    last, count, added = (
        f"{what} filter ({is_total})"
        for what in (f"arg_max({value}, _row_no)", f"count({value})", f"sum({value})")
    )
    return f"case when {count} = 1 or 2 * {last} = {added} then {last} else {added} end"


def count_rows(con: duckdb.DuckDBPyConnection, contract: Contract, ids: list[int]) -> None:
    """Write into the ledger what became of the rows of these deliveries.

    Quantity and amount are null where no row of the file states one; where some do, both halves
    are numbers, so that loaded + quarantined is what the file says. A delivery that is held back
    or rejected has no loaded row: they count as quarantined.
    """
    con.execute("create or replace temp table recounted as select unnest($ids) as id", {"ids": ids})
    # a report that there is nothing to report has no row to be found below
    con.execute("""
        update landing.delivery set rows_read = header_row, rows_structural = header_row,
            rows_loaded = 0, rows_quarantined = 0, rows_warned = 0
        where delivery_id in (select id from recounted) and header_row is not null""")
    con.execute(f"""
        update landing.delivery as d
        set rows_read = n.loaded + n.quarantined + n.structural + d.header_row,
            rows_loaded = if({IS_OUT}, 0, n.loaded),
            rows_quarantined = n.quarantined + if({IS_OUT}, n.loaded, 0),
            rows_structural = n.structural + d.header_row,
            rows_warned = if({IS_OUT}, 0, n.warned),
            {_halves("quantity")}, {_halves("amount")},
            control_quantity = n.control_quantity, control_amount = n.control_amount
        from ({_counted_sql(contract)}) as n
        where d.delivery_id = n._delivery_id""")


def _halves(what: str) -> str:
    """Loaded and quarantined; both null only where no row has a number."""
    loaded, quarantined = f"n.{what}_loaded", f"n.{what}_quarantined"
    whole = f"coalesce({loaded} + {quarantined}, {loaded}, {quarantined})"
    return f"""{what}_loaded = if({IS_OUT}, 0 * {whole}, coalesce({loaded}, 0 * {quarantined})),
            {what}_quarantined = if({IS_OUT}, {whole}, coalesce({quarantined}, 0 * {loaded}))"""


def _counted_sql(contract: Contract) -> str:
    """Counts and sums by delivery; good rows, nearly all there are, are only counted and added."""
    quantity, amount = counted(contract)
    columns = f"{quantity or 'null'}::decimal(18, 3) as quantity, "
    columns += f"{amount or 'null'}::decimal(18, 2) as amount"
    names = [name.removeprefix("rows_") for name in COUNTS if name != "rows_read"]
    is_loaded, is_quarantined = f"({outcome('loaded')})", f"({outcome('quarantined')})"
    return f"""
    with line as (
        select _delivery_id, _row_no, _verdict, {columns}
        from {every_view(contract.feed)}
        where _delivery_id in (select id from recounted)
    ),
    part as (
        select _delivery_id, count(*) as loaded, 0 as quarantined, 0 as structural, 0 as warned,
            sum(quantity) as quantity_loaded, null as quantity_quarantined,
            sum(amount) as amount_loaded, null as amount_quarantined,
            null as control_quantity, null as control_amount
        from line where _verdict is null group by 1
        union all
        select _delivery_id,
            count(*) filter ({is_loaded}), count(*) filter ({is_quarantined}),
            count(*) filter ({outcome("structural")}), count(*) filter ({outcome("warned")}),
            sum(quantity) filter ({is_loaded}), sum(quantity) filter ({is_quarantined}),
            sum(amount) filter ({is_loaded}), sum(amount) filter ({is_quarantined}),
            {_control("quantity")}, {_control("amount")}
        from line where _verdict is not null group by 1
    )
    select _delivery_id, {", ".join(f"sum({name}) as {name}" for name in names)}
    from part group by 1"""
