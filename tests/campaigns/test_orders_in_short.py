"""A slice of the order campaign, the same every time: `make campaign-order` is the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from pipelines.landing.versions import Candidate, Version, rank
from tests.campaigns import order
from tests.campaigns.shares import Part
from tests.campaigns.small_region import BEGINNING, SKUS, monday, products, sellout, week_name
from tests.campaigns.stories import KINDS, Story


@pytest.fixture
def part(tmp_path: Path) -> Part:
    return Part(0, 1, tmp_path)


def test_random_sequences_land_like_a_fresh_start_in_the_order_received(part: Part) -> None:
    told: Counter[str] = Counter()
    order.land_stories(part, 12, told)
    assert told["sequences"] == 12
    assert (told["sequences_that_differ"], told["rows_added_by_redelivery"]) == (0, 0)
    assert sum(told[f"{order.KIND}{kind}"] > 0 for kind in KINDS) > len(KINDS) / 2


def test_versions_ranked_as_they_are_processed_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison itself is tried: with a fault planted it must not pass."""

    def first_processed_wins(candidates: Iterable[Candidate]) -> list[Version]:
        return rank(list(candidates)[:1])

    monkeypatch.setattr("pipelines.landing.ledger.rank", first_processed_wins)
    story = Story(runs=[[0], [2], [1]])
    story.add("self/sku/sku.csv", products(len(SKUS)))
    for seed in (1, 2):
        data = sellout(seed, 0, 12, SKUS, bad_share=0)
        story.add(f"D001/sellout/{week_name(0)}.csv", data)
    one = order.replayed(story, tmp_path / "one")
    other = order.from_scratch(story, tmp_path / "other")
    assert order.different(one.settings, other.settings)


def test_a_closing_told_after_the_file_it_holds(tmp_path: Path) -> None:
    """Found by the campaign: the moment from which the file counts was that of before the hold."""
    story = Story(runs=[[0], [1], [2]])
    story.add("self/sku/sku.csv", products(len(SKUS)))
    story.add(f"D001/sellout/{week_name(0)}.csv", sellout(1, 0, 12, SKUS, bad_share=0))
    closing = f"feed,closed_through,closed_at\nsellout,{monday(1)},{BEGINNING}\n"
    story.add("self/period_close/period_close.csv", closing.encode())
    one = order.replayed(story, tmp_path / "one")
    other = order.from_scratch(story, tmp_path / "other")
    assert order.different(one.settings, other.settings) == []
    assert one.query("select status, known_from from landing.delivery where sender = 'D001'") == [
        ("held", None)
    ]


@pytest.mark.long
def test_random_sequences_build_like_a_fresh_start(part: Part) -> None:
    told: Counter[str] = Counter()
    order.build_stories(part, 2, told)
    assert (told["sequences_through_dbt"], told["marts_that_differ"]) == (2, 0)
