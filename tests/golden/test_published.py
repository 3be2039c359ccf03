"""What a reader sees of stories that show in a mart: figures, how final they are, whom to ask."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from pipelines import transform
from pipelines.publishing import candidate
from pipelines.publishing.manifest import load_models
from pipelines.settings import Settings
from tests.golden.test_stories import HERE, STORIES, landed

SHOWN = [name for name in STORIES if (HERE / name / "expected" / "published").is_dir()]


def seen(settings: Settings, tables: list[str]) -> duckdb.DuckDBPyConnection:
    """The tables as they would be published, and what they are made from, built by dbt."""
    built = transform.build(settings, select=[f"+{table.split('.')[1]}" for table in tables])
    assert built.broken == []
    file = settings.home / "candidate.duckdb"
    with candidate.attached(settings) as con:
        candidate.create(con, file)
        candidate.copy_tables(con, load_models(settings))
    return duckdb.connect(str(file), read_only=True)


@pytest.mark.parametrize("name", SHOWN)
def test_a_story_is_published_as_worked_out_by_hand(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the tests beside the models run in every build of a region
    monkeypatch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test test")
    story = HERE / name
    settings = landed(story, tmp_path / "home", one_by_one=False)
    expected, found = {}, {}
    for file in sorted((story / "expected" / "published").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as handle:
            columns, *rows = list(csv.reader(handle))
        expected[file.stem] = (columns, sorted(rows))
    with seen(settings, list(expected)) as con:
        for table, (columns, _) in expected.items():
            texts = ", ".join(f"coalesce({column}::varchar, '')" for column in columns)
            rows = con.execute(f"select {texts} from {table}").fetchall()
            found[table] = (columns, sorted(map(list, rows)))
    assert found == expected
