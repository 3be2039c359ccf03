"""What was known at a moment is what a warehouse says that has received nothing since."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts import load_contracts
from pipelines.landing import land
from pipelines.screens.as_known import answer_as_of
from tests.golden.test_stories import HERE, deployment, landed, put

STORIES = (
    "changes_only",
    "code_mapped_later",
    "code_mapped_twice",
    "closed_period",
    "held_released_rejected",
    "month_end_final",
    "withdrawn",
)
ROWS = (
    "select _delivery_id, _row_no, reported_amount, sku_code, their_sku_code, outlet_code, "
    "their_outlet_code from landing.sellout{} order by all"
)


def arrivals(story: Path) -> dict[datetime, list[Path]]:
    """Files of a story by the moment they were received."""
    found: dict[datetime, list[Path]] = {}
    with (story / "inbox" / "received.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            stamp = datetime.fromisoformat(row["received_at"])
            found.setdefault(stamp, []).append(story / "inbox" / row["file"])
    return dict(sorted(found.items()))


@pytest.mark.parametrize("name", STORIES)
def test_as_of_a_moment_is_what_had_been_received_by_then(name: str, tmp_path: Path) -> None:
    story = HERE / name
    whole = landed(story, tmp_path / "whole", one_by_one=False)
    growing = deployment(story, tmp_path / "growing")
    contracts = load_contracts(growing.contracts)
    for moment, files in arrivals(story).items():
        put(growing, story, files)
        land(growing, contracts)
        with duckdb.connect(str(growing.warehouse_file), read_only=True) as con:
            known = con.execute(ROWS.format("")).fetchall()
        with duckdb.connect(str(whole.warehouse_file), read_only=True) as con:
            asked = con.execute(ROWS.format(f"_as_of(timestamp '{moment}')")).fetchall()
        assert asked == known, moment
        assert answer_as_of(whole, ROWS.format(""), moment)[1] == known


def test_names_of_persons_are_masked_in_what_was_known(tmp_path: Path) -> None:
    settings = landed(HERE / "bad_rows_in_a_good_file", tmp_path / "home", one_by_one=False)
    _, rows = answer_as_of(
        settings,
        "select count(*), count(rep_code), count(*) filter (rep_code <> '***') "
        "from landing.sellout",
        datetime(2026, 11, 22),
    )
    assert rows[0][0] > 0
    assert rows[0][2] == 0
