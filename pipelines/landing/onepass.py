"""One SQL pass per layout: read, type, resolve codes, judge, land — good and bad rows alike.

The statement is compiled from the contract, the sender's mapping and the header found. Reasons are
an integer bitmask while rows are judged and become names only for the rows that have one, so a
good row costs a comparison (see docs/decisions/0002-one-pass-landing.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts import Column, Contract
from pipelines.contracts.tables import sent_name
from pipelines.landing import expressions as sql
from pipelines.landing.expressions import literal
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.readers import TOTALS, TableFile
from pipelines.landing.tables import all_table, stored_columns

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
    "case": ("箱", "件", "case", "cases", "cs", "ctn", "carton"),
    "inner": ("盒", "中包", "条", "inner", "inners", "box"),
}
FILE_COLUMNS = ("delivery_id", "sender", "received_on", "period_start", "period_end")


@dataclass(frozen=True)
class Lookups:
    """Which code tables have something to say, so that empty ones cost nothing.

    Attributes:
        sku_master: Whether the deployment subscribes to the SKU master.
        outlet_master: Whether it subscribes to the outlet master.
        sku_map: Whether any sender's product codes are mapped.
        outlet_map: Whether any sender's outlet codes are mapped.
        uom_map: Whether any sender's units are mapped.
    """

    sku_master: bool = False
    outlet_master: bool = False
    sku_map: bool = False
    outlet_map: bool = False
    uom_map: bool = False


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


@dataclass(frozen=True)
class Layout:
    """Files that one statement can read together."""

    contract: Contract
    mapping: FeedMapping
    table: TableFile

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for files of one layout."""
        t = self.table
        columns = tuple(sorted(t.header.columns.items()))
        form = (t.form, t.delimiter, t.header_row if t.form == "csv" else 0)
        workbook = t.encoding == "xlsx"
        return (self.contract.feed, id(self.mapping), form, workbook, t.header.texts, columns)

    @property
    def sent(self) -> dict[str, int]:
        """Our columns the file has → place of the cell."""
        return {name: place for place, name in self.table.header.columns.items()}


def insert_statement(layout: Layout, lookups: Lookups) -> str:
    """The statement that lands the files of one layout.

    It reads the temp table `batch_file(file_index, delivery_id, sender, sheet, received_on,
    period_start, period_end, row_offset, header_row)` and the parameters `$files` (paths in the
    order of file_index) and `$batch_id`.
    """
    contract = layout.contract
    found = findings(layout, lookups)
    return f"""
insert into {all_table(contract.feed)} by name
with source as ({_source(layout)}),
texts as (
    select
        {_texts(layout)}
    from source as s
    inner join batch_file as f on s.file_index = f.file_index
    {"where s._row_no > f.header_row" if layout.table.form == "rows" else ""}
),
typed as (
    select *,
        {_typed(layout)}
    from texts as f
),
resolved as (
    select t.* {_resolved(layout, lookups)}
    from typed as t {_joins(layout, lookups)}
),
judged as (
    select *,
        case when {_any_of(found)} then {_verdict(layout, found)} end as _verdict
    from resolved
)
select
    {_stored(layout)},
    _f_delivery_id as _delivery_id,
    _row_no,
    _verdict,
    $batch_id as _batch_id
from judged
"""


def dates_statement(layout: Layout, column: Column) -> str:
    """How many rows of one file have each business date; parameter `$files`."""
    value = sql.value_of("day", column, layout.mapping, layout.table.encoding == "xlsx")
    place = layout.sent[column.name]
    after = f"where _row_no > {layout.table.header_row}" if layout.table.form == "rows" else ""
    return f"""
with source as ({_source(layout)}),
text as (select daqu_text(c{place}) as day from source {after})
select {value} as day, count(*) from text group by 1 having day is not null order by 1"""


def findings(layout: Layout, lookups: Lookups) -> list[Finding]:
    """Everything the statement judges, errors and warnings, in the order of the contract."""
    contract, sent = layout.contract, layout.sent
    found = [f for c in contract.columns if c.name in sent for f in _of_column(c)]
    if layout.table.form == "rows":
        found.append(finding("too_many_cells", "_extra is not null"))
    found += _of_period(contract)
    found += _of_codes(layout, lookups)
    found += [finding(r.rule_id, r.sql, r.severity == "warning") for r in contract.rules]
    return found


def _source(layout: Layout) -> str:
    width = len(layout.table.header.texts)
    if layout.table.form == "rows":
        cells = ", ".join(f"c{i}" for i in range(width))
        return f"""
    select {cells}, _extra, _row_no, file_index
    from read_parquet($files)"""
    columns = ", ".join(f"'c{i}': 'varchar'" for i in range(width))
    return f"""
    select *, file_index, row_number() over () as _rank
    from read_csv($files, columns = {{{columns}}}, auto_detect = false, header = false,
        skip = {layout.table.header_row}, delim = {literal(layout.table.delimiter)},
        quote = '"', escape = '"', nullstr = '', strict_mode = true)"""


def _texts(layout: Layout) -> str:
    contract, sent = layout.contract, layout.sent
    cells = [f"s.c{i}" for i in range(len(layout.table.header.texts))]
    texts = [
        f"{_unit_text(layout, cell) if c.code_of == 'uom' else sql.text_of(cell, c)} as {_text(c)}"
        for c, cell in ((c, cells[sent[c.name]]) for c in contract.columns if c.name in sent)
    ]
    is_csv = layout.table.form == "csv"
    row_no = "s._rank - f.row_offset + f.header_row" if is_csv else "s._row_no"
    extra = [] if is_csv else ["s._extra"]
    file = [f"f.{name} as _f_{name}" for name in FILE_COLUMNS]
    kept = [*cells, *extra, f"{row_no} as _row_no", *texts, *file]
    return ",\n        ".join(kept)


def _unit_text(layout: Layout, cell: str) -> str:
    """A known unit word as it is, which is cheaper than to tidy it; any other tidied."""
    words = ", ".join(literal(word) for word in _units(layout))
    return f"case when {cell} in ({words}) then {cell} else daqu_text({cell}) end"


def _typed(layout: Layout) -> str:
    workbook = layout.table.encoding == "xlsx"
    values = []
    for column in layout.contract.columns:
        name = f"_v_{column.name}" if column.code_of in ("sku", "outlet") else column.name
        values.append(f"{_value(layout, column, workbook)} as {name}")
    return ",\n        ".join(values)


def _value(layout: Layout, column: Column, workbook: bool) -> str:
    if column.name not in layout.sent:
        return _derived(layout, column)
    value = sql.value_of(_text(column), column, layout.mapping, workbook)
    if column.default is None and column.fill is None:
        return value
    return f"case when {_text(column)} is null then {sql.absent_value(column)} else {value} end"


def _derived(layout: Layout, column: Column) -> str:
    """A column the file has not: from the mapping where it says so, else what the contract says."""
    mapping = layout.mapping
    if column.name == "tax_included" and mapping.tax_included is not None:
        return str(mapping.tax_included).lower()
    if column.name == "doc_type":
        return _doc_type(layout, sql.absent_value(column))
    return sql.absent_value(column)


def _doc_type(layout: Layout, otherwise: str) -> str:
    cases = []
    source = layout.mapping.doc_type_from
    if source and source.column in layout.sent:
        text = f"_t_{source.column}"
        for prefix, value in source.prefixes.items():
            cases.append(f"when starts_with({text}, {literal(prefix)}) then {literal(value)}")
    if layout.mapping.negative_is_return and "quantity" in layout.sent:
        quantity = _value(layout, layout.contract.column("quantity"), False)
        cases.append(f"when {quantity} < 0 then 'return'")
    return f"case {' '.join(cases)} else {otherwise} end" if cases else otherwise


def _resolved(layout: Layout, lookups: Lookups) -> str:
    added = []
    for column in layout.contract.columns:
        if column.code_of in ("sku", "outlet"):
            sent = f"t._v_{column.name}"
            added.append(f"{sent} as {sent_name(column)}")
            added.append(f"{_ours(layout, column, lookups)} as {column.name}")
        if column.pieces:
            added.append(f"{_pieces(layout, column, lookups)} as {column.pieces}")
    return "".join(f",\n        {expression}" for expression in added)


def _ours(layout: Layout, column: Column, lookups: Lookups) -> str:
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
    return found


def _joins(layout: Layout, lookups: Lookups) -> str:
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
    if _needs_pack(layout, lookups):
        joins.append(
            "left join lookup_pack as pack on pack.sku_code = "
            f"{_ours(layout, names['sku'], lookups)} "
            f"and {day} >= pack.valid_from and {day} < pack.valid_before"
        )
    if _needs_uom_map(layout, lookups):
        joins.append(_uom_join(_ours(layout, names["sku"], lookups), day))
    return "".join(f"\n    {join}" for join in joins)


def _map_join(kind: str, code: str, day: str) -> str:
    return (
        f"left join lookup_{kind}_map as {kind}_map on t._f_sender = {kind}_map.sender "
        f"and {code} = {kind}_map.code "
        f"and {day} >= {kind}_map.valid_from and {day} < {kind}_map.valid_before"
    )


def _uom_join(sku: str, day: str) -> str:
    valid = f"and {day} >= {{0}}.valid_from and {day} < {{0}}.valid_before"
    unit = "on t._f_sender = {0}.sender and lower(t.uom) = {0}.uom "
    join = "left join lookup_uom as {0} " + unit + valid
    return (
        join.format("uom_sku")
        + f" and uom_sku.sku_code = {sku}\n    "
        + join.format("uom_all")
        + " and uom_all.sku_code is null"
    )


def _has_unit(layout: Layout) -> bool:
    return "uom" in layout.sent and any(column.pieces for column in layout.contract.columns)


def _units(layout: Layout) -> dict[str, str | float]:
    """Unit words of the sender: theirs alone where the mapping names any, else the usual ones."""
    if layout.mapping.units:
        return {word.casefold(): unit for word, unit in layout.mapping.units.items()}
    return {word: unit for unit, words in UNIT_WORDS.items() for word in words}


def _needs_pack(layout: Layout, lookups: Lookups) -> bool:
    packed = {"case", "inner"} & set(map(str, _units(layout).values()))
    return _has_unit(layout) and lookups.sku_master and bool(packed)


def _needs_uom_map(layout: Layout, lookups: Lookups) -> bool:
    return _has_unit(layout) and lookups.uom_map


def _pieces(layout: Layout, column: Column, lookups: Lookups) -> str:
    """The quantity in pieces; null where the unit is unknown."""
    if not _has_unit(layout):
        return f"t.{column.name}"
    ways = ["uom_sku.pieces_per_unit", "uom_all.pieces_per_unit"]
    factors = ways if _needs_uom_map(layout, lookups) else []
    if lookups.sku_map and "sku_code" in layout.sent:
        factors = [*factors, "sku_map.pieces_per_their_unit"]
    factors = [*factors, _word_factor(layout, lookups)]
    return f"(t.{column.name} * coalesce({', '.join(factors)}))::decimal(18,3)"


def _word_factor(layout: Layout, lookups: Lookups) -> str:
    packed = _needs_pack(layout, lookups)
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


def _of_column(column: Column) -> list[Finding]:
    text = _text(column)
    name = f"_v_{column.name}" if column.code_of in ("sku", "outlet") else column.name
    found = [_unread(column, name, text)] if _is_parsed(column) else []
    if column.required and not found:
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
    unread = f"{column.name}_{'not_allowed' if column.allowed else 'invalid'}"
    missing = literal(f"{column.name}_missing") if column.required else "null"
    reason = f"if(daqu_text({text}) is null, {missing}, {literal(unread)})"
    condition = f"{value} is null" if column.required else f"{value} is null and {text} is not null"
    return Finding(condition, f"case when {condition} then {reason} end")


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
        if column.pieces and _has_unit(layout):
            sku_known = "sku_code is not null" if lookups.sku_master else "true"
            condition = f"{column.name} is not null and {column.pieces} is null and {sku_known}"
            condition = dated + condition
            found.append(finding("unmapped_uom", condition))
    return found


def _any_of(found: list[Finding]) -> str:
    """Whether anything is found in a row, or it may be a total: the one test a good row costs."""
    spellings = {form for total in TOTALS for form in (total, total.upper(), total.capitalize())}
    totals = ", ".join(literal(total) for total in sorted(spellings))
    conditions = [f"({finding.condition})" for finding in found]
    return "\n            or ".join([*conditions, f"c0 in ({totals})"])


def _verdict(layout: Layout, found: list[Finding]) -> str:
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
    if any(column.personal and column.name in layout.sent for column in layout.contract.columns):
        parts.append(f"'masked', {_raw(layout, masked=True)}")
    return f"json_object({', '.join(parts)})::varchar"


def _names(found: list[Finding]) -> str:
    names = ", ".join([*(finding.reason for finding in found), "null::varchar"])
    return f"list_filter([{names}], lambda r: r is not null)"


def kept_columns(layout: Layout) -> set[str]:
    """Columns these files have something to say in, and those derived from them."""
    names = set(layout.sent)
    for column in layout.contract.columns:
        sent = sent_name(column)
        if sent and column.name in names:
            names.add(sent)
        if column.pieces:
            names.add(column.pieces)
        if _is_derived(layout, column.name):
            names.add(column.name)
    return names


def _stored(layout: Layout) -> str:
    """Values as they are kept; a sent code only where it is another than ours."""
    kept = kept_columns(layout)
    theirs = {sent_name(column): column.name for column in layout.contract.columns}
    values = []
    for name in (column.name for column in stored_columns(layout.contract)):
        if name in theirs and name in kept:
            differs = f"{theirs[name]} is distinct from {name}"
            values.append(f"case when {differs} then {name} end as {name}")
        elif name in kept:
            values.append(name)
    return ",\n    ".join(values)


def _is_derived(layout: Layout, name: str) -> bool:
    """Whether the mapping says what stands in a column the file has not."""
    mapping = layout.mapping
    return (name == "tax_included" and mapping.tax_included is not None) or (
        name == "doc_type" and bool(mapping.doc_type_from or mapping.negative_is_return)
    )


def _structural(layout: Layout) -> str:
    """Why a row is no data: a blank row, a total, or the header once more; else null."""
    place = min(layout.table.header.columns)
    kinds = {layout.table.header.texts[place].lower().replace(" ", ""): "repeated_header"}
    kinds |= {total.replace(" ", ""): "total_row" for total in TOTALS}
    kinds[""] = "blank_row"
    known = ", ".join(f"{literal(text)}: {literal(kind)}" for text, kind in kinds.items())
    cells = ", ".join(f"daqu_text(c{i})" for i in range(len(layout.table.header.texts)))
    first = f"lower(replace(rtrim(coalesce({cells}, ''), ':：'), ' ', ''))"
    return f"map {{{known}}}[{first}]"


def _raw(layout: Layout, *, masked: bool) -> str:
    personal = {column.name for column in layout.contract.columns if column.personal}
    pairs = []
    for place, header in enumerate(layout.table.header.texts):
        hidden = masked and layout.table.header.columns.get(place) in personal
        cell = f"case when c{place} is not null then '***' end" if hidden else f"c{place}"
        pairs.append(f"{literal(header or f'({place + 1})')}, {cell}")
    return f"json_object({', '.join(pairs)})"


def _text(column: Column) -> str:
    return f"_t_{column.name}"
