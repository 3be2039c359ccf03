"""A run with nothing new leaves everything as it is; a later day is told on its own snapshot."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from tests.integration.conftest import Done
from tests.integration.region import Region

Daqu = Callable[..., Done]


@pytest.fixture(scope="module")
def region(published: Region, tmp_path_factory: pytest.TempPathFactory) -> Region:
    return published.copy(tmp_path_factory.mktemp("second"))


def contents(region: Region) -> dict[str, tuple[int, int]]:
    """Number of rows and a sum over their hashes, of every table of the warehouse."""
    names = region.query("select schema_name || '.' || table_name from duckdb_tables()")
    with duckdb.connect(str(region.settings.warehouse_file), read_only=True) as con:
        return {
            name: con.execute(f"select count(*), sum(hash(t)) from {name} as t").fetchall()[0]
            for (name,) in names
        }


def files_seen(region: Region) -> dict[str, tuple[int, int]]:
    """Every published file: which one it is and when it was written."""
    folder = region.settings.published
    stats = {path: path.lstat() for path in folder.rglob("*") if path.name != ".lock"}
    return {
        path.relative_to(folder).as_posix(): (stat.st_ino, stat.st_mtime_ns)
        for path, stat in stats.items()
    }


def statuses(region: Region) -> dict[tuple[str, str, str], str]:
    with duckdb.connect(str(region.settings.published / "daqu.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select feed, sender, period, status from quality.submission_status"
        ).fetchall()
    return {row[:3]: row[3] for row in rows}


def test_a_second_run_changes_no_row_and_no_published_file(region: Region, daqu: Daqu) -> None:
    rows, files = contents(region), files_seen(region)
    done = daqu("run", "--home", region.home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing new" in done.stdout
    assert contents(region) == rows
    assert files_seen(region) == files


def test_a_file_put_in_again_changes_no_row(region: Region) -> None:
    """Sent twice with the same stamp, it is the same receipt; no table knows of it."""
    rows = contents(region)
    name = "D001/sellout/D001_sellout_2026W46.csv"
    [(stamp,)] = region.query(
        "select received_at::varchar from landing.delivery where file_name = ?", [name]
    )
    region.put(name, region.sent(name), stamp)
    result = region.land()
    assert (result.received, result.statuses, result.replayed) == (1, {}, 0)
    assert contents(region) == rows


def test_a_later_day_is_published_with_what_is_owed_by_then(region: Region, daqu: Daqu) -> None:
    before, snapshot = statuses(region), (region.settings.published / "current").readlink()
    done = daqu("run", "--home", region.home, "--as-of", "2026-11-24")
    assert done.returncode == 0, done.stdout + done.stderr
    after = statuses(region)
    assert (region.settings.published / "current").readlink() != snapshot
    waiting = {key for key, status in before.items() if status == "not_due"}
    week_47 = ("sellout", "D002", "2026-W47")
    assert week_47 in waiting
    assert after[week_47] == "missing"
    still = {key: status for key, status in after.items() if key in before and key not in waiting}
    assert still == {key: status for key, status in before.items() if key not in waiting}
