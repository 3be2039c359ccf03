"""The two figures published for the VN1 contest, reproduced: so the measures are the contest's.

    python -m benchmarks.forecast.vn1        (skips when DAQU_REAL_DATA has no vn1)

Phase 1 is the history, the 13 weeks of phase 2 are the truth. What gives the published figures:

- The score is the sum of absolute errors plus the amount of the sum of errors, both over the sum of
  what was sold, over all 15,053 series and 13 weeks at once, in percent; no series is left out.
- The naive forecast repeats a series' last week, all 13 weeks long.
- The 12-week mean is the mean of its last twelve weeks, weeks with nothing sold included and
  nothing rounded. (History has 13 weeks; the first is not used.)

Thirteen weeks are too short a history for the contest to say how good our forecast is.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.forecast.metrics import bias, vn1_score, wape
from benchmarks.report import show

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "vn1"
SERIES = ["Client", "Warehouse", "Product"]
PUBLISHED = {"naive": 50.70, "mean_of_12_weeks": 80.46}
HUNDREDTH = 0.005
"""Published figures are rounded to a hundredth."""


def weeks(phase: int) -> NDArray:
    """What was sold in a phase: a row a series, a column a week."""
    sold = pl.read_csv(SOURCE / f"Phase {phase} - Sales.csv").sort(SERIES)
    return sold.drop(SERIES).to_numpy()


def main() -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no vn1; nothing to do")
        return
    history, truth = weeks(1), weeks(2)
    said = {"naive": history[:, -1], "mean_of_12_weeks": history[:, -12:].mean(axis=1)}
    rows, figures = [], {"series": len(truth), "weeks": truth.shape[1]}
    for name, level in said.items():
        forecast = np.broadcast_to(level[:, None], truth.shape)
        score = vn1_score(truth, forecast)
        off = round(abs(score - PUBLISHED[name]), 4)
        figures |= {f"{name}_score": round(score, 2), f"{name}_off_published": off}
        mistakes = [100 * wape(truth, forecast), 100 * bias(truth, forecast), score]
        rows.append([name, *(f"{value:.2f}" for value in mistakes), f"{PUBLISHED[name]:.2f}"])
    headings = ["forecast", "MAE %", "bias %", "score", "published"]
    goals = {f"{name}_off_published": HUNDREDTH for name in said}
    show("VN1", headings, rows, figures, goals)


if __name__ == "__main__":
    main()
