"""What a feed said as of an earlier moment: rows that were known then and not yet replaced."""

from __future__ import annotations

import typing

from pipelines.contracts import Column, Contract, sent_name
from pipelines.contracts.model import Replaces
from pipelines.landing.rows.lookups import NOT_OURS, map_answers
from pipelines.landing.settle import pairs, replaced
from pipelines.landing.tables import every_view, outcome, seen

KINDS = sorted(set(typing.get_args(Replaces)) - {"nothing"})
KINDS_OF_MAPS = ("sku", "outlet")


def macro(feed: str) -> str:
    """The table macro `landing.<feed>_as_of(moment)`; a moment is local time of receipt."""
    return f"landing.{feed}_as_of"


def as_of_select(
    contract: Contract, made: list[str], moment: str, database: str = "", maps: str = ""
) -> str:
    """SQL of the rows of `landing.<feed>` as they were at a moment.

    A delivery counts from its receipt, or from its release where it was held back, until it was
    withdrawn (`landing.known_span`). A row is there unless a delivery known by then replaced it,
    or its product was not known yet: codes read as by the maps received by then (`_mapped`).

    Args:
        contract: The feed.
        made: Columns its table has by now.
        moment: SQL of the moment.
        database: Database the landing tables are in, with a dot; empty for the current one.
        maps: Schema with `map_sku` and `map_outlet` as of the moment; empty for the macros.
    """
    mapped = [c for c in contract.columns if c.code_of in KINDS_OF_MAPS and contract.business_date]
    ours = {f"r.{c.name}": f"{_code(c)} as {c.name}" for c in mapped}
    values = ",\n    ".join(ours.get(value, value) for value in seen(contract))
    known = "".join(
        f"\n    and (r.{c.name} is null or coalesce({_code(c)}, '{NOT_OURS}') <> '{NOT_OURS}')"
        for c in mapped
        if c.code_of == "sku"
    )
    sql = f"""
with known as (
    select delivery.* from landing.delivery as delivery
    inner join landing.known_span as span on delivery.delivery_id = span.delivery_id
    where delivery.feed = '{contract.feed}' and delivery.status not in ('refused', 'duplicate')
        and span.known_from <= {moment}
        and (span.known_until is null or span.known_until > {moment})
),
pair as ({pairs(contract, "select * from known")})
select
    {values}
from {every_view(contract.feed)} as r
inner join known as d on r._delivery_id = d.delivery_id
{"".join(_mapped(contract, column) for column in mapped)}
where {outcome("loaded", "r")} and not exists (
    select 1 from pair as p
    where p.old_id = r._delivery_id and {replaced(contract, made, KINDS)}){known}"""
    # every name is ours: `landing.` stands for the schema alone
    sql = sql.replace("landing.", f"{database}landing.")
    for kind in KINDS_OF_MAPS:
        lines = f"{maps}.map_{kind}" if maps else f"landing.map_{kind}_as_of({moment})"
        sql = sql.replace(f"<map_{kind}>", lines)
    return sql


def _mapped(contract: Contract, column: Column) -> str:
    """The answer of the map for the code of a row, now and as of the moment, as it was sent."""
    kind, sent = column.code_of, f"coalesce(r.{sent_name(column)}, r.{column.name})"
    return "".join(
        f"""left join ({map_answers(str(kind), lines)}) as {kind}_{when}
    on d.sender = {kind}_{when}.sender and {sent} = {kind}_{when}.code
    and r.{contract.business_date} >= {kind}_{when}.valid_from
    and r.{contract.business_date} < {kind}_{when}.valid_before
"""
        for when, lines in (("now", f"landing.map_{kind}"), ("then", f"<map_{kind}>"))
    )


def _code(column: Column) -> str:
    """Our code of a row as of the moment; null where it was not known.

    What no map answers today does not rest on one. What one does, and did not then, was a code
    nobody had mapped: an unknown outlet, or no row of ours; without a master, the code itself.
    """
    kind, sent = column.code_of, f"coalesce(r.{sent_name(column)}, r.{column.name})"
    unknown = "'UNKNOWN-' || d.sender" if kind == "outlet" else "null"
    return f"""case
        when {kind}_then.our_code is not null and not {kind}_then.is_ambiguous
            then {kind}_then.our_code
        when {kind}_now.our_code is null and {kind}_then.our_code is null then r.{column.name}
        when {kind}_then.our_code is null and not (
            select is_subscribed from landing.contract where feed = '{kind}') then {sent}
        else {unknown} end"""
