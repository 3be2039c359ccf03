"""Stock unsold for weeks: how likely that is by chance, against a walk through those weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

from tests.integration.compiled import AS_OF, Compiled
from tests.integration.stock.counts import monday

SIZE = 1_500
YEAR = 52
NEWEST = monday(AS_OF)
OTHER_SKU = "S0"
"""Sold by whoever sends a report, so that the report is there."""


@dataclass(frozen=True)
class Week:
    """A week of a SKU at a distributor.

    Attributes:
        stock: Pieces counted; None where the SKU was not in the count.
        report: none, partial or full.
        sold: Pieces that were reported sold.
    """

    stock: int | None
    report: str
    sold: int


@dataclass(frozen=True)
class Holder:
    """A distributor of a SKU.

    Attributes:
        code: The distributor.
        latest: Week of its latest count.
        weeks: That week and those before it, newest first.
        since: Pieces sold in the week after.
    """

    code: str
    latest: date
    weeks: list[Week]
    since: int

    def week(self, monday: date) -> Week:
        """A week; nothing is known of those outside the story."""
        back = (self.latest - monday).days // 7
        return self.weeks[back] if 0 <= back < len(self.weeks) else Week(None, "none", 0)


@dataclass(frozen=True)
class Story:
    """A SKU and who holds it."""

    sku: str
    holders: list[Holder]


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    rng = Random(71)
    return [_story(rng, number) for number in range(SIZE)]


@pytest.fixture(scope="module")
def told(compiled: Compiled, stories: list[Story]) -> dict[str, dict[str, Any]]:
    """What the model says of each distributor that has a row."""
    weeks = [
        (story.sku, holder, holder.latest - timedelta(weeks=back), week)
        for story in stories
        for holder in story.holders
        for back, week in enumerate(holder.weeks)
    ]
    given = {
        "int_stock_position": pl.DataFrame(
            [
                {
                    "distributor_code": holder.code,
                    "sku_code": sku,
                    "week_start_date": start,
                    "is_latest": start == holder.latest,
                    "good_pieces": week.stock or 0,
                }
                for sku, holder, start, week in weeks
            ]
        ),
        "int_stock_batch_week": pl.DataFrame(
            [
                {
                    "distributor_code": holder.code,
                    "sku_code": sku,
                    "week_start_date": start,
                    "batch_no": batch,
                    "good_pieces": pieces,
                }
                for sku, holder, start, week in weeks
                if week.stock is not None
                for batch, pieces in (("B1", week.stock), ("B2", 0))
            ]
        ),
        "int_demand_sold": pl.DataFrame(
            [
                {
                    "distributor_code": holder.code,
                    "sku_code": name,
                    "week_start_date": start,
                    "sold_pieces": pieces,
                }
                for sku, holder, start, week in weeks
                if week.report != "none"
                for name, pieces in ((sku, week.sold), (OTHER_SKU, 1))
                if pieces
            ]
            + [
                {
                    "distributor_code": holder.code,
                    "sku_code": story.sku,
                    "week_start_date": holder.latest + timedelta(weeks=1),
                    "sold_pieces": holder.since,
                }
                for story in stories
                for holder in story.holders
                if holder.since
            ]
        ),
        "int_demand_silent": pl.DataFrame(
            [
                {
                    "distributor_code": holder.code,
                    "week_start_date": start,
                    "mark": "partial",
                }
                for _, holder, start, week in weeks
                if week.report == "partial"
            ]
        ),
    }
    rows = compiled.run("int_stock_phantom", given=given)
    return {row["distributor_code"]: row for row in rows.to_dicts()}


def test_the_chance_is_that_of_so_many_weeks_in_a_row(
    told: dict[str, dict[str, Any]], stories: list[Story]
) -> None:
    lived = {
        holder.code: walk
        for story in stories
        for holder in story.holders
        if (walk := _walk(story, holder)) is not None
    }
    assert told.keys() == lived.keys()
    assert sum(unsold > 0 for unsold, _ in lived.values()) > SIZE / 4
    assert sum(chance < 0.01 for _, chance in lived.values()) > SIZE / 50
    apart = {
        code: (row["unsold_weeks"], row["unsold_chance_ratio"], lived[code])
        for code, row in told.items()
        if row["unsold_weeks"] != lived[code][0]
        or row["unsold_chance_ratio"] != pytest.approx(lived[code][1], rel=1e-9)
    }
    assert dict(list(apart.items())[:5]) == {}


def _walk(story: Story, holder: Holder) -> tuple[int, float] | None:
    """Weeks in a row without a sale that tell something, and their chance; None without a sale."""
    if not holder.weeks[0].stock:
        return None
    unsold, seen, with_sale, has_sold = 0, 0, 0, holder.since > 0
    for back, week in enumerate(holder.weeks[:YEAR]):
        has_sold = has_sold or week.sold > 0
        if not _tells(story, holder, holder.latest - timedelta(weeks=back)):
            continue
        if has_sold:
            seen += 1
            with_sale += week.sold > 0
        else:
            unsold += 1
    if not has_sold:
        return None
    chance = 1.0
    for _ in range(unsold):
        chance *= 1 - (with_sale + 1) / (seen + 2)
    return unsold, chance


def _tells(story: Story, holder: Holder, start: date) -> bool:
    """Whether it was there, all was reported, and it was sold or others who had it sold it."""
    week = holder.week(start)
    if not week.stock or week.report != "full":
        return False
    others = [
        found
        for other in story.holders
        if other.code != holder.code
        and (found := other.week(start)).stock
        and found.report == "full"
    ]
    return week.sold > 0 or not others or any(other.sold for other in others)


def _story(rng: Random, number: int) -> Story:
    often = rng.choice([0.05, 0.3, 0.6, 0.9])
    holders = [_holder(rng, f"D{number:04}-{place}", often) for place in range(rng.randint(1, 3))]
    return Story(f"S{number:04}", holders)


def _holder(rng: Random, code: str, often: float) -> Holder:
    back = rng.choice([0, 0, 1, 3])
    weeks = _holder_weeks(rng, often, rng.choice([0, 0, 3, 10, 70]))
    since = 3 if back and rng.random() < 0.2 else 0
    return Holder(code, NEWEST - timedelta(weeks=back), weeks, since)


def _holder_weeks(rng: Random, often: float, silent: int) -> list[Week]:
    """Weeks at random, the newest without a sale."""
    weeks = []
    for back in range(rng.choice([1, 8, 60])):
        report = rng.choices(["full", "partial", "none"], [8, 1, 1])[0]
        is_sold = report != "none" and back >= silent and rng.random() < often
        weeks.append(Week(rng.choice([None, 0, 5, 5, 5, 5, 5, 5, 5]), report, 3 if is_sold else 0))
    return weeks
