"""DuckDB reads a file where it can, Python where it must: the rows are the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.landing import readers
from tests.integration.region import Region


def test_the_slow_way_of_reading_lands_the_same_rows(
    tiny_sample: Path, published: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_is_plain", lambda data: False)
    region = Region(Path(shutil.copytree(tiny_sample, tmp_path / "home")))
    region.land()
    assert region.ledger() == published.ledger()
    assert region.landed() == published.landed()
