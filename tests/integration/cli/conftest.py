"""A tiny region that has gone the whole way once, by the command a person types."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import cli

Done = subprocess.CompletedProcess[str]
Daqu = Callable[..., Done]
AS_OF = "2026-11-22"


def _daqu(*words: str | Path) -> Done:
    """Run the command in a process of its own, without anything set in the environment."""
    env = {name: value for name, value in os.environ.items() if name != "DAQU_HOME"}
    command = [sys.executable, "-c", "import sys; from pipelines.cli import main; sys.exit(main())"]
    words = tuple(map(str, words))
    return subprocess.run(
        [*command, *words], env=env, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="session")
def daqu() -> Daqu:
    """The command in a process of its own; returns exit code and output."""
    return _daqu


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """Home of a tiny sample region, and what `daqu run` printed over it."""
    home = tmp_path_factory.mktemp("region")
    made = _daqu("sample", "--size", "tiny", "--home", home)
    assert made.returncode == 0, made.stderr
    return home, _daqu("run", "--home", home)


@pytest.fixture(autouse=True)
def _fresh_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAQU_HOME", raising=False)
    cli.HOME.set(None)
    cli.AS_OF.set(None)
