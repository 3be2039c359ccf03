"""Stock trouble that is planted: what goes wrong, at which distributors, in which products."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipelines.sample.masters import Ints, Skus
from pipelines.sample.plan import Plan

RANKED_BY_WEEKS = 8


class Trouble(NamedTuple):
    """Where one kind of trouble is planted.

    Attributes:
        distributors: Indexes of the distributors; those a small region lacks are left out.
        ranks: Which of their products, the one most asked for lately being the first.
    """

    distributors: tuple[int, ...]
    ranks: slice = slice(4)


EMPTY_AT_THE_END = Trouble((0, 4))
OVERSTOCKED = Trouble((1, 5))
NEAR_EXPIRY = Trouble((2, 6))
# sent much more than they sell, shortly before the end
LOADED = Trouble((1, 5), slice(4, 8))
# counted week after week while the shelf is empty: outlets get nothing, and nothing comes in
PHANTOM = Trouble((3, 8), slice(2))
KEEP_OLD_GIFTS = (3, 7)
# the last files of these come as they should; D004 and D009 have no need of it
TROUBLED = (0, 1, 2, 4, 5, 6)


def troubled(plan: Plan, skus: Skus, demand: Ints, trouble: Trouble) -> Ints:
    """The series trouble is planted in: numbers of distributor * products + product.

    Args:
        plan: The sample's size.
        skus: Its products.
        demand: Pieces asked for by (series, week).
        trouble: Where it is planted.
    """
    rows: list[int] = []
    for distributor in trouble.distributors:
        if distributor < plan.size.distributors:
            first = distributor * skus.count
            recent = demand[first : first + skus.count, -RANKED_BY_WEEKS:].sum(axis=1)
            ranked = np.argsort(-recent, kind="stable")[trouble.ranks]
            rows += [first + int(n) for n in ranked]
    return np.array(rows, dtype=np.int64)
