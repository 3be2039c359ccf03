"""DuckDB reads a file where it can, Python where it must: the rows are the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.landing.reading import readers
from pipelines.landing.reading.scan import scan
from tests.integration.region import Region


def test_the_slow_way_of_reading_lands_the_same_rows(
    tiny_sample: Path, published: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "scan", lambda data: replace(scan(data), is_plain=False))
    region = Region(Path(shutil.copytree(tiny_sample, tmp_path / "home")))
    region.land()
    assert region.ledger() == published.ledger()
    assert region.landed() == published.landed()
