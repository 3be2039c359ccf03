"""`daqu doctor` says what is wrong and goes on looking."""

from pathlib import Path

import pytest

from pipelines.doctor import Finding, examine
from pipelines.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "deployment.yaml").write_text("feeds: [sellout]\n")
    return Settings.load(tmp_path)


def _findings(settings: Settings) -> dict[str, Finding]:
    return {finding.name_en: finding for finding in examine(settings)}


def test_a_new_deployment_has_nothing_broken(settings: Settings) -> None:
    found = _findings(settings)
    assert [name for name, finding in found.items() if finding.state == "fail"] == []
    assert found["published snapshot"].state == "warn"


def test_a_wrong_mapping_is_named_and_the_rest_still_looked_at(settings: Settings) -> None:
    settings.mappings.mkdir()
    (settings.mappings / "D001.yaml").write_text("sender: D001\nfeed: {}\n")
    found = _findings(settings)
    assert found["mappings"].state == "fail"
    assert "D001.yaml" in found["mappings"].text_en
    assert found["versions"].state != "fail"


def test_an_unknown_feed_is_named(tmp_path: Path) -> None:
    (tmp_path / "deployment.yaml").write_text("feeds: [sellouts]\n")
    found = _findings(Settings.load(tmp_path))
    assert found["subscribed feeds"].state == "fail"
    assert "sellouts" in found["subscribed feeds"].text_en


def test_waiting_files_are_counted(settings: Settings) -> None:
    (settings.inbox / "D001").mkdir(parents=True)
    (settings.inbox / "D001" / "a.csv").write_text("x")
    assert "1 files" in _findings(settings)["inbox"].text_en
