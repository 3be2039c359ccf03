"""From sent codes to ours, as SQL over the lookup tables."""

from __future__ import annotations

from pipelines.contracts import Column, sent_name
from pipelines.landing.layout import Layout
from pipelines.landing.rows.lookups import Lookups
from pipelines.landing.rows.prices import judges_prices, list_price
from pipelines.landing.rows.units import (
    mixed_pieces,
    needs_pack,
    needs_uom_map,
    pieces,
    takes_mixed_units,
    uom_join,
)


def resolved(layout: Layout, lookups: Lookups) -> str:
    """Columns with our codes, the codes as sent, quantities in pieces, and what prices need."""
    added = []
    for column in layout.contract.columns:
        if column.code_of in ("sku", "outlet"):
            sent = f"t._v_{column.name}"
            added.append(f"{sent} as {sent_name(column)}")
            added.append(f"{ours(layout, column, lookups)} as {column.name}")
            if is_ambiguous(layout, column, lookups):
                added.append(f"{column.code_of}_map.is_ambiguous as _ambiguous_{column.code_of}")
        if column.pieces:
            added.append(f"{pieces(layout, column, lookups)} as {column.pieces}")
            if takes_mixed_units(layout, lookups):
                added.append(f"{mixed_pieces(layout, column, lookups)} as _mixed_pieces")
    if judges_prices(layout, lookups):
        added += ["pack.pieces_per_case as _per_case", "pack.pieces_per_inner as _per_inner"]
        added.append(f"{list_price(layout)} as _list_price")
    return "".join(f",\n        {expression}" for expression in added)


def is_ambiguous(layout: Layout, column: Column, lookups: Lookups) -> bool:
    """Whether a code of this column may stand for two of ours on the same day."""
    of_kind = {"sku": lookups.sku_ambiguous, "outlet": lookups.outlet_ambiguous}
    return column.name in layout.sent and of_kind.get(column.code_of or "", False)


def ours(layout: Layout, column: Column, lookups: Lookups) -> str:
    """Our code for the sent one: the map, then our own codes, then the master's absence."""
    kind = column.code_of
    if column.name not in layout.sent:
        return "null::varchar"
    has_map = lookups.sku_map if kind == "sku" else lookups.outlet_map
    has_master = lookups.sku_master if kind == "sku" else lookups.outlet_master
    ways = [f"{kind}_map.our_code"] if has_map else []
    if not has_master:
        ways.append(f"t._v_{column.name}")
    elif layout.mapping.codes == "ours":
        ways.append(f"{kind}_own.our_code")
    found = f"coalesce({', '.join(ways)})" if ways else "null::varchar"
    if kind == "outlet" and has_master:
        unknown = f"case when t._v_{column.name} is not null then 'UNKNOWN-' || t._f_sender end"
        found = f"coalesce({', '.join([*ways, unknown])})"
    if is_ambiguous(layout, column, lookups):
        found = f"case when not coalesce({kind}_map.is_ambiguous, false) then {found} end"
    return found


def joins(layout: Layout, lookups: Lookups) -> str:
    """Joins to the lookup tables these files need; each finds one row at most."""
    joins = []
    names = {column.code_of: column for column in layout.contract.columns if column.code_of}
    day = f"t.{layout.contract.business_date}"
    for kind, has_map, has_master in (
        ("sku", lookups.sku_map, lookups.sku_master),
        ("outlet", lookups.outlet_map, lookups.outlet_master),
    ):
        column = names.get(kind)
        if column is None or column.name not in layout.sent:
            continue
        code = f"t._v_{column.name}"
        if has_map:
            joins.append(_map_join(kind, code, day))
        if has_master and layout.mapping.codes == "ours":
            joins.append(f"left join lookup_{kind}_own as {kind}_own on {code} = {kind}_own.code")
    if needs_pack(layout, lookups) or judges_prices(layout, lookups):
        joins.append(
            "left join lookup_pack as pack on pack.sku_code = "
            f"{ours(layout, names['sku'], lookups)} "
            f"and {day} >= pack.valid_from and {day} < pack.valid_before"
        )
    if needs_uom_map(layout, lookups):
        joins.append(uom_join(ours(layout, names["sku"], lookups), day))
    return "".join(f"\n    {join}" for join in joins)


def _map_join(kind: str, code: str, day: str) -> str:
    return (
        f"left join lookup_{kind}_map as {kind}_map on t._f_sender = {kind}_map.sender "
        f"and {code} = {kind}_map.code "
        f"and {day} >= {kind}_map.valid_from and {day} < {kind}_map.valid_before"
    )
