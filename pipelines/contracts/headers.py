"""Which headers of a sender's file mean which column."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipelines.contracts.model import Column

NOISE = re.compile(r"[\s_\-()（）\[\]【】:：.*＊\u200b\ufeff]+")
NOTE = "#"
"""How the header of a column, or the name of a sheet, begins that is for people only."""


@lru_cache(maxsize=1 << 14)  # senders write the same few hundred headers in all their files
def header_key(text: str) -> str:
    """Form in which headers are compared: width, case, blanks and punctuation do not matter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", NOISE.sub("", folded))


def accepted_headers(column: Column) -> tuple[str, ...]:
    """Headers that mean the column: its name, its Chinese label, its synonyms; none twice."""
    return tuple(dict.fromkeys([column.name, column.label_zh, *column.synonyms]))


def is_note(name: str) -> bool:
    """Whether a column or sheet of this name is for people only and is not to be read."""
    return name.lstrip().startswith(NOTE)
