"""`daqu init` makes a folder the strict readers accept as it is."""

import shutil
from pathlib import Path

import pytest

from pipelines.contracts import Contract, load_contracts
from pipelines.errors import ConfigError
from pipelines.initialise import FOLDERS, initialise
from pipelines.landing.mapping import load_mappings
from pipelines.settings import PROJECT, Retention, Settings

VALUES = {
    "name": "East | 东区",
    "timezone": "Asia/Shanghai",
    "currency": "CNY",
    "language": "zh",
}


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return load_contracts(PROJECT / "quality" / "contracts")


def test_the_settings_written_are_the_settings_asked_for(
    tmp_path: Path, contracts: dict[str, Contract], monkeypatch: pytest.MonkeyPatch
) -> None:
    initialise(tmp_path / "east", contracts, ["sellout", "stock"], **VALUES)
    settings = Settings.load(tmp_path / "east")
    assert settings.name == "East | 东区"
    assert settings.feeds == ("sellout", "stock")
    assert settings.retention == Retention()
    assert all((settings.home / folder).is_dir() for folder in FOLDERS)


def test_feeds_not_chosen_are_listed_as_comments(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    initialise(tmp_path, contracts, **VALUES)
    text = (tmp_path / "deployment.yaml").read_text(encoding="utf-8")
    assert all(f"  # - {feed} " in text for feed in contracts if feed != "sellout")
    assert "  - sellout " in text


def test_the_example_mapping_is_a_valid_one(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    initialise(tmp_path, contracts, **VALUES)
    folder = tmp_path / "mappings"
    assert load_mappings(folder, contracts).by_sender == {}
    shutil.copy(folder / "D001.yaml.example", folder / "D001.yaml")
    assert list(load_mappings(folder, contracts).by_sender) == ["D001"]


def test_a_folder_with_files_is_left_as_it_is(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(ConfigError, match="not empty"):
        initialise(tmp_path, contracts, **VALUES)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_feed_is_refused_before_anything_is_written(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    with pytest.raises(ConfigError, match="sellouts"):
        initialise(tmp_path / "new", contracts, ["sellouts"], **VALUES)
    assert not (tmp_path / "new").exists()
