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
        packs: Whether the SKU master says how many pieces any case or inner pack has.
        prices: Whether it has any list price.
        sku_ambiguous: Whether any product code stands for two SKUs on some day.
        outlet_ambiguous: Whether any outlet code stands for two outlets on some day.
        not_ours: Whether any product code is mapped as the product of another company.
    """

    sku_master: bool = False
    outlet_master: bool = False
    sku_map: bool = False
    outlet_map: bool = False
    uom_map: bool = False
    packs: bool = False
    prices: bool = False
    sku_ambiguous: bool = False
    outlet_ambiguous: bool = False
    not_ours: bool = False


OPEN = "date '9999-12-31'"
BEGINNING = "date '1900-01-01'"
NOT_OURS = "NOT-OURS"
"""What a product code is mapped to that is no product of ours."""


def _map_sql(kind: str, factor: str = "null::decimal(18,3)") -> str:
    """What a sender's codes stand for, by span of days and in every spelling that means one."""
    return f"""
    with answer as ({map_answers(kind, f"landing.map_{kind}", factor)}),
    {_spelt("answer", "sender, ")}
    select code.sender, code.spelling as code, valid_from, valid_before, is_ambiguous,
        case when not is_ambiguous then our_code end as our_code,
        case when not is_ambiguous then pieces_per_their_unit end as pieces_per_their_unit
    from answer
    inner join (select distinct sender, code, code as spelling from answer
        union all from spelt) as code using (sender, code)"""


def map_answers(kind: str, lines: str, factor: str = "null::decimal(18,3)") -> str:
    """SQL of the spans of days in which a sender's code has one answer, or two, which is none.

    A line without a last day ends where the next one begins. Two lines that both hold on a day
    and say different things make that day ambiguous.

    Args:
        kind: `sku` or `outlet`.
        lines: Table with the lines of the map.
        factor: SQL of the pieces in a unit of theirs.
    """
    return f"""
    with line as (
        select distributor_code as sender, their_code as code,
            coalesce(valid_from, {BEGINNING}) as first_day,
            coalesce(valid_to + 1, min(coalesce(valid_from, {BEGINNING}))
                over (partition by distributor_code, their_code
                    order by coalesce(valid_from, {BEGINNING})
                    range between current row and unbounded following exclude group),
                {OPEN}) as day_after,
            {kind}_code as our_code, {factor} as pieces_per_their_unit
        from {lines}
    ),
    span as (
        select sender, code, day as valid_from,
            lead(day) over (partition by sender, code order by day) as valid_before
        from (select sender, code, first_day as day from line
            union select sender, code, day_after from line)
    )
    select span.*, min(our_code) as our_code,
        min(pieces_per_their_unit) as pieces_per_their_unit,
        count(distinct row(our_code, pieces_per_their_unit)) > 1 as is_ambiguous
    from span
    inner join line on span.sender = line.sender and span.code = line.code
        and line.first_day <= span.valid_from and span.valid_from < line.day_after
    group by all"""


def _spelt(table: str, owner: str) -> str:
    """Other ways a spreadsheet or a hand writes a code, where they mean one code of the table.

    Digits without their leading zeros, and Chinese in the other kind of characters.
    """
    return f"""other as (
        select {owner} code, unnest(daqu_spellings(code)) as spelling
        from (select distinct {owner} code from {table})
        where strlen(code) <> length(code) or starts_with(code, '0')
    ),
    spelt as (
        select * from other
        where ({owner} spelling) not in (select ({owner} code) from {table})
        qualify count(*) over (partition by {owner} spelling) = 1
    )"""


def _own_sql(kind: str) -> str:
    """Every code a master ever had, and other spellings of it that mean no other code."""
    return f"""
    with own as (
        select distinct {kind}_code as code from {every_view(kind)}
        inner join landing.delivery as d on _delivery_id = d.delivery_id
        where d.status in {SETTLED} and {outcome("loaded")}
    ),
    {_spelt("own", "")}
    select code, code as our_code from own
    union all
    select spelling, code from spelt"""


PACK_SQL = f"""
    with version as (
        select sku.sku_code, sku.pieces_per_case, sku.pieces_per_inner,
            nullif(sku.list_price_per_piece, 0)::double as list_price,
            list_price * (1 + coalesce(sku.vat_ratio, 0)) as list_price_with_vat,
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
        pieces_per_case, pieces_per_inner, list_price, list_price_with_vat
    from latest"""

UOM_SQL = f"""
    select distributor_code as sender, lower(their_uom) as uom, sku_code, pieces_per_unit,
        coalesce(valid_from, {BEGINNING}) as valid_from,
        least(coalesce(valid_to + 1, {OPEN}), lead(coalesce(valid_from, {BEGINNING}), 1, {OPEN})
            over (partition by distributor_code, lower(their_uom), sku_code
                order by coalesce(valid_from, {BEGINNING}))) as valid_before
    from landing.map_uom"""

TABLES = {
    "lookup_sku_map": _map_sql("sku", "pieces_per_their_unit"),
    "lookup_outlet_map": _map_sql("outlet"),
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
        _remember(con, name)
    feeds = set(subscribed)
    sku_master = "sku" in feeds
    return Lookups(
        sku_master=sku_master,
        outlet_master="outlet" in feeds,
        sku_map=_any(con, "lookup_sku_map"),
        outlet_map=_any(con, "lookup_outlet_map"),
        uom_map=_any(con, "lookup_uom"),
        packs=sku_master
        and _any(con, "lookup_pack", "coalesce(pieces_per_case, pieces_per_inner) is not null"),
        prices=sku_master and _any(con, "lookup_pack", "list_price is not null"),
        sku_ambiguous=_any(con, "lookup_sku_map", "is_ambiguous"),
        outlet_ambiguous=_any(con, "lookup_outlet_map", "is_ambiguous"),
        not_ours=_any(con, "lookup_sku_map", f"our_code = '{NOT_OURS}'"),
    )


def _remember(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Have a table for what a lookup said when rows were last landed by it.

    One with other columns was made by an earlier version and says nothing any more.
    """
    now, then = (
        con.execute(
            "select column_name, data_type from duckdb_columns() "
            "where table_name = $name and (schema_name = 'landing') = $kept "
            "and database_name = if($kept, current_database(), 'temp') order by column_index",
            {"name": name, "kept": kept},
        ).fetchall()
        for kept in (False, True)
    )
    if now != then:
        con.execute(f"create or replace table landing.{name} as from {name} limit 0")


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


def _any(con: duckdb.DuckDBPyConnection, table: str, condition: str = "true") -> bool:
    found = con.execute(f"select 1 from {table} where {condition} limit 1").fetchone()
    return found is not None
