"""Words in two languages: which to say, and in which order."""

from __future__ import annotations


def both(language: str, en: str, zh: str, between: str = " ") -> str:
    """Both languages, the reader's own first.

    Args:
        language: `zh` or `en`.
        en: English words.
        zh: Chinese words.
        between: What stands between them.
    """
    if not en or not zh:
        return en or zh
    return f"{zh}{between}{en}" if language == "zh" else f"{en}{between}{zh}"


def one(language: str, en: str | None, zh: str | None) -> str:
    """The words in that language, or in the other where it has none."""
    return (zh or en or "") if language == "zh" else (en or zh or "")
