"""The rules of the VN2 contest on one series, week by week as anyone can work them out."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.forecast.vn2 import Played, Stock, Told


def stock(on_hand: float, next_week: float, week_after: float) -> Stock:
    return Stock(np.array([on_hand]), np.array([[next_week, week_after]]))


def test_an_order_at_the_end_of_a_week_is_on_sale_in_the_third_week_after():
    of = stock(0, 0, 0)
    weeks = [of.pass_week(np.array([2.0]), np.array([order])) for order in (5.0, 0.0, 0.0)]
    assert weeks == [(0, 2), (0, 2), (3, 0)]


def test_an_order_fills_up_what_is_on_hand_and_on_the_way_and_never_takes_back():
    of = stock(2, 3, 1)
    assert of.order_up_to(np.array([10.0])) == 4
    assert of.order_up_to(np.array([4.0])) == 0


def test_sales_lost_before_an_order_is_on_sale_are_those_the_forecast_says():
    # 1 on hand and 2 delivered against 5: 2 lost; then 1 delivered against 3: 2 more
    assert stock(1, 2, 1).lost_before(np.array([[5.0, 3.0, 9.0]])) == 4
    assert stock(9, 0, 0).lost_before(np.array([[5.0, 3.0, 9.0]])) == 0


def test_a_unit_left_costs_a_fifth_of_a_lost_sale():
    played = Played(left=np.array([10.0, 0.0]), lost=np.array([0.0, 3.0]))
    assert played.costs == pytest.approx([2, 3])


def test_the_level_is_the_forecast_times_what_the_quantile_of_its_size_came_to():
    # forecasts of 7.5 came to 0, 1, ... 100 times themselves and a half piece on top, large ones
    # to nothing
    past_said = np.concatenate([np.full(101, 7.5), np.full(101, 100.0)])
    past_came = np.concatenate([8.0 * np.arange(101), np.zeros(101)])
    told = Told(np.array([[2.5, 2.5, 2.5], [40.0, 30.0, 30.0]]), past_said, past_came)
    assert told.level(0.5) == pytest.approx([50 * 8, 0])
