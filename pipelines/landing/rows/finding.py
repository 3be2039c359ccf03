"""One thing that can be wrong with a row: a condition every row meets, words only bad rows meet."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.landing.rows.expressions import literal


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
