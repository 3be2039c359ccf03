"""Small random regions of one SKU each, and what one may do in them by the plain rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipelines.stock.frames import BATCH, DEMAND, LANE, POSITION
from tests.unit.stock.fefo import Lot, expired, waste

Move = tuple[str, int | None, str]
"""From whom, the last day of what, to whom."""
EPSILON = 1e-6


@dataclass
class Holder:
    """A distributor and what it has of the SKU."""

    territory: str
    sales: list[float]
    lots: dict[int | None, int]
    excess: int = 0
    need: int = 0
    lost: int = 0

    @property
    def stock(self) -> list[Lot]:
        return [(0, end, pieces) for end, pieces in self.lots.items()]

    @property
    def at_risk(self) -> dict[int, float]:
        return expired(self.sales, self.stock)


@dataclass
class Region:
    """One SKU; lanes are (kind, cost of a case, days) by who gives and who takes."""

    sku: str
    case: int
    margin: float
    write_off: float
    holders: dict[str, Holder]
    lanes: dict[tuple[str, str], tuple[str, float, int]] = field(default_factory=dict)

    def moves(self) -> list[Move]:
        """Every way a case may go."""
        return [
            (giver, end, taker)
            for (giver, taker), (kind, _, days) in sorted(self.lanes.items())
            if self.holders[giver].excess >= self.case and self.holders[taker].need
            if kind == "reship" or self.holders[giver].territory == self.holders[taker].territory
            for end in self.holders[giver].lots
            if end is None or end > days
        ]

    def worth(self, cases: Mapping[Move, int]) -> float:
        """Money some moves bring, less what the lanes cost."""
        total = -sum(n * self.lanes[giver, taker][1] for (giver, _, taker), n in cases.items())
        for code, holder in self.holders.items():
            for end, pieces in holder.at_risk.items():
                gone = self.case * sum(
                    n for (giver, last, _), n in cases.items() if (giver, last) == (code, end)
                )
                total += self.write_off * min(gone, pieces)
            total += self.margin * min(self.taken(code, cases), holder.lost)
        return total

    def taken(self, code: str, cases: Mapping[Move, int]) -> int:
        """Pieces somebody takes."""
        return self.case * sum(n for (_, _, taker), n in cases.items() if taker == code)

    def arrivals(self, code: str, cases: Mapping[Move, int]) -> list[Lot]:
        """What somebody takes, lot by lot."""
        return [
            (self.lanes[giver, code][2], end, self.case * n)
            for (giver, end, taker), n in cases.items()
            if taker == code
        ]

    def faults(self, cases: Mapping[Move, int]) -> set[str]:
        """Rules some moves break."""
        found = set()
        for code, holder in self.holders.items():
            given = {
                end: self.case * sum(n for m, n in cases.items() if m[:2] == (code, end))
                for end in holder.lots
            }
            if any(pieces > holder.lots[end] for end, pieces in given.items()):
                found.add("more than the lot")
            if sum(given.values()) > holder.excess:
                found.add("more than it can give")
            if self.taken(code, cases) > holder.need:
                found.add("more than it needs")
            if self._adds_waste(code, cases):
                found.add("more than sells in time")
        return found

    def _adds_waste(self, code: str, cases: Mapping[Move, int]) -> bool:
        holder, arrivals = self.holders[code], self.arrivals(code, cases)
        if not arrivals:
            return False
        with_them = waste(holder.sales, [*holder.stock, *arrivals])
        return with_them > waste(holder.sales, holder.stock) + EPSILON


def region(rng: np.random.Generator, number: int, *, givers: int, takers: int) -> Region:
    """A region: givers with short-dated stock, takers with some stock of their own."""
    days = 14
    case = int(rng.choice([1, 2, 3, 5]))
    holders = {}
    for n in range(givers + takers):
        sales = rng.integers(0, rng.integers(1, 6), days).astype(float).tolist()
        is_giver = n < givers
        ends = rng.choice(np.arange(4 if is_giver else 0, days + 4), rng.integers(1, 3), False)
        lots: dict[int | None, int] = {
            int(end): int(rng.integers(1, 22 if is_giver else 14)) for end in ends
        }
        if rng.random() < 0.1:
            lots[None] = int(rng.integers(1, 9))
        holder = Holder(f"T{rng.integers(2)}", sales, lots)
        if is_giver:
            holder.excess = int(rng.integers(case, 25))
        else:
            holder.need = int(rng.integers(1, 20))
            holder.lost = int(rng.integers(0, holder.need + 1))
        holders[f"{number:04d}-{n}"] = holder
    margin, write_off = rng.uniform(0, 4, 2).round(2).tolist()
    made = Region(f"S{number:04d}", case, margin, write_off, holders)
    codes = list(holders)
    for giver in codes[:givers]:
        for taker in codes[givers:]:
            if rng.random() < 0.85:
                kind = "direct" if rng.random() < 0.3 else "reship"
                cost = round(float(rng.uniform(0.1, 4)), 2)
                made.lanes[giver, taker] = (kind, cost, int(rng.integers(0, 4)))
    return made


def frames(regions: Iterable[Region]) -> dict[str, pl.DataFrame]:
    """What rebalancing takes, of several regions at once."""
    rows: dict[str, list[Sequence[object]]] = {
        "position": [],
        "batch": [],
        "demand": [],
        "lane": [],
    }
    for one in regions:
        for code, holder in one.holders.items():
            key = (one.sku, code)
            amounts = (holder.excess, holder.need, holder.lost, one.margin, one.write_off)
            rows["position"].append((*key, holder.territory, one.case, *amounts))
            risk = holder.at_risk
            rows["batch"] += [
                (*key, end, pieces, risk[end] if end is not None else 0.0)
                for end, pieces in holder.lots.items()
            ]
            rows["demand"] += [
                (*key, day, sum(holder.sales[:day])) for day in range(len(holder.sales) + 1)
            ]
        rows["lane"] += [(*pair, *terms) for pair, terms in one.lanes.items()]
    schemas = {"position": POSITION, "batch": BATCH, "demand": DEMAND, "lane": LANE}
    return {
        name: pl.DataFrame(rows[name], schema=schema, orient="row", strict=False)
        for name, schema in schemas.items()
    }


def cases_of(transfers: pl.DataFrame, sku: str) -> dict[Move, int]:
    """The moves of an SKU in an answer."""
    columns = ("from_distributor_code", "last_sellable_day", "to_distributor_code", "cases")
    rows = transfers.filter(pl.col("sku_code") == sku).select(columns).rows()
    return {(giver, end, taker): cases for giver, end, taker, cases in rows}
