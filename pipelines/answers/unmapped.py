"""Codes and units of senders that nobody has mapped yet, by the money that hangs on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.contracts import Contract, accepted_headers, header_key
from pipelines.contracts.model import CodeKind
from pipelines.landing.tables import every_view, outcome, reasons

KINDS: tuple[CodeKind, ...] = ("sku", "outlet", "uom")
MAPS: dict[CodeKind, str] = {"sku": "map_sku", "outlet": "map_outlet", "uom": "map_uom"}
NAMES: dict[CodeKind, tuple[tuple[str, str], ...]] = {
    "sku": (("sku", "sku_name_zh"), ("sku", "sku_name_en")),
    "outlet": (("outlet", "outlet_name"),),
    "uom": (("sku", "sku_name_zh"), ("sku", "sku_name_en")),
}
"""Columns of our masters whose headers, in a sender's file, stand over the sender's own name."""


@dataclass(frozen=True)
class Unmapped:
    """A code or unit of one sender that means nothing to us yet.

    Attributes:
        kind: `sku`, `outlet` or `uom`.
        sender: Whose it is.
        code: The code or unit word as sent.
        sku_code: Our SKU a unit is unknown for; None for codes.
        name: What the sender calls it; None where no row says.
        rows: Rows in force with it.
        files: Deliveries they are in.
        amount: Sum of their amounts as reported; None where no row has one.
        price: Amount of one unit as sent, over rows with both; None where there is none.
        first: Earliest business date.
        last: Latest business date.
    """

    kind: CodeKind
    sender: str
    code: str
    sku_code: str | None
    name: str | None
    rows: int
    files: int
    amount: Decimal | None
    price: float | None
    first: date | None
    last: date | None

    @property
    def turn(self) -> tuple[Any, ...]:
        """Most money first; then most rows; then by name, so that ties stay where they are."""
        place = (KINDS.index(self.kind), self.sender, self.code, self.sku_code or "")
        return (-(self.amount or 0), -self.rows, *place)


def unmapped(
    con: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    kinds: Iterable[CodeKind] = KINDS,
    sender: str | None = None,
) -> list[Unmapped]:
    """What is not mapped, in the order of the money that waits for it.

    Args:
        con: The warehouse.
        contracts: All feeds by name.
        kinds: Which codes.
        sender: Of this sender only; None for all.
    """
    found = [item for kind in kinds for item in _of_kind(con, contracts, kind, sender)]
    return sorted(found, key=lambda item: item.turn)


def _of_kind(
    con: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    kind: CodeKind,
    sender: str | None,
) -> list[Unmapped]:
    # a report agreed on since the last landing has no table yet
    views = con.execute("select view_name from duckdb_views() where schema_name = 'landing'")
    there = {row[0] for row in views.fetchall()}
    landed = [contract for contract in contracts.values() if contract.feed in there]
    parts = [_rows_sql(contract, kind) for contract in landed if _code(contract, kind)]
    if not parts:
        return []
    rows = con.execute(_sum_sql(parts), {"sender": sender}).fetchall()
    headers = _name_headers(contracts, kind)
    return [
        Unmapped(kind, sender, code, sku_code, _name(raws, headers), *sums)
        for sender, code, sku_code, *sums, raws in rows
    ]


def _code(contract: Contract, kind: CodeKind) -> list[str]:
    """The column with the code as sent, of the first column of that kind."""
    names = [column.name for column in contract.columns if column.code_of == kind]
    return names[:1] if kind == "uom" else [f"their_{name}" for name in names[:1]]


def _rows_sql(contract: Contract, kind: CodeKind) -> str:
    """Rows in force of one feed whose code of that kind is unknown, refused or loaded with a mark.

    A sent code is stored where it is another than ours, which an unknown one always is.
    """
    [code] = _code(contract, kind)
    reason, day = f"unmapped_{kind}", contract.business_date
    amount = next((c.name for c in contract.columns if c.control == "amount"), "null")
    quantity = next((c.name for c in contract.columns if c.pieces), "null")
    is_per_sku = kind == "uom" and any(c.code_of == "sku" for c in contract.columns)
    given = [f"coalesce(list_contains({reasons(key)}, '{reason}'), false)" for key in KEYS]
    return f"""
    select d.sender, {code} as code, {"sku_code" if is_per_sku else "null"}::varchar as sku_code,
        {amount}::decimal(18, 2) as amount, {quantity}::decimal(18, 3) as quantity,
        {day or "null"}::date as day, d.delivery_id, d.received_at, _row_no as row_no,
        json_extract(_verdict, '$.raw')::varchar as raw, '{contract.feed}' as feed
    from {every_view(contract.feed)} as r
    inner join landing.delivery as d on r._delivery_id = d.delivery_id
    where _superseded_by is null and d.status in ('loaded', 'superseded', 'held')
        and not {outcome("structural", "r")} and contains(_verdict, '{reason}')
        and {code} is not null and ({" or ".join(given)})
        and ($sender is null or d.sender = $sender)"""


KEYS = ("errors", "warnings")


def _sum_sql(parts: list[str]) -> str:
    """One line per code, with the latest row of each feed to find the sender's name in."""
    return f"""
    with waiting as ({" union all ".join(parts)}),
    of_feed as (
        select sender, code, sku_code, feed, count(*) as row_count, sum(amount) as amount,
            sum(abs(amount)) filter (abs(quantity) > 0 and abs(amount) > 0) as priced_amount,
            sum(abs(quantity)) filter (abs(quantity) > 0 and abs(amount) > 0) as priced_quantity,
            min(day) as first_day, max(day) as last_day, list(distinct delivery_id) as deliveries,
            arg_max(raw, (received_at, delivery_id, row_no)) as raw
        from waiting group by all
    )
    select sender, code, sku_code, sum(row_count)::bigint,
        len(list_distinct(flatten(list(deliveries)))), sum(amount)::decimal(18, 2),
        (sum(priced_amount) / sum(priced_quantity))::double,
        min(first_day), max(last_day), list(raw order by feed)
    from of_feed group by all"""


def _name_headers(contracts: Mapping[str, Contract], kind: CodeKind) -> list[str]:
    """Headers of a name, in the order they are looked for."""
    columns = (contracts[feed].column(name) for feed, name in NAMES[kind] if feed in contracts)
    return [header_key(header) for column in columns for header in accepted_headers(column)]


def _name(raws: Iterable[str | None], headers: list[str]) -> str | None:
    """The first name the rows give under one of these headers."""
    for raw in filter(None, raws):
        cells = {header_key(header): value for header, value in json.loads(raw).items()}
        for header in headers:
            name = str(cells.get(header) or "").strip()
            if name:
                return name
    return None
