"""Faults of the machine: what was acknowledged is landed in the end, whole and once."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.failpoints import KILLED
from pipelines.landing import batch
from pipelines.landing.receipts import all_receipts, files_below
from pipelines.rescue.rebuild import rebuild
from pipelines.settings import Settings
from tests.campaigns.small_region import SKUS, SmallRegion, all_contracts, new_region, sellout
from tests.integration.conftest import COMMAND, Done
from tests.integration.rescue.conftest import CURRENT, RECENTLY, clean

LONG = pytest.mark.long
MANY_ROWS = 30_000
AT_COMMIT = 200 << 10
"""Bytes a file may have so that the write-ahead log of many rows does not fit."""


def is_whole(region: SmallRegion, fresh: Path) -> bool:
    """Equal to a deployment that received the same files and was never disturbed."""
    other = new_region(fresh)
    settings = region.settings
    for receipt in all_receipts(settings):
        data = region.sent(receipt.file_name)
        other.put(receipt.file_name, data, f"{receipt.received_at}")
    other.land()
    assert files_below(settings.inbox) == []
    return (region.landed(), region.ledger()) == (other.landed(), other.ledger())


def limited(home: Path, size: int) -> Done:
    """`daqu ingest` where no file may become larger than that: a disk that is full."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-c", COMMAND, "ingest", "--home", str(home)],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    "at_commit",
    [pytest.param(True, id="at_commit"), pytest.param(False, id="at_checkpoint", marks=LONG)],
)
def test_a_disk_that_fills_up_while_rows_are_written(
    at_commit: bool, region: SmallRegion, daqu: Callable[..., Done], tmp_path: Path
) -> None:
    big = sellout(11, 2, MANY_ROWS, SKUS, bad_share=0)
    region.put("D001/sellout/2026-W40.csv", big, RECENTLY)
    killed = daqu("ingest", "--home", region.home, failpoint="landing.before_commit")
    assert killed.returncode == KILLED, killed.stderr
    before = region.landed()
    size = region.settings.warehouse_file.stat().st_size
    full = limited(region.home, AT_COMMIT if at_commit else size)
    assert full.returncode == 1, full.stdout + full.stderr
    assert "The disk is full" in full.stderr
    assert (region.landed() == before) == at_commit
    region.land()
    assert region.query("select max(rows_loaded) from landing.delivery") == [(MANY_ROWS,)]
    assert is_whole(region, tmp_path / "fresh")


def test_a_disk_that_is_full_when_a_file_is_received(
    region: SmallRegion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not safe on disk stays in the inbox."""
    region.put("D001/sellout/2026-W40.csv", clean(12, 2), RECENTLY)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr("pipelines.durable.os.fsync", full)
        region.land()
    assert len(files_below(region.settings.inbox)) == 1
    region.land()
    assert is_whole(region, tmp_path / "fresh")


@pytest.mark.parametrize("share", [0.5, *(pytest.param(s, marks=LONG) for s in (0.02, 0.97))])
def test_a_write_ahead_log_that_was_cut_off(
    share: float, region: SmallRegion, daqu: Callable[..., Done], tmp_path: Path
) -> None:
    """The warehouse opens silently with fewer transactions; the receipts know better."""
    for week in (2, 3):
        region.put(f"D001/sellout/2026-W{38 + week}.csv", clean(week, week), RECENTLY)
    killed = daqu("ingest", "--home", region.home, failpoint="landing.before_checkpoint")
    assert killed.returncode == KILLED, killed.stderr
    log = region.settings.warehouse_file.with_name("daqu.duckdb.wal")
    assert log.stat().st_size > 0
    os.truncate(log, int(log.stat().st_size * share))
    region.land()
    assert is_whole(region, tmp_path / "fresh")


def test_two_landings_at_once(region: SmallRegion, tmp_path: Path) -> None:
    for week in (2, 3):
        region.put(f"D001/sellout/2026-W{38 + week}.csv", clean(week, week), RECENTLY)
    command = [sys.executable, "-c", COMMAND, "ingest", "--home", str(region.home)]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(300) for process in both] == [0, 0]
    assert is_whole(region, tmp_path / "fresh")


def test_a_clock_that_goes_back(
    region: SmallRegion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs still follow each other, and every file is kept and counted."""
    before = region.query("select max(batch_id) from landing.delivery")[0][0]
    long_ago = region.settings.now().replace(year=2020)
    with monkeypatch.context() as patch:
        patch.setattr(batch.time, "time_ns", lambda: 1_000)
        patch.setattr(Settings, "now", lambda _: long_ago)
        file = region.settings.inbox / "D001" / "sellout" / "2026-W40.csv"
        file.write_bytes(clean(12, 2))
        region.land()
    batches = region.query(
        "select batch_id, received_at from landing.delivery where file_name like '%W40.csv'"
    )
    assert batches[0][0] > before
    assert batches[0][1] == long_ago
    assert rebuild(region.settings, all_contracts()).different == []
    assert is_whole(region, tmp_path / "fresh")


def test_a_raw_file_that_is_gone_stops_nobody_else_and_comes_back(
    region: SmallRegion, tmp_path: Path
) -> None:
    """Handing the same bytes in again with their old stamp mends the copy."""
    before, data = region.landed(), region.sent(CURRENT)
    receipt = next(r for r in all_receipts(region.settings) if r.file_name == CURRENT)
    raw = region.settings.raw / receipt.file_sha256[:2] / receipt.file_sha256
    raw.unlink()
    region.put("D001/sellout/2026-W40.csv", clean(12, 2), RECENTLY)
    with pytest.raises(Exception, match="raw files are gone"):
        region.land()
    assert region.landed()["sellout"] > before["sellout"]
    region.put(CURRENT, data, f"{receipt.received_at}")
    region.land()
    assert is_whole(region, tmp_path / "fresh")
