"""From the sent quantity to pieces: unit words, pack sizes, unit maps."""

from __future__ import annotations

from pipelines.contracts import Column
from pipelines.landing.expressions import literal
from pipelines.landing.layout import Layout
from pipelines.landing.lookups import Lookups

UNIT_WORDS = {
    "piece": (
        "个",
        "支",
        "瓶",
        "袋",
        "包",
        "块",
        "piece",
        "pieces",
        "pcs",
        "pc",
        "ea",
        "each",
        "bottle",
    ),
    "case": ("箱", "case", "cases", "cs", "ctn", "carton"),
    "inner": ("盒", "中包", "inner", "inners", "box"),
}


def unit_text(layout: Layout, cell: str) -> str:
    """A known unit word as it is, which is cheaper than to tidy it; any other tidied."""
    words = ", ".join(literal(word) for word in _units(layout))
    return f"case when {cell} in ({words}) then {cell} else daqu_text({cell}) end"


def has_unit(layout: Layout) -> bool:
    """Whether the files say in which unit their quantity is."""
    return "uom" in layout.sent and any(column.pieces for column in layout.contract.columns)


def _units(layout: Layout) -> dict[str, str | float]:
    """Unit words of the sender: theirs alone where the mapping names any, else the usual ones."""
    if layout.mapping.units:
        return {word.casefold(): unit for word, unit in layout.mapping.units.items()}
    return {word: unit for unit, words in UNIT_WORDS.items() for word in words}


def needs_pack(layout: Layout, lookups: Lookups) -> bool:
    """Whether a unit word of the sender stands for a case or an inner pack of the SKU."""
    packed = {"case", "inner"} & set(map(str, _units(layout).values()))
    return has_unit(layout) and lookups.sku_master and bool(packed)


def counts_pieces(layout: Layout, lookups: Lookups) -> bool:
    """Whether every quantity of the files is in pieces already."""
    if not has_unit(layout):
        return True
    mapped = lookups.uom_map or lookups.sku_map
    return not mapped and set(map(str, _units(layout).values())) == {"piece"}


def needs_uom_map(layout: Layout, lookups: Lookups) -> bool:
    """Whether the unit map has to be asked."""
    return has_unit(layout) and lookups.uom_map


def uom_join(sku: str, day: str) -> str:
    """Joins to the unit map: the word for this SKU, and the word for all."""
    valid = f"and {day} >= {{0}}.valid_from and {day} < {{0}}.valid_before"
    unit = "on t._f_sender = {0}.sender and lower(t.uom) = {0}.uom "
    join = "left join lookup_uom as {0} " + unit + valid
    return (
        join.format("uom_sku")
        + f" and uom_sku.sku_code = {sku}\n    "
        + join.format("uom_all")
        + " and uom_all.sku_code is null"
    )


def pieces(layout: Layout, column: Column, lookups: Lookups) -> str:
    """The quantity in pieces; null where the unit is unknown."""
    if not has_unit(layout):
        return f"t.{column.name}"
    ways = ["uom_sku.pieces_per_unit", "uom_all.pieces_per_unit"]
    factors = ways if needs_uom_map(layout, lookups) else []
    if lookups.sku_map and "sku_code" in layout.sent:
        factors = [*factors, "sku_map.pieces_per_their_unit"]
    factors = [*factors, _word_factor(layout, lookups)]
    return f"(t.{column.name} * coalesce({', '.join(factors)}))::decimal(18,3)"


def _word_factor(layout: Layout, lookups: Lookups) -> str:
    packed = needs_pack(layout, lookups)
    by_unit = {
        "piece": "1",
        "case": "pack.pieces_per_case" if packed else "null",
        "inner": "pack.pieces_per_inner" if packed else "null",
    }
    words: dict[str, list[str]] = {}
    for word, unit in _units(layout).items():
        words.setdefault(by_unit.get(str(unit), str(unit)), []).append(literal(word))
    # the word as written first: folding its case costs more than all the rest
    written = [f"when t.uom in ({', '.join(w)}) then {f}" for f, w in words.items()]
    folded = [f"when lower(t.uom) in ({', '.join(w)}) then {f}" for f, w in words.items()]
    return f"case when t.uom is null then 1 {' '.join([*written, *folded])} end"
