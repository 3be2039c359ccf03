"""A slice of the order campaign, the same every time: `make campaign-order` is the whole."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pipelines.landing.versions import Candidate, Version, rank
from tests.campaigns import order
from tests.campaigns.stories import KINDS


def test_random_sequences_land_like_a_fresh_start_in_the_order_received() -> None:
    told = order.land_stories(12)
    assert told["sequences"] == 12
    assert (told["sequences_that_differ"], told["rows_added_by_redelivery"]) == (0, 0)
    assert len(told["kinds"].keys() & KINDS.keys()) > len(KINDS) / 2


def test_versions_ranked_as_they_are_processed_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The campaign itself is tried: with a fault planted it must not pass."""

    def first_processed_wins(candidates: Iterable[Candidate]) -> list[Version]:
        return rank(list(candidates)[:1])

    monkeypatch.setattr("pipelines.landing.ledger.rank", first_processed_wins)
    assert order.land_stories(6)["sequences_that_differ"] > 0


@pytest.mark.long
def test_random_sequences_build_like_a_fresh_start() -> None:
    assert order.build_stories(2)["marts_that_differ"] == 0
