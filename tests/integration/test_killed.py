"""Killed anywhere: nothing received is lost or doubled, readers notice nothing, a run finishes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from pipelines import publishing
from pipelines.failpoints import KILLED
from tests.campaigns.kill import named_failpoints
from tests.integration.conftest import Done
from tests.integration.events import all_events
from tests.integration.region import Region

Daqu = Callable[..., Done]
LANDING = (
    "landing.after_raw_copy",
    "landing.before_inbox_removal",
    "landing.before_commit",
    "landing.after_commit",
    "landing.before_checkpoint",
)
PUBLISH = ("publish.after_candidate", "publish.before_swap", "publish.after_swap")
# tried one by one over a small warehouse, in `publishing` and `rescue`
ELSEWHERE = (
    "publish.after_audit",
    "publish.before_rename",
    "rollback.before_swap",
    "rebuild.before_swap",
    "retention.before_files",
    "retention.before_receipts",
)


def seen_by_readers(region: Region) -> tuple[str, int]:
    """What a reader gets who opens the published file now: which snapshot, how many lines."""
    assert publishing.verify((region.settings.published / "current").resolve()) == []
    with duckdb.connect(str(region.settings.published / "daqu.duckdb"), read_only=True) as con:
        found = con.execute(
            "select (select snapshot_id from meta.snapshot), count(*) from marts.fct_sellout_line"
        ).fetchone()
    assert found
    return found


def test_a_first_landing_killed_again_and_again_ends_like_an_undisturbed_one(
    tiny_sample: Path, published: Region, daqu: Daqu, tmp_path: Path
) -> None:
    region = Region(Path(shutil.copytree(tiny_sample, tmp_path / "home")))
    for failpoint in LANDING:
        killed = daqu("ingest", "--home", region.home, failpoint=failpoint)
        assert killed.returncode == KILLED, killed.stderr
    region.land()
    assert region.ledger() == published.ledger()
    assert region.landed() == published.landed()
    assert [file.name for file in region.settings.inbox.rglob("*.*")] == ["received.csv"]


def test_a_landing_killed_again_and_again_ends_like_an_undisturbed_one(
    published: Region, eventful: Region, daqu: Daqu, tmp_path: Path
) -> None:
    region = published.copy(tmp_path)
    before = seen_by_readers(region)
    for delivery in all_events(region):
        delivery.arrive(region)
    for failpoint in (*LANDING, "landing.after_commit"):
        killed = daqu("ingest", "--home", region.home, failpoint=failpoint)
        assert killed.returncode == KILLED, killed.stderr
        assert seen_by_readers(region) == before
    region.land()
    assert region.ledger() == eventful.ledger()
    assert region.landed() == eventful.landed()
    assert region.land().statuses == {}


def test_a_publish_killed_again_and_again_ends_with_one_new_snapshot(
    eventful: Region, daqu: Daqu, tmp_path: Path
) -> None:
    region = eventful.copy(tmp_path)
    before = seen_by_readers(region)
    for failpoint in PUBLISH:
        killed = daqu("publish", "--home", region.home, failpoint=failpoint)
        assert killed.returncode == KILLED, killed.stderr
        assert (seen_by_readers(region) == before) == (failpoint != "publish.after_swap")
    assert daqu("publish", "--home", region.home).returncode == 0
    name, lines = seen_by_readers(region)
    assert name != before[0]
    assert region.query("select count(*) from marts.fct_sellout_line") == [(lines,)]
    assert len(publishing.snapshots(region.settings)) == 2
    assert {path.name for path in region.settings.published.glob(".*")} <= {".lock"}


def test_every_failpoint_is_tried() -> None:
    """A new one needs a test of its own; `build.before_clear` is on the way to `eventful`."""
    assert set(named_failpoints()) == {*LANDING, *PUBLISH, *ELSEWHERE, "build.before_clear"}
