"""Reads the ledger where it is freshest: in the warehouse, between two writers."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

import duckdb

from pipelines.answers.answer import Answer
from pipelines.answers.faults import HELD, faults
from pipelines.answers.sent import sent_rows
from pipelines.contracts import Contract
from pipelines.errors import ConfigError, DaquError
from pipelines.landing.damage import is_damage
from pipelines.landing.mapping import Mappings
from pipelines.landing.tables import every_view, outcome, reasons
from pipelines.lock import sole_writer
from pipelines.screens.published import rows
from pipelines.settings import Settings

WAIT_SECONDS = 60.0
DELIVERIES = """
    select
        delivery_id, sender, d.feed, period, version, status, file_name, file_sha256, received_at,
        rows_read, rows_loaded, rows_quarantined, rows_structural, rows_warned, quantity_loaded,
        quantity_quarantined, amount_loaded, amount_quarantined, control_quantity, control_amount,
        sheet, batch_id,
        coalesce(reason_en, message_en) as reason_en, coalesce(reason_zh, message_zh) as reason_zh,
        coalesce(d.hint_en, r.hint_en) as hint_en, coalesce(d.hint_zh, r.hint_zh) as hint_zh
    from landing.delivery as d
    left join (from landing.rule where feed is null) as r
        on d.hold_rule = r.rule_id and d.status in ('held', 'rejected')
"""
QUARANTINED = """
    select sheet, row_no, reasons, raw_masked
    from landing.quarantined_row
    where delivery_id = $1
    order by sheet nulls first, row_no
"""
WARNED = """
    select d.sheet, r._row_no as row_no, {reasons} as reasons,
        coalesce(json_extract(r._verdict, '$.masked'), json_extract(r._verdict, '$.raw'))::varchar
            as raw_masked
    from {view} as r
    inner join landing.delivery as d on r._delivery_id = d.delivery_id
    where r._delivery_id = $1 and {warned}
"""
FINDINGS = """
    select f.rule_id, f.row_no, f.observed, f.expected, d.sheet, [f.rule_id] as reasons,
        null::varchar as raw_masked
    from landing.delivery_finding as f
    inner join landing.delivery as d on f.delivery_id = d.delivery_id
    where f.delivery_id = $1
    order by f.row_no nulls first, f.rule_id, f.observed
"""
SHA_PREFIX = re.compile(r"[0-9a-f]{6,64}")


@contextmanager
def ledger(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """The warehouse, read-only, while nobody writes to it.

    Raises:
        DaquError: Nothing has landed yet, or another process goes on writing.
    """
    if not settings.warehouse_file.is_file():
        raise DaquError(
            "Nothing has landed here yet.",
            "尚无任何文件入库。",
            "Run `daqu ingest` or `daqu run`.",
            "请执行 `daqu ingest` 或 `daqu run`。",
        )
    with sole_writer(settings, WAIT_SECONDS):
        con = duckdb.connect(str(settings.warehouse_file), read_only=True)
        try:
            yield con
        finally:
            con.close()


def last_batch(settings: Settings) -> int:
    """Highest batch of the ledger; 0 before the first, and where a damaged one is made again."""
    if not settings.warehouse_file.is_file():
        return 0
    query = "select coalesce(max(batch_id), 0) as batch from landing.delivery"
    try:
        with ledger(settings) as con:
            return rows(con, query)[0]["batch"]
    except duckdb.Error as error:
        if is_damage(error):
            return 0
        raise


def statuses(settings: Settings) -> dict[str, int]:
    """Number of deliveries by status."""
    with ledger(settings) as con:
        found = rows(
            con, "select status, count(*) as n from landing.delivery group by 1 order by 1"
        )
    return {row["status"]: row["n"] for row in found}


def refused_after(settings: Settings, batch: int) -> list[dict[str, Any]]:
    """Files refused in batches after this one."""
    with ledger(settings) as con:
        where = "where batch_id > $1 and status in ('refused', 'held') order by file_name"
        return rows(con, f"{DELIVERIES} {where}", batch)


def find_deliveries(con: duckdb.DuckDBPyConnection, file: str) -> list[dict[str, Any]]:
    """Deliveries of a file, the newest first.

    Args:
        con: The ledger.
        file: Its name, with or without folders, or the first characters of its sha256.

    Raises:
        ConfigError: The ledger has no such file.
    """
    found = rows(con, f"{DELIVERIES} order by received_at desc, delivery_id")
    name = PurePosixPath(file.replace("\\", "/")).name
    named = [row for row in found if row["file_name"] == file] or [
        row for row in found if PurePosixPath(row["file_name"]).name == name
    ]
    if not named and SHA_PREFIX.fullmatch(file.lower()):
        named = [row for row in found if row["file_sha256"].startswith(file.lower())]
    if named:
        return named
    raise ConfigError(
        f"The ledger has no file {file}.",
        f"台账中没有文件 {file}。",
        "Name it as `daqu status` does, or by the first six or more characters of its sha256.",
        "请使用 `daqu status` 中的文件名，或其 sha256 的前六位以上。",
    )


def delivery(con: duckdb.DuckDBPyConnection, delivery_id: int) -> dict[str, Any]:
    """The line of the ledger about one delivery."""
    return rows(con, f"{DELIVERIES} where delivery_id = $1", delivery_id)[0]


def quarantined_rows(con: duckdb.DuckDBPyConnection, delivery_id: int) -> list[dict[str, Any]]:
    """Rows of a delivery that were not loaded, in the order of the file."""
    return rows(con, QUARANTINED, delivery_id)


def warned_rows(
    con: duckdb.DuckDBPyConnection, feed: str, delivery_id: int
) -> list[dict[str, Any]]:
    """Rows of a delivery that were loaded with a warning of their own, in the order of the file."""
    sql = WARNED.format(
        reasons=reasons("warnings"), view=every_view(feed), warned=outcome("warned", "r")
    )
    return rows(con, f"{sql} order by r._row_no", delivery_id)


def findings(con: duckdb.DuckDBPyConnection, delivery_id: int) -> list[dict[str, Any]]:
    """What is said of a delivery, or of rows of it against other files; of the whole file first."""
    return rows(con, FINDINGS, delivery_id)


def refused_in_part(settings: Settings, batch: int) -> list[dict[str, Any]]:
    """Files of batches after this one with rows that were not loaded, the most such rows first."""
    with ledger(settings) as con:
        where = (
            "where batch_id > $1 and rows_quarantined > 0 and status in ('loaded', 'superseded') "
            "order by rows_quarantined desc, file_name"
        )
        return rows(con, f"{DELIVERIES} {where}", batch)


def answer_to(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: Mapping[str, Contract],
    mappings: Mappings,
    delivery: dict[str, Any],
    raw: bool,
) -> Answer:
    """All there is to say of a delivery, in the language of its sender.

    Args:
        con: The ledger.
        settings: The deployment.
        contracts: All feeds by name.
        mappings: How senders write them.
        delivery: Its row, as `find_deliveries` gives it.
        raw: Whether cells that name a person are shown.
    """
    sender, delivery_id = delivery["sender"] or "", delivery["delivery_id"]
    language = mappings.languages.get(sender, settings.language)
    said = findings(con, delivery_id)
    remarks = [row for row in said if row["row_no"] is None]
    contract = contracts.get(delivery["feed"] or "")
    if contract is None:
        return Answer(delivery, language, remarks=remarks)
    mapping = mappings.of(sender, contract.feed)
    of_rows = [row for row in said if row["row_no"] is not None]
    doubtful = [*warned_rows(con, contract.feed, delivery_id), *of_rows]
    doubtful.sort(key=lambda row: row["row_no"])
    refused = faults(quarantined_rows(con, delivery_id), contract, mapping, language)
    refused = [fault for fault in refused if not fault.reason.startswith(HELD)]
    warned = faults(doubtful, contract, mapping, language)
    wanted = {fault.row_no for fault in (*refused, *warned)}
    sha256 = delivery["file_sha256"]
    sent = (
        sent_rows(settings, sha256, contract, mapping, wanted, masked=not raw) if wanted else None
    )
    return Answer(delivery, language, contract, refused, warned, remarks, sent)
