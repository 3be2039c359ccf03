"""The one home of the rule that nothing Daqu writes becomes a live formula.

A spreadsheet takes a text for a formula by its first character, when it opens a CSV or when
somebody edits the cell. In a CSV such a text is led by an apostrophe, which spreadsheets read as
"this is text" and landing takes off codes again. In a workbook the text stays what it is: its cell
is typed as text, formatted as text and carries the mark of a leading apostrophe, so that editing it
makes no formula of it either.
"""

from __future__ import annotations

from decimal import Decimal

APOSTROPHE = "'"
STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula, or for part of another cell."""
    return text.startswith(STARTERS)


def neutral(value: object) -> object:
    """A value as it may stand in a CSV: numbers as they are, a risky text led by an apostrophe."""
    if value is None or isinstance(value, (int, float, Decimal)):
        return value
    text = str(value)
    return APOSTROPHE + text if is_formula_like(text) else text
