"""One tiny sample region for every integration test: made once, run once, copied to spoil."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from pipelines.failpoints import KILLED, VARIABLE
from tests.integration.compiled import Compiled, compile_models
from tests.integration.events import late_and_restated, out_of_order, restored_and_remapped
from tests.integration.region import Region

Done = subprocess.CompletedProcess[str]
Daqu = Callable[..., Done]
# dbt's unit tests look at no row of a region: they run once, with the first build of all
WITHOUT_UNIT_TESTS = {"DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"}
SET_BY_US = {"DAQU_HOME", *WITHOUT_UNIT_TESTS}
COMMAND = "import sys; from pipelines.cli import main; sys.exit(main())"


def _daqu(*words: str | Path, failpoint: str = "", unit_tests: bool = False) -> Done:
    """Run the command in a process of its own, without anything set in the environment."""
    env = {name: value for name, value in os.environ.items() if name not in SET_BY_US}
    env |= {} if unit_tests else WITHOUT_UNIT_TESTS
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *map(str, words)],
        env=env | {VARIABLE: failpoint},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="session", autouse=True)
def _without_unit_tests() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WITHOUT_UNIT_TESTS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def daqu() -> Daqu:
    """The command in a process of its own, killed at a failpoint where one is named."""
    return _daqu


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Every model in SQL, to run over rows a test makes up."""
    return compile_models(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="session")
def tiny_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of a tiny sample region nobody has read yet; copy it, its inbox is emptied by a run."""
    home = tmp_path_factory.mktemp("sample")
    made = _daqu("sample", "--size", "tiny", "--home", home)
    assert made.returncode == 0, made.stderr
    return home


@pytest.fixture(scope="session")
def first_run(tiny_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """Home of a tiny sample region, and what `daqu run` printed over it."""
    region = Region(tiny_sample).copy(tmp_path_factory.mktemp("region"))
    return region.home, _daqu("run", "--home", region.home, unit_tests=True)


@pytest.fixture(scope="session")
def published(first_run: tuple[Path, Done]) -> Region:
    """The tiny region as `daqu run` leaves it: landed, built, published. Copy it to change it."""
    home, done = first_run
    assert done.returncode == 0, done.stdout + done.stderr
    return Region(home)


@pytest.fixture(scope="session")
def eventful(published: Region, tmp_path_factory: pytest.TempPathFactory) -> Region:
    """The tiny region after everything that can happen, built twice on the way, once killed."""
    region = published.copy(tmp_path_factory.mktemp("eventful"))
    for delivery in [*late_and_restated(region), *restored_and_remapped(region)]:
        delivery.arrive(region)
    region.land()
    region.build()
    for delivery in out_of_order(region):
        delivery.arrive(region)
    region.land()
    killed = _daqu("build", "--home", region.home, failpoint="build.before_clear")
    assert killed.returncode == KILLED, killed.stderr
    region.build()
    return region
