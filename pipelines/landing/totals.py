"""Totals nobody labelled, and whether a file's totals are what its rows add up to."""

from __future__ import annotations

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.remarks import Remark, remark
from pipelines.landing.tables import all_table, counted, every_view, outcome

ROUNDING = {"quantity": 0.0005, "amount": 0.005}
"""What leaving out further decimals can change in one row."""
CONTROLS = {"control_quantity_differs", "control_amount_differs"}
IS_SUM = """starts_with(_verdict, '{"kind":"total_row"')
    or starts_with(_verdict, '{"kind":"subtotal_row"')"""


def find_totals(con: duckdb.DuckDBPyConnection, contract: Contract, batch_id: int) -> None:
    """Take refused rows that name nothing and hold the sum of the rows above for totals.

    The sum of all rows of the file is a total; that of the rows so far, or since the last total, a
    subtotal.
    """
    values = _values(contract)
    if not values:
        return
    con.execute(
        f"create or replace temp table nameless as select _delivery_id, _row_no "
        f"from {every_view(contract.feed)} where _batch_id = $batch "
        f"and {outcome('quarantined')} and {_names_nothing(contract, values)}",
        {"batch": batch_id},
    )
    if con.execute("select 1 from nameless limit 1").fetchone():
        con.execute(_relabel(contract, values))


def _values(contract: Contract) -> dict[str, str]:
    """`quantity` and `amount` → the column that holds it, where the feed has one."""
    names = zip(ROUNDING, counted(contract), strict=True)
    return {kind: name for kind, name in names if name}


def _names_nothing(contract: Contract, values: dict[str, str]) -> str:
    names = [
        column.name
        for column in contract.columns
        if (column.key_position or column.code_of or column.name == contract.business_date)
        and not (column.fill or column.default)
    ]
    nothing = " and ".join(f"{name} is null" for name in names)
    return f"{nothing} and coalesce({', '.join(values.values())}) is not null"


def _relabel(contract: Contract, values: dict[str, str]) -> str:
    table = all_table(contract.feed)
    return f"""
    with line as (
        select r._delivery_id, r._row_no, {", ".join(f"r.{v}" for v in values.values())},
            n._row_no is not null as is_nameless,
            coalesce(n._row_no is not null or {IS_SUM}, false) as is_sum
        from {every_view(contract.feed)} as r
        left join nameless as n using (_delivery_id, _row_no)
        where r._delivery_id in (select _delivery_id from nameless)
    ),
    part as (
        select *, max(_row_no) filter (not is_sum) over (partition by _delivery_id) as last_row_no,
            count(*) filter (is_sum) over (
            partition by _delivery_id order by _row_no
            rows between unbounded preceding and 1 preceding) as part
        from line
    ),
    found as (
        select _delivery_id, _row_no, is_nameless,
            {_equals(values, "_delivery_id")} as is_sum_so_far,
            is_sum_so_far and _row_no > last_row_no as is_total,
            is_sum_so_far or {_equals(values, "_delivery_id, part")} as is_subtotal
        from part
    )
    update {table} as r
    set _verdict = '{{"kind":"' || if(f.is_total, 'total_row"', 'subtotal_row"')
        || substr(r._verdict, length('{{"kind":null') + 1)
    from found as f
    where f.is_nameless and f.is_subtotal
        and r._delivery_id = f._delivery_id and r._row_no = f._row_no"""


def _equals(values: dict[str, str], within: str) -> str:
    """Whether every number of a row is the sum of that of the rows above it."""
    above = (
        f"filter (not is_sum) over (partition by {within} order by _row_no "
        "rows between unbounded preceding and 1 preceding)"
    )
    return " and ".join(
        f"({name} is null or coalesce(abs({name} - sum({name}) {above}) "
        f"<= {ROUNDING[kind]} * count({name}) {above}, false))"
        for kind, name in values.items()
    )


def check_controls(con: duckdb.DuckDBPyConnection, contract: Contract, ids: list[int]) -> None:
    """Compare what the totals of these files say with what their rows add up to.

    Every row counts that is no total: loaded, held back, repeated, of another company. A file with
    a number nobody can read is not compared.
    """
    values = _values(contract)
    found = [
        item for kind, name in values.items() for item in _differing(con, contract, ids, kind, name)
    ]
    remark(con, found, ids, CONTROLS)


def _differing(
    con: duckdb.DuckDBPyConnection, contract: Contract, ids: list[int], kind: str, name: str
) -> list[Remark]:
    rows = con.execute(
        f"""
        select d.delivery_id, d.control_{kind},
            sum(r.{name}) filter (not coalesce({IS_SUM}, false)) as added
        from landing.delivery as d
        inner join {every_view(contract.feed)} as r on r._delivery_id = d.delivery_id
        where d.delivery_id = any($ids) and d.control_{kind} is not null
        group by all
        having abs(added - d.control_{kind}) > $rounding * count(r.{name})
            and count(*) filter ({outcome("quarantined")} and r.{name} is null) = 0""",
        {"ids": ids, "rounding": ROUNDING[kind]},
    ).fetchall()
    return [
        Remark(i, f"control_{kind}_differs", str(stated), str(added)) for i, stated, added in rows
    ]
