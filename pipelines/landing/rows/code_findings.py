"""What can be wrong with codes and texts: unknown, of two meanings, spoilt, or no code at all.

Only a code that is in no map is looked at closely: whether it is a word such as 调整, or what a
spreadsheet left of a number.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.contracts import Column
from pipelines.landing.layout import Layout, text_name
from pipelines.landing.rows.codes import is_ambiguous
from pipelines.landing.rows.expressions import literal
from pipelines.landing.rows.finding import Finding, finding
from pipelines.landing.rows.lookups import Lookups
from pipelines.landing.rows.units import has_unit, takes_mixed_units
from pipelines.landing.rows.words import CELL_ERRORS, NO_VALUE, PLUG_WORDS

ROUNDED = r"\d(?:\.\d+)?[Ee]\+?\d+"


def lost_digits(text: str) -> str:
    """Whether a code was turned into a rounded number: 6.90E+12."""
    return f"regexp_full_match({text}, {literal(ROUNDED)})"


def of_codes(layout: Layout, lookups: Lookups) -> list[Finding]:
    """What can be wrong with the product, its unit and the outlet."""
    found = []
    for column in layout.contract.columns:
        if column.name not in layout.sent:
            continue
        if column.code_of == "sku":
            found += _of_sku(layout, column, lookups)
        elif column.code_of == "outlet":
            found += _of_outlet(layout, column, lookups)
    return found + _of_units(layout, lookups)


def _of_sku(layout: Layout, column: Column, lookups: Lookups) -> list[Finding]:
    name, sent = column.name, f"_v_{column.name}"
    if not lookups.sku_master:
        return [finding("plug_line", _is_plug(sent))]
    # what hardly any row is comes first: the rest is then asked of those rows alone
    condition = f"{name} is null and {sent} is not null{_dated(layout)}"
    reason = _reason(layout, column, lookups, "'unmapped_sku'")
    return [Finding(condition, f"case when {condition} then {reason} end")]


def _of_outlet(layout: Layout, column: Column, lookups: Lookups) -> list[Finding]:
    name, found = column.name, []
    if is_ambiguous(layout, column, lookups):
        found.append(finding("ambiguous_outlet", "_ambiguous_outlet"))
    if not lookups.outlet_master:
        return [*found, finding("plug_line", _is_plug(f"_v_{name}"))]
    unknown = f"{name} >= 'UNKNOWN-' and {name} < 'UNKNOWN.'"  # cheaper than starts_with
    is_loaded = layout.mapping.unknown_outlet == "load"
    otherwise = "null" if is_loaded else "'unmapped_outlet'"
    reason = _reason(layout, column, lookups, otherwise)
    found.append(Finding(unknown, f"case when {unknown} then {reason} end"))
    if is_loaded:
        found.append(finding("unmapped_outlet", unknown, warning=True))
    return found


def _of_units(layout: Layout, lookups: Lookups) -> list[Finding]:
    found = []
    if has_unit(layout):
        sku_known = " and sku_code is not null" if lookups.sku_master else ""
        condition = f"{_uncounted(layout)}{sku_known}{_dated(layout)}"
        found.append(finding("unmapped_uom", condition))
    if takes_mixed_units(layout, lookups):
        found.append(finding("mixed_units", "_mixed_pieces is not null", warning=True))
    return found


def _uncounted(layout: Layout) -> str:
    """Whether a quantity of the row could not be counted in pieces."""
    counted = [c for c in layout.contract.columns if c.pieces and c.name in layout.sent]
    uncounted = [f"({c.pieces} is null and {c.name} is not null)" for c in counted]
    return f"({' or '.join([*uncounted, 'false'])})"


def _dated(layout: Layout) -> str:
    """Without its day no map can be asked."""
    day = layout.contract.business_date
    return f" and {day} is not null" if day else ""


def _reason(layout: Layout, column: Column, lookups: Lookups, otherwise: str) -> str:
    """Why a code stands for none of ours."""
    sent = f"_v_{column.name}"
    cases = [
        f"when {_holds(sent, (NO_VALUE, *CELL_ERRORS))} then null",
        f"when {_holds(f'lower({sent})', PLUG_WORDS)} then 'plug_line'",
        f"when {lost_digits(sent)} then '{column.name}_lost_digits'",
    ]
    if column.code_of == "sku" and is_ambiguous(layout, column, lookups):
        cases.insert(0, "when _ambiguous_sku then 'ambiguous_sku'")
    return f"case {' '.join(cases)} else {otherwise} end"


def _is_plug(text: str) -> str:
    """Whether a text is a plug word, as cheaply as every row can be asked."""
    cased = dict.fromkeys(form for w in PLUG_WORDS for form in (w, w.upper(), w.capitalize()))
    return _holds(text, cased)


def _holds(text: str, words: Iterable[str]) -> str:
    return f"{text} in ({', '.join(map(literal, words))})"


def of_texts(layout: Layout, lookups: Lookups) -> list[Finding]:
    """Errors of a spreadsheet in place of a text, and codes nobody looks up that lost digits."""
    columns = [column for column in layout.contract.columns if column.name in layout.sent]
    texts = [column for column in columns if column.logical_type == "string" and not column.allowed]
    plain = [column for column in texts if not _is_looked_up(column, lookups)]
    found = [_rounded(column) for column in plain if column.is_code and not column.pattern]
    errors = ", ".join(map(literal, CELL_ERRORS))
    condition = " or ".join(_is_marked(text_name(column)) for column in plain) or "false"
    of_texts = ", ".join(text_name(column) for column in texts)
    of_all = ", ".join(text_name(column) for column in columns)
    found.append(_among("cell_error", condition, of_texts, errors))
    found.append(_among("formula_without_value", condition, of_all, literal(NO_VALUE)))
    return found


def _is_looked_up(column: Column, lookups: Lookups) -> bool:
    kinds = {"sku": lookups.sku_master, "outlet": lookups.outlet_master, "uom": True}
    return kinds.get(column.code_of or "", False)


def _rounded(column: Column) -> Finding:
    text = text_name(column)
    reason = f"case when {lost_digits(text)} then '{column.name}_lost_digits' end"
    return Finding(f"{text} < ':' and contains({text}, 'E+')", reason)


def _is_marked(text: str) -> str:
    """Whether a text begins as every error of a spreadsheet does: two comparisons, no function."""
    return f"({text} >= '#' and {text} < '$')"


def _among(reason: str, condition: str, texts: str, words: str) -> Finding:
    found = f"list_has_any([{texts}], [{words}])"
    return Finding(condition, f"case when {found} then '{reason}' end")
