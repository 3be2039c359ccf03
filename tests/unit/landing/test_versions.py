"""Versions: what counts is when a file was received and what is in it, not when it was read."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.versions import Candidate, Version, rank

START = datetime(2026, 11, 16, 9, 0)


def delivery(delivery_id: int, minute: int, sha256: str) -> Candidate:
    return Candidate(START + timedelta(minutes=minute), sha256, delivery_id)


@st.composite
def histories(draw: st.DrawFn) -> list[Candidate]:
    """Deliveries of one period: few different contents, some received in the same minute."""
    received = draw(st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abc")), max_size=9))
    return [delivery(number, *what) for number, what in enumerate(received, start=1)]


def by_delivery(candidates: list[Candidate]) -> dict[int, Version]:
    return {version.delivery_id: version for version in rank(candidates)}


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_processing_does_not_matter(
    history: list[Candidate], order: random.Random
) -> None:
    shuffled = order.sample(history, len(history))
    assert by_delivery(shuffled) == by_delivery(history)


@given(histories())
def test_every_delivery_is_ranked_once(history: list[Candidate]) -> None:
    assert sorted(v.delivery_id for v in rank(history)) == [c.delivery_id for c in history]


@given(histories())
def test_exactly_one_delivery_counts_and_it_has_the_bytes_received_last(
    history: list[Candidate],
) -> None:
    loaded = [version for version in rank(history) if version.status == "loaded"]
    assert len(loaded) == bool(history)
    if loaded:
        sent = {c.delivery_id: c for c in history}
        assert sent[loaded[0].delivery_id].file_sha256 == max(history).file_sha256
        assert loaded[0].superseded_at is None


@given(histories())
def test_versions_count_from_one_without_gaps(history: list[Candidate]) -> None:
    numbers = [v.version for v in rank(history) if v.status != "duplicate"]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


@given(histories())
def test_a_superseded_version_ends_when_the_next_one_was_received(
    history: list[Candidate],
) -> None:
    sent = {c.delivery_id: c for c in history}
    kept = sorted((v for v in rank(history) if v.status != "duplicate"), key=lambda v: v.version)
    for version, following in pairwise(kept):
        assert version.status == "superseded"
        assert version.superseded_at == sent[following.delivery_id].received_at


@given(histories())
def test_neighbouring_versions_differ_and_a_duplicate_repeats_its_version(
    history: list[Candidate],
) -> None:
    sent = {c.delivery_id: c.file_sha256 for c in history}
    versions = rank(history)
    bytes_of = {v.version: sent[v.delivery_id] for v in versions if v.status != "duplicate"}
    assert all(bytes_of[n] != bytes_of[n + 1] for n in bytes_of if n + 1 in bytes_of)
    assert all(sent[v.delivery_id] == bytes_of[v.version] for v in versions)


@given(histories(), st.integers(0, 6))
def test_receiving_the_current_bytes_again_changes_no_version(
    history: list[Candidate], minutes: int
) -> None:
    if not history:
        return
    last = max(history)
    again = Candidate(last.received_at + timedelta(minutes=minutes), last.file_sha256, 99)
    before, after = by_delivery(history), by_delivery([*history, again])
    assert after.pop(99) == Version(99, max(v.version for v in before.values()), "duplicate")
    assert after == before


def test_the_same_bytes_twice_are_one_version_and_a_duplicate() -> None:
    first, second = rank([delivery(1, 0, "a"), delivery(2, 5, "a")])
    assert (first.status, first.version) == ("loaded", 1)
    assert (second.status, second.version, second.superseded_at) == ("duplicate", 1, None)


def test_the_bytes_of_an_old_version_are_a_new_version() -> None:
    versions = by_delivery([delivery(1, 0, "a"), delivery(2, 5, "b"), delivery(3, 9, "a")])
    assert [(v.version, v.status) for v in versions.values()] == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "loaded"),
    ]
    assert versions[1].superseded_at == START + timedelta(minutes=5)


def test_a_file_read_late_but_received_between_two_others_is_between_them() -> None:
    versions = by_delivery([delivery(1, 0, "a"), delivery(3, 9, "c"), delivery(2, 5, "b")])
    assert [(i, versions[i].version) for i in (1, 2, 3)] == [(1, 1), (2, 2), (3, 3)]


def test_no_delivery_has_no_version() -> None:
    assert rank([]) == []
