"""The hostile campaign: every file is refused, or lands as the plain data it is."""

from __future__ import annotations

from tests.campaigns import hostile


def test_hostile_files_are_refused_or_land_as_plain_data() -> None:
    rows, figures = hostile.campaign()
    assert [row for row in rows if row[-1]] == []
    assert figures["harmed"] == figures["parent_deaths"] == figures["hangs_over_30_s"] == 0
