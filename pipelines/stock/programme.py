"""One SKU's programme: how many cases go each way, for the most money."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property

import numpy as np

WORTH = 1e-9  # money below which a case is not worth moving
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gain:
    """Money for the first pieces that move in each group of ways; the pieces after bring nothing.

    Attributes:
        group: Group of each way, 0 onwards.
        pieces: How many pieces of each group bring money.
        amount: Money for one of them.
        pieces_per_case: In a case.
    """

    group: np.ndarray
    pieces: np.ndarray
    amount: np.ndarray
    pieces_per_case: int

    @cached_property
    def full(self) -> np.ndarray:
        """Cases of each group of which every piece brings money."""
        return np.floor(self.pieces / self.pieces_per_case + 1e-9)

    @cached_property
    def rest(self) -> np.ndarray:
        """Pieces of the case after those that bring money."""
        return np.maximum(self.pieces - self.full * self.pieces_per_case, 0)

    def moved(self, cases: np.ndarray) -> np.ndarray:
        """Cases of each group, of the cases of each way."""
        return np.bincount(self.group, cases, len(self.pieces))

    def money(self, cases: np.ndarray) -> float:
        """What the cases of the ways bring."""
        pieces = np.minimum(self.moved(cases) * self.pieces_per_case, self.pieces)
        return float(pieces @ self.amount)

    def of_next(self, moved: np.ndarray) -> np.ndarray:
        """What one more case of each way brings after so many of each group."""
        pieces = np.clip(self.pieces - moved * self.pieces_per_case, 0, self.pieces_per_case)
        return (pieces * self.amount)[self.group]

    def same(self, moved: np.ndarray) -> np.ndarray:
        """How many more cases of each way bring what the next one does."""
        left = self.full - moved
        return np.where(left > 0, left, np.where(left < 0, np.inf, 1))[self.group]


@dataclass(frozen=True)
class Programme:
    """Ways cases of one SKU may go, and how many at most in each set of ways.

    Attributes:
        cost: Money for a case, one for each way.
        gains: What moving brings: write-off avoided, by batch; margin, by who takes it.
        cap: Most cases of each set, whole.
        member_set: Set of each membership, 0 onwards; every way is in at least one.
        member_way: Way of each membership.
    """

    cost: np.ndarray
    gains: tuple[Gain, ...]
    cap: np.ndarray
    member_set: np.ndarray
    member_way: np.ndarray

    def value(self, cases: np.ndarray) -> float:
        """Money so many cases of each way bring in all, less what they cost."""
        return sum(gain.money(cases) for gain in self.gains) - float(self.cost @ cases)

    def best(self) -> np.ndarray:
        """Whole cases of each way, for the most money.

        HiGHS finds them; the greedy answer stands in where it is not there or gives up.
        """
        try:
            found = _solved(self)
        except ImportError:
            found = None
        if found is None:
            log.warning("scipy is missing or gave up: a SKU is rebalanced by the greedy method")
            return self.greedy()
        return found

    def greedy(self) -> np.ndarray:
        """Whole cases of each way, taking the case that brings most time after time.

        Of ways worth the same the first is taken. In the end cases are taken back that bring less
        than they cost, now that others have taken their place.
        """
        cases = np.zeros(len(self.cost))
        left = self.cap.astype(float)
        while True:
            moved = [gain.moved(cases) for gain in self.gains]
            room = self._room(left)
            next_ones = zip(self.gains, moved, strict=True)
            money = sum((gain.of_next(n) for gain, n in next_ones), -self.cost)
            way = int(np.where(room > 0, money, -np.inf).argmax())
            if room[way] <= 0 or money[way] <= WORTH:
                return self._without_idle(cases)
            alike = (gain.same(n)[way] for gain, n in zip(self.gains, moved, strict=True))
            step = min(room[way], *alike)
            cases[way] += step
            left[self.member_set[self.member_way == way]] -= step

    def _room(self, left: np.ndarray) -> np.ndarray:
        room = np.full(len(self.cost), np.inf)
        np.minimum.at(room, self.member_way, left[self.member_set])
        return room

    def _without_idle(self, cases: np.ndarray) -> np.ndarray:
        kept = cases.copy()
        for way in np.flatnonzero(cases)[::-1]:
            while kept[way] > 0:
                fewer = kept.copy()
                fewer[way] -= 1
                if self.value(fewer) <= self.value(kept) + WORTH:
                    break
                kept = fewer
        return kept


def _solved(programme: Programme) -> np.ndarray | None:
    """The programme as HiGHS takes it: ways, then the cases of each group that bring money.

    Those of a group are full cases up to a number and one with a rest, and no more than cases
    moved: exact at whole cases, and the relaxation is mostly whole by itself.

    Returns:
        Cases of each way; None when no best answer was found and proved.

    Raises:
        ImportError: There is no scipy.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    ways, sets = len(programme.cost), len(programme.cap)
    money, upper = [-programme.cost], [np.full(ways, np.inf)]
    rows, columns, signs = [programme.member_set], [programme.member_way], []
    signs.append(np.ones(len(programme.member_set)))
    row, column = sets, ways
    for gain in programme.gains:
        groups = len(gain.pieces)
        rows += [row + gain.group, row + np.arange(groups), row + np.arange(groups)]
        columns += [np.arange(ways), column + np.arange(2 * groups)]
        signs += [-np.ones(ways), np.ones(2 * groups)]
        money += [gain.amount * gain.pieces_per_case, gain.amount * gain.rest]
        upper += [gain.full, (gain.rest > 0).astype(float)]
        row, column = row + groups, column + 2 * groups
    entries = (np.concatenate(rows), np.concatenate(columns))
    matrix = csr_array((np.concatenate(signs), entries), shape=(row, column))
    limit = np.concatenate([programme.cap, np.zeros(row - sets)])
    answer = milp(
        -np.concatenate(money),
        integrality=np.arange(column) < ways,
        bounds=Bounds(0, np.concatenate(upper)),
        constraints=LinearConstraint(matrix, -np.inf, limit),
        options={"mip_rel_gap": 0, "node_limit": 10_000},
    )
    return np.round(answer.x[:ways]) if answer.status == 0 else None
