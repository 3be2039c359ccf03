"""Periods: every day is in one week, one month, one day; a label reads back as what it says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.periods import ALL, Period, month_of, parse_period, period_of, span, week_of

DAYS = st.dates(date(1970, 1, 5), date(2199, 12, 20))
NO_PERIODS = ["", "2026", "2026-13", "202600", "20261131", "2026-2-3", "all"]
NO_PERIODS += ["2026-W54", "2025-W53", "2026-W00", "2026W4", "W47", "2026-W47x"]
UNITS = st.sampled_from(["day", "week", "month"])


@given(DAYS, UNITS)
def test_a_day_is_in_its_period(day: date, unit: str) -> None:
    period = period_of(day, unit)
    assert period.start and period.end
    assert period.start <= day <= period.end


@given(DAYS, UNITS)
def test_the_label_of_a_period_reads_back_as_the_period(day: date, unit: str) -> None:
    period = period_of(day, unit)
    assert parse_period(period.label) == period


@given(DAYS, UNITS)
def test_a_label_without_dashes_means_the_same(day: date, unit: str) -> None:
    period = period_of(day, unit)
    assert parse_period(period.label.replace("-", "")) == period


@given(DAYS, UNITS)
def test_every_day_of_a_period_is_in_that_period_and_the_day_after_is_not(
    day: date, unit: str
) -> None:
    period = period_of(day, unit)
    assert period.start and period.end
    assert period_of(period.start, unit) == period == period_of(period.end, unit)
    assert period_of(period.end + timedelta(days=1), unit) != period


@given(DAYS)
def test_a_week_is_seven_days_from_a_monday(day: date) -> None:
    week = week_of(day)
    assert week.start and week.end
    assert (week.start.isoweekday(), (week.end - week.start).days) == (1, 6)


@given(DAYS)
def test_a_month_is_from_its_first_to_its_last_day(day: date) -> None:
    month = month_of(day)
    assert month.start and month.end
    assert (month.start.day, (month.end + timedelta(days=1)).day) == (1, 1)


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2026, 11, 22), "2026-W47"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2024, 12, 30), "2025-W01"),
        (date(2021, 1, 3), "2020-W53"),
    ],
)
def test_weeks_at_the_turn_of_a_year_belong_to_the_year_of_their_thursday(
    day: date, label: str
) -> None:
    assert week_of(day).label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2026W47", "2026-W47"),
        ("2026-w47", "2026-W47"),
        ("202611", "2026-11"),
        ("2026-11", "2026-11"),
        ("20261120", "2026-11-20"),
        ("2026-11-20", "2026-11-20"),
    ],
)
def test_periods_are_read_as_they_stand_in_file_names(text: str, label: str) -> None:
    period = parse_period(text)
    assert period is not None
    assert period.label == label


@pytest.mark.parametrize("text", NO_PERIODS)
def test_what_is_no_period_of_the_calendar_is_none(text: str) -> None:
    assert parse_period(text) is None


def test_a_feed_without_periods_has_one_for_all_time() -> None:
    assert period_of(date(2026, 11, 22), "none") == ALL == Period("all", None, None)


def test_a_span_names_both_its_days() -> None:
    assert span(date(2024, 11, 25), date(2026, 5, 24)).label == "2024-11-25..2026-05-24"
