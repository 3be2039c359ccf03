"""Which rows a later delivery replaced, and which days that touches."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.tables import (
    SETTLED,
    all_table,
    columns_made,
    every_view,
    key_value,
    outcome,
)


def settle(con: duckdb.DuckDBPyConnection, contract: Contract, deliveries: list[int]) -> None:
    """Mark rows that a later delivery of the same sender replaces, and free those none does.

    A later delivery of the same period replaces the whole earlier one; one of another period
    replaces rows dated in its own days (`period`) or in the days it has rows for
    (`dates_in_file`). One that tells changes only (`keys`) replaces the rows whose key it repeats.
    The earliest such delivery is the one named.

    Args:
        con: Connection, inside the transaction that landed the rows.
        contract: The feed.
        deliveries: Deliveries whose rows came, went or changed, or which count no longer.
    """
    if not deliveries:
        return
    table = all_table(contract.feed)
    con.execute(
        f"""create or replace temp table settled as
        select unnest($ids) as id
        union select distinct _delivery_id from {table} where _superseded_by = any($ids)""",
        {"ids": deliveries},
    )
    con.execute(f"create or replace temp table pair as {_pairs_sql(contract)}")
    con.execute(f"""
        update {table} set _superseded_by = null
        where _superseded_by is not null
            and _delivery_id in (select old_id from pair union select id from settled)""")
    kinds = {row[0] for row in con.execute("select distinct replaces from pair").fetchall()}
    if not kinds:
        return
    con.execute(f"""
        update {table} as r set _superseded_by = s.new_id
        from (
            select r.rowid as id, arg_min(p.new_id, p.new_rank) as new_id
            from {table} as r
            inner join pair as p on r._delivery_id = p.old_id
            where {replaced(contract, columns_made(con, contract), kinds)}
            group by 1
        ) as s
        where r.rowid = s.id""")


def _pairs_sql(contract: Contract) -> str:
    """Pairs that touch an earlier delivery of which something changed."""
    known = f"""
        select delivery_id, sender, period, period_start, period_end, replaces, received_at,
            file_sha256
        from landing.delivery
        where feed = '{contract.feed}' and status in {SETTLED}
            and sender in (select sender from landing.delivery
                where delivery_id in (select id from settled))"""
    return f"""
    with touching as ({pairs(contract, known)})
    select * from touching
    where old_id in (
        select old_id from touching
        where old_id in (select id from settled) or new_id in (select id from settled))"""


def pairs(contract: Contract, known: str) -> str:
    """SQL of (old, new) deliveries of one sender where the later may replace rows of the earlier.

    Args:
        contract: The feed.
        known: SQL of the deliveries there are.
    """
    overlap = (
        f"old.period_start - {contract.period_grace_days} <= new.period_end "
        "and old.period_end >= new.period_start"
        if contract.business_date
        else "false"
    )
    return f"""
    with ranked as (
        select *, row_number() over (order by received_at, file_sha256) as rank from ({known})
    )
    select old.delivery_id as old_id, new.delivery_id as new_id, new.rank as new_rank,
        old.period = new.period as is_whole, new.replaces,
        new.period_start as new_start, new.period_end as new_end
    from ranked as old
    inner join ranked as new on old.sender = new.sender and old.rank < new.rank
    where new.replaces <> 'nothing' and (old.period = new.period or {overlap})"""


def replaced(contract: Contract, made: list[str], kinds: Collection[str]) -> str:
    """SQL condition that delivery `p.new_id` of a pair replaces the row `r` of the old one.

    Args:
        contract: The feed.
        made: Columns its table has by now.
        kinds: Values of `replaces` there are; what none of them asks for costs nothing.
    """
    ways = {
        "keys": _repeated(contract, made),
        "period": f"p.is_whole or {_inside(contract)}",
        "dates_in_file": f"p.is_whole or {_inside(contract)} and {_has_day(contract)}",
    }
    cases = " ".join(f"when '{kind}' then {ways[kind]}" for kind in sorted(kinds))
    return f"case p.replaces {cases} end"


def _inside(contract: Contract) -> str:
    day = contract.business_date
    return f"coalesce(r.{day} between p.new_start and p.new_end, false)" if day else "false"


def _has_day(contract: Contract) -> str:
    day = contract.business_date
    if day is None:
        return "false"
    return _exists(contract, f"not {outcome('structural', 'n')} and n.{day} = r.{day}")


def _repeated(contract: Contract, made: list[str]) -> str:
    same = [
        f"{key_value(column, 'n')} is not distinct from {key_value(column, 'r')}"
        for column in contract.key
        if column.name in made
    ]
    return _exists(contract, " and ".join([outcome("loaded", "n"), *same]))


def _exists(contract: Contract, condition: str) -> str:
    rows = every_view(contract.feed)
    return f"exists (select 1 from {rows} as n where n._delivery_id = p.new_id and {condition})"


def touch(
    con: duckdb.DuckDBPyConnection, contract: Contract, deliveries: list[int], batch_id: int
) -> None:
    """Note the business dates of these deliveries' rows and of rows they replace or free.

    Called before rows are removed or freed and after new ones are settled, it covers old and new
    dates.
    """
    if contract.business_date is None or not deliveries:
        return
    con.execute(
        f"""
        insert into landing.touched_date
        select distinct $feed, {contract.business_date}, $batch::bigint
        from {every_view(contract.feed)}
        where {contract.business_date} is not null and {outcome("loaded")}
            and (_delivery_id = any($ids) or _superseded_by = any($ids))""",
        {"feed": contract.feed, "batch": batch_id, "ids": deliveries},
    )
