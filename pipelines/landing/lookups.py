"""Code tables the one-pass statement joins: maps with validity, our own codes, pack sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from pipelines.landing.tables import SETTLED, every_view, outcome


@dataclass(frozen=True)
class Lookups:
    """Which code tables have something to say, so that empty ones cost nothing.

    Attributes:
        sku_master: Whether the deployment subscribes to the SKU master.
        outlet_master: Whether it subscribes to the outlet master.
        sku_map: Whether any sender's product codes are mapped.
        outlet_map: Whether any sender's outlet codes are mapped.
        uom_map: Whether any sender's units are mapped.
    """

    sku_master: bool = False
    outlet_master: bool = False
    sku_map: bool = False
    outlet_map: bool = False
    uom_map: bool = False


OPEN = "date '9999-12-31'"
BEGINNING = "date '1900-01-01'"


def _map_sql(kind: str, our: str, extra: str) -> str:
    """Spans of a sender's code, cut where the next one begins, so that a day has one answer."""
    return f"""
    select distributor_code as sender, their_code as code,
        coalesce(valid_from, {BEGINNING}) as valid_from,
        least(coalesce(valid_to + 1, {OPEN}), lead(coalesce(valid_from, {BEGINNING}), 1, {OPEN})
            over (partition by distributor_code, their_code
                order by coalesce(valid_from, {BEGINNING}))) as valid_before,
        {our} as our_code {extra}
    from landing.map_{kind}"""


def _own_sql(kind: str) -> str:
    """Every code a master ever had, and the same without leading zeros where that is one code."""
    code = f"{kind}_code"
    return f"""
    with own as (
        select distinct {code} as our_code from {every_view(kind)}
        inner join landing.delivery as d on _delivery_id = d.delivery_id
        where d.status in {SETTLED} and {outcome("loaded")}
    ),
    bare as (
        select ltrim(our_code, '0') as code, min(our_code) as our_code
        from own where our_code <> ltrim(our_code, '0')
        group by 1 having count(*) = 1
    )
    select our_code as code, our_code from own
    union all
    select code, our_code from bare where code not in (select our_code from own)"""


PACK_SQL = f"""
    with version as (
        select sku.sku_code, sku.pieces_per_case, sku.pieces_per_inner, sku.vat_ratio,
            coalesce(sku.valid_from, delivery.received_at::date) as valid_from,
            delivery.received_at, delivery.file_sha256
        from {every_view("sku")} as sku
        inner join landing.delivery as delivery on sku._delivery_id = delivery.delivery_id
        where delivery.status in {SETTLED} and {outcome("loaded", "sku")}
    ),
    latest as (
        select * from version
        qualify row_number() over (partition by sku_code, valid_from
            order by received_at desc, file_sha256 desc) = 1
    )
    select sku_code,
        case when row_number() over (partition by sku_code order by valid_from) = 1
            then {BEGINNING} else valid_from end as valid_from,
        lead(valid_from, 1, {OPEN})
            over (partition by sku_code order by valid_from) as valid_before,
        pieces_per_case, pieces_per_inner, vat_ratio
    from latest"""

UOM_SQL = f"""
    select distributor_code as sender, lower(their_uom) as uom, sku_code, pieces_per_unit,
        coalesce(valid_from, {BEGINNING}) as valid_from,
        least(coalesce(valid_to + 1, {OPEN}), lead(coalesce(valid_from, {BEGINNING}), 1, {OPEN})
            over (partition by distributor_code, lower(their_uom), sku_code
                order by coalesce(valid_from, {BEGINNING}))) as valid_before
    from landing.map_uom"""

TABLES = {
    "lookup_sku_map": _map_sql("sku", "sku_code", ", pieces_per_their_unit"),
    "lookup_outlet_map": _map_sql("outlet", "outlet_code", ""),
    "lookup_sku_own": _own_sql("sku"),
    "lookup_outlet_own": _own_sql("outlet"),
    "lookup_pack": PACK_SQL,
    "lookup_uom": UOM_SQL,
}
# the column a changed line of a lookup concerns, and which rows r of a feed it does
SENT_SKU = "coalesce(r.their_sku_code, r.sku_code)"
SENT_OUTLET = "coalesce(r.their_outlet_code, r.outlet_code)"
CONCERNS = {
    "lookup_sku_map": ("their_sku_code", f"d.sender = c.sender and {SENT_SKU} = c.code"),
    "lookup_outlet_map": ("their_outlet_code", f"d.sender = c.sender and {SENT_OUTLET} = c.code"),
    "lookup_sku_own": ("their_sku_code", f"{SENT_SKU} = c.code"),
    "lookup_outlet_own": ("their_outlet_code", f"{SENT_OUTLET} = c.code"),
    "lookup_pack": ("their_sku_code", "r.sku_code = c.sku_code"),
    "lookup_uom": ("uom", "d.sender = c.sender and lower(r.uom) = c.uom"),
}


def refresh(con: duckdb.DuckDBPyConnection, subscribed: Iterable[str]) -> Lookups:
    """Make the lookup tables from what is landed now."""
    for name, body in TABLES.items():
        con.execute(f"create or replace temp table {name} as {body}")
        con.execute(f"create table if not exists landing.{name} as from {name} limit 0")
    feeds = set(subscribed)
    return Lookups(
        sku_master="sku" in feeds,
        outlet_master="outlet" in feeds,
        sku_map=_any(con, "lookup_sku_map"),
        outlet_map=_any(con, "lookup_outlet_map"),
        uom_map=_any(con, "lookup_uom"),
    )


def changed(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Lookups that say something else than when rows were last landed by them.

    What they said then stays in `landing.lookup_*` until `settled`, so that a run that dies
    between a new map and the rows it concerns leaves the work to the next one.
    """
    return [name for name in TABLES if _any(con, f"({_changed_sql(name)})")]


def settled(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Note that every row is landed by what these lookups say now."""
    for name in names:
        con.execute(f"create or replace table landing.{name} as from {name}")


def concerned(
    con: duckdb.DuckDBPyConnection, feed: str, columns: set[str], names: Iterable[str]
) -> list[int]:
    """Deliveries of a feed with a row whose codes mean something else by these changed lookups.

    Args:
        con: Connection with the lookup tables.
        feed: Feed with sent codes.
        columns: Columns of its landing table.
        names: Lookups that changed.
    """
    found: set[int] = set()
    for name in names:
        needed, condition = CONCERNS[name]
        if needed not in columns:
            continue
        rows = con.execute(f"""
            select distinct r._delivery_id from {every_view(feed)} as r
            inner join landing.delivery as d on r._delivery_id = d.delivery_id
            inner join ({_changed_sql(name)}) as c on {condition}""").fetchall()
        found |= {row[0] for row in rows}
    return sorted(found)


def _changed_sql(name: str) -> str:
    return (
        f"(from {name} except from landing.{name}) union (from landing.{name} except from {name})"
    )


def _any(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return con.execute(f"select 1 from {table} limit 1").fetchone() is not None
