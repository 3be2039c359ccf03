"""How wrong forecasts are: each measure of the benchmarks in one place, on plain arrays.

Ratios are 0 to 1, never percent, but for the score of the VN1 contest, which is defined in percent.
A measure that divides by what was sold is NaN where nothing was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Absolute errors over what came: 0.2 means a fifth of the volume was in the wrong place."""
    came, said = _pair(actual, forecast)
    return _ratio(np.abs(said - came).sum(), came.sum())


def bias(actual: ArrayLike, forecast: ArrayLike) -> float:
    """What was said over what came, less one: above 0 too much was said."""
    came, said = _pair(actual, forecast)
    return _ratio((said - came).sum(), came.sum())


def mase(actual: ArrayLike, forecast: ArrayLike, history: ArrayLike) -> float:
    """The mean absolute error over the mean change from one week of the history to the next.

    Below 1 the forecast of any week ahead was better than last week's value is for the next week.
    """
    came, said = _pair(actual, forecast)
    steps = np.abs(np.diff(np.asarray(history, dtype=float)))
    return _ratio(np.abs(said - came).mean(), steps.mean() if steps.size else 0.0)


def mape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """The mean of each row's error over what came; rows in which nothing came have none."""
    came, said = _pair(actual, forecast)
    sold = came != 0
    return float(np.mean(np.abs(said - came)[sold] / np.abs(came[sold]))) if sold.any() else np.nan


def vn1_score(actual: ArrayLike, forecast: ArrayLike) -> float:
    """The score of the VN1 contest in percent: WAPE and the amount of bias, added."""
    return 100 * (wape(actual, forecast) + abs(bias(actual, forecast)))


def coverage(actual: ArrayLike, low: ArrayLike, high: ArrayLike) -> float:
    """The share of rows that came to lie within their range, its ends included."""
    came, lowest = _pair(actual, low)
    _, highest = _pair(actual, high)
    return _ratio(((lowest <= came) & (came <= highest)).sum(), came.size)


def _pair(actual: ArrayLike, other: ArrayLike) -> tuple[NDArray, NDArray]:
    """Both as numbers; a shape that would be stretched, or a gap, is an error of the caller."""
    came, said = np.asarray(actual, dtype=float), np.asarray(other, dtype=float)
    if came.shape != said.shape:
        raise ValueError(f"{came.shape} actual against {said.shape} said")
    if np.isnan(came).any() or np.isnan(said).any():
        raise ValueError("a row has no value")
    return came, said


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan
