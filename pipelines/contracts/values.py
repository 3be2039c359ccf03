"""Reads single values of a contract: what is missing or malformed is an error with its line."""

from __future__ import annotations

import re
from typing import TypeVar

from pipelines.contracts.source import Source, Where, did_you_mean

T = TypeVar("T", bound=str)

CHINESE = re.compile(r"[㐀-鿿]")


def text(source: Source, where: Where, value: object) -> str:
    """Return a text that is there and has no blanks around it."""
    if isinstance(value, str) and value.strip() == value != "":
        return value
    key = where[-1]
    if value is None:
        raise source.error(where, f"`{key}` is missing", f"缺少 `{key}`")
    raise source.error(
        where,
        f"`{key}` is {value!r}: expected text without blanks around it",
        f"`{key}` 的值 {value!r} 应为首尾无空格的文本",
        "Write it in quotes.",
        "请加引号。",
    )


def like(source: Source, where: Where, value: object, pattern: str) -> str:
    """Return a text that matches a pattern in full."""
    found = text(source, where, value)
    if re.fullmatch(pattern, found):
        return found
    raise source.error(
        where,
        f"`{where[-1]}` is {found!r}: expected the form {pattern}",
        f"`{where[-1]}` 的值 {found!r} 应符合 {pattern}",
    )


def must_be(source: Source, where: Where, value: object, expected: str | None) -> bool:
    """Check that a value is the one expected; always True."""
    if value == expected:
        return True
    key = where[-1]
    if value is None:
        raise source.error(
            where, f"`{key}` is missing: expected {expected!r}", f"缺少 `{key}`：应为 {expected!r}"
        )
    raise source.error(
        where,
        f"`{key}` is {value!r}: expected {expected!r}",
        f"`{key}` 的值为 {value!r}：应为 {expected!r}",
    )


def one_of(source: Source, where: Where, value: object, choices: tuple[T, ...]) -> T:
    """Return a text that is one of the choices."""
    found = text(source, where, value)
    for choice in choices:
        if found == choice:
            return choice
    raise source.error(
        where,
        f"`{where[-1]}` is {found!r}, which is not known here",
        f"`{where[-1]}` 的值 {found!r} 无法识别",
        *did_you_mean(found, choices),
    )


def chinese(source: Source, where: Where, value: object) -> str:
    """Return a text with Chinese characters in it."""
    found = text(source, where, value)
    if CHINESE.search(found):
        return found
    en, zh = f"`{where[-1]}` is {found!r}: expected a Chinese label", f"`{where[-1]}` 应为中文"
    raise source.error(where, en, zh)


def bilingual(source: Source, where: Where, value: object) -> tuple[str, str]:
    """Return both halves of a text written as `English | 中文`."""
    found = text(source, where, value)
    english, bar, chinese = found.partition(" | ")
    if bar and english.strip() and CHINESE.search(chinese) and not CHINESE.search(english):
        return english.strip(), chinese.strip()
    raise source.error(
        where,
        f"`{where[-1]}` is not in two languages: {found!r}",
        f"`{where[-1]}` 缺少中英文之一：{found!r}",
        "Write it as 'English | 中文'.",
        "请写成“English | 中文”。",
    )
