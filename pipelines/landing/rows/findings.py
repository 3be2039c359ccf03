"""What can be wrong with a row, as SQL: conditions every row meets, words only bad rows meet."""

from __future__ import annotations

import re

from pipelines.contracts import Column, RowRule, header_key
from pipelines.landing.layout import Layout, is_derived, stated_in, text_name
from pipelines.landing.rows.code_findings import lost_digits, of_codes, of_texts
from pipelines.landing.rows.date_findings import of_period
from pipelines.landing.rows.expressions import literal
from pipelines.landing.rows.finding import Finding, finding
from pipelines.landing.rows.lookups import NOT_OURS, Lookups
from pipelines.landing.rows.prices import Limits, of_money
from pipelines.landing.rows.words import DASHES, NO_VALUE, SUBTOTALS, TOTALS, total_kinds

OUTDATED = "correction_outdated"
IS_OTHERS = f"sku_code = {literal(NOT_OURS)}"


def findings(layout: Layout, lookups: Lookups, limits: Limits) -> list[Finding]:
    """Everything the statement judges, errors and warnings, in the order of the contract."""
    contract, sent = layout.contract, layout.sent
    found = [f for c in contract.columns if c.name in sent for f in _of_column(c)]
    found += [_unfilled(layout, c) for c in contract.columns if c.is_needed and not c.required]
    found += of_period(contract)
    found += of_codes(layout, lookups)
    found += of_money(layout, lookups, limits)
    if layout.table.form == "rows":
        found.append(finding("too_many_cells", "_extra is not null"))
    found += of_texts(layout, lookups)
    if layout.corrections:
        found.append(finding(OUTDATED, "_correction_outdated is not null", warning=True))
    rules = [rule for rule in contract.rules if _is_about(layout, rule)]
    found += [finding(r.rule_id, r.sql, r.severity == "warning") for r in rules]
    return found


def _is_about(layout: Layout, rule: RowRule) -> bool:
    """Whether a rule is about these files: no row of a file is warned that it lacks a column."""
    empty = set(re.findall(r"(\w+) is null", rule.sql)) if rule.severity == "warning" else set()
    lacking = [c for c in layout.contract.columns if c.name in empty and c.name not in layout.sent]
    return all(c.default is not None or is_derived(layout, c.name) for c in lacking)


def _of_column(column: Column) -> list[Finding]:
    text = text_name(column)
    name = f"_v_{column.name}" if column.code_of in ("sku", "outlet") else column.name
    found = [_unread(column, name, text)] if _is_parsed(column) else []
    if column.required and (not found or column.open_list):
        found.append(finding(f"{column.name}_missing", f"{text} is null"))
    limits = [
        f"{name} {sign} {limit}"
        for sign, limit in (("<", column.minimum), (">", column.maximum))
        if limit is not None
    ]
    if limits:
        found.append(finding(f"{column.name}_out_of_range", " or ".join(limits)))
    if column.max_length is not None:
        # its bytes are at hand, its characters have to be counted
        is_long = " and ".join(f"{of}({text}) > {column.max_length}" for of in ("strlen", "length"))
        found.append(finding(f"{column.name}_too_long", is_long))
    if column.pattern:
        found.append(_malformed(column, text))
    return found


def _malformed(column: Column, text: str) -> Finding:
    condition = f"not regexp_full_match({text}, {literal(column.pattern or '')})"
    reason = f"if({lost_digits(text)}, '{column.name}_lost_digits', '{column.name}_malformed')"
    return Finding(condition, f"case when {condition} then {reason} end")


def _is_parsed(column: Column) -> bool:
    return bool(column.allowed) or column.logical_type != "string"


def _unread(column: Column, value: str, text: str) -> Finding:
    """No value: because nothing was sent, or because what was sent cannot be read as one.

    Where no number is needed a lone dash is nothing; a formula without its value has a reason of
    its own.
    """
    if column.open_list:
        return _unlisted(column, value)
    unread = f"{column.name}_{'not_allowed' if column.allowed else 'invalid'}"
    missing = f"{column.name}_missing" if column.required else ""
    condition, stated = f"{value} is null", f"daqu_text({text})"
    if not column.required:
        condition += f" and {text} is not null"
        if column.logical_type in ("integer", "number"):
            condition += f" and {text} <> '-'"
            stated = f"trim({stated}, '{DASHES}')"
    # a simple case would name the text once for each of its words
    known = f"map {{'': {literal(missing)}, {literal(NO_VALUE)}: ''}}[coalesce({stated}, '')]"
    reason = f"nullif(coalesce({known}, {literal(unread)}), '')"
    return Finding(condition, f"case when {condition} then {reason} end")


def _unlisted(column: Column, value: str) -> Finding:
    """Another word than those of an open list: kept as sent, with a warning."""
    words = ", ".join(literal(word) for word, _ in column.allowed)
    return finding(f"{column.name}_not_listed", f"{value} not in ({words})", warning=True)


def _unfilled(layout: Layout, column: Column) -> Finding:
    """Nothing stated, and nothing to take its place."""
    texts = [text_name(source) for source in stated_in(layout, column)]
    nothing = " and ".join(f"daqu_text({text}) is null" for text in texts)
    condition = f"{column.name} is null" + (f" and {nothing}" if texts else "")
    return finding(f"{column.name}_missing", condition)


def any_of(layout: Layout, lookups: Lookups, found: list[Finding]) -> str:
    """Whether anything is found in a row, or it may be no data: the one test a good row costs."""
    labels = (*TOTALS, *SUBTOTALS)
    spellings = {form for word in labels for form in (word, word.upper(), word.capitalize())}
    totals = ", ".join(literal(total) for total in sorted(spellings))
    longest = max(len(spelling.encode()) for spelling in spellings)
    conditions = list(dict.fromkeys(f"({finding.condition})" for finding in found))
    if _may_be_others(layout, lookups):
        conditions.append(IS_OTHERS)
    if layout.finds_repeats:
        conditions.append("_nth > 1")
    if layout.corrections:
        conditions.append("_is_dropped")
    is_total = f"strlen(c0) <= {longest} and c0 in ({totals})"
    return "\n            or ".join([*conditions, f"({is_total})"])


def verdict(layout: Layout, lookups: Lookups, found: list[Finding]) -> str:
    """What is to be said of a row that is not plainly good, as JSON in the order of `outcome`.

    Each part stands here once, see `expressions`.
    """
    errors = _names([finding for finding in found if not finding.warning])
    warnings = _names([finding for finding in found if finding.warning])
    parts = [
        f"'kind', {_structural(layout, lookups)}",
        f"'errors', {errors}",
        f"'warnings', {warnings}",
        f"'raw', {_raw(layout, masked=False)}",
    ]
    if _personal_places(layout):
        parts.append(f"'masked', {_raw(layout, masked=True)}")
    return f"json_object({', '.join(parts)})::varchar"


def _names(found: list[Finding]) -> str:
    names = ", ".join([*(finding.reason for finding in found), "null::varchar"])
    return f"list_filter([{names}], lambda r: r is not null)"


def _structural(layout: Layout, lookups: Lookups) -> str:
    """Why a row is no data: blank, total, header, not filled in, not ours, a repeat; else null."""
    place = min(layout.sent.values())
    kinds = {layout.table.header.texts[place].lower().replace(" ", ""): "repeated_header"}
    kinds |= total_kinds()
    kinds[""] = "blank_row"
    known = ", ".join(f"{literal(text)}: {literal(kind)}" for text, kind in kinds.items())
    cells = ", ".join(f"daqu_text(c{i})" for i in range(len(layout.table.header.texts)))
    first = f"lower(translate(rtrim(coalesce({cells}, ''), ':：'), ' 　', ''))"
    ways = [f"map {{{known}}}[{first}]"]
    to_fill = [
        f"daqu_text({text_name(c)}) is null"
        for c in layout.contract.columns
        if c.fill_in and c.name in layout.sent
    ]
    if to_fill:
        ways.append(f"case when {' and '.join(to_fill)} then 'unfilled_row' end")
    if layout.finds_repeats:
        ways.append("if(_nth > 1, 'repeated_row', null)")
    if layout.corrections:
        ways.append("if(_is_dropped, 'dropped_row', null)")
    if _may_be_others(layout, lookups):
        ways.append(f"case when {IS_OTHERS} then 'not_ours' end")
    return f"coalesce({', '.join([*ways, 'null'])})"


def _may_be_others(layout: Layout, lookups: Lookups) -> bool:
    """Whether a row may be about a product of another company."""
    coded = {column.name for column in layout.contract.columns if column.code_of == "sku"}
    return lookups.not_ours and bool(coded & set(layout.sent))


def _raw(layout: Layout, *, masked: bool) -> str:
    personal = _personal_places(layout) if masked else set[int]()
    pairs = []
    for place, header in enumerate(layout.table.header.texts):
        is_hidden = place in personal
        cell = f"case when c{place} is not null then '***' end" if is_hidden else f"c{place}"
        pairs.append(f"{literal(header or f'({place + 1})')}, {cell}")
    return f"json_object({', '.join(pairs)})"


def _personal_places(layout: Layout) -> set[int]:
    """Cells with persons in them, by the contract or by the sender's mapping."""
    header = layout.table.header
    said = {header_key(text) for text in layout.mapping.personal}
    places = {place for place, text in enumerate(header.texts) if header_key(text) in said}
    for column in (column for column in layout.contract.columns if column.personal):
        places |= {place for place, name in header.columns.items() if name == column.name}
        places |= set(header.joined.get(column.name, ()))
    return places
