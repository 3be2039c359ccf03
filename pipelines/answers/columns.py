"""How a column is put before the people who fill it in: its header, its words, its limits."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts import Column, Contract, accepted_headers
from pipelines.contracts.feed_pages import TYPE_NAMES
from pipelines.errors import ContractError
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.reading.headers import find_header
from pipelines.landing.rows.units import UNIT_WORDS
from pipelines.language import one

BOOLEANS = (("yes", "是"), ("no", "否"))
MONTH_NAME = ("month, as 2026-11", "月份，如 2026-11")
PERIOD_NAME = ("period, as 2026-11 or any day of it", "期间，如 2026-11 或其中任一天")
SHAPES = {"date": (", as 2026-11-22", "，如 2026-11-22")}
SHAPES["timestamp"] = (", as 2026-11-22 08:30", "，如 2026-11-22 08:30")


@dataclass(frozen=True)
class Asked:
    """A column as a sender is asked for it.

    Attributes:
        column: The column of the contract.
        header: Header the reader knows it by, in the sender's own words where there are any.
        words: Words to choose from, all of which the reader accepts; empty where it is free.
        is_closed: Whether no other word is accepted.
    """

    column: Column
    header: str
    words: tuple[str, ...] = ()
    is_closed: bool = True


def asked(contract: Contract, mapping: FeedMapping, language: str) -> list[Asked]:
    """Every column of a feed as one sender is asked for it, in the order of the contract."""
    return [_asked(contract, column, mapping, language) for column in contract.columns]


def header_of(contract: Contract, column: Column, mapping: FeedMapping, language: str) -> str:
    """The header a sender is shown: theirs, else the label in their language.

    A sender's own header may be another column's label; then the next one the reader takes for
    this column is used.

    Raises:
        ContractError: The mapping has given away every header of the column.
    """
    own = mapping.columns.get(column.name, ())
    label = one(language, column.label_en, column.label_zh)
    for header in (*own, label, *accepted_headers(column)):
        found = find_header([[header]], contract, mapping)
        if found and found.columns == {0: column.name}:
            return header
    raise ContractError(
        f"No header is left for {contract.feed}.{column.name}: the mapping uses all of them.",
        f"{contract.feed}.{column.name} 没有可用的表头：映射已将其全部用于其他列。",
    )


def _asked(contract: Contract, column: Column, mapping: FeedMapping, language: str) -> Asked:
    header = header_of(contract, column, mapping, language)
    if column.allowed:
        words = _value_words(column, mapping, language)
        return Asked(column, header, words, is_closed=not column.open_list)
    if column.logical_type == "boolean":
        return Asked(column, header, _in_order(BOOLEANS, language))
    if column.code_of == "uom":
        return Asked(column, header, _unit_words(mapping, language), is_closed=False)
    return Asked(column, header)


def _value_words(column: Column, mapping: FeedMapping, language: str) -> tuple[str, ...]:
    """The sender's own words first, then the contract's in both languages."""
    own = {value: word for word, value in reversed(mapping.values.get(column.name, {}).items())}
    first = [own[value] for value, _ in column.allowed if value in own]
    return tuple(dict.fromkeys([*first, *_in_order(column.allowed, language)]))


def _in_order(pairs: tuple[tuple[str, str], ...], language: str) -> tuple[str, ...]:
    """Words of both languages, those of the reader's first."""
    english, chinese = [en for en, _ in pairs], [zh for _, zh in pairs]
    ordered = [*chinese, *english] if language == "zh" else [*english, *chinese]
    return tuple(dict.fromkeys(ordered))


def _unit_words(mapping: FeedMapping, language: str) -> tuple[str, ...]:
    """The sender's unit words; the usual ones of their language where none are agreed."""
    if mapping.units:
        return tuple(mapping.units)
    words = (word for words in UNIT_WORDS.values() for word in words)
    return tuple(word for word in words if word.isascii() == (language == "en"))


def type_words(column: Column) -> tuple[str, str]:
    """What a cell of the column holds and how it is written, in English and in Chinese."""
    if column.format:
        return MONTH_NAME if column.format == "yyyy-MM" else PERIOD_NAME
    (en, zh), (as_en, as_zh) = (
        TYPE_NAMES[column.logical_type],
        SHAPES.get(column.logical_type, ("", "")),
    )
    limit_en, limit_zh = _limits(column)
    return en + as_en + limit_en, zh + as_zh + limit_zh


def _limits(column: Column) -> tuple[str, str]:
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f", {low} to {high}", f"，{low} 至 {high}"
    if low is not None:
        return f", {low} or more", f"，不小于 {low}"
    if high is not None:
        return f", {high} or less", f"，不大于 {high}"
    if column.max_length is not None:
        return f", up to {column.max_length} characters", f"，最多 {column.max_length} 个字符"
    return "", ""
