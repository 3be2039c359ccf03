"""One writer at a time; a dead one blocks nobody."""

import multiprocessing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from pipelines.errors import DaquError
from pipelines.lock import sole_writer
from pipelines.settings import Settings


def _hold(home: Path, held: Event) -> None:
    with sole_writer(Settings.load(home)):
        held.set()
        multiprocessing.Event().wait()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "deployment.yaml").write_text("feeds: [sellout]\n")
    return Settings.load(tmp_path)


def test_a_second_writer_is_told_and_a_killed_one_lets_go(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    other = context.Process(target=_hold, args=(settings.home, held), daemon=True)
    other.start()
    assert held.wait(30)
    waited_for: list[str] = []
    try:
        with (
            pytest.raises(DaquError, match="Another process"),
            sole_writer(settings, 0.0, waited_for.append),
        ):
            pass
    finally:
        other.kill()
        other.join()
    assert waited_for == [str(other.pid)]
    with sole_writer(settings, 0.0):
        pass
