"""Every folder here is a story worked out by hand: what came, and what must become of it."""

from __future__ import annotations

import csv
import shutil
import tempfile
from functools import cache
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts import load_contracts
from pipelines.landing import land, warehouse
from pipelines.settings import Settings

HERE = Path(__file__).parent
STORIES = sorted(folder.name for folder in HERE.iterdir() if (folder / "inbox").is_dir())
TABLES = {
    "ledger": "from landing.delivery as v",
    "quarantined": "from landing.quarantined_row as v "
    "inner join landing.delivery as d on v.delivery_id = d.delivery_id",
    "findings": "from landing.delivery_finding as v "
    "inner join landing.delivery as d on v.delivery_id = d.delivery_id",
}
OWN = ("mappings", "reference", "corrections")
ROWS = "from landing.{} as v inner join landing.delivery as d on v._delivery_id = d.delivery_id"


def deployment(story: Path, folder: Path) -> Settings:
    """The story's deployment, else that of all stories, with nothing received."""
    folder.mkdir()
    own = story / "deployment.yaml"
    shutil.copy(own if own.is_file() else HERE / "deployment.yaml", folder)
    for part in OWN:
        if (story / part).is_dir():
            shutil.copytree(story / part, folder / part)
    settings = Settings.load(folder)
    settings.warehouse_file.parent.mkdir()
    shutil.copy(_empty_warehouse(settings.feeds), settings.warehouse_file)
    return settings


@cache
def _empty_warehouse(feeds: tuple[str, ...]) -> Path:
    """A warehouse with the landing tables of these feeds: to copy it is faster than to make it."""
    home = Path(tempfile.mkdtemp())
    text = f"name: empty\nas_of: 2026-11-22\nfeeds: [{', '.join(feeds)}]\n"
    (home / "deployment.yaml").write_text(text, encoding="utf-8")
    settings = Settings.load(home)
    with warehouse(settings, load_contracts(settings.contracts)):
        return settings.warehouse_file


def put(settings: Settings, story: Path, files: list[Path]) -> None:
    """Files arrive in the inbox, stamped as the story says."""
    for file in [story / "inbox" / "received.csv", *files]:
        target = settings.inbox / file.relative_to(story / "inbox")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def landed(story: Path, folder: Path, one_by_one: bool) -> Settings:
    settings = deployment(story, folder)
    contracts = load_contracts(settings.contracts)
    files = sorted(
        file
        for file in (story / "inbox").rglob("*")
        if file.is_file() and file.name != "received.csv"
    )
    for batch in [[file] for file in reversed(files)] if one_by_one else [files]:
        put(settings, story, batch)
        land(settings, contracts)
    return settings


def told(settings: Settings, table: str, columns: list[str]) -> list[list[str]]:
    """Rows of a table as texts: those columns, in the order of the rows of the files."""
    source = TABLES.get(table) or ROWS.format(table)
    texts = ", ".join(f"coalesce({column}::varchar, '')" for column in columns)
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return sorted(map(list, con.execute(f"select {texts} {source}").fetchall()))


@pytest.mark.parametrize("one_by_one", [False, True], ids=["at_once", "one_by_one_backwards"])
@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_worked_out_by_hand(name: str, one_by_one: bool, tmp_path: Path) -> None:
    story = HERE / name
    settings = landed(story, tmp_path / "home", one_by_one)
    found, expected = {}, {}
    for file in sorted((story / "expected").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as handle:
            columns, *rows = list(csv.reader(handle))
        expected[file.stem] = sorted(rows)
        found[file.stem] = told(settings, file.stem, columns)
    assert found == expected


@pytest.mark.parametrize("name", STORIES)
def test_a_story_says_what_is_loaded_and_held_back_and_why(name: str) -> None:
    story = HERE / name
    expected = {file.stem for file in (story / "expected").glob("*.csv")}
    assert {"ledger", "quarantined"} < expected
    assert (story / "README.md").read_text(encoding="utf-8").startswith("# ")


def test_personal_texts_are_masked_where_rows_are_shown(tmp_path: Path) -> None:
    settings = landed(HERE / "bad_rows_in_a_good_file", tmp_path / "home", one_by_one=False)
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        shown = con.execute(
            "select count(*), count(*) filter (contains(raw, '李四')), "
            "count(*) filter (contains(raw_masked, '李四')) from landing.quarantined_row"
        ).fetchall()
    assert shown == [(11, 11, 0)]
