"""SQL that turns one sent text into one typed value; null where it cannot be read.

Nothing is guessed: a text that is not plainly the type is null, and the row says so.

DuckDB computes an expression that stands twice in a statement beforehand for every row, even where
a `case` would hardly ever need it. The slow way of reading a value therefore names its argument
once, or stands in `seldom`.
"""

from __future__ import annotations

import unicodedata

import duckdb

from pipelines.contracts import Column, simplified, spellings
from pipelines.landing.mapping import FeedMapping

DATE_FORMATS = ("%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
WEEK = r"^(\d{4})-?[Ww](\d{2})$"
MONTH_FORMATS = ("%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月")
TIME_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y.%m.%d %H:%M")
FIRST_DAY = "date '1900-01-02'"  # an Excel cell with 0 in it shows as 1900-01-00
LATER_DAYS = {1900: 0, 1904: 1462}  # day 1 is 1900-01-01, or day 0 is 1904-01-01
EPOCH, INFINITY = "date '1970-01-01'", "date 'infinity'"
MINUS = "\N{MINUS SIGN}"
TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0", "是", "含税", "√", "合格", "pass", "passed")
FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0", "否", "不含税", "×", "不合格", "fail", "failed")

MACROS = r"""
create or replace temp macro daqu_text(x) as case
    when strlen(x) = length(x) and not contains(x, ' ') and x <> '' then x
    when strlen(x) = length(x) then nullif(trim(x), '')
    when contains(x, ' ') or contains(x, chr(9)) or contains(x, chr(160)) or contains(x, chr(12288))
        or contains(x, chr(8203)) or contains(x, chr(65279))
        then nullif(trim(x, ' ' || chr(9) || chr(160) || chr(12288) || chr(8203) || chr(65279)), '')
    else x end;
create or replace temp macro daqu_code(x) as case
    when x >= '(' and strlen(x) = length(x) and not contains(x, ' ') then x
    else list_transform([x], lambda y: nullif(case
        when strlen(y) <> length(y) or starts_with(y, '''') then daqu_nfkc(y)
        else trim(y) end, ''))[1] end;
create or replace temp macro daqu_number(x) as replace(regexp_extract(
    regexp_replace(regexp_replace(regexp_replace(
        replace(translate(
            x, '０１２３４５６７８９．，－−＋（）￥　 ', '0123456789.,--+()¥'), chr(160), ''),
        '^\((.*)\)$', '-\1'), '^([^-]*)-$', '-\1'), '^([-+]?)[¥$]?(.*?)元?$', '\1\2'),
    '^[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?$'), ',', '');
create or replace temp macro daqu_serial_day(x, later) as
    case when try_cast(x as double) + later between 36526 and 73050
    then date '1899-12-30' + floor(try_cast(x as double) + later)::integer end;
"""


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the functions and macros the expressions use."""
    con.create_function("daqu_nfkc", tidy_code, ["VARCHAR"], "VARCHAR")  # type: ignore[arg-type]
    con.create_function("daqu_spellings", code_spellings, ["VARCHAR"], "VARCHAR[]")  # type: ignore[arg-type]
    con.create_function("daqu_same_word", same_word, ["VARCHAR", "VARCHAR[]"], "VARCHAR")  # type: ignore[arg-type]
    con.execute(MACROS)


def tidy_code(text: str) -> str:
    """A code in one form: NFKC, without blanks around it, zero-width marks or odd dashes.

    An apostrophe before it is a spreadsheet's mark for "this is text" and no part of it.
    """
    folded = unicodedata.normalize("NFKC", text)
    dashed = "".join("-" if c == MINUS or unicodedata.category(c) == "Pd" else c for c in folded)
    plain = "".join(c for c in dashed if unicodedata.category(c) != "Cf").strip()
    return plain.removeprefix("'").strip()


def same_word(text: str, words: list[str]) -> str:
    """The word among these that a text is in simplified or traditional characters; else empty."""
    if text.isascii():
        return ""
    plain = simplified(text.strip().casefold())
    return next((word for word in words if simplified(word) == plain), "")


def code_spellings(code: str) -> list[str]:
    """Other texts that may stand for a code: without leading zeros, in other characters."""
    bare = [code.lstrip("0")] if code.isascii() and code.isdigit() else []
    return [text for text in (*bare, *spellings(code)) if text not in ("", code)]


def literal(value: str) -> str:
    """A SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def seldom(text: str, expression: str) -> str:
    """An expression of `x`, which is that text, worked out only for the rows it is needed for."""
    return f"list_transform([{text}], lambda x: {expression})[1]"


def text_of(cell: str, column: Column) -> str:
    """The text of a cell; codes and keys in one form, what is parsed as it is."""
    if column.logical_type not in ("string", "boolean"):
        return cell
    is_key = column.logical_type == "string" and column.key_position is not None
    is_code = column.code_of in ("sku", "outlet") or is_key
    return f"{'daqu_code' if is_code else 'daqu_text'}({cell})"


def value_of(
    text: str, column: Column, mapping: FeedMapping, date_system: int | None, unit: str = "day"
) -> str:
    """The typed value of a text as `text_of` gives it.

    Args:
        text: Name of the column with the text.
        column: What it should be.
        mapping: The sender's date styles and value words.
        date_system: Year the day numbers of a workbook count from; None where a bare number is
            no date.
        unit: `day`, `week` or `month`: what a column of the format `period` holds.
    """
    kind = column.logical_type
    if kind == "date":
        return _day(text, "month" if column.format == "yyyy-MM" else unit, mapping, date_system)
    if kind == "timestamp":
        return _time(text, [*mapping.dates, *TIME_FORMATS])
    if kind == "number":
        return _number(text, column.duckdb_type, mapping.wan)
    if kind == "integer":
        exact = _number(text, "decimal(22,3)", mapping.wan)  # any bigint
        return f"case when {exact} = floor({exact}) then {exact}::bigint end"
    if kind == "boolean":
        words = dict.fromkeys(TRUE_WORDS, "true") | dict.fromkeys(FALSE_WORDS, "false")
        theirs = mapping.values.get(column.name, {})
        return _word(text, words | {word.casefold(): theirs[word] for word in theirs})
    return _enum(text, column, mapping) if column.allowed else text


def absent_value(column: Column, unit: str = "day") -> str:
    """What stands for a column the file has not, or an empty cell: its default, else null."""
    if column.fill == "sender":
        return "f._f_sender"
    if column.fill == "period":
        return _first_day(column, unit)
    if column.default is None:
        return f"null::{column.duckdb_type}"
    return f"{literal(column.default)}::{column.duckdb_type}"


def _first_day(column: Column, unit: str) -> str:
    """First day of the file's period, null where that is more than one day, week or month.

    A plain day may also be that of receipt, where the mapping says the file has no period.
    """
    start, end = (f"date_trunc('{unit}', f._f_period_{side})" for side in ("start", "end"))
    otherwise = "" if column.format else "when f._f_period_start is null then f._f_received_on"
    return f"case when {start} = {end} then {start}::date {otherwise} end"


def _day(text: str, unit: str, mapping: FeedMapping, date_system: int | None) -> str:
    """A day, or the first one of the week or month a text names."""
    if unit == "month":
        return _month(text, mapping, date_system)
    if unit == "week":
        return _week(text, mapping, date_system)
    return _date(text, mapping, date_system)


def _week(text: str, mapping: FeedMapping, date_system: int | None) -> str:
    monday = f"regexp_extract(daqu_text({text}), {literal(WEEK)}, 1) || '-' || "
    monday += f"regexp_extract(daqu_text({text}), {literal(WEEK)}, 2) || '-1'"
    day = f"coalesce(try_strptime({monday}, '%G-%V-%u')::date, {_date(text, mapping, date_system)})"
    return f"date_trunc('week', {day})::date"


def _date(text: str, mapping: FeedMapping, date_system: int | None) -> str:
    first = (
        f"{_parsed(text, mapping.dates)}::date" if mapping.dates else f"try_cast({text} as date)"
    )
    # DuckDB takes the words infinity and epoch for days
    plain = f"{first} > {EPOCH} and {first} < {INFINITY}"
    otherwise = seldom(text, _any_date("x", mapping, date_system))
    return f"case when {plain} then {first} else {otherwise} end"


def _any_date(text: str, mapping: FeedMapping, date_system: int | None) -> str:
    ways = [f"try_cast({text} as date)", f"{_parsed(text, DATE_FORMATS)}::date"]
    ways.append(f"{_digits(text, 8, '%Y%m%d')}::date")
    if mapping.dates:
        ways.insert(0, f"{_parsed(text, mapping.dates)}::date")
    if date_system:
        ways.append(f"daqu_serial_day({text}, {LATER_DAYS[date_system]})")
    value = f"coalesce({', '.join(ways)})"
    is_number = f"regexp_matches({text}, '^\\s*\\d')"
    stated = f"({value} not in ({EPOCH}, {INFINITY}) or {is_number})"
    return f"case when {value} >= {FIRST_DAY} and {stated} then {value} end"


def _month(text: str, mapping: FeedMapping, date_system: int | None) -> str:
    ways = [_parsed(text, MONTH_FORMATS), _digits(text, 6, "%Y%m"), f"try_cast({text} as date)"]
    if mapping.dates:
        ways.insert(0, _parsed(text, mapping.dates))
    if date_system:
        ways.append(f"daqu_serial_day({text}, {LATER_DAYS[date_system]})")
    return f"date_trunc('month', coalesce({', '.join(f'{way}::date' for way in ways)}))::date"


def _digits(text: str, length: int, form: str) -> str:
    """A date written in digits alone: all of them, or strptime would make do with fewer."""
    digits = f"regexp_extract(daqu_text({text}), '^\\d{{{length}}}$')"
    return f"try_strptime({digits}, {literal(form)})"


def _time(text: str, formats: list[str]) -> str:
    """A local time; one with a zone is not plainly local and is refused."""
    zoned = f"regexp_matches({text}, '(Z|[+-]\\d{{2}}:?\\d{{2}})\\s*$')"
    value = f"coalesce(try_cast({text} as timestamp), {_parsed(text, formats)})"
    return f"case when not {zoned} then {value} end"


def _parsed(text: str, formats: list[str] | tuple[str, ...]) -> str:
    return f"try_strptime(daqu_text({text}), [{', '.join(literal(f) for f in formats)}])"


def _number(text: str, duckdb_type: str, wan: bool) -> str:
    ways = [f"try_cast({text} as {duckdb_type})"]
    ways.append(f"try_cast(daqu_number({text}) as {duckdb_type})")
    if wan:
        tens = f"daqu_number(regexp_extract({text}, '^(.*?)\\s*[万萬]\\s*元?\\s*$', 1))"
        ways.append(f"try_cast(try_cast({tens} as decimal(18,8)) * 10000 as {duckdb_type})")
    return f"coalesce({', '.join(ways)})"


def _enum(text: str, column: Column, mapping: FeedMapping) -> str:
    words = {value.casefold(): literal(value) for value, _ in column.allowed}
    words |= {label.casefold(): literal(value) for value, label in column.allowed}
    theirs = mapping.values.get(column.name, {})
    words |= {word.casefold(): literal(value) for word, value in theirs.items()}
    return _word(text, words, text if column.open_list else "null")


def _word(text: str, words: dict[str, str], otherwise: str = "null") -> str:
    cases = " ".join(f"when {literal(word)} then {value}" for word, value in words.items())
    known = ", ".join(literal(word) for word in words if not word.isascii())
    if known:  # a word nobody knows may be one in other characters
        same = f"daqu_same_word({text}, [{known}])"
        otherwise = (
            f"case when {text} is not null then case {same} {cases} else {otherwise} end end"
        )
    return f"case lower({text}) {cases} else {otherwise} end"
