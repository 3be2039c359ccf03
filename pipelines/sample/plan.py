"""How big the sample region is and on which days it lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum

import numpy as np

from pipelines.errors import ConfigError

AS_OF = date(2026, 11, 22)
SEED = 20261122
DAYS_IN_WEEK = 7
CHINESE_NEW_YEARS = tuple(
    map(date.fromisoformat, ("2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26"))
)
MID_AUTUMNS = tuple(
    map(date.fromisoformat, ("2024-09-17", "2025-10-06", "2026-09-25", "2027-09-15"))
)


class Stream(IntEnum):
    """Random streams, one per subject, so that a change in one leaves the others alone."""

    MASTERS = 1
    CODES = 2
    DEMAND = 3
    STOCK = 4
    LINES = 5
    CLAIMS = 6
    PATROL = 7
    ARRIVALS = 8
    MESS = 9
    VERSIONS = 10
    RECEIVABLES = 11
    CLEANING = 12
    TICKETS = 13
    PROMOTIONS = 14
    SELLIN = 15
    POS = 16
    GOALS = 17
    CHECKS = 18
    OPEN_ORDERS = 19
    COMPANY_STOCK = 20


@dataclass(frozen=True)
class Size:
    """Counts of one size of the sample.

    Attributes:
        distributors: Number of distributors, D001 onwards.
        weeks: Weeks of sales in all.
        weekly: The last weeks of those, sent week by week; the ones before come as one file.
        outlets: Number of outlets.
        sku_step: Every n-th SKU of the catalogue is kept.
        lines: Sell-out lines aimed at.
        claims_a_month: Claim lines of a distributor in a month.
        property_weeks: The last weeks of those, which the property office reports on.
    """

    distributors: int
    weeks: int
    weekly: int
    outlets: int
    sku_step: int
    lines: int
    claims_a_month: int
    property_weeks: int


SIZES = {
    "tiny": Size(4, 66, 6, 160, 3, 8_500, 20, 12),
    "small": Size(40, 104, 26, 3_000, 1, 700_000, 20, 104),
    "full": Size(40, 104, 26, 30_000, 1, 7_000_000, 200, 104),
}


@dataclass(frozen=True)
class Plan:
    """One sample: seed, size and the days that follow from its last day.

    Attributes:
        seed: The same seed makes the same bytes.
        size_name: `tiny`, `small` or `full`.
        as_of: Day nothing is received after.
    """

    seed: int
    size_name: str
    as_of: date

    def __post_init__(self) -> None:
        """Refuse a size that does not exist.

        Raises:
            ConfigError: The size is unknown.
        """
        if self.size_name not in SIZES:
            raise ConfigError(
                f"There is no sample of size {self.size_name!r}.",
                f"没有名为 {self.size_name!r} 的样例规模。",
                f"Choose one of {', '.join(SIZES)}.",
                f"可选：{'、'.join(SIZES)}。",
            )

    @property
    def size(self) -> Size:
        """Counts of this size."""
        return SIZES[self.size_name]

    @property
    def first_monday(self) -> date:
        """First day of the first week of sales; the last week ends on or before `as_of`."""
        last_sunday = self.as_of - timedelta(days=self.as_of.isoweekday() % DAYS_IN_WEEK)
        return last_sunday - timedelta(days=self.size.weeks * DAYS_IN_WEEK - 1)

    @property
    def split(self) -> int:
        """Index of the first week that is sent as a weekly file."""
        return self.size.weeks - self.size.weekly

    @property
    def change_week(self) -> int:
        """Index of the week in which the second version of the masters takes effect."""
        return self.split + max(2, self.size.weekly * 10 // 26)

    @property
    def change_day(self) -> int:
        """The same as a day, counted from the first Monday."""
        return self.change_week * DAYS_IN_WEEK

    @property
    def weekly_from(self) -> date:
        """First day reported weekly; also the day the deployment goes live."""
        return self.monday(self.split)

    @property
    def property_split(self) -> int:
        """Index of the first week the property office reports on."""
        return self.size.weeks - self.size.property_weeks

    @property
    def daily_from(self) -> date:
        """First day with a file of its own in daily feeds: half of what is weekly, or 60 days."""
        days = min(60, self.size.weekly * DAYS_IN_WEEK // 2)
        return self.sunday(self.size.weeks - 1) - timedelta(days=days)

    def monday(self, week: int) -> date:
        """First day of a week by its index."""
        return self.first_monday + timedelta(weeks=int(week))

    def sunday(self, week: int) -> date:
        """Last day of a week by its index."""
        return self.monday(week) + timedelta(days=DAYS_IN_WEEK - 1)

    def day(self, offset: int) -> date:
        """A day by its distance from the first Monday."""
        return self.first_monday + timedelta(days=int(offset))

    def rng(self, stream: Stream, *more: int) -> np.random.Generator:
        """The random numbers of one subject."""
        return np.random.default_rng([self.seed, int(stream), *more])

    @property
    def months(self) -> list[date]:
        """First days of the whole months of the sample that are due by `as_of`."""
        month, months = next_month(self.first_monday), []
        while due_of_month(month).date() <= self.as_of:
            months.append(month)
            month = next_month(month)
        return months

    @property
    def push_week(self) -> int:
        """Index of the week with the end of the last month but one, when sell-in is pushed."""
        last_day = self.months[-1] - timedelta(days=1)
        return (last_day - self.first_monday).days // DAYS_IN_WEEK

    @property
    def monthly_from(self) -> int:
        """Index of the first month that is sent as a file of its own."""
        return next(
            index
            for index, month in enumerate(self.months)
            if due_of_month(month).date() >= self.weekly_from
        )


def next_month(month: date) -> date:
    """First day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def due_of_month(month: date) -> datetime:
    """When the claims of a month are due: the 5th of the next one, 18:00."""
    return datetime.combine(next_month(month).replace(day=5), time(18))


def weeks_from(day: date, festivals: tuple[date, ...]) -> int:
    """Weeks from the week of the nearest of these festivals, negative before it."""
    offsets = [(_monday(day) - _monday(festival)).days // DAYS_IN_WEEK for festival in festivals]
    return min(offsets, key=abs)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
