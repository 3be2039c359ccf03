"""What can be wrong with a row, as SQL: conditions every row meets, words only bad rows meet."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts import Column, Contract, header_key
from pipelines.landing.expressions import literal
from pipelines.landing.layout import Layout, stated_in, text_name
from pipelines.landing.lookups import Lookups
from pipelines.landing.readers import TOTALS
from pipelines.landing.units import has_unit


@dataclass(frozen=True)
class Finding:
    """One thing that can be wrong with a row.

    Attributes:
        condition: SQL that is true where it is; cheap, every row meets it.
        reason: SQL of the reason's name, null where nothing is wrong after all; only rows of
            which something is true meet it.
        warning: Whether the row is loaded all the same.
    """

    condition: str
    reason: str
    warning: bool = False


def finding(reason: str, condition: str, warning: bool = False) -> Finding:
    """A finding whose condition says all there is to say."""
    return Finding(condition, f"case when {condition} then {literal(reason)} end", warning)


def findings(layout: Layout, lookups: Lookups) -> list[Finding]:
    """Everything the statement judges, errors and warnings, in the order of the contract."""
    contract, sent = layout.contract, layout.sent
    found = [f for c in contract.columns if c.name in sent for f in _of_column(c)]
    found += [_unfilled(layout, c) for c in contract.columns if c.is_needed and not c.required]
    if layout.table.form == "rows":
        found.append(finding("too_many_cells", "_extra is not null"))
    found += _of_period(contract)
    found += _of_codes(layout, lookups)
    found += [finding(r.rule_id, r.sql, r.severity == "warning") for r in contract.rules]
    return found


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
        found.append(finding(f"{column.name}_too_long", f"length({text}) > {column.max_length}"))
    if column.pattern:
        matches = f"regexp_full_match({text}, {literal(column.pattern)})"
        found.append(finding(f"{column.name}_malformed", f"not {matches}"))
    return found


def _is_parsed(column: Column) -> bool:
    return bool(column.allowed) or column.logical_type != "string"


def _unread(column: Column, value: str, text: str) -> Finding:
    """No value: because nothing was sent, or because what was sent cannot be read as one."""
    if column.open_list:
        return _unlisted(column, value)
    unread = f"{column.name}_{'not_allowed' if column.allowed else 'invalid'}"
    missing = literal(f"{column.name}_missing") if column.required else "null"
    reason = f"if(daqu_text({text}) is null, {missing}, {literal(unread)})"
    condition = f"{value} is null" if column.required else f"{value} is null and {text} is not null"
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


def _of_period(contract: Contract) -> list[Finding]:
    if contract.business_date is None:
        return []
    day = contract.business_date
    outside = f"({day} < _f_period_start - {contract.period_grace_days} or {day} > _f_period_end)"
    if contract.is_plan:
        return [finding("out_of_period", outside)]
    future = f"{day} > _f_received_on"
    return [finding("out_of_period", f"{outside} and not {future}"), finding("future_date", future)]


def _of_codes(layout: Layout, lookups: Lookups) -> list[Finding]:
    found = []
    day = layout.contract.business_date
    dated = f"{day} is not null and " if day else ""  # without its day no map can be asked
    for column in layout.contract.columns:
        if column.name not in layout.sent:
            continue
        if column.code_of == "sku" and lookups.sku_master:
            condition = f"{dated}_v_{column.name} is not null and {column.name} is null"
            found.append(finding("unmapped_sku", condition))
        if column.code_of == "outlet" and lookups.outlet_master:
            unknown = f"starts_with({column.name}, 'UNKNOWN-')"
            found.append(finding("unmapped_outlet", unknown, warning=True))
    if has_unit(layout):
        sku_known = "sku_code is not null" if lookups.sku_master else "true"
        found.append(finding("unmapped_uom", f"{dated}{sku_known} and {_uncounted(layout)}"))
    return found


def _uncounted(layout: Layout) -> str:
    """Whether a quantity of the row could not be counted in pieces."""
    counted = [c for c in layout.contract.columns if c.pieces and c.name in layout.sent]
    uncounted = [f"({c.name} is not null and {c.pieces} is null)" for c in counted]
    return f"({' or '.join([*uncounted, 'false'])})"


def any_of(layout: Layout, found: list[Finding]) -> str:
    """Whether anything is found in a row, or it may be no data: the one test a good row costs."""
    spellings = {form for total in TOTALS for form in (total, total.upper(), total.capitalize())}
    totals = ", ".join(literal(total) for total in sorted(spellings))
    conditions = [f"({finding.condition})" for finding in found]
    repeats = ["_nth > 1"] if layout.finds_repeats else []
    return "\n            or ".join([*conditions, *repeats, f"c0 in ({totals})"])


def verdict(layout: Layout, found: list[Finding]) -> str:
    """What is to be said of a row that is not plainly good, as JSON in the order of `outcome`.

    Each part stands here once, see `expressions`.
    """
    errors = _names([finding for finding in found if not finding.warning])
    warnings = _names([finding for finding in found if finding.warning])
    parts = [
        f"'kind', {_structural(layout)}",
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


def _structural(layout: Layout) -> str:
    """Why a row is no data: blank, a total, the header again, unfilled, a repeat; else null."""
    place = min(layout.sent.values())
    kinds = {layout.table.header.texts[place].lower().replace(" ", ""): "repeated_header"}
    kinds |= {total.replace(" ", ""): "total_row" for total in TOTALS}
    kinds[""] = "blank_row"
    known = ", ".join(f"{literal(text)}: {literal(kind)}" for text, kind in kinds.items())
    cells = ", ".join(f"daqu_text(c{i})" for i in range(len(layout.table.header.texts)))
    first = f"lower(replace(rtrim(coalesce({cells}, ''), ':：'), ' ', ''))"
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
    return f"coalesce({', '.join(ways)})"


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
