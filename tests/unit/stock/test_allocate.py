"""Sharing what is short, beside hand work and all other ways to share it."""

from __future__ import annotations

from itertools import product
from math import erf, exp, pi, sqrt

import numpy as np
import polars as pl
import pytest

from pipelines.stock.allocate import SHARE, SUPPLY, WANT, allocate

Row = tuple[str, str, int | None, float, float, float, float, float | None]


def shared(wants: list[Row], available: float) -> list[tuple]:
    want = pl.DataFrame(wants, schema=WANT, orient="row")
    return allocate(want, supply(S1=available)).rows()


def supply(**available: float) -> pl.DataFrame:
    return pl.DataFrame(list(available.items()), schema=SUPPLY, orient="row")


def missed(mean: float, sd: float, on_hand: float) -> float:
    """Pieces expected to be missed, by the error function of the standard library."""
    z = (on_hand - mean) / sd
    return sd * (exp(-z * z / 2) / sqrt(2 * pi) - z * (1 - erf(z / sqrt(2))) / 2)


def test_the_last_cases_go_where_they_save_most() -> None:
    # Sure demand, cases of 10. A misses 25 at 2 each: cases save 20, 20 and 10. B misses 15 at 3:
    # 30 and 15. Of four cases A gets two and B two: 40 and 45.
    wants: list[Row] = [("S1", "A", 10, 5, 30, 30, 0, 2), ("S1", "B", 10, 0, 30, 15, 0, 3)]
    assert shared(wants, 40) == [("S1", "A", 2, 20, 40), ("S1", "B", 2, 20, 45)]


def test_less_than_a_case_is_not_given() -> None:
    wants: list[Row] = [("S1", "A", 10, 0, 30, 30, 0, 2)]
    assert shared(wants, 19.5) == [("S1", "A", 1, 10, 20)]
    assert shared(wants, 9) == []


def test_nobody_gets_more_than_it_needs_or_than_it_would_miss() -> None:
    wants: list[Row] = [("S1", "A", 10, 0, 20, 90, 0, 2), ("S1", "B", 10, 30, 50, 30, 0, 2)]
    assert shared(wants, 1_000) == [("S1", "A", 2, 20, 40)]


def test_equal_cases_go_to_the_first_by_code_whatever_the_order_of_the_rows() -> None:
    wants: list[Row] = [("S1", code, 10, 0, 10, 10, 0, 1) for code in ("C", "A", "B")]
    assert [row[1] for row in shared(wants, 20)] == ["A", "B"]


def test_uncertain_demand_is_worth_a_part_of_the_margin() -> None:
    # position at the mean of 100, sd 20: missed 20 x 0.398942 = 7.97885; with 20 more z = 1 and
    # 20 x (0.241971 - 0.158655) = 1.66631; the difference 6.31254 earns 2 each
    wants: list[Row] = [("S1", "A", 20, 100, 20, 100, 20, 2)]
    assert shared(wants, 20) == [("S1", "A", 1, 20, 12.63)]


def test_a_sku_nobody_has_and_an_unknown_margin_get_nothing() -> None:
    row = ("S2", "A", 10, 0, 30, 30, 0, 2)
    assert shared([row, ("S1", "A", 10, 0, 30, 30, 0, None)], 100) == []


def test_without_a_case_size_single_pieces_are_shared() -> None:
    assert shared([("S1", "A", None, 0, 30, 30, 0, 1)], 7) == [("S1", "A", 7, 7, 7)]


def test_nothing_wanted_is_an_empty_table_of_the_right_columns() -> None:
    nothing = allocate(pl.DataFrame(schema=WANT), supply())
    assert nothing.schema == SHARE
    assert nothing.is_empty()


def test_no_other_way_to_share_saves_more() -> None:
    rng = np.random.default_rng(6)
    for _ in range(150):
        wants = random_wants(rng)
        available = int(rng.integers(0, 12)) * int(wants[0][2] or 1)
        ways = product(*(range(int(row[4]) // int(row[2] or 1) + 1) for row in wants))
        most = max(saved(wants, cases) for cases in ways if pieces(wants, cases) <= available)
        found = {row[1]: row[2] for row in shared(wants, available)}
        numbers = tuple(found.get(row[1], 0) for row in wants)
        assert pieces(wants, numbers) <= available
        assert saved(wants, numbers) == pytest.approx(most, abs=1e-4)


def random_wants(rng: np.random.Generator) -> list[Row]:
    case, count = int(rng.integers(1, 8)), int(rng.integers(1, 5))
    there, mean = rng.uniform(0, 20, count), rng.uniform(1, 30, count)
    sd, margin = rng.uniform(0.5, 9, count), rng.uniform(0, 5, count).round(2)
    need = rng.integers(0, 5, count) * case
    columns = zip(there, need, mean, sd, margin, strict=True)
    return [("S1", f"D{n}", case, *row) for n, row in enumerate(columns)]


def saved(wants: list[Row], numbers: tuple[int, ...]) -> float:
    """Margin some cases save."""
    return sum(
        (margin or 0) * (missed(mean, sd, there) - missed(mean, sd, there + n * (case or 1)))
        for (_, _, case, there, _, mean, sd, margin), n in zip(wants, numbers, strict=True)
    )


def pieces(wants: list[Row], numbers: tuple[int, ...]) -> int:
    return sum((row[2] or 1) * n for row, n in zip(wants, numbers, strict=True))
