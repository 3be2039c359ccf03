"""SQL that turns one sent text into one typed value; null where it cannot be read.

Nothing is guessed: a text that is not plainly the type is null, and the row says so.

The slow way of reading a value names its argument once: DuckDB computes an expression that stands
twice in a statement beforehand for every row, even where a `coalesce` would hardly ever need it.
"""

from __future__ import annotations

import unicodedata

import duckdb

from pipelines.contracts import Column, spellings
from pipelines.landing.mapping import FeedMapping

DATE_FORMATS = ("%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
MONTH_FORMATS = ("%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月")
TIME_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y.%m.%d %H:%M")
FIRST_DAY = "date '1900-01-02'"  # an Excel cell with 0 in it shows as 1900-01-00
WORD_DAYS = "date 'infinity', date '1970-01-01'"
MINUS = "\N{MINUS SIGN}"
TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0", "是", "含税", "√")
FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0", "否", "不含税", "×")

MACROS = r"""
create or replace temp macro daqu_text(x) as nullif(case
    when strlen(x) = length(x) and not contains(x, ' ') then x
    when strlen(x) = length(x) then trim(x)
    when contains(x, ' ') or contains(x, chr(9)) or contains(x, chr(160)) or contains(x, chr(12288))
        or contains(x, chr(8203)) or contains(x, chr(65279))
        then trim(x, ' ' || chr(9) || chr(160) || chr(12288) || chr(8203) || chr(65279))
    else x end, '');
create or replace temp macro daqu_code(x) as nullif(case
    when strlen(x) = length(x) and not contains(x, ' ') then x
    when strlen(x) = length(x) then trim(x)
    else daqu_nfkc(x) end, '');
create or replace temp macro daqu_number(x) as replace(regexp_extract(
    regexp_replace(regexp_replace(regexp_replace(
        replace(translate(
            x, '０１２３４５６７８９．，－−＋（）￥　 ', '0123456789.,--+()¥'), chr(160), ''),
        '^\((.*)\)$', '-\1'), '^([^-]*)-$', '-\1'), '^([-+]?)[¥$]?(.*?)元?$', '\1\2'),
    '^[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?$'), ',', '');
create or replace temp macro daqu_serial_day(x) as
    case when try_cast(x as double) between 36526 and 73050
    then date '1899-12-30' + floor(try_cast(x as double))::integer end;
"""


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the functions and macros the expressions use."""
    con.create_function("daqu_nfkc", tidy_code, ["VARCHAR"], "VARCHAR")  # type: ignore[arg-type]
    con.create_function("daqu_spellings", code_spellings, ["VARCHAR"], "VARCHAR[]")  # type: ignore[arg-type]
    con.execute(MACROS)


def tidy_code(text: str) -> str:
    """A code in one form: NFKC, without blanks around it, zero-width marks or odd dashes."""
    folded = unicodedata.normalize("NFKC", text)
    dashed = "".join("-" if c == MINUS or unicodedata.category(c) == "Pd" else c for c in folded)
    return "".join(c for c in dashed if unicodedata.category(c) != "Cf").strip()


def code_spellings(code: str) -> list[str]:
    """Other texts that may stand for a code: without leading zeros, in other characters."""
    bare = [code.lstrip("0")] if code.isascii() and code.isdigit() else []
    return [text for text in (*bare, *spellings(code)) if text not in ("", code)]


def literal(value: str) -> str:
    """A SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def text_of(cell: str, column: Column) -> str:
    """The text of a cell; codes and keys in one form, what is parsed as it is."""
    if column.logical_type not in ("string", "boolean"):
        return cell
    is_key = column.logical_type == "string" and column.key_position is not None
    is_code = column.code_of in ("sku", "outlet") or is_key
    return f"{'daqu_code' if is_code else 'daqu_text'}({cell})"


def value_of(text: str, column: Column, mapping: FeedMapping, workbook: bool) -> str:
    """The typed value of a text as `text_of` gives it.

    Args:
        text: Name of the column with the text.
        column: What it should be.
        mapping: The sender's date styles and value words.
        workbook: Whether a bare number may be an Excel date.
    """
    kind = column.logical_type
    if kind == "date":
        is_month = column.format == "yyyy-MM"
        return _month(text, workbook) if is_month else _date(text, mapping, workbook)
    if kind == "timestamp":
        return _time(text, [*mapping.dates, *TIME_FORMATS])
    if kind == "number":
        return _number(text, column.duckdb_type, mapping.wan)
    if kind == "integer":
        exact = _number(text, "decimal(18,3)", mapping.wan)
        return f"case when {exact} = floor({exact}) then {exact}::bigint end"
    if kind == "boolean":
        return _word(text, dict.fromkeys(TRUE_WORDS, "true") | dict.fromkeys(FALSE_WORDS, "false"))
    return _enum(text, column, mapping) if column.allowed else text


def absent_value(column: Column) -> str:
    """What stands for a column the file has not, or an empty cell: its default, else null."""
    if column.fill == "sender":
        return "f._f_sender"
    if column.default is None:
        return f"null::{column.duckdb_type}"
    return f"{literal(column.default)}::{column.duckdb_type}"


def _date(text: str, mapping: FeedMapping, workbook: bool) -> str:
    ways = [f"try_cast({text} as date)", f"{_parsed(text, DATE_FORMATS)}::date"]
    ways.append(f"{_digits(text, 8, '%Y%m%d')}::date")
    if mapping.dates:
        ways.insert(0, f"{_parsed(text, mapping.dates)}::date")
    if workbook:
        ways.append(f"daqu_serial_day({text})")
    value = f"coalesce({', '.join(ways)})"
    # DuckDB takes the words infinity and epoch for days
    stated = f"({value} not in ({WORD_DAYS}) or regexp_matches({text}, '^\\s*\\d'))"
    return f"case when {value} >= {FIRST_DAY} and {stated} then {value} end"


def _month(text: str, workbook: bool) -> str:
    ways = [_parsed(text, MONTH_FORMATS), _digits(text, 6, "%Y%m"), f"try_cast({text} as date)"]
    if workbook:
        ways.append(f"daqu_serial_day({text})")
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
    return _word(text, words)


def _word(text: str, words: dict[str, str]) -> str:
    forms = words | {
        form: value
        for word, value in words.items()
        for form in spellings(word)
        if form not in words
    }
    cases = " ".join(f"when {literal(word)} then {value}" for word, value in forms.items())
    return f"case lower({text}) {cases} end"
