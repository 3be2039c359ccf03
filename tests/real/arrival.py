"""Real files at a deployment made of nothing but what a new user would write."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.region import Region

HERE = Path(__file__).parent
REAL = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere"))
PARTS = ("deployment.yaml", "mappings", "reference")


def only_with(name: str) -> pytest.MarkDecorator:
    """Skip a module where the real data set is not at hand."""
    return pytest.mark.skipif(not (REAL / name).is_dir(), reason=f"DAQU_REAL_DATA has no {name}")


def landed(name: str, folder: Path, files: Mapping[str, bytes], received_at: str) -> Region:
    """The deployment of a data set, after these files were received and landed.

    Args:
        name: Folder beside this file with the deployment's configuration.
        folder: Empty folder for it.
        files: Path in the inbox → bytes.
        received_at: When they came, local time of the deployment.
    """
    home = folder / name
    home.mkdir()
    for part in PARTS:
        source = HERE / name / part
        if source.is_file():
            shutil.copy(source, home)
        elif source.is_dir():
            shutil.copytree(source, home / part)
    region = Region(home)
    for path, data in files.items():
        region.put(path, data, received_at)
    region.land()
    return region
