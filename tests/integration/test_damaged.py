"""A warehouse file that cannot be read: landing sets it aside and makes it again from the files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.integration.conftest import Daqu
from tests.integration.region import Region

HEADERS_BYTES, BLOCK_BYTES = 3 * 4096, 256 * 1024


def damage(file: Path) -> None:
    """Give every block a wrong checksum, as a write that was cut off leaves it."""
    data = bytearray(file.read_bytes())
    for start in range(HEADERS_BYTES, len(data), BLOCK_BYTES):
        data[start : start + 8] = b"cut off!"
    file.write_bytes(data)


@pytest.fixture
def region(published: Region, tmp_path: Path) -> Region:
    region = published.copy(tmp_path)
    damage(region.settings.warehouse_file)
    with pytest.raises(duckdb.Error, match="Corrupt database file"):
        duckdb.connect(str(region.settings.warehouse_file))
    return region


def test_a_landing_run_makes_a_damaged_warehouse_again_and_keeps_the_old_file(
    published: Region, region: Region
) -> None:
    damaged = region.settings.warehouse_file.read_bytes()

    landed = region.land()

    assert region.ledger() == published.ledger()
    assert region.landed() == published.landed()
    assert landed.damaged
    assert landed.damaged.parent == region.settings.warehouse_file.parent
    assert landed.damaged.read_bytes() == damaged
    assert (region.land().damaged, region.land().statuses) == (None, {})


def test_the_command_says_that_the_warehouse_was_made_again(region: Region, daqu: Daqu) -> None:
    asked = daqu("unmapped", "--home", region.home)
    assert asked.returncode == 1
    assert "daqu rebuild --replace" in asked.stdout + asked.stderr

    done = daqu("ingest", "--home", region.home)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "已由原始文件重建" in done.stdout
    assert "damaged-" in daqu("doctor", "--home", region.home).stdout
