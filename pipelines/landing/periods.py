"""Spans of days a delivery is about: an ISO week, a month, a day, or from one day to another."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = re.compile(r"^(\d{4})-?W(\d{2})$", re.IGNORECASE)
DAY = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})$")
MONTH = re.compile(r"^(\d{4})-?(\d{2})$")


@dataclass(frozen=True)
class Period:
    """A span of days with the label the ledger shows.

    Attributes:
        label: `2026-W47`, `2026-11`, `2026-11-20`, `2024-11-25..2026-05-24` or `all`.
        start: First day; None for `all`.
        end: Last day, inclusive; None for `all`.
    """

    label: str
    start: date | None = None
    end: date | None = None


ALL = Period("all")


def week_of(day: date) -> Period:
    """The ISO week, Monday to Sunday, the day falls in."""
    year, week, weekday = day.isocalendar()
    monday = day - timedelta(days=weekday - 1)
    return Period(f"{year}-W{week:02d}", monday, monday + timedelta(days=6))


def month_of(day: date) -> Period:
    """The calendar month the day falls in."""
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(f"{day:%Y-%m}", day.replace(day=1), day.replace(day=last))


def period_of(day: date, unit: str) -> Period:
    """The period of that unit (`day`, `week`, `month` or `none`) the day falls in."""
    if unit == "week":
        return week_of(day)
    if unit == "month":
        return month_of(day)
    return Period(day.isoformat(), day, day) if unit == "day" else ALL


def span(start: date, end: date) -> Period:
    """From one day to another, both inclusive."""
    return Period(f"{start}..{end}", start, end)


def parse_day(text: str) -> date | None:
    """`2026-11-20` or `20261120`; None when it is no day of the calendar."""
    found = DAY.match(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def parse_period(text: str) -> Period | None:
    """Read a period as it stands in a file name; None when it is none.

    Six digits are a month: `202611`. Eight are a day: `20261120`.
    """
    week = WEEK.match(text)
    try:
        if week:
            return week_of(date.fromisocalendar(int(week[1]), int(week[2]), 1))
        month = MONTH.match(text)
        if month:
            return month_of(date(int(month[1]), int(month[2]), 1))
    except ValueError:
        return None
    day = parse_day(text)
    return period_of(day, "day") if day else None
