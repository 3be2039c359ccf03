"""Each measure on four weeks that anyone can work out: sold 10, 0, 20, 10."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.forecast.metrics import bias, coverage, mape, mase, vn1_score, wape

SOLD = [10, 0, 20, 10]
SAID = [12, 2, 16, 14]


def test_wape_is_the_absolute_errors_over_what_was_sold():
    assert wape(SOLD, SAID) == pytest.approx((2 + 2 + 4 + 4) / 40)


def test_bias_lets_errors_of_both_signs_cancel():
    assert bias(SOLD, SAID) == pytest.approx((2 + 2 - 4 + 4) / 40)


def test_vn1_score_adds_wape_and_the_amount_of_bias_in_percent():
    assert vn1_score(SOLD, SAID) == pytest.approx(30 + 10)
    said_too_little = [8, 0, 16, 10]
    assert vn1_score(SOLD, said_too_little) == pytest.approx(15 + 15)


def test_mase_divides_by_the_mean_change_of_the_history():
    history = [4, 8, 6, 9]
    assert mase(SOLD, SAID, history) == pytest.approx(3 / 3)


def test_mase_of_a_history_that_never_changed_is_not_a_number():
    assert math.isnan(mase(SOLD, SAID, [5, 5, 5]))
    assert math.isnan(mase(SOLD, SAID, [5]))


def test_mape_leaves_out_weeks_in_which_nothing_was_sold():
    assert mape(SOLD, SAID) == pytest.approx((0.2 + 0.2 + 0.4) / 3)
    assert math.isnan(mape([0, 0], [1, 1]))


def test_coverage_counts_a_value_at_an_end_of_its_range_as_held():
    assert coverage(SOLD, low=[10, 1, 15, 0], high=[12, 2, 20, 9]) == pytest.approx(2 / 4)


def test_where_nothing_was_sold_a_ratio_is_not_a_number():
    assert math.isnan(wape([0, 0], [1, 2]))
    assert math.isnan(bias([0, 0], [1, 2]))


@pytest.mark.parametrize("said", [[1, 2, 3], [[1], [2], [3], [4]], [1, 2, np.nan, 4]])
def test_rows_that_do_not_match_one_to_one_are_refused(said):
    with pytest.raises(ValueError):
        wape(SOLD, said)
