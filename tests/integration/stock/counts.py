"""Counts of stock at random, each of a distributor of its own, and the tables they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

import polars as pl

from tests.integration.compiled import AS_OF
from tests.integration.stock.plain import PARTS, Arrivals, Demand

SKU = "S1"
ORIGIN = AS_OF + timedelta(days=1)
"""Monday the running forecast begins on."""
THOUSANDTH = PARTS // 1000
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Past:
    """A week that ended, at least in part, after the count.

    Attributes:
        wanted: Thousandths that were asked for; None where the table has no row.
        is_reported: Whether the distributor said so.
    """

    wanted: int | None
    is_reported: bool


@dataclass(frozen=True)
class Count:
    """A SKU in a distributor's count.

    Attributes:
        code: The distributor.
        day: Day of the count.
        is_latest: Whether it is judged on the running forecast, else on that of its own day.
        past: Weeks between an only just latest count and the forecast, the first perhaps in part.
        forecast: Thousandths a week.
        cautious: The same at P20, None in weeks without a range; of old forecasts none is known.
        stock: Parts that are there.
        arrivals: What is on its way.
        lead_days: Days from an order to its delivery.
        supply_days: Until the delivery of the next order.
        lead_sd_weeks: How far deliveries scatter.
    """

    code: str
    day: date
    is_latest: bool
    past: Sequence[Past]
    forecast: Sequence[int]
    cautious: Sequence[int | None]
    stock: int
    arrivals: Arrivals
    lead_days: int
    supply_days: int
    lead_sd_weeks: float

    @property
    def week(self) -> date:
        return monday(self.day)

    @property
    def first_week(self) -> date:
        """Week of the day after the count."""
        return monday(self.day + timedelta(days=1))

    @property
    def supply_weeks(self) -> int:
        return min(13, -(-self.supply_days // 7))

    def weekly(self) -> list[tuple[int, int | None]]:
        """Thousandths of each week and at P20; who did not report wanted what comes first."""
        ahead = list(zip(self.forecast, self.cautious, strict=True))
        reported = [(week.wanted or 0, week.wanted or 0) for week in self.past]
        return [
            told if week.is_reported else ahead[0]
            for told, week in zip(reported, self.past, strict=True)
        ] + ahead

    def demand(self) -> Demand:
        return self._demand([mean for mean, _ in self.weekly()])

    def cautious_demand(self) -> Demand:
        """What sells at P20; nothing in weeks without a range."""
        return self._demand([low or 0 for _, low in self.weekly()])

    def known_cautious_days(self) -> int | None:
        """Days before the first week without a range; None when every week has one."""
        low = [low for _, low in self.weekly()]
        if None not in low:
            return None
        return max(0, 7 * low.index(None) - self._gone)

    @property
    def _gone(self) -> int:
        """Days of the first week that are over."""
        return (self.day + timedelta(days=1)).weekday()

    def _demand(self, weekly: Sequence[int]) -> Demand:
        days = [pieces * THOUSANDTH // 7 for pieces in weekly for _ in range(7)]
        return Demand(days[self._gone :], [pieces * THOUSANDTH for pieces in weekly])


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def counts(seed: int, size: int) -> list[Count]:
    """Counts at random: of any day, far and near forecasts, weeks without demand, exact ties."""
    rng = Random(seed)
    return [_count(rng, f"D{number:05}") for number in range(size)]


def _count(rng: Random, code: str) -> Count:
    is_latest = rng.random() < 0.7
    day = AS_OF - timedelta(days=rng.randrange(21) if is_latest else rng.randrange(40, 150))
    between = (ORIGIN - monday(day + timedelta(days=1))).days // 7 if is_latest else 0
    draw = _weeks(rng)
    forecast = [next(draw) for _ in range(rng.randint(1, 13))]
    past = [
        rng.choice([Past(None, True), Past(next(draw), rng.random() < 0.7)]) for _ in range(between)
    ]
    lead = rng.randint(1, 40)
    made = Count(
        code=code,
        day=day,
        is_latest=is_latest,
        past=past,
        forecast=forecast,
        cautious=_cautious(rng, forecast) if is_latest else [None] * len(forecast),
        stock=0,
        arrivals={},
        lead_days=lead,
        supply_days=lead + rng.choice([1, 7, 14]),
        lead_sd_weeks=rng.choice([0, 0.5, rng.uniform(0, 2)]),
    )
    return _stocked(rng, made)


def _weeks(rng: Random) -> Iterator[int]:
    """Thousandths a week: whole days, whole pieces or parts of them; sometimes none, or never."""
    step, top = rng.choice([(7000, 10), (1000, 60), (1, 40_000)])
    nothing = rng.choice([0, 0.3, 0.3, 0.9, 1])
    while True:
        yield 0 if rng.random() < nothing else step * rng.randint(1, top)


def _cautious(rng: Random, forecast: Sequence[int]) -> list[int | None]:
    low: list[int | None] = [pieces * rng.randint(0, 10) // 10 for pieces in forecast]
    if rng.random() < 0.2:
        low[rng.randrange(len(low))] = None
    return low


def _stocked(rng: Random, made: Count) -> Count:
    """With stock and deliveries; some end on the very day something comes or the telling ends."""
    demand = made.demand()
    told = len(demand.days)
    wanted = sum(demand.days)
    arrivals = {
        rng.randrange(told + 20): THOUSANDTH * rng.randint(1, wanted // THOUSANDTH // 2 + 5000)
        for _ in range(rng.choice([0, 1, 2, 4]))
    }
    stock = THOUSANDTH * rng.randint(0, wanted * 3 // 2 // THOUSANDTH + 3000)
    tie = rng.choice([0, *arrivals, told])
    exact = sum(demand.first(min(tie, told))) - sum(
        pieces for day, pieces in arrivals.items() if day < tie
    )
    if rng.random() < 0.5 and exact >= 0 and exact % THOUSANDTH == 0:
        stock = exact
    return replace(made, stock=stock, arrivals=arrivals)


def tables(made: Sequence[Count]) -> dict[str, pl.DataFrame]:
    """What demand and positions are read from, by the name of its model."""
    latest = [one for one in made if one.is_latest]
    return {
        "int_forecast_origin": pl.DataFrame(
            [{"origin_no": 0, "origin_week_no": 0, "origin_week_start_date": ORIGIN}]
        ),
        "dim_week": pl.DataFrame(
            {"week_start_date": [ORIGIN + WEEK * number for number in range(-30, 20)]}
        ),
        "int_stock_position": pl.DataFrame(
            [
                {
                    "week_start_date": one.week,
                    "snapshot_date": one.day,
                    "demand_week_start_date": one.first_week - WEEK,
                    "distributor_code": one.code,
                    "sku_code": SKU,
                    "is_latest": one.is_latest,
                    "is_demand_known": True,
                    "good_pieces": one.stock / PARTS,
                }
                for one in made
            ]
        ),
        "int_demand_week": pl.DataFrame(
            [
                {
                    "distributor_code": one.code,
                    "sku_code": SKU,
                    "week_start_date": one.first_week + WEEK * number,
                    "demand_pieces": week.wanted / 1000,
                    "mark": None if week.is_reported else "unreported",
                }
                for one in latest
                for number, week in enumerate(one.past)
                if week.wanted is not None
            ]
        ),
        "forecast": pl.DataFrame(
            [
                {
                    "distributor_code": one.code,
                    "sku_code": SKU,
                    "week_start_date": ORIGIN + WEEK * number,
                    "demand_class": "regular",
                    "final_pieces": mean / 1000,
                    "p20_pieces": None if low is None else low / 1000,
                }
                for one in latest
                for number, (mean, low) in enumerate(zip(one.forecast, one.cautious, strict=True))
            ],
            infer_schema_length=None,
        ),
        "stg_forecast_cycle": pl.DataFrame(
            [
                {
                    "cycle_week_start_date": one.first_week,
                    "week_start_date": one.first_week + WEEK * number,
                    "distributor_code": one.code,
                    "sku_code": SKU,
                    "final_pieces": pieces / 1000,
                }
                for one in made
                if not one.is_latest
                for number, pieces in enumerate(one.forecast)
            ]
        ),
    }
