"""Simplified and traditional Chinese: two ways of writing the same word."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import opencc

TRADITIONAL = ("s2t", "s2tw", "s2hk")


def simplified(text: str) -> str:
    """The text in simplified characters; a text of Latin letters as it is."""
    return text if text.isascii() else _convert("t2s", text)


def spellings(word: str) -> tuple[str, ...]:
    """The word as written, then its other forms in simplified and traditional characters."""
    if word.isascii():
        return (word,)
    plain = simplified(word)
    forms = (_convert(way, plain) for way in TRADITIONAL)
    return tuple(dict.fromkeys([word, plain, *forms]))


@lru_cache(maxsize=4096)
def _convert(way: str, text: str) -> str:
    return _converter(way).convert(text)


@cache
def _converter(way: str) -> opencc.OpenCC:
    import opencc  # its dictionaries are read only where a text is Chinese

    return opencc.OpenCC(way)
