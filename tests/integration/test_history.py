"""What is said of a delivery beside earlier ones follows from what came, not from how it came."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import duckdb
import pytest

from pipelines.landing import history, land
from pipelines.landing.history import runner
from tests.golden.test_stories import HERE, deployment, put, told
from tests.integration.region import Region

STORIES = (
    "last_weeks_file_again",
    "stock_that_cannot_be",
    "opening_is_not_last_closing",
)
SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 30))]
SAID = ["file_name", "rule_id", "row_no", "observed", "expected"]


def files_of(story: str) -> list[Path]:
    inbox = HERE / story / "inbox"
    return sorted(file for file in inbox.rglob("*.csv") if file.name != "received.csv")


def deliver(region: Region, story: str, files: list[Path]) -> None:
    put(region.settings, HERE / story, files)
    land(region.settings, region.contracts)


def region_of(story: str, folder: Path) -> Region:
    return Region(deployment(HERE / story, folder / "home").home)


def said(region: Region) -> list[list[str]]:
    return told(region.settings, "findings", SAID)


def expected(story: str) -> list[list[str]]:
    file = HERE / story / "expected" / "findings.csv"
    with file.open(encoding="utf-8", newline="") as handle:
        columns, *rows = csv.reader(handle)
    assert columns == SAID
    return sorted(rows)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("story", STORIES)
def test_files_in_any_order_over_some_runs_are_told_the_same(
    story: str, seed: int, tmp_path: Path
) -> None:
    order = random.Random(seed)
    files = files_of(story)
    order.shuffle(files)
    region = region_of(story, tmp_path)
    runs = order.randint(2, 3)
    for start in range(runs):
        deliver(region, story, files[start::runs])
    assert said(region) == expected(story)


@pytest.mark.parametrize("story", STORIES)
def test_what_is_judged_in_small_parts_is_told_the_same_as_at_once(
    story: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[int] = []
    affected = runner.scope.affected

    def counted(con: duckdb.DuckDBPyConnection) -> list[int]:
        found = affected(con)
        parts.append(len(found))
        return found

    monkeypatch.setattr(runner.scope, "ROWS_OF_PART", 1)
    monkeypatch.setattr(runner.scope, "affected", counted)
    region = region_of(story, tmp_path)
    deliver(region, story, files_of(story))
    assert said(region) == expected(story)
    assert max(parts) > 1


def test_a_run_that_dies_between_landing_and_judging_leaves_the_work_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = region_of(STORIES[0], tmp_path)
    with monkeypatch.context() as dies:
        dies.setattr(history, "judge", _die)
        with pytest.raises(KeyboardInterrupt):
            deliver(region, STORIES[0], files_of(STORIES[0]))
    assert said(region) == []
    land(region.settings, region.contracts)
    assert said(region) == expected(STORIES[0])


def test_a_run_that_dies_while_judging_says_nothing_by_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = region_of(STORIES[0], tmp_path)
    with monkeypatch.context() as dies:
        dies.setattr(runner.scope, "settle", _die)
        with pytest.raises(KeyboardInterrupt):
            deliver(region, STORIES[0], files_of(STORIES[0]))
    assert said(region) == []
    land(region.settings, region.contracts)
    assert said(region) == expected(STORIES[0])


def _die(*anything: object) -> None:
    raise KeyboardInterrupt


def test_a_new_file_is_judged_alone_and_an_old_one_with_what_came_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[int] = []
    affected = runner.scope.affected

    def counted(con: duckdb.DuckDBPyConnection) -> list[int]:
        parts = affected(con)
        subjects = con.execute("select delivery_id from history_affected").fetchall()
        judged.append(len(subjects))
        return parts

    monkeypatch.setattr(runner.scope, "affected", counted)
    region = region_of(STORIES[0], tmp_path)
    week_45, week_46, again, *week_47 = files_of(STORIES[0])
    for files in ([week_46, *week_47], [again], [], [week_45]):
        deliver(region, STORIES[0], files)
    assert judged == [3, 1, 5]


def test_a_limit_of_the_deployment_judges_everything_anew(tmp_path: Path) -> None:
    region = region_of(STORIES[0], tmp_path)
    deployed = region.home / "deployment.yaml"
    text = deployed.read_text(encoding="utf-8")
    deployed.write_text(text.replace("[sellout]", "[threshold, sellout]"), encoding="utf-8")
    deliver(region, STORIES[0], files_of(STORIES[0]))
    assert "copy_of_earlier" in {row[1] for row in said(region)}
    region.settings.reference.mkdir(exist_ok=True)
    limits = "threshold_id,value\ncopy_of_earlier_ratio,0.96\n"
    (region.settings.reference / "threshold.csv").write_text(limits, encoding="utf-8")
    land(region.settings, region.contracts)
    assert "copy_of_earlier" not in {row[1] for row in said(region)}


def test_a_withdrawn_file_takes_back_what_rested_on_it(tmp_path: Path) -> None:
    region = region_of(STORIES[0], tmp_path)
    deliver(region, STORIES[0], files_of(STORIES[0]))
    [(delivery_id,)] = region.query(
        "select delivery_id from landing.delivery where sender = 'D002'"
    )
    head = "delivery_id,action,reason,decided_by,file_name"
    line = f"{delivery_id},withdraw,By mistake,U01,D002/sellout/2026-W47.csv"
    name, text = "self/decision/1.csv", f"{head}\n{line}\n"
    region.put(name, text.encode(), "2026-11-25 09:00:00")
    region.land()
    told_before = [row for row in expected(STORIES[0]) if "D002" not in row[0] + row[3]]
    assert said(region) == told_before


def test_feeds_held_against_nothing_are_landed_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "deployment.yaml").write_text("name: masters\nfeeds: [sku]\n")
    region = Region(tmp_path)
    region.put("self/sku/sku.csv", b"sku_code\nS1\n", "2026-01-01 09:00:00")
    region.land()
    assert region.query("select sku_code from landing.sku") == [("S1",)]
