"""One SQL pass per layout: read, type, resolve codes, judge, land — good and bad rows alike.

The statement is compiled from the contract, the sender's mapping and the header found. A row of
which nothing is found costs the conditions alone; reasons and raw texts are put into words only
for the others (see docs/decisions/0002-one-pass-landing.md).
"""

from __future__ import annotations

from pipelines.contracts import Column
from pipelines.contracts.tables import CORRECTION_ID, sent_name
from pipelines.landing.layout import Layout, is_derived, stated_in, text_name
from pipelines.landing.rows import expressions as sql
from pipelines.landing.rows.codes import joins, resolved
from pipelines.landing.rows.correcting import corrected
from pipelines.landing.rows.expressions import literal
from pipelines.landing.rows.findings import any_of, findings, verdict
from pipelines.landing.rows.lookups import Lookups
from pipelines.landing.rows.prices import Limits, fault, judges_prices, measured, repaired
from pipelines.landing.rows.units import counts_pieces, takes_mixed_units, unit_text
from pipelines.landing.tables import all_table, stored_columns

FILE_COLUMNS = ("delivery_id", "sender", "received_on", "period_start", "period_end")


def insert_statement(layout: Layout, lookups: Lookups, limits: Limits) -> str:
    """The statement that lands the files of one layout.

    It reads the temp table `batch_file(file_index, delivery_id, sender, sheet, received_on,
    period_start, period_end, row_offset, header_row)` and the parameters `$files` (paths in the
    order of file_index) and `$batch_id`.
    """
    contract = layout.contract
    found = findings(layout, lookups, limits)
    is_found, said = any_of(layout, lookups, found), verdict(layout, lookups, found)
    edited, edits = _corrected(layout)
    last, steps = _steps(layout, lookups, limits)
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
{edits}typed as (
    select *,
        {_typed(layout)}
    from {edited} as f
),
resolved as (
    select t.* {resolved(layout, lookups)}
    from typed as t {joins(layout, lookups)}
){steps},
judged as (
    select *,
        case when {is_found} then {said} end as _verdict
    from {last}
)
select
    {_stored(layout, lookups)},
    _f_delivery_id as _delivery_id,
    _row_no,
    _verdict,
    $batch_id as _batch_id
from judged
"""


def _corrected(layout: Layout) -> tuple[str, str]:
    """The edits of the texts, each a query of its own; the last one and all of them."""
    last, steps = "texts", ""
    for number, select in enumerate(corrected(layout), 1):
        steps += f"edit_{number} as (select {select} from {last}),\n"
        last = f"edit_{number}"
    return last, steps


def _steps(layout: Layout, lookups: Lookups, limits: Limits) -> tuple[str, str]:
    """What else a row goes through where its layout calls for it; the last step and all of them.

    Each is a query of its own, so that what the next one names is computed once.
    """
    selects = []
    quantity = next((column for column in layout.contract.columns if column.pieces), None)
    if quantity and takes_mixed_units(layout, lookups):
        selects.append(_unmixed(quantity, "uom" in layout.sent))
    selects += [f"*, {', '.join(columns)}" for columns in [measured(layout, lookups)] if columns]
    if judges_prices(layout, lookups):
        selects.append(f"*, {fault(layout, limits)} as _price_fault")
        if layout.mapping.uom_autofix:
            selects.append(f"* replace ({repaired(layout.contract)})")
    last, steps = "resolved", ""
    for number, select in enumerate(selects, 1):
        steps += f",\nstep_{number} as (select {select} from {last})"
        last = f"step_{number}"
    return last, steps


def _unmixed(quantity: Column, has_unit: bool) -> str:
    """A quantity that held its units, in pieces."""
    names = [quantity.name, quantity.pieces]
    replaced = [f"coalesce({name}, _mixed_pieces) as {name}" for name in names]
    if has_unit:
        replaced.append("case when _mixed_pieces is null then uom end as uom")
    return f"* replace ({', '.join(replaced)})"


def dates_statement(layout: Layout, column: Column) -> str:
    """How many rows of one file have each business date; parameter `$files`."""
    after = f"where _row_no > {layout.table.header_row}" if layout.table.form == "rows" else ""
    texts = [
        f"daqu_text({layout.cell(source.name)}) as {text_name(source)}"
        for source in stated_in(layout, column)
    ]
    return f"""
with source as ({_source(layout)}),
text as (select {", ".join(texts)} from source {after})
select {_stated_day(layout, column)} as day, count(*)
from text group by 1 having day is not null order by 1"""


def _stated_day(layout: Layout, column: Column) -> str:
    """The day a row itself states: in the column, else in the one with its time."""
    days = [f"{_read(layout, source)}::date" for source in stated_in(layout, column)]
    return f"coalesce({', '.join([*days, 'null::date'])})"


def count_statement(layout: Layout) -> str:
    """How many rows DuckDB finds below the header, every cell looked at; parameter `$files`."""
    width = len(layout.table.header.texts)
    looked_at = ", ".join(f"max(c{place})" for place in range(width))
    return f"with source as ({_source(layout)}) select count(*), {looked_at} from source"


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
    texts = []
    for column in (c for c in contract.columns if c.name in sent):
        cell = layout.cell(column.name, "s.")
        is_unit = column.code_of == "uom"
        text = unit_text(layout, cell) if is_unit else sql.text_of(cell, column)
        texts.append(f"{text} as {text_name(column)}")
    is_csv = layout.table.form == "csv"
    row_no = "s._rank - f.row_offset + f.header_row" if is_csv else "s._row_no"
    extra = [] if is_csv else ["s._extra"]
    if layout.finds_repeats:
        rank = "s._rank" if is_csv else "s._row_no"
        alike = ", ".join(["s.file_index", *cells])
        extra.append(f"row_number() over (partition by {alike} order by {rank}) as _nth")
    file = [f"f.{name} as _f_{name}" for name in FILE_COLUMNS]
    kept = [*cells, *extra, f"{row_no} as _row_no", *texts, *file]
    return ",\n        ".join(kept)


def _typed(layout: Layout) -> str:
    values = []
    for column in layout.contract.columns:
        name = f"_v_{column.name}" if column.code_of in ("sku", "outlet") else column.name
        values.append(f"{_value(layout, column)} as {name}")
    return ",\n        ".join(values)


def _value(layout: Layout, column: Column) -> str:
    if column.name not in layout.sent:
        return _derived(layout, column)
    value = _read(layout, column)
    absent = _absent(layout, column)
    if absent.startswith("null::"):
        return value
    return f"case when {text_name(column)} is null then {absent} else {value} end"


def _read(layout: Layout, column: Column) -> str:
    text, unit = text_name(column), layout.unit_of(column)
    return sql.value_of(text, column, layout.mapping, layout.table.date_system, unit)


def _derived(layout: Layout, column: Column) -> str:
    """A column the file has not: from the mapping where it says so, else what the contract says."""
    mapping = layout.mapping
    if column.name == "tax_included" and mapping.tax_included is not None:
        return str(mapping.tax_included).lower()
    if column.name == "doc_type":
        return _doc_type(layout, sql.absent_value(column))
    return _absent(layout, column)


def _absent(layout: Layout, column: Column) -> str:
    """What an empty cell stands for, by the contract."""
    if column.day_of:
        return _stated_day(layout, column)
    if column.last_day_of:
        unit = layout.unit_of(layout.contract.column(column.last_day_of))
        return f"({column.last_day_of} + interval 1 {unit} - interval 1 day)::date"
    return sql.absent_value(column, layout.unit_of(column))


def _doc_type(layout: Layout, otherwise: str) -> str:
    cases = []
    source = layout.mapping.doc_type_from
    if source and source.column in layout.sent:
        text = f"_t_{source.column}"
        for prefix, value in source.prefixes.items():
            cases.append(f"when starts_with({text}, {literal(prefix)}) then {literal(value)}")
    if layout.mapping.negative_is_return and "quantity" in layout.sent:
        quantity = _value(layout, layout.contract.column("quantity"))
        cases.append(f"when {quantity} < 0 then 'return'")
    return f"case {' '.join(cases)} else {otherwise} end" if cases else otherwise


def kept_columns(layout: Layout, lookups: Lookups) -> set[str]:
    """Columns these files have something to say in, and those derived from them."""
    names = set(layout.sent)
    for column in layout.contract.columns:
        sent = sent_name(column)
        if sent and column.name in names:
            names.add(sent)
        if column.pieces and not counts_pieces(layout, lookups):
            names.add(column.pieces)
        if is_derived(layout, column.name):
            names.add(column.name)
    return names | ({CORRECTION_ID} if layout.corrections else set())


def _stored(layout: Layout, lookups: Lookups) -> str:
    """Values as they are kept; a sent code only where it is another than ours."""
    kept = kept_columns(layout, lookups)
    theirs = {sent_name(column): column.name for column in layout.contract.columns}
    values = []
    for name in (column.name for column in stored_columns(layout.contract)):
        if name in theirs and name in kept:
            differs = f"{theirs[name]} is distinct from {name}"
            values.append(f"case when {differs} then {name} end as {name}")
        elif name in kept:
            values.append(name)
    return ",\n    ".join(values)
