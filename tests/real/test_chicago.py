"""A city's inspections, its inspectors' log, and its complaints, some of them filed twice."""

from __future__ import annotations

import polars as pl
import pytest

from tests.integration.region import Region
from tests.real.arrival import REAL, landed, only_with

NAME = "chicago"
INSPECTIONS, LOG = "inspections_2011_2013.csv", "inspector_log_2011_2013.csv"
COMPLAINTS = "sanitation_code_complaints.csv"
pytestmark = only_with(NAME)


def read(file: str) -> pl.DataFrame:
    return pl.read_csv(REAL / NAME / file, infer_schema_length=0).with_row_index("row_no", offset=2)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    files = {file: (REAL / NAME / file).read_bytes() for file in (INSPECTIONS, LOG, COMPLAINTS)}
    return landed(NAME, tmp_path_factory.mktemp("real"), files, "2015-01-31 09:00:00")


def refused(region: Region, file: str) -> dict[int, list[str]]:
    found = region.query(
        "select q.row_no, q.reasons from landing.quarantined_row as q "
        "inner join landing.delivery as d on q.delivery_id = d.delivery_id "
        "where d.file_name = ?",
        [file],
    )
    return dict(found)


def repeated(rows: pl.DataFrame) -> pl.Series:
    """Whether a row repeats one before it in every cell."""
    return rows.select(~pl.struct(pl.exclude("row_no")).is_first_distinct()).to_series()


def alike(rows: pl.DataFrame, *key: str) -> set[int]:
    """Rows that differ from another one of the same key; exact repeats aside."""
    distinct = rows.filter(~repeated(rows))
    return set(distinct.filter(pl.len().over(key) > 1)["row_no"].to_list())


def test_every_inspection_is_landed_with_its_result(region: Region) -> None:
    rows = read(INSPECTIONS)
    found = region.query(
        "select inspection_no, area_code, inspection_date::varchar, is_passed "
        "from landing.cleaning where _sender = 'HEALTH'"
    )
    passed = pl.col("Results").is_in(["Pass", "Pass w/ Conditions"])
    assert rows.height == 17_823
    assert refused(region, INSPECTIONS) == {}
    assert sorted(found) == sorted(
        rows.select("Inspection_ID", "License", "Inspection_Date", passed).rows()
    )


def test_the_log_is_cleared_of_repeats_and_of_rows_that_contradict_each_other(
    region: Region,
) -> None:
    rows = read(LOG)
    twice = alike(
        rows.filter(pl.col("License").is_not_null()),
        *("License", "Inspection_Date", "Inspection_Purpose"),
    )
    nowhere = rows.filter(pl.col("License").is_null())["row_no"].to_list()
    assert repeated(rows).sum() == 97
    assert refused(region, LOG) == {row: ["duplicate_key"] for row in twice} | {
        row: ["area_code_missing"] for row in nowhere
    }
    assert region.query(
        "select rows_loaded, rows_structural from landing.delivery where sender = 'INSPECTORS'"
    ) == [(rows.height - 97 - len(twice) - len(nowhere), 98)]


def test_inspectors_are_not_shown(region: Region) -> None:
    found = region.query(
        "select distinct coalesce(raw_masked ->> 'Inspector_Assigned', "
        "raw_masked ->> 'inspector_code') from landing.quarantined_row where feed = 'cleaning'"
    )
    assert found == [("***",)]


def test_complaints_keep_their_status_and_those_filed_under_one_number_wait(
    region: Region,
) -> None:
    rows = read(COMPLAINTS)
    twice = alike(rows, "Service_Request_Number")
    assert (rows.height, repeated(rows).sum(), len(twice)) == (74_401, 3, 742)
    assert refused(region, COMPLAINTS) == {row: ["duplicate_key"] for row in twice}
    taken = rows.filter(~repeated(rows) & ~pl.col("row_no").is_in(list(twice)))
    status = pl.col("Status").replace_strict(
        {
            "Open": "open",
            "Completed": "done",
            "Open - Dup": "duplicate",
            "Completed - Dup": "duplicate",
        }
    )
    found = region.query(
        "select ticket_id, ticket_type, ticket_status, opened_date::varchar, "
        "done_at::date::varchar from landing.ticket"
    )
    assert sorted(found, key=str) == sorted(
        taken.select(
            "Service_Request_Number",
            pl.lit("complaint").alias("type"),
            status,
            "Creation_Date",
            "Completion_Date",
        ).rows(),
        key=str,
    )
