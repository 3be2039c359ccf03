"""What expires, day by day: the plain way the limits of rebalancing are held against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Lot = tuple[int, int | None, float]
"""Day it is on the shelf after, last day it may be sold (None: no end), pieces."""


def expired(sales: Sequence[float], lots: Iterable[Lot]) -> dict[int, float]:
    """Pieces that expire by last day when each day sells what ends first of what is there.

    Args:
        sales: Pieces wanted on day 1, 2 and so on; none after.
        lots: What is there and what is coming.
    """
    known = list(lots)
    left = [pieces for _, _, pieces in known]
    order = sorted(range(len(known)), key=lambda n: (known[n][1] is None, known[n][1] or 0))
    for day, wanted in enumerate(sales, 1):
        rest = wanted
        for n in order:
            start, end, _ = known[n]
            if start < day and (end is None or end >= day):
                sold = min(rest, left[n])
                left[n] -= sold
                rest -= sold
    found: dict[int, float] = {}
    for (_, end, _), pieces in zip(known, left, strict=True):
        if end is not None:
            found[end] = found.get(end, 0) + pieces
    return found


def waste(sales: Sequence[float], lots: Iterable[Lot]) -> float:
    """Pieces that expire in all."""
    return sum(expired(sales, lots).values())
