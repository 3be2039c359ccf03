"""The command in this process, as if it were called for the first time."""

import pytest

from pipelines import cli


@pytest.fixture(autouse=True)
def _fresh_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAQU_HOME", raising=False)
    cli.HOME.set(None)
    cli.AS_OF.set(None)
