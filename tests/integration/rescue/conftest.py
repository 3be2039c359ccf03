"""A small region with reports that came months ago: some replaced since, some never readable."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.campaigns.small_region import (
    SKUS,
    SmallRegion,
    code_map,
    new_region,
    products,
    sellout,
    week_name,
)

LONG_AGO, LATER, RECENTLY = "2026-09-25 08:00:00", "2026-10-02 08:00:00", "2026-11-20 08:00:00"
WEEK = week_name(0)
REPLACED = f"D001/sellout/{WEEK}.csv"
CURRENT = f"D001/sellout/{WEEK} corrected.csv"
UNREADABLE = "D001/sellout/unreadable.csv"
UNMAPPED = f"D002/sellout/{WEEK}.csv"


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> SmallRegion:
    made = new_region(tmp_path_factory.mktemp("rescue") / "home")
    made.put("self/sku/sku.csv", products(len(SKUS)), LONG_AGO)
    made.put(REPLACED, clean(1), LONG_AGO)
    made.put(CURRENT, clean(2), LATER)
    made.put(UNREADABLE, b"a,b\n1,2\n", LONG_AGO)
    made.put(UNMAPPED, sellout(3, 0, 9, ("C100",), bad_share=0), LONG_AGO)
    made.put(f"D001/sellout/{week_name(1)}.csv", clean(4, 1), RECENTLY)
    made.land()
    return made


@pytest.fixture
def region(landed: SmallRegion, tmp_path: Path) -> SmallRegion:
    return SmallRegion(Path(shutil.copytree(landed.home, tmp_path / "home", symlinks=True)))


def clean(seed: int, week: int = 0) -> bytes:
    return sellout(seed, week, 20, SKUS, bad_share=0)


def keep(region: SmallRegion, policy: str) -> None:
    """Write a retention policy and let a landing run apply it."""
    file = region.home / "deployment.yaml"
    text = file.read_text(encoding="utf-8").split("retention:")[0]
    file.write_text(f"{text}retention: {policy}\n", encoding="utf-8")
    region.__dict__.pop("settings", None)
    region.land()


def map_comes(region: SmallRegion) -> None:
    region.put("self/map_sku/map_sku.csv", code_map({"C100": "S1"}), RECENTLY)
    region.land()
