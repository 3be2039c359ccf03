"""Stock lived through day by day, the plain way: what the models say in one query.

Days begin with the one after the count. Pieces are whole numbers of PARTs, so that a day's share of
a week and of the mean of up to four weeks is exact, and ties are ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

PARTS = 84_000
"""Parts of a piece: thousandths, over 7 days, over up to 4 weeks."""
TAIL_WEEKS = 4

Arrivals = Mapping[int, int]
"""Parts by the day after whose end they are there to be sold from; 0 before the first day."""


@dataclass(frozen=True)
class Demand:
    """What is expected to sell.

    Attributes:
        days: Parts of each day that is told of.
        weeks: Parts of each week they lie in, whole even where only its last days are told.
    """

    days: Sequence[int]
    weeks: Sequence[int]

    def day(self, number: int) -> int:
        """Parts of a day, from 0; past those told of the mean of the last weeks goes on."""
        if number < len(self.days):
            return self.days[number]
        last = self.weeks[-TAIL_WEEKS:]
        return sum(last) // (7 * len(last)) if last else 0

    def first(self, count: int) -> list[int]:
        """Parts of so many days."""
        return [self.day(number) for number in range(count)]

    def until(self, days: Fraction | int) -> Fraction:
        """Parts up to a moment, the last day in part."""
        whole = int(days)
        return sum(self.first(whole)) + self.day(whole) * (Fraction(days) - whole)


def lasts(stock: int, arrivals: Arrivals, days: Sequence[int]) -> Fraction | None:
    """Days until somebody wants what is not there; None when everybody is served."""
    for number, wanted in enumerate(days):
        stock += arrivals.get(number, 0)
        if wanted > stock:
            return number + Fraction(stock, wanted)
        stock -= wanted
    return None


def lost(stock: int, arrivals: Arrivals, days: Sequence[int]) -> int:
    """Parts wanted on days that had not enough left; nobody comes back for them."""
    missed = 0
    for number, wanted in enumerate(days):
        stock += arrivals.get(number, 0)
        missed += max(0, wanted - stock)
        stock = max(0, stock - wanted)
    return missed


def unsold(batches: Sequence[tuple[int | None, int]], demand: Demand) -> list[int]:
    """Parts of each batch nobody took up to its last day, what ends first sold first.

    Args:
        batches: Last day each may be sold, None where it has no end, and its parts. Of two that end
            on the same day the earlier one in the list is sold first.
        demand: What is wanted of them.
    """
    left = [parts for _, parts in batches]
    ending = sorted((end, number) for number, (end, _) in enumerate(batches) if end is not None)
    for day in range(1, ending[-1][0] + 1 if ending else 0):
        wanted = demand.day(day - 1)
        for end, number in ending:
            if end >= day:
                sold = min(wanted, left[number])
                left[number] -= sold
                wanted -= sold
    return [0 if end is None else rest for (end, _), rest in zip(batches, left, strict=True)]
