"""`daqu doctor` names faults of files, ledger and rows and what mends them; it mends nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import cli
from pipelines.doctor import Finding, examine
from pipelines.landing.receipts import raw_path
from tests.campaigns.small_region import SmallRegion
from tests.integration.rescue.conftest import CURRENT, UNREADABLE, clean

LOOKS = ("raw files", "ledger", "landed rows", "clock", "left behind")


def findings(region: SmallRegion, deep: bool = False) -> dict[str, Finding]:
    return {finding.name_en: finding for finding in examine(region.settings, deep)}


def states(region: SmallRegion, deep: bool = False) -> dict[str, str]:
    """What is not as it should be, by name."""
    found = findings(region, deep)
    return {name: found[name].state for name in LOOKS if found[name].state != "ok"}


def raw_of(region: SmallRegion, name: str) -> Path:
    [(sha,)] = region.query("select file_sha256 from landing.delivery where file_name = $1", [name])
    return raw_path(region.settings, sha)


def lose_raw(region: SmallRegion) -> None:
    raw_of(region, CURRENT).unlink()


def damage_raw(region: SmallRegion) -> None:
    raw = raw_of(region, CURRENT)
    raw.write_bytes(bytes(reversed(raw.read_bytes())))


def shorten_raw(region: SmallRegion) -> None:
    os.truncate(raw_of(region, CURRENT), 10)


def lose_receipts(region: SmallRegion) -> None:
    shutil.rmtree(region.settings.receipts)


def lose_rows(region: SmallRegion) -> None:
    change(region, "delete from landing.sellout_all where _row_no = 3")


def double_rows(region: SmallRegion) -> None:
    change(region, "insert into landing.sellout_all from landing.sellout_all where _row_no = 3")


def orphan_rows(region: SmallRegion) -> None:
    change(region, "update landing.sellout_all set _delivery_id = 1 where _row_no = 3")


def lose_transactions(region: SmallRegion) -> None:
    for table in ("delivery where feed = 'sellout'", "sellout_all"):
        change(region, f"delete from landing.{table}")


def lose_warehouse(region: SmallRegion) -> None:
    region.settings.warehouse_file.unlink()


def spoil_warehouse(region: SmallRegion) -> None:
    region.settings.warehouse_file.write_bytes(b"no database" * 1000)


def die(region: SmallRegion) -> None:
    for name in ("landing/work/x", "warehouse/rebuild", "published/.candidate-x"):
        (region.home / name).mkdir(parents=True)
    (region.settings.raw / "00").mkdir(exist_ok=True)
    (region.settings.raw / "00" / "00ff.part").write_bytes(b"half")


def come_tomorrow(region: SmallRegion) -> None:
    tomorrow = datetime.now() + timedelta(days=3)
    region.put("D001/sellout/2026-W39.csv", clean(7, 1), f"{tomorrow:%Y-%m-%d %H:%M:%S}")
    region.land()


def change(region: SmallRegion, sql: str) -> None:
    with duckdb.connect(str(region.settings.warehouse_file)) as con:
        con.execute(sql)


def test_a_sound_deployment_has_nothing_to_mend(region: SmallRegion) -> None:
    assert states(region, deep=True) == {}


@pytest.mark.parametrize(
    ("spoil", "expected", "remedy"),
    [
        (lose_raw, {"raw files": "fail"}, "backup"),
        (shorten_raw, {"raw files": "fail"}, "restore"),
        (damage_raw, {"raw files": "fail"}, "restore"),
        (lose_receipts, {"raw files": "warn", "ledger": "fail"}, "backup"),
        (lose_rows, {"landed rows": "fail"}, "rebuild --replace"),
        (double_rows, {"landed rows": "fail"}, "rebuild --replace"),
        (orphan_rows, {"landed rows": "fail"}, "rebuild --replace"),
        (lose_transactions, {"ledger": "warn"}, "daqu run"),
        (lose_warehouse, {"ledger": "fail", "landed rows": "warn"}, "daqu run"),
        (spoil_warehouse, {"ledger": "fail", "landed rows": "fail"}, "rebuild"),
        (die, {"left behind": "warn"}, "next run"),
        (come_tomorrow, {"clock": "warn"}, "--received-at"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_fault_is_found_and_what_mends_it_is_said(
    spoil: Callable[[SmallRegion], None],
    expected: dict[str, str],
    remedy: str,
    region: SmallRegion,
) -> None:
    spoil(region)
    found = findings(region, deep=True)
    assert {name: found[name].state for name in LOOKS if found[name].state != "ok"} == expected
    assert any(remedy in found[name].text_en for name in expected)


def test_looking_changes_nothing_and_tells_by_its_exit_code(
    region: SmallRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor", "--deep", "--home", str(region.home)]) == 0
    lose_rows(region)
    before = region.landed()
    assert cli.main(["doctor", "--home", str(region.home)]) == 1
    assert "daqu rebuild --replace" in capsys.readouterr().out
    assert region.landed() == before


def test_status_shows_refused_files_before_anything_was_published(
    region: SmallRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["status", "--home", str(region.home)]) == 0
    shown = capsys.readouterr().out
    assert UNREADABLE in shown
    assert "1 拒收 refused" in shown
