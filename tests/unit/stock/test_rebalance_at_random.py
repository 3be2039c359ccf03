"""Thousands of small regions: no rule is broken, and nothing better is left."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import polars as pl
import pytest

from pipelines.stock.programme import Programme
from pipelines.stock.rebalance import rebalance
from tests.unit.stock.fefo import waste
from tests.unit.stock.instances import EPSILON, Move, Region, cases_of, frames, region

COUNT = 2_000


@pytest.fixture(scope="module")
def regions() -> list[Region]:
    rng = np.random.default_rng(47)
    return [region(rng, number, givers=2, takers=3) for number in range(COUNT)]


@pytest.fixture(scope="module")
def answer(regions: list[Region]) -> pl.DataFrame:
    return rebalance(**frames(regions))


@pytest.fixture(scope="module")
def by_sku(answer: pl.DataFrame, regions: list[Region]) -> dict[str, dict[Move, int]]:
    parts = answer.partition_by("sku_code", as_dict=True)
    none = answer.clear()
    return {one.sku: cases_of(parts.get((one.sku,), none), one.sku) for one in regions}


def test_no_rule_is_broken(regions: list[Region], by_sku: dict[str, dict[Move, int]]) -> None:
    moved = [one for one in regions if by_sku[one.sku]]
    assert len(moved) > COUNT / 2
    assert {one.sku: one.faults(by_sku[one.sku]) for one in moved} == {
        one.sku: set() for one in moved
    }
    assert all(set(by_sku[one.sku]) <= set(one.moves()) for one in moved)


def test_the_money_is_that_of_the_plain_rules(
    answer: pl.DataFrame, regions: list[Region], by_sku: dict[str, dict[Move, int]]
) -> None:
    said = dict(answer.group_by("sku_code").agg(pl.col("value_amount").sum()).rows())
    rows = Counter(answer["sku_code"])
    for one in regions:
        cents = 0.02 * rows[one.sku] + EPSILON
        assert said.get(one.sku, 0) == pytest.approx(one.worth(by_sku[one.sku]), abs=cents)


def test_one_case_more_breaks_a_rule_or_brings_nothing(
    regions: list[Region], by_sku: dict[str, dict[Move, int]]
) -> None:
    only_freshness = 0
    for one in regions:
        cases = by_sku[one.sku]
        before = one.worth(cases)
        for move in _outlasting(one):
            more = {**cases, move: cases.get(move, 0) + 1}
            if one.worth(more) > before + 0.01:
                faults = one.faults(more)
                assert faults, (one.sku, move)
                only_freshness += faults == {"more than sells in time"}
    assert only_freshness > 500


def test_what_is_said_to_be_saved_does_not_expire(
    answer: pl.DataFrame, regions: list[Region], by_sku: dict[str, dict[Move, int]]
) -> None:
    keys = ["sku_code", "from_distributor_code"]
    saved = answer.group_by(keys).agg(pl.col("saved_pieces").sum())
    of_sku = {one.sku: one for one in regions}
    for sku, code, pieces in saved.rows():
        holder, cases = of_sku[sku].holders[code], by_sku[sku]
        gone = Counter()
        for (giver, end, _), n in cases.items():
            gone[end] += n * of_sku[sku].case * (giver == code)
        left = [(0, end, there - gone[end]) for end, there in holder.lots.items()]
        assert sum(holder.at_risk.values()) - waste(holder.sales, left) >= pieces - EPSILON


def test_the_order_of_the_rows_does_not_matter(answer: pl.DataFrame, regions: list[Region]) -> None:
    some = regions[:500]
    mixed = {
        name: frame.sample(fraction=1, shuffle=True, seed=5) for name, frame in frames(some).items()
    }
    expected = answer.filter(pl.col("sku_code").is_in([one.sku for one in some]))
    assert rebalance(**mixed).equals(expected)


def test_the_greedy_method_breaks_no_rule_and_finds_no_more(
    monkeypatch: pytest.MonkeyPatch, answer: pl.DataFrame, regions: list[Region]
) -> None:
    monkeypatch.setattr(Programme, "best", Programme.greedy)
    greedy = rebalance(**frames(regions))
    parts = greedy.partition_by("sku_code", as_dict=True)
    best = answer.partition_by("sku_code", as_dict=True)
    less = 0
    for one in regions:
        cases = cases_of(parts.get((one.sku,), answer.clear()), one.sku)
        assert one.faults(cases) == set()
        found = one.worth(cases)
        most = one.worth(cases_of(best.get((one.sku,), answer.clear()), one.sku))
        assert most >= found - 0.02
        less += most > found + 0.02
    assert less > 50


def test_nothing_that_can_be_tried_is_better() -> None:
    rng = np.random.default_rng(48)
    tiny = [region(rng, number, givers=2, takers=2) for number in range(400)]
    answer = rebalance(**frames(tiny))
    tried = 0
    for one in tiny:
        moves = one.moves()
        if 0 < len(moves) <= 4 and moves == _outlasting(one):
            tried += 1
            found = one.worth(cases_of(answer, one.sku))
            assert found == pytest.approx(_most(one, moves), abs=0.02), one.sku
    assert tried > 80


def _outlasting(one: Region) -> list[Move]:
    """Moves of goods that are not over before the slowest lane to the taker has arrived."""
    slowest = {
        code: max((days for (_, to), (_, _, days) in one.lanes.items() if to == code), default=0)
        for code in one.holders
    }
    return [move for move in one.moves() if move[1] is None or move[1] > slowest[move[2]]]


def _most(one: Region, moves: list[Move]) -> float:
    """The most money of all numbers of cases that break no rule."""
    highest = [
        min(one.holders[giver].lots[end], one.holders[giver].excess, one.holders[taker].need)
        // one.case
        for giver, end, taker in moves
    ]
    most = 0.0
    for numbers in product(*(range(n + 1) for n in highest)):
        cases = dict(zip(moves, numbers, strict=True))
        worth = one.worth(cases)
        if worth > most and not one.faults(cases):
            most = worth
    return most
