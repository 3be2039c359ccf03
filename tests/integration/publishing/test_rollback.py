"""The way back to an earlier snapshot."""

from __future__ import annotations

import pytest

from pipelines import publishing
from pipelines.errors import ConfigError, DaquError
from pipelines.publishing import publish, rollback
from pipelines.settings import Settings
from tests.integration.publishing.conftest import on

pytestmark = pytest.mark.usefixtures("unaudited")


def shown(settings: Settings) -> str:
    info = publishing.current(settings)
    assert info and publishing.verify(info.path) == []
    return info.snapshot_id


def test_readers_see_the_snapshot_before(settings: Settings) -> None:
    first = publish(settings)
    publish(on(settings, 23))
    assert rollback(settings).snapshot_id == first.snapshot_id
    assert shown(settings) == first.snapshot_id


def test_what_was_left_is_not_published_again_until_something_changes(settings: Settings) -> None:
    first = publish(settings)
    publish(on(settings, 23))
    rollback(settings)

    again = publish(on(settings, 23))
    assert (again.status, again.snapshot_id) == ("unchanged", first.snapshot_id)
    assert publish(on(settings, 24)).status == "published"
    assert publishing.rolled_back(settings) is None


def test_forward_again_by_name(settings: Settings) -> None:
    publish(settings)
    second = publish(on(settings, 23))
    rollback(settings)
    assert rollback(settings, second.snapshot_id).snapshot_id == second.snapshot_id


def test_the_snapshot_rolled_back_to_outlives_its_turn(settings: Settings) -> None:
    names = [publish(on(settings, day)).snapshot_id for day in (22, 23, 24)]
    rollback(settings, names[0])
    newest = publish(on(settings, 25)).snapshot_id
    kept = [info.snapshot_id for info in publishing.snapshots(settings)]
    assert kept == [names[0], names[2], newest]


@pytest.mark.parametrize("to", [None, "2020-01-01-abc"])
def test_an_unknown_target_names_what_is_kept(settings: Settings, to: str | None) -> None:
    only = publish(settings)
    with pytest.raises(ConfigError) as caught:
        rollback(settings, to)
    assert only.snapshot_id in caught.value.hint_en


def test_a_damaged_target_is_not_shown(settings: Settings) -> None:
    first = publish(settings)
    second = publish(on(settings, 23))
    (first.path / "parquet" / "sales_week.parquet").unlink()
    with pytest.raises(DaquError, match="damaged"):
        rollback(settings)
    assert shown(settings) == second.snapshot_id
