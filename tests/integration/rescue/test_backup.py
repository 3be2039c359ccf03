"""A backup holds what cannot be made again, says when it is damaged, and brings it all back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines import cli
from pipelines.errors import ConfigError, DaquError
from pipelines.landing.receipts import raw_path
from pipelines.rescue.backup import MANIFEST, back_up, verify
from tests.campaigns.small_region import SmallRegion
from tests.integration.rescue.conftest import CURRENT, RECENTLY, clean, keep


def test_a_deployment_comes_back_from_its_backup(region: SmallRegion, tmp_path: Path) -> None:
    landed, ledger = region.landed(), region.ledger()
    copy, home = str(tmp_path / "copy"), str(region.home)
    assert cli.main(["backup", copy, "--home", home]) == 0
    assert cli.main(["backup", "--verify", copy]) == 0
    shutil.rmtree(region.home)
    shutil.copytree(copy, region.home)
    assert cli.main(["rebuild", "--home", home]) == 0
    assert region.landed() == landed
    assert region.ledger() == ledger


def test_only_what_is_new_is_copied(region: SmallRegion, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    first = back_up(region.settings, copy)
    assert (first.files, first.removed) == (first.copied, 0)
    assert back_up(region.settings, copy).copied == 0
    region.put("D001/sellout/2026-W40.csv", clean(5, 2), RECENTLY)
    region.land()
    assert back_up(region.settings, copy).copied == 2
    assert verify(copy) == []


def test_what_the_deployment_keeps_no_more_goes(region: SmallRegion, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(region.settings, copy)
    (region.settings.mappings / "D003.yaml").unlink()
    keep(region, "{raw_months: 1, history_months: 1}")
    assert back_up(region.settings, copy).removed == 3
    assert not (copy / "mappings" / "D003.yaml").exists()
    assert verify(copy) == []


def test_the_warehouse_comes_along_when_asked(region: SmallRegion, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(region.settings, copy, with_warehouse=True)
    landed = region.landed()
    shutil.copytree(copy, tmp_path / "restored")
    assert SmallRegion(tmp_path / "restored").landed() == landed


def test_damage_is_named(region: SmallRegion, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(region.settings, copy)
    raw = sorted((copy / "landing" / "raw").glob("*/*"))
    raw[0].write_bytes(bytes(reversed(raw[0].read_bytes())))
    raw[1].unlink()
    faults = verify(copy)
    assert [fault.split("/")[-1].split(":")[0] for fault in faults] == [raw[0].name, raw[1].name]
    assert cli.main(["backup", "--verify", str(copy)]) == 1


def test_an_emptied_deployment_does_not_empty_its_backup(
    region: SmallRegion, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    back_up(region.settings, copy)
    manifest = (copy / MANIFEST).read_bytes()
    shutil.rmtree(region.settings.receipts)
    with pytest.raises(DaquError, match="lost"):
        back_up(region.settings, copy)
    assert (copy / MANIFEST).read_bytes() == manifest
    assert verify(copy) == []


def test_damaged_or_missing_raw_files_are_not_backed_up_as_if_right(
    region: SmallRegion, tmp_path: Path
) -> None:
    raw = raw_path(
        region.settings,
        region.query("select file_sha256 from landing.delivery where file_name = $1", [CURRENT])[0][
            0
        ],
    )
    raw.write_bytes(raw.read_bytes() + b" ")
    with pytest.raises(DaquError, match="other bytes"):
        back_up(region.settings, tmp_path / "copy")
    raw.unlink()
    with pytest.raises(DaquError, match="is gone"):
        back_up(region.settings, tmp_path / "copy")


def test_a_folder_with_something_else_in_it_is_left_alone(
    region: SmallRegion, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine")
    with pytest.raises(ConfigError, match="neither empty nor a backup"):
        back_up(region.settings, other)
    with pytest.raises(ConfigError):
        back_up(region.settings, region.home)
    (other / MANIFEST).write_text('{"made_at": "2026-11-22", "files": {"../letter.txt": {}}}')
    with pytest.raises(ConfigError, match="no backup"):
        verify(other)
    assert {path.name for path in other.iterdir()} == {"letter.txt", MANIFEST}
