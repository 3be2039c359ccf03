"""A slice of the kill campaign with a fixed seed: `make campaign-kill SIZE=full` is the whole."""

from __future__ import annotations

from pathlib import Path

from tests.campaigns.kill import FAULTS, KILLS, slice_of_landing


def test_nothing_is_lost_or_doubled_by_kills_in_landing_and_checkpoint(tmp_path: Path) -> None:
    told = slice_of_landing(tmp_path, 20261122)
    assert {fault: told[fault] for fault in FAULTS} == dict.fromkeys(FAULTS, 0)
    for where in ("landing", "checkpoint"):
        assert told[f"kills_in_{where}"] == KILLS["slice"][where]
