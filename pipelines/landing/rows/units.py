"""From the sent quantity to pieces: unit words, pack sizes, unit maps."""

from __future__ import annotations

import re

from pipelines.contracts import Column
from pipelines.landing.layout import Layout, text_name
from pipelines.landing.rows.expressions import literal
from pipelines.landing.rows.lookups import Lookups

UNIT_WORDS = {
    "piece": (
        "个",
        "個",
        "支",
        "瓶",
        "袋",
        "包",
        "块",
        "塊",
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


def _counts(layout: Layout) -> bool:
    """Whether the files state one quantity that is in some unit."""
    counted = [column for column in layout.contract.columns if column.pieces]
    return len(counted) == 1 and counted[0].name in layout.sent


def needs_pack(layout: Layout, lookups: Lookups) -> bool:
    """Whether a unit word of the sender stands for a case or an inner pack of the SKU."""
    packed = {"case", "inner"} & set(map(str, _units(layout).values()))
    is_sent = has_unit(layout) or takes_mixed_units(layout, lookups)
    return is_sent and lookups.packs and "sku_code" in layout.sent and bool(packed)


def takes_mixed_units(layout: Layout, lookups: Lookups) -> bool:
    """Whether a quantity may hold its units, as `12箱3包` does.

    Not where the sender's own unit words are all pieces: then 12箱 is a word nobody knows.
    """
    return _counts(layout) and set(map(str, _units(layout).values())) != {"piece"}


def mixed_pieces(layout: Layout, column: Column, lookups: Lookups) -> str:
    """Pieces of a quantity that holds its units; null unless each of them is known.

    A unit beside the quantity must be one of those in it.
    """
    words = sorted(map(re.escape, _units(layout)), key=len, reverse=True)
    part = f"(\\d+(?:\\.\\d+)?)({'|'.join(words)})"
    tidied = f"regexp_replace(lower(daqu_nfkc(t.{text_name(column)})), '[\\s+,]', '', 'g')"
    beside = "and (t.uom is null or contains(x, lower(t.uom))) " if has_unit(layout) else ""
    factor = _by_word(layout, lookups, "p[2]")
    # lambdas name a text that would else stand here twice
    added = f"""list_reduce(list_transform(
                list_zip(regexp_extract_all(x, {literal(part)}, 1),
                    regexp_extract_all(x, {literal(part)}, 2)),
                lambda p: p[1]::decimal(12, 3) * {factor}), lambda a, b: a + b)"""
    return f"""case when t.{column.name} is null and t.{text_name(column)} is not null then
            list_transform([{tidied}], lambda x:
                case when regexp_full_match(x, {literal(f"({part})+")}) {beside}then
                {added} end)[1]::decimal(18, 3) end"""


def counts_pieces(layout: Layout, lookups: Lookups) -> bool:
    """Whether every quantity of the files is in pieces already."""
    if layout.mapping.uom_autofix:
        return False
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
    # the word as written first: folding its case costs more than all the rest
    written, folded = (_cases(layout, lookups, word) for word in ("t.uom", "lower(t.uom)"))
    return f"case when t.uom is null then 1 {written} {folded} end"


def _by_word(layout: Layout, lookups: Lookups, word: str) -> str:
    """Pieces in the unit a word of the sender stands for; null where nobody knows."""
    return f"case {_cases(layout, lookups, word)} end"


def _cases(layout: Layout, lookups: Lookups, word: str) -> str:
    packed = needs_pack(layout, lookups)
    by_unit = {
        "piece": "1",
        "case": "pack.pieces_per_case" if packed else "null",
        "inner": "pack.pieces_per_inner" if packed else "null",
    }
    words: dict[str, list[str]] = {}
    for name, unit in _units(layout).items():
        words.setdefault(by_unit.get(str(unit), str(unit)), []).append(literal(name))
    return " ".join(f"when {word} in ({', '.join(w)}) then {f}" for f, w in words.items())
