"""The warehouse made a second time: equal, or different and named, and only then replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines import cli
from pipelines.failpoints import KILLED
from pipelines.landing.receipts import files_below, raw_path
from pipelines.rescue.looks import ledger_lines
from pipelines.rescue.rebuild import leftovers, rebuild
from tests.campaigns.small_region import SmallRegion, all_contracts
from tests.integration.conftest import Done
from tests.integration.rescue.conftest import CURRENT, RECENTLY, clean


def change(region: SmallRegion, sql: str) -> None:
    with duckdb.connect(str(region.settings.warehouse_file)) as con:
        con.execute(sql)


def test_an_untouched_warehouse_is_equal_and_nothing_is_left_behind(region: SmallRegion) -> None:
    before = region.landed()
    made = rebuild(region.settings, all_contracts())
    assert (made.different, made.is_sound, made.unreadable, made.lost) == ([], True, None, None)
    assert region.landed() == before
    assert leftovers(region.settings) is None


def test_rows_that_are_not_what_the_files_say_are_named_and_counted(
    region: SmallRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    right = region.landed()
    change(region, "update landing.sellout_all set quantity = 1 + quantity where _row_no = 3")
    change(region, "delete from landing.sellout_all where _row_no = 5")
    wrong = region.landed()
    assert cli.main(["rebuild", "--home", str(region.home)]) == 1
    shown = capsys.readouterr().out
    assert region.landed() == wrong
    [line] = [line for line in shown.splitlines() if "landing.sellout " in line]
    assert line.split()[-4:] == ["38", "40", "2", "4"]
    assert cli.main(["rebuild", "--replace", "--home", str(region.home)]) == 0
    assert region.landed() == right


def test_a_warehouse_that_is_gone_or_cannot_be_read_is_made_again(region: SmallRegion) -> None:
    before = region.landed()
    file = region.settings.warehouse_file
    file.unlink()
    assert rebuild(region.settings, all_contracts()).is_replaced
    assert region.landed() == before
    file.write_bytes(b"no database" * 1000)
    made = rebuild(region.settings, all_contracts())
    assert made.unreadable
    assert not made.is_sound
    assert file.read_bytes().startswith(b"no database")
    assert rebuild(region.settings, all_contracts(), replace_live=True).is_sound
    assert region.landed() == before


def test_nothing_is_received_while_it_is_made_again(region: SmallRegion) -> None:
    region.put("D001/sellout/2026-W40.csv", clean(5, 2), RECENTLY)
    assert rebuild(region.settings, all_contracts()).different == []
    assert len(files_below(region.settings.inbox)) == 1


def test_a_raw_file_that_is_gone_is_named(
    region: SmallRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    [(sha,)] = region.query(
        "select file_sha256 from landing.delivery where file_name = $1", [CURRENT]
    )
    raw_path(region.settings, sha).unlink()
    assert cli.main(["rebuild", "--home", str(region.home)]) == 1
    assert CURRENT in capsys.readouterr().out
    assert cli.main(["ingest", "--home", str(region.home)]) == 1
    assert CURRENT in capsys.readouterr().err


def test_what_waits_to_be_landed_is_a_difference(region: SmallRegion, tmp_path: Path) -> None:
    """As after a write-ahead log was cut: the receipts know more than the ledger."""
    change(region, "delete from landing.delivery where sender = 'D002'")
    assert ledger_lines(region.settings)[0] == "warn"
    made = rebuild(region.settings, all_contracts())
    assert "landing.delivery" in {table.table for table in made.different}


def test_a_rebuild_killed_before_the_swap_leaves_a_warehouse_that_heals(
    region: SmallRegion, daqu: Callable[..., Done]
) -> None:
    before = region.landed()
    killed = daqu("rebuild", "--replace", "--home", region.home, failpoint="rebuild.before_swap")
    assert killed.returncode == KILLED, killed.stderr
    assert leftovers(region.settings)
    region.land()
    assert region.landed() == before
    assert rebuild(region.settings, all_contracts()).different == []
    assert leftovers(region.settings) is None
