"""A fixed part of the fuzz campaign: nothing dies or hangs, every row is accounted for."""

from __future__ import annotations

from tests.campaigns import fuzz


def test_spoilt_files_cost_nobody_anything_and_every_row_is_accounted_for() -> None:
    _, figures = fuzz.campaign("slice")
    assert figures["files"] == sum(fuzz.SIZES["slice"])
    assert figures["parent_deaths"] == figures["hangs_over_30_s"] == 0
    assert figures["rows_unaccounted"] == figures["files_unaccounted"] == 0
    assert figures["child_peak_mb"] <= fuzz.GOALS["child_peak_mb"]
